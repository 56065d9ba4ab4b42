/**
 * The campaign's short form: every plan of one fault in the stories in depth (not in those that are it only in the campaign), in the
 * others one at each effect, its kind by turns, and 5,000 seeds; counted, not timed.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { CampaignReport } from './campaign';
import { failureText } from './failure-text';
import { scenarios } from './scenarios/all';

const root = join(__dirname, '../..');

let report: CampaignReport;

beforeAll(async () => {
  // A process of its own: there the production code is loaded as it is, without the test runner's registry in between.
  const run = promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', 'test/faults/main.ts', '--slice', '--workers', '1', '--json'],
    {
      cwd: root,
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  const { stdout } = await run.catch((error: { stdout: string; stderr: string }) => {
    if (error.stdout === '') throw new Error(error.stderr);
    return error;
  });
  report = JSON.parse(stdout) as CampaignReport;
}, 1_500_000);

test('every plan of one fault is run in the stories in depth, and in the others one at each effect', () => {
  expect(report.explorations.map(({ scenario }) => scenario)).toEqual(scenarios.map(({ name }) => name));
  for (const { scenario, calls, effects, plans } of report.explorations) {
    const inDepth = scenarios.some(({ name, inDepth: deep }) => name === scenario && deep === true);
    expect(plans).toHaveLength(2);
    // Each input or output can go wrong in more than one way.
    if (inDepth) expect(plans[1]).toBeGreaterThan(calls);
    else expect(plans[1]).toBe(effects);
  }
});

test('5,000 seeds are run', () => {
  expect(report.seeds).toMatchObject({ from: 0, count: 5_000 });
});

test('nothing is broken', () => {
  expect(report.failures.map(failureText)).toEqual([]);
});

test('every state, condition and place that speaks to the outside is passed', () => {
  expect(report.zeros).toEqual([]);
});

test('every kind of fault strikes', () => {
  expect(Object.values(report.counts.kinds).every((count) => count > 0)).toBe(true);
  expect(Object.keys(report.counts.kinds).length).toBeGreaterThan(18);
});
