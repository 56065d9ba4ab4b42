/**
 * Broken variants of the production code are caught by the runs that caught them when they were hunted: here every third, in the
 * gate all of them (`npm run faults -- mutants --again`). When the code has changed and another run is needed,
 * `npm run faults -- mutants --only NAME --keep` hunts it again.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { mutants, type Replayed } from './mutants';
import { applyDiff } from './unified-diff';
import { readSource } from './world/production';

const root = join(__dirname, '../..');
const all = mutants();
const told = all.filter((_, place) => place % 3 === 0);
let replayed: ReadonlyMap<string, Replayed>;

beforeAll(async () => {
  // A process of its own: there the production code is loaded as it is, without the test runner's registry in between.
  const only = told.map(({ name }) => name).join(',');
  const args = ['--import', 'tsx', 'test/faults/main.ts', 'mutants', '--again', '--json', '--only', only];
  const run = promisify(execFile)(process.execPath, args, { cwd: root, maxBuffer: 16 * 1024 * 1024 });
  const { stdout } = await run.catch((error: { stdout: string; stderr: string }) => {
    if (error.stdout === '') throw new Error(error.stderr);
    return error;
  });
  const { mutants: results } = JSON.parse(stdout) as { mutants: readonly Replayed[] };
  replayed = new Map(results.map((one) => [one.mutant, one]));
}, 900_000);

test('there are at least twelve', () => {
  expect(told.length).toBeGreaterThanOrEqual(12);
});

test.each(all.map(({ name, diff }) => [name, diff] as const))('%s still fits the code', async (_name, diff) => {
  expect((await applyDiff(diff, readSource)).size).toBeGreaterThan(0);
});

describe.each(told.map(({ sentence, name }) => [sentence, name] as const))('%s', (_sentence, name) => {
  test('is caught', () => {
    expect(replayed.get(name)).not.toHaveProperty('error');
    expect(replayed.get(name)?.broken).not.toEqual([]);
  });

  test('the code as it is passes the same run', () => {
    expect(replayed.get(name)?.unbroken).toEqual([]);
  });
});
