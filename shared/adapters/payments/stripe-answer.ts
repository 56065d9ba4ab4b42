import type Stripe from 'stripe';
import type { RefundAnswer } from '../../ports/payment-channel';
import { member, text } from '../json-members';
import { lost, type CallKind } from './provider-call';
import { fromUnits } from './units';

/** What an answer must agree with before it is believed. */
export interface Expected {
  currency: string;
  /** Our minor units; absent where Stripe decides the amount (the rest of a payment). */
  amount?: number;
  legId?: string;
  call: CallKind;
}

const STATUSES: ReadonlySet<string> = new Set(['pending', 'requires_action', 'succeeded', 'failed', 'canceled']);

/**
 * Turns Stripe's refund object into ours, believing nothing that was not checked: a typed answer is only a claim.
 *
 * @throws {UnknownOutcome | TransientFault} for a write or a read whose answer is not a refund, or not this refund
 */
export function refundAnswer(refund: Stripe.Refund, expected: Expected): RefundAnswer {
  const says = (what: string): Error => lost(`stripe: answer not believed: ${what}`, expected.call);
  if (refund?.object !== 'refund' || !isId(refund.id)) throw says('not a refund');
  const status = refund.status;
  if (!isRefundStatus(status)) throw says(`${refund.id} has status ${String(status)}`);
  const amount = amountOf(refund.amount, refund.currency, expected.currency);
  if (amount === undefined) throw says(`${refund.id} is of ${refund.amount} ${refund.currency}`);
  if (expected.amount !== undefined && amount !== expected.amount) {
    throw says(`${refund.id} is of ${amount}, not ${expected.amount} ${expected.currency}`);
  }
  if (expected.legId !== undefined && refund.metadata?.['leg_id'] !== expected.legId) {
    throw says(`${refund.id} belongs to another leg`);
  }
  const answer: RefundAnswer = { status, providerRef: refund.id, amount };
  if (refund.failure_reason) answer.failureReason = refund.failure_reason;
  const trace = traceOf(refund);
  if (trace !== undefined) answer.trace = trace;
  return answer;
}

/** What the card's bank calls the refund, once it is there: https://docs.stripe.com/refunds#tracing-refunds */
export function traceOf(refund: unknown): string | undefined {
  const card = member(member(refund, 'destination_details'), 'card');
  if (text(card, 'reference_status') !== 'available') return undefined;
  return /^[\w-]{1,64}$/.exec(text(card, 'reference') ?? '')?.[0];
}

/**
 * A cancelled payment: what was only authorized is free again.
 *
 * @throws {UnknownOutcome | TransientFault} when the answer is not this payment, cancelled, with nothing captured
 */
export function voidAnswer(intent: Stripe.PaymentIntent, expected: Expected & { paymentRef: string }): RefundAnswer {
  const says = (what: string): Error => lost(`stripe: answer not believed: ${what}`, expected.call);
  if (intent?.object !== 'payment_intent' || intent.id !== expected.paymentRef) throw says('not this payment');
  if (intent.status !== 'canceled') throw says(`${intent.id} has status ${intent.status}`);
  if (intent.amount_received !== 0) throw says(`${intent.id} was cancelled with money captured`);
  const amount = amountOf(intent.amount, intent.currency, expected.currency);
  if (amount === undefined) throw says(`${intent.id} is of ${intent.amount} ${intent.currency}`);
  return { status: 'succeeded', providerRef: intent.id, amount };
}

export function amountOf(amount: unknown, currency: unknown, expectedCurrency: string): number | undefined {
  if (typeof amount !== 'number' || amount <= 0 || currency !== expectedCurrency.toLowerCase()) return undefined;
  return fromUnits('stripe', amount, expectedCurrency);
}

function isId(id: unknown): id is string {
  return typeof id === 'string' && /^[\w-]{3,255}$/.test(id);
}

export function isRefundStatus(status: unknown): status is RefundAnswer['status'] {
  return typeof status === 'string' && STATUSES.has(status);
}
