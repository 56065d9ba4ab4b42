import type { RefundLeg } from './cancellation';
import { needsConnection, recordOf } from './channel';
import { hasFailed } from './leg';
import { meaningOf } from './refund-failure';

/** The failure of a leg that was never sent, because the buyer has asked his bank for the money. */
export const paymentDisputed = 'payment_disputed';

/** Whether it stopped because the buyer's bank may give the money back: by whatever way, it must not go back twice. */
export function isDisputed(leg: RefundLeg): boolean {
  if (!hasFailed(leg)) return false;
  return leg.failure === paymentDisputed || meaningOf(leg.channel, leg.failure) === 'disputed';
}

/**
 * Whether the buyer has the money, or may get it, past this leg: from his bank, or from the shop itself at the provider. Then
 * it goes to nobody by another way, and the order does not stand again, until a person has looked.
 */
export function isElsewhere(leg: RefundLeg): boolean {
  return isDisputed(leg) || (hasFailed(leg) && meaningOf(leg.channel, leg.failure) === 'given_back');
}

/**
 * By which of its references news of a dispute about a leg's money may name it: the shop names the payment, its provider the
 * payment or the capture. Nobody disputes what lies on our own ledger. Store credit in place of money no longer says through
 * which channel the money came.
 */
export function refsUnderDispute({ channel, operation, paymentRef, captureRef = paymentRef }: RefundLeg): string[] {
  const both = [...new Set([paymentRef, captureRef])];
  if (operation === 'credit') return both;
  if (operation !== 'refund' || !needsConnection(channel)) return [];
  return recordOf(channel).facts.disputeNames.value === 'capture' ? both : [paymentRef];
}
