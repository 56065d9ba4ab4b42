import type { RefundAnswer } from '../../ports/payment-channel';
import { member, text } from '../json-members';
import { readLongTrail } from './long-trail';
import { lost, type CallKind } from './provider-call';
import { fromUnits } from './units';

/** What an answer must agree with before it is believed. */
export interface Expected {
  tenant: string;
  currency: string;
  /** Our minor units. */
  amount?: number;
  /** Square's payment. */
  paymentRef?: string;
  legId: string;
  call: CallKind;
}

const STATUSES: ReadonlyMap<string, RefundAnswer['status']> = new Map([
  ['PENDING', 'pending'],
  ['COMPLETED', 'succeeded'],
  ['REJECTED', 'failed'],
  ['FAILED', 'failed'],
]);

/** @returns undefined for a word that Square has added since; https://developer.squareup.com/reference/square/objects/PaymentRefund */
export function refundStatusOf(refund: unknown): RefundAnswer['status'] | undefined {
  return STATUSES.get(text(refund, 'status') ?? '');
}

/** Of which of our legs a refund is; `reason` is the only text that Square keeps with it. */
export function legIdOf(tenant: string, refund: unknown): string | undefined {
  return readLongTrail(tenant, text(refund, 'reason'))?.legId;
}

/**
 * Turns Square's refund into ours, believing nothing that was not checked. Square says no more of a failure than its state.
 *
 * @throws {UnknownOutcome | TransientFault} for a write or a read whose answer is not a refund, or not this refund
 */
export function refundAnswer(refund: unknown, expected: Expected): RefundAnswer {
  const says = (what: string): Error => lost(`square: answer not believed: ${what}`, expected.call);
  const providerRef = idOf(refund);
  if (providerRef === undefined) throw says('not a refund');
  const status = refundStatusOf(refund);
  if (status === undefined) throw says(`${providerRef} has an unknown status`);
  const amount = amountOf(refund, 'amount_money', expected.currency);
  if (amount === undefined) throw says(`${providerRef} is of no amount in ${expected.currency}`);
  if (expected.amount !== undefined && amount !== expected.amount) {
    throw says(`${providerRef} is of ${amount}, not ${expected.amount} ${expected.currency}`);
  }
  if (expected.paymentRef !== undefined && text(refund, 'payment_id') !== expected.paymentRef) {
    throw says(`${providerRef} belongs to another payment`);
  }
  if (legIdOf(expected.tenant, refund) !== expected.legId) throw says(`${providerRef} belongs to another leg`);
  const word = text(refund, 'status');
  return { status, providerRef, amount, ...(status === 'failed' && word !== undefined ? { failureReason: word } : {}) };
}

/**
 * A cancelled payment: what was only approved is free again.
 *
 * @throws {UnknownOutcome | TransientFault} when the answer is not this payment, cancelled
 */
export function voidAnswer(
  payment: unknown,
  { paymentRef, currency, call }: { paymentRef: string; currency: string; call: CallKind },
): RefundAnswer {
  const says = (what: string): Error => lost(`square: answer not believed: ${what}`, call);
  if (idOf(payment) !== paymentRef) throw says('not this payment');
  if (text(payment, 'status') !== 'CANCELED') throw says(`${paymentRef} is not cancelled`);
  const amount = amountOf(payment, 'total_money', currency);
  if (amount === undefined) throw says(`${paymentRef} is of no amount in ${currency}`);
  return { status: 'succeeded', providerRef: paymentRef, amount };
}

/** @returns undefined for no amount, none above zero, or another currency */
export function amountOf(thing: unknown, name: 'amount_money' | 'total_money', currency: string): number | undefined {
  const money = member(thing, name);
  const amount = member(money, 'amount');
  if (text(money, 'currency') !== currency || typeof amount !== 'number' || amount <= 0) return undefined;
  return fromUnits('square', amount, currency);
}

export function idOf(thing: unknown): string | undefined {
  return /^[\w-]{3,255}$/.exec(text(thing, 'id') ?? '')?.[0];
}
