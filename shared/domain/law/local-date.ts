import type { Instant } from '../time';

/** A day of the calendar without a zone: `2026-06-19`. They sort as text. */
export type LocalDate = string;

const dayLength = 86_400_000;

const atMidnight = (date: LocalDate): number => Date.parse(`${date}T00:00:00.000Z`);
const dateAt = (milliseconds: number): LocalDate => new Date(milliseconds).toISOString().slice(0, 10);

export function addDays(date: LocalDate, days: number): LocalDate {
  return dateAt(atMidnight(date) + days * dayLength);
}

/** The same day of a later month, or the last one of that month where it has no such day. */
export function addMonths(date: LocalDate, months: number): LocalDate {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  const first = Date.UTC(year, month - 1 + months, 1);
  const afterLast = Date.UTC(year, month + months, 1);
  return dateAt(Math.min(first + (day - 1) * dayLength, afterLast - dayLength));
}

export const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
export type Weekday = (typeof weekdays)[number];

export function weekdayOf(date: LocalDate): Weekday {
  return weekdays[new Date(atMidnight(date)).getUTCDay()] ?? 'sunday';
}

/** Whether this names a zone of the IANA database; a mere offset names none. */
export function isZone(zone: string): boolean {
  if (zone !== 'UTC' && !/^[A-Z]\w+\/\w/.test(zone)) return false;
  try {
    clockOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** What the calendar on the wall says there. */
export function localDateOf(instant: Instant, zone: string): LocalDate {
  return dateAt(wallTime(Date.parse(instant), zone));
}

/**
 * The instant at which a day is over there, the first that is no longer in it. A day may begin at one o'clock, end an
 * hour late, or not exist at all.
 */
export function endOf(date: LocalDate, zone: string): Instant {
  const next = atMidnight(date) + dayLength;
  const ends = [next - dayLength, next, next + dayLength]
    .map((around) => next - (wallTime(around, zone) - around))
    .filter((end) => dateAt(wallTime(end, zone)) > date && dateAt(wallTime(end - 1, zone)) <= date);
  return new Date(Math.max(...ends)).toISOString();
}

/** The time on the wall there, as milliseconds since 1970 as if it were UTC. */
function wallTime(milliseconds: number, zone: string): number {
  const second = Math.floor(milliseconds / 1_000) * 1_000;
  const read = Object.fromEntries(
    clockOf(zone)
      .formatToParts(second)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second: seconds = 0 } = read;
  return Date.UTC(year, month - 1, day, hour, minute, seconds) + (milliseconds - second);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  const numeric = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const;
  const clock = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', ...numeric, second: 'numeric' });
  clocks.set(zone, clock);
  return clock;
}
