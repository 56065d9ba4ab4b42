import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorsPage } from './errors-page';

// Run as `tsx infra/docs/write-errors.ts` from the root of the repository.
writeFileSync(join(process.cwd(), 'docs', 'errors.md'), errorsPage());
