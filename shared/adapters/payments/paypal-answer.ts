import type { RefundAnswer } from '../../ports/payment-channel';
import { member, text } from '../json-members';
import { readLongTrail } from './long-trail';
import { lost, type CallKind } from './provider-call';
import { fromDecimal } from './units';

/** What an answer must agree with before it is believed. */
export interface Expected {
  tenant: string;
  currency: string;
  /** Our minor units; absent where PayPal decides the amount (the rest of a capture). */
  amount?: number;
  legId: string;
  call: CallKind;
}

const STATUSES: ReadonlyMap<string, RefundAnswer['status']> = new Map([
  ['PENDING', 'pending'],
  ['COMPLETED', 'succeeded'],
  ['FAILED', 'failed'],
  ['CANCELLED', 'canceled'],
]);

/** @returns undefined for a word that PayPal has added since; https://developer.paypal.com/api/payments/v2/refunds-get */
export function refundStatusOf(refund: unknown): RefundAnswer['status'] | undefined {
  return STATUSES.get(text(refund, 'status') ?? '');
}

/**
 * Turns PayPal's refund into ours, believing nothing that was not checked.
 *
 * @throws {UnknownOutcome | TransientFault} for a write or a read whose answer is not a refund, or not this refund
 */
export function refundAnswer(refund: unknown, expected: Expected): RefundAnswer {
  const says = (what: string): Error => lost(`paypal: answer not believed: ${what}`, expected.call);
  const providerRef = idOf(refund);
  if (providerRef === undefined) throw says('not a refund');
  const status = refundStatusOf(refund);
  if (status === undefined) throw says(`${providerRef} has an unknown status`);
  const amount = amountOf(refund, expected.currency);
  if (amount === undefined) throw says(`${providerRef} is of no amount in ${expected.currency}`);
  if (expected.amount !== undefined && amount !== expected.amount) {
    throw says(`${providerRef} is of ${amount}, not ${expected.amount} ${expected.currency}`);
  }
  if (readLongTrail(expected.tenant, text(refund, 'custom_id'))?.legId !== expected.legId) {
    throw says(`${providerRef} belongs to another leg`);
  }
  const reason = text(member(refund, 'status_details'), 'reason');
  const failed = status === 'failed' || status === 'canceled';
  const trace = /^[A-Za-z0-9]{1,36}$/.exec(text(refund, 'acquirer_reference_number') ?? '')?.[0];
  return {
    status,
    providerRef,
    amount,
    ...(trace === undefined ? {} : { trace }),
    ...(failed && reason !== undefined ? { failureReason: reason } : {}),
  };
}

/**
 * A voided authorization: what it held is free again. Known by the payment, of which it is the only one.
 *
 * @throws {UnknownOutcome | TransientFault} when it is not voided, or of no amount that we can read
 */
export function voidAnswer(
  authorization: unknown,
  expected: { paymentRef: string; currency: string; call: CallKind },
): RefundAnswer {
  const says = (what: string): Error => lost(`paypal: answer not believed: ${what}`, expected.call);
  if (idOf(authorization) === undefined) throw says('not an authorization');
  if (text(authorization, 'status') !== 'VOIDED') throw says(`${expected.paymentRef} is not voided`);
  const amount = amountOf(authorization, expected.currency);
  if (amount === undefined) throw says(`${expected.paymentRef} is of no amount in ${expected.currency}`);
  return { status: 'succeeded', providerRef: expected.paymentRef, amount };
}

/** @returns undefined for no amount, none above zero, or another currency */
export function amountOf(thing: unknown, currency: string): number | undefined {
  const money = member(thing, 'amount');
  if (text(money, 'currency_code') !== currency) return undefined;
  const amount = fromDecimal('paypal', text(money, 'value') ?? '', currency);
  return amount !== undefined && amount > 0 ? amount : undefined;
}

export function idOf(thing: unknown): string | undefined {
  return /^[A-Za-z0-9-]{3,64}$/.exec(text(thing, 'id') ?? '')?.[0];
}
