import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { carriers } from '../../shared/domain/carrier';
import { carrierSetup } from './carrier-setup';
import { carrierTracking } from './carrier-tracking';
import { carriersPage } from './carriers-page';

// Run as `tsx infra/docs/write-carriers.ts` from the root of the repository.
writeFileSync(join(process.cwd(), 'docs', 'carriers.md'), carriersPage(carriers, carrierTracking, carrierSetup));
