import type { RefundLeg } from './cancellation';
import { recordOf } from './channel';
import { meaningOf } from './refund-failure';

/** The failure of a leg that was never sent, because the buyer has asked his bank for the money. */
export const paymentDisputed = 'payment_disputed';

/** Whether it stopped because the buyer's bank may give the money back: by whatever way, it must not go back twice. */
export function isDisputed({ channel, failure, status }: RefundLeg): boolean {
  if (status !== 'failed') return false;
  return failure === paymentDisputed || meaningOf(channel, failure) === 'disputed';
}

/**
 * Whether the buyer has the money, or may get it, past this leg: from his bank, or from the shop itself at the provider. Then
 * it goes to nobody by another way, and the order does not stand again, until a person has looked.
 */
export function isElsewhere(leg: RefundLeg): boolean {
  return isDisputed(leg) || (leg.status === 'failed' && meaningOf(leg.channel, leg.failure) === 'given_back');
}

/**
 * By which of its references news of a dispute about a leg's money may name it; none where its channel tells of no disputes.
 * Store credit in place of money no longer says through which channel the money came.
 */
export function refsUnderDispute({ channel, operation, paymentRef, captureRef = paymentRef }: RefundLeg): string[] {
  if (operation === 'credit') return [...new Set([paymentRef, captureRef])];
  const named = operation === 'refund' ? recordOf(channel).facts.disputeNames.value : null;
  if (named === null) return [];
  return [named === 'capture' ? captureRef : paymentRef];
}
