import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorsPage } from '../../infra/docs/errors-page';
import { functions, pascalCase } from '../../infra/functions';
import * as faultModule from '../../shared/domain/faults';
import { isRefusal, refusals, refuse } from '../../shared/domain/refusal';

const root = join(__dirname, '..', '..');
const page = readFileSync(join(root, 'docs', 'errors.md'), 'utf8');
const story = JSON.parse(readFileSync(join(root, 'state-machines', 'order-cancellation.asl.json'), 'utf8')) as {
  States: Record<string, { Catch?: { ErrorEquals: string[]; Next: string }[] }>;
};
const catalogued = [...Object.keys(refusals), ...Object.keys(faultModule.faults)];

function sourcesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
    .filter((name) => !['refusal.ts', 'faults.ts'].some((own) => name === join('shared', 'domain', own)));
}
const source = ['functions', 'shared']
  .flatMap(sourcesUnder)
  .map((name) => readFileSync(join(root, name), 'utf8'))
  .join('\n');
const isUsed = (code: string): boolean =>
  code in refusals ? source.includes(`'${code}'`) : new RegExp(`\\b${code}\\b`).test(source);

/** The sections of the page: heading -> text. */
const sections = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map((section): [string, string] => [section.slice(0, section.indexOf('\n')), section]),
);

describe('docs/errors.md', () => {
  test.each(catalogued)('has a section for %s', (code) => expect([...sections.keys()]).toContain(code));

  test.each([...sections.keys()])('describes %s, which the catalogue has', (code) =>
    expect(catalogued).toContain(code),
  );

  test.each(Object.entries(refusals))('says status, meaning and remedy of %s', (code, { status, title, todo }) => {
    for (const words of [`HTTP status: ${status}`, title, todo]) expect(sections.get(code)).toContain(words);
  });

  test('is as the catalogue writes it; else run `tsx infra/docs/write-errors.ts`', () =>
    expect(page).toBe(errorsPage()));
});

describe('the catalogue', () => {
  test.each(Object.entries(refusals))(
    '%s has a status of its kind and two sentences',
    (code, { status, title, todo }) => {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(600);
      expect(title).toMatch(/^[A-Z].*[^.]$/);
      expect(todo).toMatch(/^[A-Z].*\.$/);
    },
  );

  test('names each fault as its exception is named', () => {
    const classes = Object.entries(faultModule).filter(([, value]) => typeof value === 'function');
    expect(classes.map(([name]) => name).sort()).toEqual(Object.keys(faultModule.faults).sort());
    for (const name of [
      'TransientFault',
      'PermanentFault',
      'UnknownOutcome',
      'SignatureInvalid',
      'RunSuperseded',
    ] as const) {
      expect(new faultModule[name]('why')).toMatchObject({ name, message: 'why' });
    }
  });

  test('lets faults end only in steps that there are', () => {
    const steps = functions.map(({ name }) => name);
    for (const { endsIn } of Object.values(faultModule.faults)) {
      for (const step of endsIn) expect(steps).toContain(step);
    }
  });

  test.each(['TransientFault', 'PermanentFault', 'UnknownOutcome', 'RunSuperseded'] as const)(
    'lets %s end where the first catch of each state for it leads',
    (fault) => {
      const caught = Object.values(story.States).flatMap(({ Catch = [] }) => {
        const first = Catch.find(
          ({ ErrorEquals }) => ErrorEquals.includes(fault) || ErrorEquals.includes('States.ALL'),
        );
        return first === undefined ? [] : [first.Next];
      });
      const ends = ['ReinstateOrder', 'OpenCase'].filter((state) => caught.includes(state));
      expect(faultModule.faults[fault].endsIn.map(pascalCase)).toEqual(ends);
    },
  );

  test('every code is used by functions or shared', () => {
    expect(catalogued.filter((code) => !isUsed(code))).toEqual([]);
  });
});

describe('a refusal', () => {
  test('is known from any other value', () => {
    expect(isRefusal(refuse('not_found', 'There is no order 1.'))).toBe(true);
    for (const other of [undefined, null, 'not_found', {}, { code: 'not_found' }, { code: 'x', detail: '' }]) {
      expect(isRefusal(other)).toBe(false);
    }
    expect(isRefusal({ code: 'toString', detail: 'a word that every object knows' })).toBe(false);
  });

  test('keeps what a client can act upon', () =>
    expect(refuse('line_unknown', 'No line x.', { param: '/lines/0', facts: { known: ['a'] } })).toEqual({
      code: 'line_unknown',
      detail: 'No line x.',
      param: '/lines/0',
      facts: { known: ['a'] },
    }));
});
