import { createRequire } from 'node:module';

/** Loads a package as the bundled script would: by its name, when it is asked for. */
export const packageNamed = createRequire(__filename) as (name: string) => Record<string, unknown>;
