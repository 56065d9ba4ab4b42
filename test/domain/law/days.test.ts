import * as fc from 'fast-check';
import { calendars, type Calendar } from '../../../shared/domain/law/calendar';
import { lastDay, type DayWindow, type LastDay } from '../../../shared/domain/law/days';
import { recordsFor } from '../../../shared/domain/law/records';
import type { StatutoryRecord } from '../../../shared/domain/law/record';
import { holds } from '../../support/property';

const weekend = ['saturday', 'sunday'];
const complete = (...days: string[]) => ({
  complete: true,
  days: Object.fromEntries(days.map((day) => [day, 'a day'])),
});
const place: Calendar = {
  title: 'a place',
  law: 'its law',
  source: 'nobody',
  grade: 'S',
  checked: '2026-11-22',
  daysOff: { business: weekend, working: ['sunday'] },
  years: { 2026: complete('2026-12-25'), 2027: complete('2027-01-01') },
};
const calendarDays: DayWindow = { days: 14, unit: 'calendar', firstDay: 'day_after', lastDayRolls: 'no' };
const dateOf = (answer: LastDay): string => (answer.status === 'known' ? answer.date : answer.status);

function windowOf(market: string, contractDate: string): StatutoryRecord['window'] & object {
  const window = recordsFor({ market, contractDate })[0]?.window;
  if (typeof window !== 'object' || window === null) throw new Error(`no window in ${market}`);
  return window;
}

describe('golden cases of the law', () => {
  test('EU: of two parcels the second came on 5 June, so 19 June 23:59 is in time and midnight is not', () => {
    const answer = lastDay('2026-06-05T09:00:00.000Z', windowOf('DE', '2026-06-01'), 'Europe/Berlin', calendars.eu);
    expect(answer).toMatchObject({ status: 'known', date: '2026-06-19', endsAt: '2026-06-19T22:00:00.000Z' });
  });

  test('EU: not told of the function, the last day is twelve months later', () => {
    const window = windowOf('DE', '2026-06-20');
    expect(window).toMatchObject({ ifNotInformed: 'extended', monthsIfNotInformed: 12, daysOnceInformed: 14 });
    const months = window.monthsIfNotInformed;
    const answer = lastDay('2026-07-01T09:00:00.000Z', window, 'Europe/Berlin', calendars.eu, Number(months));
    expect(dateOf(answer)).toBe('2027-07-15');
  });

  test('China: signed for on 1 May at ten, the last day is 8 May', () => {
    const answer = lastDay('2026-05-01T02:00:00.000Z', windowOf('CN', '2026-04-28'), 'Asia/Shanghai', calendars.cn);
    expect(dateOf(answer)).toBe('2026-05-08');
  });

  test('Japan: eight days with the day of delivery as the first', () => {
    const answer = lastDay('2026-06-01T03:00:00.000Z', windowOf('JP', '2026-05-28'), 'Asia/Tokyo', calendars.jp);
    expect(dateOf(answer)).toBe('2026-06-08');
  });

  test('South Korea: whether the day of receipt counts is not verified, so nobody counts', () => {
    const answer = lastDay('2026-06-01T03:00:00.000Z', windowOf('KR', '2026-05-28'), 'Asia/Seoul', calendars.kr);
    expect(answer).toEqual({ status: 'needs_review', missing: ['unit', 'firstDay'] });
  });
});

