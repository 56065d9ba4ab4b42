import { recordOf } from './channel';
import type { Cancellation, RefundLeg } from './cancellation';
import { proportionOf, sum } from './money';
import { isPast, later, type Instant } from './time';

/** What a refund that comes late is owed on top, as data of the contract: its law says whether any is. */
export interface LateInterest {
  /** Days from the request in which a refund is in time. */
  afterDays: number;
  /** Per year of 365 days; 1 % = 100. */
  basisPointsPerYear: number;
}

const day = 86_400_000;
/** Basis points in a whole, times the days of a year. */
const wholeYear = 10_000 * 365;

/**
 * The simple interest that a cancellation owes the buyer by now, in minor units: on each leg of money, for each day begun
 * from the end of the time limit until the leg was settled, rounded up once, in his favour. It is owed by the shop; nobody
 * sends it by itself.
 */
export function interestOwed({ legs, requestedAt, lateInterest }: Cancellation, now: Instant): number {
  if (lateInterest === undefined) return 0;
  const { afterDays, basisPointsPerYear } = lateInterest;
  const due = later(requestedAt, { length: afterDays, unit: 'days' });
  return sum(
    legs.filter(gaveMoneyBack).map(({ amount, settledAt = now }) => {
      if (!isPast(due, settledAt)) return 0;
      const days = Math.ceil((Date.parse(settledAt) - Date.parse(due)) / day);
      return proportionOf(amount, basisPointsPerYear * days, wholeYear, 'up');
    }),
  );
}

/** Captured money, also where the buyer took store credit for it; a gift card or points were no money when they were captured. */
function gaveMoneyBack({ operation, status, channel }: RefundLeg): boolean {
  if (status === 'given_up') return false;
  return operation === 'credit' || (operation === 'refund' && (recordOf(channel).kind ?? 'money') === 'money');
}
