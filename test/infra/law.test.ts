import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordFiles, statutoryRecords } from '../../shared/domain/law/records';
import { summaryOf } from '../../infra/law/summary';
import { gapTable, recordTable } from '../../infra/law/text';

const law = (...words: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', join('infra', 'law', 'law.ts'), ...words], { encoding: 'utf8' });

const summaries = statutoryRecords().map((record) => summaryOf(record, '2026-12-02'));

describe('the list of statutory records', () => {
  test('has a line for each, with fields by grade, gaps and age', () => {
    const [head, ...lines] = recordTable(summaries).split('\n');
    expect(head?.split(/ +/)).toEqual(['record', 'version', 'of', 'right', 'from', 'to', 'P', 'O', 'S', 'gaps', 'age']);
    expect(lines).toHaveLength(recordFiles.length);
    expect(lines[0]?.split(/ {2,}/).slice(0, 6)).toEqual([
      'au-change-of-mind',
      '1',
      'AU',
      'display_rule',
      '2011-01-01',
      'open',
    ]);
    expect(lines[0]).toMatch(/ 10 d$/);
  });

  test('counts every field of the law once', () => {
    const india = summaries.find(({ id }) => id === 'in-ecommerce-fee');
    expect(india?.cited).toEqual({ P: 7, O: 0, S: 0 });
    expect(india?.gaps).toHaveLength(16);
  });

  test('names every gap, by part', () => {
    const lines = gapTable(summaries).split('\n');
    expect(lines.find((line) => /^uk\S+ +\/window /.test(line))).toMatch(
      / lastDayRolls ifNotInformed monthsIfNotInformed daysOnceInformed$/,
    );
    expect(lines.find((line) => /^in\S+ +\/ /.test(line))).toMatch(/ merchant ux$/);
  });
});

describe('the command line', () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'law-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('explains itself', () => {
    const { status, stdout } = law('--help');
    expect(status).toBe(0);
    expect(stdout).toContain('npm run law');
  });

  test('prints one object and nothing else with --json', () => {
    const { status, stdout } = law('gaps', '--json');
    expect(status).toBe(0);
    const { gaps } = JSON.parse(stdout) as { gaps: unknown[] };
    expect(gaps).toContainEqual({ id: 'eu-crd-withdrawal', version: 2, field: '/window/lastDayRolls' });
  });

  test('a draft that does not hold is told by file, field and reason', () => {
    const published = join('shared', 'domain', 'law', 'records', 'in-ecommerce-fee.1.json');
    const draft = JSON.parse(readFileSync(published, 'utf8')) as { fee: string };
    writeFileSync(join(folder, 'in-ecommerce-fee.1.json'), JSON.stringify({ ...draft, fee: null }));
    writeFileSync(join(folder, 'in-other.1.json'), '{');
    const { status, stdout } = law('--from', folder);
    expect(status).toBe(1);
    expect(stdout).toContain('in-ecommerce-fee.1.json  /fee  is null, and cited with P\n');
    expect(stdout).toMatch(/^in-other\.1\.json {2}.*JSON/m);
  });

  test('an empty folder holds no records', () => {
    const { status, stdout } = law('--from', join(folder, 'nowhere'), '--json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ problems: [{ reason: 'holds no records' }] });
  });

  test.each([
    ['a list that there is not', ['gap'], 'There is no list "gap"'],
    ['an option that there is not', ['--fast'], "Unknown option '--fast'"],
  ])('answers %s with a hint', (_what, words, message) => {
    const { status, stdout, stderr } = law(...words);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toContain('Try --help.');
  });
});