describe('the last day', () => {
  test.each<[string, string, DayWindow, string, number, string, string]>([
    [
      'the day of an event late in the evening is the local one',
      '2026-06-05T22:30:00.000Z',
      calendarDays,
      'Europe/Berlin',
      0,
      '2026-06-20',
      '2026-06-20T22:00:00.000Z',
    ],
    [
      'and another one further west',
      '2026-06-05T22:30:00.000Z',
      calendarDays,
      'America/New_York',
      0,
      '2026-06-19',
      '2026-06-20T04:00:00.000Z',
    ],
    [
      'clocks go forward in between',
      '2026-03-20T12:00:00.000Z',
      calendarDays,
      'Europe/Berlin',
      0,
      '2026-04-03',
      '2026-04-03T22:00:00.000Z',
    ],
    [
      'clocks go forward on the last day',
      '2026-03-15T12:00:00.000Z',
      calendarDays,
      'Europe/Berlin',
      0,
      '2026-03-29',
      '2026-03-29T22:00:00.000Z',
    ],
    [
      'clocks go back on the last day',
      '2026-10-11T12:00:00.000Z',
      calendarDays,
      'Europe/Berlin',
      0,
      '2026-10-25',
      '2026-10-25T23:00:00.000Z',
    ],
    [
      'a leap day is a day',
      '2028-02-20T12:00:00.000Z',
      calendarDays,
      'UTC',
      0,
      '2028-03-05',
      '2028-03-06T00:00:00.000Z',
    ],
    [
      'a month that is too short ends the extension',
      '2026-01-17T12:00:00.000Z',
      calendarDays,
      'UTC',
      1,
      '2026-02-28',
      '2026-03-01T00:00:00.000Z',
    ],
    [
      'a leap day a year later is the last of February',
      '2028-02-15T12:00:00.000Z',
      calendarDays,
      'UTC',
      12,
      '2029-02-28',
      '2029-03-01T00:00:00.000Z',
    ],
    [
      'no days end with the day of the event',
      '2026-06-05T12:00:00.000Z',
      { ...calendarDays, days: 0 },
      'UTC',
      0,
      '2026-06-05',
      '2026-06-06T00:00:00.000Z',
    ],
  ])('%s', (_what, start, window, zone, months, date, endsAt) => {
    expect(lastDay(start, window, zone, place, months)).toEqual({ status: 'known', date, endsAt, mayEndLater: false });
  });

  test.each<[string, string, Partial<DayWindow>, string]>([
    ['business days leave out weekend and holiday', '2026-12-23', { days: 3, unit: 'business' }, '2026-12-29'],
    ['working days leave out what is none there', '2026-12-23', { days: 3, unit: 'working' }, '2026-12-28'],
    ['they go on into the next year', '2026-12-30', { days: 2, unit: 'business' }, '2027-01-04'],
    [
      'the day of the event counts where it is one',
      '2026-12-23',
      { days: 3, unit: 'business', firstDay: 'event' },
      '2026-12-28',
    ],
    ['and does not where it is none', '2026-12-25', { days: 1, unit: 'business', firstDay: 'event' }, '2026-12-28'],
    [
      'a last day off moves on where the law says so',
      '2026-12-13',
      { days: 12, lastDayRolls: 'to_working_day' },
      '2026-12-26',
    ],
    ['and a working day stays', '2026-12-13', { days: 11, lastDayRolls: 'to_working_day' }, '2026-12-24'],
  ])('%s', (_what, date, window, last) => {
    expect(dateOf(lastDay(`${date}T12:00:00.000Z`, { ...calendarDays, ...window }, 'UTC', place))).toBe(last);
  });

  test('of seven business days over Thanksgiving is one week and a half later', () => {
    const window: DayWindow = { ...calendarDays, days: 7, unit: 'business' };
    const answer = lastDay('2026-11-23T17:00:00.000Z', window, 'America/New_York', calendars['us-federal']);
    expect(answer).toMatchObject({ date: '2026-12-03', endsAt: '2026-12-04T05:00:00.000Z' });
  });

  test.each([
    ['a Saturday', '2026-06-20', true],
    ['a holiday', '2026-12-25', true],
    ['a working day', '2026-06-19', false],
  ])('may move on where nobody has verified that it does not, on %s', (_what, last, mayEndLater) => {
    const calendar = { ...place, daysOff: { business: weekend, working: weekend } };
    const window: DayWindow = { ...calendarDays, days: 0, lastDayRolls: null };
    expect(lastDay(`${last}T12:00:00.000Z`, window, 'UTC', calendar)).toMatchObject({ date: last, mayEndLater });
  });

  test('never comes sooner for more days', () => {
    const shape = fc.record({
      start: fc.date({ min: new Date('2026-01-02'), max: new Date('2026-10-01'), noInvalidDate: true }),
      days: fc.integer({ min: 0, max: 40 }),
      unit: fc.constantFrom('calendar' as const, 'business' as const, 'working' as const),
      firstDay: fc.constantFrom('event' as const, 'day_after' as const),
      lastDayRolls: fc.constantFrom('no' as const, 'to_working_day' as const, null),
      months: fc.integer({ min: 0, max: 2 }),
      zone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'Pacific/Apia'),
    });
    holds(
      fc.property(shape, ({ start, months, zone, ...window }) => {
        const end = (days: number): string => {
          const answer = lastDay(start.toISOString(), { ...window, days }, zone, place, months);
          if (answer.status !== 'known') throw new Error(answer.status);
          return answer.endsAt;
        };
        expect(end(window.days) <= end(window.days + 1)).toBe(true);
        expect(end(window.days) > start.toISOString()).toBe(true);
      }),
      500,
    );
  });
});

describe('what is not verified is not counted by', () => {
  const business: DayWindow = { ...calendarDays, days: 3, unit: 'business' };
  test.each<[string, string, DayWindow, Calendar, string[]]>([
    ['no number of days', '2026-06-01', { ...calendarDays, days: null }, place, ['days']],
    ['no unit', '2026-06-01', { ...calendarDays, unit: null }, place, ['unit']],
    ['a unit that the law leaves open', '2026-06-01', { ...calendarDays, unit: 'none' }, place, ['unit']],
    ['no first day', '2026-06-01', { ...calendarDays, firstDay: null }, place, ['firstDay']],
    ['a year that is missing', '2027-12-30', business, place, ['holidays of 2028 (a place)']],
    [
      'a year that is not complete',
      '2026-06-01',
      business,
      { ...calendars.kr, daysOff: place.daysOff },
      ['all holidays of 2026 (South Korea)'],
    ],
    [
      'no business days that anybody has defined',
      '2026-06-01',
      business,
      calendars.kr,
      ['what a business day is (South Korea)'],
    ],
    [
      'working days of the US',
      '2026-06-01',
      { ...business, unit: 'working' },
      calendars['us-federal'],
      ['what a working day is (United States, federal)'],
    ],
    [
      'a roll into a year that is missing',
      '2027-12-31',
      { ...calendarDays, days: 1, lastDayRolls: 'to_working_day' },
      place,
      ['holidays of 2028 (a place)'],
    ],
  ])('%s', (_what, date, window, calendar, missing) => {
    expect(lastDay(`${date}T12:00:00.000Z`, window, 'UTC', calendar)).toEqual({ status: 'needs_review', missing });
  });

  test('and a law that sets no number of days needs no review', () => {
    expect(lastDay('2026-06-01T12:00:00.000Z', { ...calendarDays, days: 'none' }, 'UTC', place)).toEqual({
      status: 'none',
    });
  });
});
