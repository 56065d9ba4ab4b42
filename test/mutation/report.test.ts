import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { figuresOf, textOf, type StrykerReport } from './report';

type Mutant = StrykerReport['files'][string]['mutants'][number];

const source = 'const a = 1;\nconst b = a > 0\n  ? 1 : 2;\n';
const mutant = (status: Mutant['status'], more: Partial<Mutant> = {}): Mutant => ({
  mutatorName: 'EqualityOperator',
  replacement: 'a >= 0',
  status,
  location: { start: { line: 2, column: 11 }, end: { line: 2, column: 16 } },
  ...more,
});
const reportOf = (...mutants: Mutant[]): StrykerReport => ({
  thresholds: { low: 90 },
  files: { 'shared/domain/b.ts': { source, mutants } },
});
const times = (count: number, status: Mutant['status']): Mutant[] =>
  Array.from({ length: count }, () => mutant(status));

describe('the figures', () => {
  test('count a change that ends in no time as noticed and one that cannot run as none', () => {
    const figures = figuresOf(
      reportOf(...times(8, 'Killed'), mutant('Timeout'), mutant('Survived'), mutant('RuntimeError')),
      12,
    );
    expect(figures).toMatchObject({ score: 90, killed: 8, timeout: 1, survived: 1, noCoverage: 0, invalid: 1 });
    expect(figures.files).toMatchObject([{ file: 'shared/domain/b.ts', score: 90 }]);
  });

  test.each<[string, Mutant[], number | null, boolean]>([
    ['nothing survives', times(3, 'Killed'), 100, true],
    ['nine of ten', [...times(9, 'Killed'), mutant('Survived')], 90, true],
    ['a change that no test comes by counts', [...times(8, 'Killed'), ...times(2, 'NoCoverage')], 80, false],
    ['a little below is below', [...times(8_999, 'Killed'), ...times(1_001, 'Survived')], 89.99, false],
    ['nothing to change proves nothing', [], null, false],
  ])('%s', (_, mutants, score, passed) => expect(figuresOf(reportOf(...mutants), 1)).toMatchObject({ score, passed }));

  test('name what survives by place, kind, and code before and after', () => {
    const over = { start: { line: 2, column: 11 }, end: { line: 3, column: 10 } };
    const { survivors } = figuresOf(
      reportOf(mutant('Survived'), mutant('NoCoverage', { location: over, replacement: '' }), mutant('Killed')),
      1,
    );
    const place = { file: 'shared/domain/b.ts', line: 2, mutator: 'EqualityOperator' };
    expect(survivors).toEqual([
      { ...place, original: 'a > 0', replacement: 'a >= 0', covered: true },
      { ...place, original: 'a > 0\n  ? 1 : 2', replacement: '', covered: false },
    ]);
  });
});

test('the text is a table, what survives, and the verdict', () => {
  expect(textOf(figuresOf(reportOf(...times(9, 'Killed'), mutant('Survived')), 7))).toBe(
    [
      '  file                 %  killed  timeout  survived  not covered',
      '  shared/domain/b.ts  90       9        0         1            0',
      '  all                 90       9        0         1            0',
      '',
      'What survives:',
      '  shared/domain/b.ts:2  EqualityOperator',
      '    a > 0  ->  a >= 0',
      '',
      'Passed: 90 of 90 %, in 7 s.',
    ].join('\n'),
  );
});

describe('the command line', () => {
  const mutation = (...words: string[]) =>
    spawnSync(process.execPath, ['--import', 'tsx', join('test', 'mutation', 'mutation.ts'), ...words], {
      encoding: 'utf8',
    });

  test('explains itself', () => {
    const { status, stdout } = mutation('--help');
    expect(status).toBe(0);
    expect(stdout).toContain('npm run mutation');
  });

  test.each([
    ['a file that there is not', ['shared/domain/nothing.ts'], 'There is no file "shared/domain/nothing.ts"'],
    ['a file elsewhere', ['shared/wiring.ts'], 'There is no file "shared/wiring.ts"'],
    ['a number that is none', ['--concurrency', 'many'], '--concurrency takes a whole number'],
    ['an option that there is not', ['--fast'], "Unknown option '--fast'"],
  ])('answers %s at once, with a hint', (_, words, message) => {
    const { status, stdout, stderr } = mutation(...words);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toContain('Try --help.');
  });
});
