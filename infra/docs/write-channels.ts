import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { channels } from '../../shared/domain/channel';
import { channelSetup } from './channel-setup';
import { channelsPage } from './channels-page';

// Run as `tsx infra/docs/write-channels.ts` from the root of the repository.
writeFileSync(join(process.cwd(), 'docs', 'channels.md'), channelsPage(channels, channelSetup));
