/** rate(), cron() and at() as EventBridge reads them. */
import { Cron } from 'croner';
import { UnsupportedResource } from '../unsupported';

/** The next time after `after` (epoch milliseconds), or undefined when there is none. `since` anchors a rate. */
export type NextTime = (after: number, since: number) => number | undefined;

const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Reads an expression; anything else stops the host. */
export function parseSchedule(expression: string, timezone = 'UTC'): NextTime {
  const [, kind, inner = ''] = /^(rate|cron|at)\((.*)\)$/.exec(expression.trim()) ?? [];
  switch (kind) {
    case 'rate': {
      const [, count, unit = ''] = /^(\d+) (minute|hour|day)s?$/.exec(inner) ?? [];
      const period = Number(count) * (UNITS[unit] ?? Number.NaN);
      if (!(period > 0)) break;
      return (after, since) => since + (Math.floor((after - since) / period) + 1) * period;
    }
    case 'at': {
      const time = atTime(inner, timezone);
      return (after) => (time > after ? time : undefined);
    }
    case 'cron': {
      const fields = inner.split(/\s+/);
      const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = '', year = '*'] = fields;
      if (fields.length !== 6 || /[LW]/i.test(dayOfMonth.replace(/^L$/, '')) || /L$|#/i.test(dayOfWeek)) break;
      // AWS counts Sunday as 1, cron as 0; names are the same.
      const days = dayOfWeek.replace(/(?<![#/\d])\d(?!\d)/g, (day) => String(Number(day) - 1));
      const pattern = [
        '0',
        stepped(minute, 59),
        stepped(hour, 23),
        stepped(blank(dayOfMonth), 31),
        stepped(month, 12),
        stepped(blank(days), 6),
      ].join(' ');
      const cron = readCron(pattern, timezone, expression);
      return (after) => nextInYear(cron, after, year);
    }
    default:
  }
  throw new UnsupportedResource([`the schedule ${expression}`]);
}

/** `5/10` is every tenth from the fifth on; cron wants the range spelled out. */
function stepped(field: string, last: number): string {
  return field.replace(/(?<![-\d])(\d+)\/(\d+)/g, (_all, from: string, step: string) => `${from}-${last}/${step}`);
}

function readCron(pattern: string, timezone: string, expression: string): Cron {
  try {
    return new Cron(pattern, { timezone, paused: true });
  } catch (error) {
    throw new UnsupportedResource([`the schedule ${expression}: ${String(error)}`]);
  }
}

function blank(field: string): string {
  return field === '?' ? '*' : field;
}

function nextInYear(cron: Cron, after: number, year: string): number | undefined {
  let time: Date | null = cron.nextRun(new Date(after));
  for (let tries = 0; time && year !== '*' && tries < 10_000; tries += 1) {
    if (yearMatches(time.getUTCFullYear(), year)) break;
    time = cron.nextRun(time);
  }
  return time?.getTime();
}

function yearMatches(actual: number, field: string): boolean {
  return field.split(',').some((part) => {
    const [from, to = from] = part.split('-').map(Number);
    return actual >= (from ?? 0) && actual <= (to ?? 0);
  });
}

/** `yyyy-mm-ddThh:mm:ss` in the schedule's own time zone. */
function atTime(local: string, timezone: string): number {
  const time = new Cron(local, { timezone, paused: true }).nextRun(new Date(0));
  if (!time) throw new UnsupportedResource([`the schedule at(${local})`]);
  return time.getTime();
}
