import type { Cancellation } from './cancellation';
import { percentOf, sum } from './money';
import { isPast, later, type Instant } from './time';

/** What a refund that comes late is owed on top, as data of the contract: its law says whether any is. */
export interface LateInterest {
  /** Days from the request in which a refund is in time. */
  afterDays: number;
  /** Per year of 365 days; 1 % = 100. */
  basisPointsPerYear: number;
}

const day = 86_400_000;

/**
 * The simple interest that a cancellation owes the buyer by now, in minor units, rounded in his favour: on each leg, for
 * each day begun from the end of the time limit until the leg was settled. It is owed by the shop; nobody sends it by itself.
 */
export function interestOwed({ legs, requestedAt, lateInterest }: Cancellation, now: Instant): number {
  if (lateInterest === undefined) return 0;
  const { afterDays, basisPointsPerYear } = lateInterest;
  const due = later(requestedAt, { length: afterDays, unit: 'days' });
  return sum(
    legs
      .filter(({ operation, status }) => operation === 'refund' && status !== 'given_up')
      .map(({ amount, settledAt = now }) => {
        if (!isPast(due, settledAt)) return 0;
        const days = Math.ceil((Date.parse(settledAt) - Date.parse(due)) / day);
        return Math.ceil((percentOf(amount, basisPointsPerYear, 'up') * days) / 365);
      }),
  );
}
