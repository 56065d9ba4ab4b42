import type { Instant } from '../time';
import type { Calendar } from './calendar';
import { addDays, addMonths, endOf, localDateOf, weekdayOf, type LocalDate } from './local-date';
import type { LegalWindow } from './record';

/**
 * So many days from an event, as a record gives them; a part's `days`, `unit` and `firstDay` may be handed over as
 * they are.
 */
export type DayWindow = Pick<LegalWindow, 'days' | 'unit' | 'firstDay'> & Partial<Pick<LegalWindow, 'lastDayRolls'>>;

export type LastDay =
  | {
      status: 'known';
      /** Inclusive: all of this day is in time. */
      date: LocalDate;
      /**
       * The instant at which that day is over; it is already too late, as a deadline's own instant is everywhere here.
       */
      endsAt: Instant;
      /**
       * It falls on a day off, or may, and whether it then moves on is not verified: only what comes later needs
       * review.
       */
      mayEndLater: boolean;
    }
  /** The law sets no number of days. */
  | { status: 'none' }
  /** What is not verified, by name. */
  | { status: 'needs_review'; missing: readonly string[] };

/**
 * The last day of a window that an event has opened.
 *
 * @param zone of the place whose days are counted
 * @param months that are added to the end of the days, such as where the buyer was not informed
 */
export function lastDay(start: Instant, window: DayWindow, zone: string, calendar: Calendar, months = 0): LastDay {
  const { days, lastDayRolls = null } = window;
  if (days === 'none') return { status: 'none' };
  const unit = orUnknown(window.unit);
  const firstDay = orUnknown(window.firstDay);
  if (days === null || unit === null || firstDay === null) {
    const fields = Object.entries({ days, unit, firstDay });
    return needsReview(...fields.flatMap(([name, value]) => (value === null ? [name] : [])));
  }
  const event = localDateOf(start, zone);
  // The event's own day is the first of them, or the one before the first; no days at all end with the event's day.
  const before = firstDay === 'event' && days > 0 ? addDays(event, -1) : event;
  const last = unit === 'calendar' ? addDays(before, days) : daysOfWork(before, days, unit, calendar);
  if (typeof last !== 'string') return last;
  return rolled(addMonths(last, months), lastDayRolls, zone, calendar);
}

/** What the law leaves open cannot be counted by either. */
function orUnknown<Word>(value: Word | 'none'): Exclude<Word, 'none'> | null {
  return value === 'none' ? null : (value as Exclude<Word, 'none'>);
}

function rolled(date: LocalDate, rolls: LegalWindow['lastDayRolls'], zone: string, calendar: Calendar): LastDay {
  if (rolls !== 'to_working_day') {
    const mayEndLater = rolls === null && isDayOff(date, 'working', calendar) !== false;
    return { status: 'known', date, endsAt: endOf(date, zone), mayEndLater };
  }
  // The first working day from this one on is the first after the day before.
  const moved = daysOfWork(addDays(date, -1), 1, 'working', calendar);
  if (typeof moved !== 'string') return moved;
  return { status: 'known', date: moved, endsAt: endOf(moved, zone), mayEndLater: false };
}

function daysOfWork(after: LocalDate, count: number, unit: WorkUnit, calendar: Calendar): LocalDate | LastDay {
  let date = after;
  for (let left = count; left > 0;) {
    date = addDays(date, 1);
    const off = isDayOff(date, unit, calendar);
    if (off === undefined) return needsReview(whyUnknown(date, unit, calendar));
    if (!off) left -= 1;
  }
  return date;
}

type WorkUnit = 'business' | 'working';

/** @returns undefined where the calendar cannot tell */
function isDayOff(date: LocalDate, unit: WorkUnit, { daysOff, years }: Calendar): boolean | undefined {
  const year = years[date.slice(0, 4)];
  if (year?.days[date] !== undefined) return true;
  const weekly = daysOff[unit];
  if (weekly === null) return undefined;
  if (weekly.includes(weekdayOf(date))) return true;
  return year?.complete === true ? false : undefined;
}

function whyUnknown(date: LocalDate, unit: WorkUnit, { title, daysOff, years }: Calendar): string {
  if (daysOff[unit] === null) return `what a ${unit} day is (${title})`;
  const year = date.slice(0, 4);
  return years[year] === undefined ? `holidays of ${year} (${title})` : `all holidays of ${year} (${title})`;
}

function needsReview(...missing: readonly string[]): LastDay {
  return { status: 'needs_review', missing };
}
