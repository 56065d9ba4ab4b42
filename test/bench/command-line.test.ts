import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const bench = (...words: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', join('bench', 'bench.ts'), ...words], { encoding: 'utf8' });

describe('the command line', () => {
  it('explains itself', () => {
    const { status, stdout } = bench('--help');
    expect(status).toBe(0);
    expect(stdout).toContain('npm run bench');
    for (const part of ['cost', 'bundles', 'load', 'speed']) expect(stdout).toContain(`\n  ${part} `);
  });

  it.each([
    ['a part that there is not', ['sped'], 'There is no part "sped"'],
    ['a number that is none', ['cost', '--count', 'many'], '--count takes a whole number'],
    ['an option that there is not', ['--fast'], "Unknown option '--fast'"],
  ])('answers %s at once, with a hint', (_what, words, message) => {
    const { status, stdout, stderr } = bench(...words);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toContain('Try --help.');
  });

  it('prints one object and nothing else with --json', () => {
    const { status, stdout } = bench('bundles', '--json');
    expect(status).toBe(0);
    const report = JSON.parse(stdout) as { bundles: { name: string; kilobytes: number; budget: number }[] };
    const request = report.bundles.find(({ name }) => name === 'request-cancellation');
    expect(request?.budget).toBe(420);
    expect(request?.kilobytes).toBeGreaterThan(1);
  });
});
