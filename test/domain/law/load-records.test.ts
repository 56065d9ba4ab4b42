import { checkRecords, type RecordFile } from '../../../shared/domain/law/load-records';
import { recordFiles } from '../../../shared/domain/law/records';

type Json = Record<string, unknown>;

const nameOf = ({ id, version }: Json): string => `${String(id)}.${String(version)}.json`;

const published = recordFiles.find(({ file }) => file === 'in-ecommerce-fee.1.json')?.json as Json;

/** A change of a record: where, and to what; `undefined` takes it away. */
type Edit = readonly [path: readonly string[], value: unknown];

/** A record that holds, but for what was changed. */
function aRecord(...edits: readonly Edit[]): Json {
  const record = structuredClone(published);
  for (const [path, value] of edits) {
    const part = path.slice(0, -1).reduce((inner, name) => inner[name] as Json, record);
    const name = path.at(-1) ?? '';
    if (value === undefined) delete part[name];
    else part[name] = value;
  }
  return record;
}

const citation = (published['cite'] as Json)['/fee'];

const version = (number: number, from: string, to: string, replaces: number | null = null): Json =>
  aRecord(
    [['version'], number],
    [['effectiveFrom'], from],
    [['effectiveTo'], to],
    [['replaces'], replaces],
    [['cite', '/effectiveTo'], to === 'open' ? undefined : citation],
  );

const filesOf = (records: readonly Json[]): RecordFile[] => records.map((json) => ({ file: nameOf(json), json }));

function problemsOf(...records: Json[]) {
  const answer = checkRecords(filesOf(records));
  return 'problems' in answer ? answer.problems : [];
}

test('what is published holds', () => {
  expect(checkRecords(recordFiles)).toEqual({ records: recordFiles.map(({ json }) => json) });
});

describe('a record is refused', () => {
  test.each<[string, Edit, string, string]>([
    ['with a field that has no citation', [['cite', '/fee'], undefined], '/fee', 'has no citation'],
    [
      'with an exception that has none',
      [['exceptions'], [{ category: 'cod', condition: 'none' }]],
      '/exceptions/0',
      'has no citation',
    ],
    ['with a part that the law leaves out and nobody cites', [['ux'], 'none'], '/ux', 'has no citation'],
    ['with a start that nobody cites', [['cite', '/effectiveFrom'], undefined], '/effectiveFrom', 'has no citation'],
    [
      'with a value that is not verified',
      [['cite', '/fee', 'grade'], 'U'],
      '/fee',
      'has a value, and its citation says that it is not verified (U)',
    ],
    ['with a gap that is cited', [['fee'], null], '/fee', 'is null, and cited with P'],
    [
      'with a citation of nothing',
      [['cite', '/refund/hours'], citation],
      '/refund/hours',
      'is cited, and is no field of this record',
    ],
    [
      'with a citation that names no article',
      [['cite', '/fee', 'article'], undefined],
      '/cite/~1fee/article',
      'is missing',
    ],
    [
      'with a citation that has no date',
      [['cite', '/fee', 'checked'], 'lately'],
      '/cite/~1fee/checked',
      'is "lately", and has to be a date such as 2026-06-19',
    ],
    ['with a citation that says more', [['cite', '/fee', 'page'], 3], '/cite/~1fee/page', 'is not known'],
    [
      'with a grade that is none',
      [['cite', '/fee', 'grade'], 'A'],
      '/cite/~1fee/grade',
      'is "A", and has to be one of P, O, S, U',
    ],
    ['without citations', [['cite'], undefined], '/cite', 'is missing'],
    ['with a field that nobody knows', [['window'], published['refund']], '/window/clock', 'is not known'],
    ['with a field that is left out', [['refund', 'unit'], undefined], '/refund/unit', 'is missing'],
    ['with a part that is left out', [['merchant'], undefined], '/merchant', 'is missing'],
    ['with a part that is no part', [['merchant'], true], '/merchant', 'is no object, none or null'],
    ['with a name that nobody knows', [['color'], 'red'], '/color', 'is not known'],
    [
      'with a word that is none',
      [['fee'], 'high'],
      '/fee',
      expect.stringContaining(
        'is "high", and has to be one of forbidden, symmetric_only, policy; or none, or null',
      ) as string,
    ],
    [
      'with half a day',
      [['refund', 'days'], 0.5],
      '/refund/days',
      'is 0.5, and has to be a whole number from 0 to 3650; or none, or null where nobody has verified it',
    ],
    [
      'with a right that is none',
      [['right'], 'wish'],
      '/right',
      'is "wish", and has to be one of withdrawal, return, delay_cancel, fee_rule, display_rule',
    ],
    [
      'with an exception that nobody knows',
      [['exceptions'], [{ category: 'gadgets', condition: 'none' }]],
      '/exceptions/0/category',
      expect.stringContaining('is "gadgets", and has to be one of custom_made, ') as string,
    ],
    [
      'with a condition that nobody knows',
      [['exceptions'], [{ category: 'cod', condition: 'maybe' }]],
      '/exceptions/0/condition',
      expect.stringContaining('is "maybe"') as string,
    ],
    ['with an empty list of exceptions', [['exceptions'], []], '/exceptions', 'is no list of exceptions, none or null'],
    ['with an exception that is a word', [['exceptions'], ['cod']], '/exceptions/0', 'is no object'],
    [
      'with goods named twice',
      [
        ['applies', 'goods'],
        ['goods', 'goods'],
      ],
      '/applies/goods',
      expect.stringContaining('a list of goods, service, digital') as string,
    ],
    ['with delays that its right has not', [['delay'], 'none'], '/delay', 'is not known'],
    ['without delays that its right has', [['right'], 'delay_cancel'], '/delay', 'is missing'],
    ['of a place that nobody knows', [['jurisdiction'], 'XX'], '/jurisdiction', 'is "XX", which is not known'],
    [
      'in a zone that nobody knows',
      [['zone'], 'Asia/Atlantis'],
      '/zone',
      'is "Asia/Atlantis", which is no zone of the IANA database',
    ],
    ['in an offset', [['zone'], '+05:30'], '/zone', 'is "+05:30", which is no zone of the IANA database'],
    ['with a calendar that nobody knows', [['calendar'], 'moon'], '/calendar', 'is "moon", which is not known'],
    [
      'from a day that does not exist',
      [['effectiveFrom'], '2026-02-30'],
      '/effectiveFrom',
      'is "2026-02-30", and has to be a date such as 2026-06-19',
    ],
    [
      'to a day that is none',
      [['effectiveTo'], null],
      '/effectiveTo',
      'is null, and has to be a date such as 2026-06-19, or open',
    ],
    [
      'with labels in no language',
      [['ux'], { label: { german: 'x' } }],
      '/ux/label',
      expect.stringContaining('texts by language') as string,
    ],
  ])('%s', (_what, edit, field, reason) => {
    expect(problemsOf(aRecord(edit))).toContainEqual({ file: 'in-ecommerce-fee.1.json', field, reason });
  });

  test.each([null, [], 'none', 7])('that is %p', (json) => {
    expect(checkRecords([{ file: 'a-b.1.json', json }])).toEqual({
      problems: [{ file: 'a-b.1.json', field: '', reason: 'is no object' }],
    });
  });

  test('under a file name that is not its own', () => {
    expect(checkRecords([{ file: 'in-fee.json', json: aRecord() }])).toEqual({
      problems: [
        { file: 'in-fee.json', field: '/id', reason: 'with /version names another file: in-ecommerce-fee.1.json' },
      ],
    });
  });

  test('that ends before it begins', () => {
    expect(problemsOf(version(1, '2026-02-01', '2026-01-31'))).toEqual([
      { file: 'in-ecommerce-fee.1.json', field: '/effectiveTo', reason: 'is before /effectiveFrom' },
    ]);
  });
});

