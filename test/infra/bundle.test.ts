import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../../infra/bundle';
import { functions } from '../../infra/functions';

/** Budgets of the design, in bytes: what a function may weigh without and with the payment provider's package. */
const budget = { plain: 420 * 1024, stripe: 640 * 1024 };

describe('the bundles', () => {
  let outdir: string;
  let inputs: ReadonlyMap<string, readonly string[]>;

  beforeAll(async () => {
    outdir = mkdtempSync(join(tmpdir(), 'bundles-'));
    const { outputs } = await bundle(functions, outdir);
    inputs = new Map(
      functions.map(({ name }) => {
        const [, output] = Object.entries(outputs).find(([file]) => file.endsWith(`/${name}/index.mjs`)) ?? [];
        return [name, Object.keys(output?.inputs ?? {})];
      }),
    );
  });
  afterAll(() => rmSync(outdir, { recursive: true, force: true }));

  const names = functions.map(({ name }) => name);
  const uses = (name: string, part: string): boolean => inputs.get(name)?.some((file) => file.includes(part)) ?? false;

  it.each(names)('%s keeps its weight', (name) => {
    const { size } = statSync(join(outdir, name, 'index.mjs'));
    expect(size).toBeGreaterThan(1024);
    expect(size).toBeLessThan(uses(name, 'node_modules/stripe/') ? budget.stripe : budget.plain);
  });

  it('load on this Node, all of them, and each has a handler', () => {
    const files = names.map((name) => join(outdir, name, 'index.mjs'));
    const program = `for (const file of ${JSON.stringify(files)})
      if (typeof (await import(file)).handler !== 'function') throw new Error(file);`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
      // Nothing is read before the first event: a function that fails for want of a variable fails in its handler.
      env: { PATH: process.env['PATH'] ?? '' },
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  it('import nothing by themselves: built-ins come when they are used', () => {
    for (const name of names) {
      const code = readFileSync(join(outdir, name, 'index.mjs'), 'utf8');
      expect(code).not.toMatch(/(^|;)import[ {*"']/);
      expect(code).toContain('process.getBuiltinModule("node:');
    }
  });

  it('leave the locales and the large edition of zod out, and the places where credentials are not', () => {
    for (const name of names) {
      expect(uses(name, 'zod/v4/classic')).toBe(false);
      expect(uses(name, 'credential-provider-sso')).toBe(false);
    }
  });

  it('hold what their function names: no database where none is read, no payment provider where no money moves', () => {
    expect(uses('get-policy', '@aws-sdk/')).toBe(false);
    expect(names.filter((name) => uses(name, 'node_modules/stripe/')).sort()).toEqual([
      'choose-destination',
      'payment-result',
      'poll-refunds',
      'reconcile',
      'refund-leg',
      'work-case',
    ]);
    for (const name of names) expect(uses(name, '/submodules/event-streams/')).toBe(false);
  });

  it('are refused when an entry is missing, each by its name', async () => {
    const [first] = functions;
    if (!first) throw new Error('no functions');
    const lost = ['functions/steps/lost.ts', 'functions/api/gone.ts'].map((file) => ({ ...first, file }));
    await expect(bundle(lost, outdir)).rejects.toThrow(/functions\/steps\/lost\.ts, functions\/api\/gone\.ts/);
  });
});
