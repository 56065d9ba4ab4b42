import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseStage, type Stage } from './stage';

/** @throws when there is no such stage, naming those that there are, or when it is not valid */
export async function loadStage(name: string): Promise<Stage> {
  const file = join(__dirname, `${name}.ts`);
  if (!/^[a-z][a-z0-9.-]*$/.test(name) || ['stage', 'load-stage'].includes(name) || !existsSync(file)) {
    const known = readdirSync(__dirname)
      .map((entry) => entry.replace(/\.ts$/, ''))
      .filter((entry) => entry !== 'stage' && entry !== 'load-stage');
    throw new Error(`There is no stage "${name}"; infra/stages has ${known.join(', ')}.`);
  }
  const module = (await import(file)) as { stage?: unknown };
  return parseStage(module.stage);
}