test('a gap may say where to look', () => {
  const gap = aRecord([['fee'], null], [['cite', '/fee', 'grade'], 'U']);
  expect(problemsOf(gap)).toEqual([]);
});

describe('versions of one record', () => {
  test.each<[string, Json[]]>([
    ['one ends the day before the next', [version(1, '2024-01-01', '2025-12-31'), version(2, '2026-01-01', 'open')]],
    ['an open one ends where the next begins', [version(1, '2024-01-01', 'open'), version(2, '2026-01-01', 'open')]],
    ['nothing holds in between', [version(1, '2024-01-01', '2024-12-31'), version(2, '2026-01-01', 'open')]],
    ['the second corrects the first', [version(1, '2024-01-01', 'open'), version(2, '2024-01-01', 'open', 1)]],
    [
      'the third corrects the first, and the second stays',
      [
        version(1, '2024-01-01', '2025-12-31'),
        version(2, '2026-01-01', 'open'),
        version(3, '2024-01-01', '2025-12-31', 1),
      ],
    ],
  ])('are taken: %s', (_what, versions) => {
    expect(problemsOf(...versions)).toEqual([]);
    expect(problemsOf(...versions.toReversed())).toEqual([]);
  });

  test.each<[string, Json[], string, string, string]>([
    [
      'two hold on one day',
      [version(1, '2024-01-01', '2026-01-01'), version(2, '2026-01-01', 'open')],
      'in-ecommerce-fee.2.json',
      '/effectiveFrom',
      'overlaps version 1, which holds from 2024-01-01 to 2026-01-01',
    ],
    [
      'both begin on one day',
      [version(1, '2024-01-01', 'open'), version(2, '2024-01-01', 'open')],
      'in-ecommerce-fee.2.json',
      '/effectiveFrom',
      'overlaps version 1, which holds from 2024-01-01 to open',
    ],
    [
      'the later one is the older',
      [version(1, '2024-06-01', 'open'), version(2, '2024-01-01', '2024-06-01')],
      'in-ecommerce-fee.1.json',
      '/effectiveFrom',
      'overlaps version 2, which holds from 2024-01-01 to 2024-06-01',
    ],
    [
      'one is left out',
      [version(1, '2024-01-01', '2024-12-31'), version(3, '2026-01-01', 'open')],
      'in-ecommerce-fee.3.json',
      '/version',
      'is 3, and the next one is 2',
    ],
    [
      'one corrects what is not there',
      [version(1, '2024-01-01', 'open', 2)],
      'in-ecommerce-fee.1.json',
      '/replaces',
      'is no earlier version',
    ],
    [
      'two correct the same one',
      [
        version(1, '2024-01-01', 'open'),
        version(2, '2024-01-01', '2024-12-31', 1),
        version(3, '2025-01-01', 'open', 1),
      ],
      'in-ecommerce-fee.3.json',
      '/replaces',
      'is replaced already: 1',
    ],
  ])('are refused: %s', (_what, versions, file, field, reason) => {
    expect(problemsOf(...versions)).toEqual([{ file, field, reason }]);
  });

  test('are not judged while one of them cannot be read', () => {
    const unread = aRecord([['title'], undefined]);
    expect(problemsOf(unread, version(2, '2026-01-01', 'open'))).toEqual([
      { file: 'in-ecommerce-fee.1.json', field: '/title', reason: 'is missing' },
    ]);
  });
});
