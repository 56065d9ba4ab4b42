import type { Span } from './policy';

/** Instants are ISO 8601 in UTC with milliseconds, as `Date.toISOString` writes them; they sort as text. */
export type Instant = string;

const MILLISECONDS: Readonly<Record<Span['unit'], number>> = {
  seconds: 1_000,
  minutes: 60_000,
  hours: 3_600_000,
  days: 86_400_000,
};

export function later(instant: Instant, span: Span): Instant {
  return new Date(Date.parse(instant) + span.length * MILLISECONDS[span.unit]).toISOString();
}

export function earlier(instant: Instant, span: Span): Instant {
  return new Date(Date.parse(instant) - span.length * MILLISECONDS[span.unit]).toISOString();
}

/** Whether `now` is at or after `limit`: a deadline's own instant is already too late, for every clock that compares. */
export function isPast(limit: Instant, now: Instant): boolean {
  return Date.parse(now) >= Date.parse(limit);
}

/** How long it is until `limit`, in whole seconds, the last one begun counted; 0 when it is past. */
export function secondsUntil(limit: Instant, now: Instant): number {
  return Math.max(0, Math.ceil((Date.parse(limit) - Date.parse(now)) / 1_000));
}

/** Seconds since 1970, the begun one left out: what DynamoDB's TTL and providers count in. */
export function epochSeconds(instant: Instant): number {
  return Math.floor(Date.parse(instant) / 1_000);
}

/** The next whole second: a Wait of Step Functions drops milliseconds, so a date with some would wake it too early. */
export function wholeSecond(instant: Instant): Instant {
  return new Date(Math.ceil(Date.parse(instant) / 1_000) * 1_000).toISOString();
}
