import * as z from 'zod';
import { calendarNamed, calendars } from '../../../shared/domain/law/calendar';
import { weekdays } from '../../../shared/domain/law/local-date';

const daysOff = z.nullable(z.array(z.enum(weekdays)));
const calendar = z.strictObject({
  title: z.string().min(1),
  law: z.string().min(1),
  source: z.string().min(1),
  grade: z.enum(['P', 'O', 'S']),
  checked: z.iso.date(),
  note: z.optional(z.string().min(1)),
  daysOff: z.strictObject({ business: daysOff, working: daysOff }),
  years: z.record(
    z.string().regex(/^\d{4}$/),
    z.strictObject({ complete: z.boolean(), days: z.record(z.iso.date(), z.string().min(1)) }),
  ),
});

describe.each(Object.entries(calendars))('the calendar %s', (_name, data) => {
  test('has a form, a source and a date', () => expect(calendar.safeParse(data).error?.issues).toBeUndefined());

  test.each(Object.entries(data.years))('has the days of %s in that year, in order', (year, { days }) => {
    const dates = Object.keys(days);
    expect(dates.filter((date) => !date.startsWith(year))).toEqual([]);
    expect(dates).toEqual(dates.toSorted());
  });
});

test.each(['eu', 'cn', 'kr', 'br', 'in', 'au'] as const)('%s: no year is said to be complete', (name) =>
  expect(Object.values(calendars[name].years).map(({ complete }) => complete)).toEqual([false, false]),
);

test('a calendar is known by its own name only', () => {
  expect(calendarNamed('gb-eng')?.title).toBe('England and Wales');
  expect(calendarNamed('toString')).toBeUndefined();
});
