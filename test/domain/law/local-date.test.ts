import { addDays, addMonths, endOf, isZone, localDateOf, weekdayOf } from '../../../shared/domain/law/local-date';

test.each([
  ['2026-01-31', 1, '2026-02-28'],
  ['2028-01-31', 1, '2028-02-29'],
  ['2026-08-31', 12, '2027-08-31'],
  ['2028-02-29', 12, '2029-02-28'],
  ['2026-12-15', 1, '2027-01-15'],
  ['2026-03-31', 0, '2026-03-31'],
])('%s and %d months is %s', (date, months, then) => expect(addMonths(date, months)).toBe(then));

test.each([
  ['2026-12-31', 1, '2027-01-01'],
  ['2028-02-28', 1, '2028-02-29'],
  ['2026-03-01', -1, '2026-02-28'],
])('%s and %d days is %s', (date, days, then) => expect(addDays(date, days)).toBe(then));

test('the nineteenth of June 2026 is a Friday', () => expect(weekdayOf('2026-06-19')).toBe('friday'));

describe('a day ends', () => {
  test.each([
    ['at midnight', '2026-06-19', 'UTC', '2026-06-20T00:00:00.000Z'],
    ['at midnight in summer', '2026-06-19', 'Europe/Berlin', '2026-06-19T22:00:00.000Z'],
    ['an hour sooner where clocks went forward in it', '2026-03-29', 'Europe/Berlin', '2026-03-29T22:00:00.000Z'],
    ['an hour later where they went back', '2026-10-25', 'Europe/Berlin', '2026-10-25T23:00:00.000Z'],
    [
      'at the second midnight, where they went back to before the first',
      '2010-11-06',
      'America/St_Johns',
      '2010-11-07T03:30:00.000Z',
    ],
    ['when clocks jump over midnight', '2018-11-03', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z'],
    ['with the hour that comes twice before midnight', '2018-02-17', 'America/Sao_Paulo', '2018-02-18T03:00:00.000Z'],
    [
      'at the first of two midnights that are both the next day',
      '2026-10-31',
      'America/Havana',
      '2026-11-01T04:00:00.000Z',
    ],
    ['where the next day does not exist', '2011-12-29', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
    ['a quarter off the hour', '2026-06-19', 'Asia/Kathmandu', '2026-06-19T18:15:00.000Z'],
  ])('%s: %s in %s at %s', (_how, date, zone, end) => {
    expect(endOf(date, zone)).toBe(end);
    expect(localDateOf(new Date(Date.parse(end) - 1).toISOString(), zone)).toBe(date);
    expect(localDateOf(end, zone) > date).toBe(true);
  });
});

test.each([
  ['Europe/Berlin', true],
  ['America/Argentina/Ushuaia', true],
  ['UTC', true],
  ['Europe/Atlantis', false],
  ['+01:00', false],
  ['CET', false],
  ['europe/berlin', false],
  ['', false],
])('%p is a zone: %p', (zone, is) => expect(isZone(zone)).toBe(is));
