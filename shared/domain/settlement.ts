import type { RefundLeg } from './cancellation';
import { recordOf } from './channel';
import { later, type Instant } from './time';

/** When a refund arrives: the first and the last day, as `YYYY-MM-DD` in UTC, both included. */
export interface Arrival {
  from: string;
  to: string;
}

/**
 * When the buyer sees a refund that its provider has carried out, by what is verified of its channel. Business days are
 * those from Monday to Friday; holidays, which differ by bank, may add some.
 * @returns undefined where nothing was paid back yet, nothing was ever taken, or nobody knows
 */
export function arrivalOf({ channel, operation, status, settledAt }: RefundLeg): Arrival | undefined {
  if (status !== 'succeeded' || settledAt === undefined) return undefined;
  if (operation !== 'refund' && operation !== 'credit') return undefined;
  const span = recordOf(channel).facts.customerSeesAfterDays.value;
  if (span === null) return undefined;
  const after = span.days === 'business' ? afterBusinessDays : afterDays;
  return { from: after(settledAt, span.from), to: after(settledAt, span.to) };
}

const dayOf = (instant: Instant): string => instant.slice(0, 10);
const afterDays = (instant: Instant, days: number): string => dayOf(later(instant, { length: days, unit: 'days' }));

function afterBusinessDays(instant: Instant, days: number): string {
  let at = instant;
  for (let left = days; left > 0;) {
    at = later(at, { length: 1, unit: 'days' });
    const weekday = new Date(at).getUTCDay();
    if (weekday !== 0 && weekday !== 6) left -= 1;
  }
  return dayOf(at);
}
