import { PermanentFault } from '../../domain/faults';
import type { QueryRequest, RefundAnswer } from '../../ports/payment-channel';

/** One of a payment's refunds, as far as it can be told whose it is. */
export interface ListedRefund {
  /** The leg that its reference names; undefined where it bears no reference of ours. */
  legId: string | undefined;
  /** Undefined for a word that the provider has added since. */
  status: RefundAnswer['status'] | undefined;
  /** Our minor units; undefined for another currency. */
  amount: number | undefined;
  /** What it says, once it is known to be the leg's. @throws as the adapter's answers */
  read(): RefundAnswer;
}

/**
 * Which of a payment's refunds is a leg's. A failed attempt may be followed by another one of the same leg; a live one is
 * what counts.
 *
 * @returns undefined when none of them is, nor could be
 * @throws {PermanentFault} `refunded_twice`; `unattributed_refund` where one of the leg's amount bears no reference of ours:
 *   "no trace" would permit another refund, and that one may have been this leg's
 */
export function refundOfLeg(
  provider: string,
  { legId, amount, currency }: Pick<QueryRequest, 'legId' | 'amount' | 'currency'>,
  refunds: readonly ListedRefund[],
): RefundAnswer | undefined {
  const answers = refunds.filter((refund) => refund.legId === legId).map((refund) => refund.read());
  const live = answers.filter(({ status }) => mayBeLive(status));
  if (live.length > 1) {
    const refs = live.map(({ providerRef }) => providerRef).join(', ');
    throw new PermanentFault(`${provider}: refunded_twice: leg ${legId} has ${refs}`);
  }
  const answer = live[0] ?? answers.at(-1);
  if (answer !== undefined) return answer;
  if (refunds.some((one) => one.legId === undefined && one.amount === amount && mayBeLive(one.status))) {
    throw new PermanentFault(`${provider}: unattributed_refund: of ${amount} ${currency} for this payment`);
  }
  return undefined;
}

export function mayBeLive(status: RefundAnswer['status'] | undefined): boolean {
  return status !== 'failed' && status !== 'canceled';
}
