import { isSettled, type Cancellation, type RefundLeg } from './cancellation';
import { isElsewhere } from './dispute';
import { hasFailed } from './leg';
import { isPast, later, type Instant } from './time';

/** Where money may go, with the buyer's consent, that cannot go back the way it came. */
export const destinations = ['store_credit'] as const;
export type Destination = (typeof destinations)[number];

/** A leg whose money could go another way: what was captured, came to nothing, and has not gone another way by itself. */
export function canGoAnotherWay(leg: RefundLeg): boolean {
  return leg.operation === 'refund' && hasFailed(leg) && !isSettled(leg) && !isElsewhere(leg);
}

/**
 * How long the buyer is still to be asked where the rest of his money shall go, in seconds; 0 when he is not: the contract
 * does not say so, nothing can go another way, or he was asked and has said nothing.
 */
export function secondsToChoose({ askBuyerHours, choice, legs }: Cancellation, now: Instant): number {
  if (askBuyerHours === undefined || !legs.some(canGoAnotherWay)) return 0;
  const deadline = choice?.deadline ?? later(now, { length: askBuyerHours, unit: 'hours' });
  return isPast(deadline, now) ? 0 : Math.ceil((Date.parse(deadline) - Date.parse(now)) / 1_000);
}

/** Whether the buyer may still say where it shall go. */
export function mayChoose({ choice }: Cancellation, now: Instant): boolean {
  return choice !== undefined && !isPast(choice.deadline, now);
}
