/** Adyen's answers, errors and notifications as they go over the wire; Checkout API v72 and Webhooks v1. */
import { createHmac, randomInt } from 'node:crypto';
import type { StandInReply } from '../stand-in';
import type { SavedAnswer } from './adyen-keys';
import type { BookedPayment, BookedRefund } from './payment-books';

/** `refused`: success=false of its own event. `failed` and `reversed` follow a success. */
export const MODIFICATION_STATES = ['received', 'succeeded', 'refused', 'failed', 'reversed'] as const;
export type ModificationStatus = (typeof MODIFICATION_STATES)[number];

export type Verb = 'refunds' | 'cancels' | 'reversals';

/** What was asked for a payment; amounts are Adyen's units. */
export interface Modification extends BookedRefund<ModificationStatus> {
  readonly verb: Verb;
  /** What a reversal turned out to be. */
  readonly action: 'refund' | 'cancel';
  readonly amount: number;
  readonly reference?: string;
  reason: string;
}

export interface AdyenPayment extends BookedPayment<Modification> {
  readonly merchantAccount: string;
  readonly reference: string;
  readonly currency: string;
  readonly amount: number;
  readonly captured: number;
  cancelled: boolean;
  answers: SavedAnswer[];
}

export type Reply = Exclude<StandInReply, 'hang-up'>;

const NO_LONGER: ReadonlySet<ModificationStatus> = new Set(['refused', 'failed', 'reversed']);

/** In Adyen's units. What was accepted counts before its outcome is told. */
export function givenBack(payment: AdyenPayment): number {
  return payment.refunds
    .filter(({ action, status }) => action === 'refund' && !NO_LONGER.has(status))
    .reduce((sum, { amount }) => sum + amount, 0);
}

export function pspReference(): string {
  const alphabet = '23456789BCDFGHJKLMNPQRSTVWXZ';
  return Array.from({ length: 16 }, () => alphabet[randomInt(alphabet.length)]).join('');
}

export function receivedObject(payment: AdyenPayment, modification: Modification): Record<string, unknown> {
  return {
    merchantAccount: payment.merchantAccount,
    paymentPspReference: payment.id,
    pspReference: modification.id,
    ...(modification.reference !== undefined && { reference: modification.reference }),
    status: 'received',
    ...(modification.verb === 'refunds' && { amount: { currency: payment.currency, value: modification.amount } }),
  };
}

const EVENT_OF: Readonly<Record<Verb, string>> = {
  refunds: 'REFUND',
  cancels: 'CANCELLATION',
  reversals: 'CANCEL_OR_REFUND',
};

/** An event of a standard webhook, without what its payment says. */
export interface StandardEvent {
  readonly id: string;
  readonly eventCode: string;
  readonly success: boolean;
  readonly amount: number;
  readonly reference: string;
  readonly reason: string;
  readonly additionalData?: Record<string, string>;
}

/** What became of a modification. */
export function modificationEvent(payment: AdyenPayment, modification: Modification): StandardEvent {
  const { id, verb, status, action, amount, reason, reference = payment.reference } = modification;
  const later = status === 'failed' ? 'REFUND_FAILED' : status === 'reversed' ? 'REFUNDED_REVERSED' : undefined;
  return {
    ...{ id, amount, reason, reference },
    eventCode: later ?? EVENT_OF[verb],
    success: status !== 'refused',
    ...(verb === 'reversals' && later === undefined && { additionalData: { 'modification.action': action } }),
  };
}

/** What a bank asks back; every event of a dispute has the dispute's reference. */
export function disputeEvent(payment: AdyenPayment, id: string, eventCode: string): StandardEvent {
  const { captured: amount, reference } = payment;
  const additionalData = { chargebackReasonCode: '10.4', chargebackSchemeCode: 'visa', disputeStatus: 'Undefended' };
  return { id, eventCode, success: true, amount, reference, reason: 'Other Fraud-Card Absent', additionalData };
}

/** One item of a standard webhook, signed for itself. */
export function notificationItem(
  payment: AdyenPayment,
  { id, eventCode, amount, reference: merchantReference, reason, additionalData, ...event }: StandardEvent,
  hexKey: string,
  nowMs: number,
): Record<string, unknown> {
  const success = String(event.success);
  const { id: originalReference, merchantAccount, currency } = payment;
  const signed = [id, originalReference, merchantAccount, merchantReference, amount, currency];
  const hmac = createHmac('sha256', Buffer.from(hexKey, 'hex')).update([...signed, eventCode, success].join(':'));
  return {
    NotificationRequestItem: {
      additionalData: { hmacSignature: hmac.digest('base64'), ...additionalData },
      amount: { currency, value: amount },
      eventCode,
      eventDate: new Date(nowMs).toISOString().replace(/\.\d+Z$/, '+00:00'),
      merchantAccountCode: merchantAccount,
      merchantReference,
      originalReference,
      paymentMethod: 'visa',
      pspReference: id,
      reason,
      success,
    },
  };
}

export function jsonReply(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

export function errorReply(
  status: number,
  errorCode: string,
  message: string,
  headers: Record<string, string> = {},
): Reply {
  const errorType = status === 422 || status === 400 || status === 409 ? 'validation' : 'security';
  return jsonReply(status, { status, errorCode, message, errorType }, headers);
}
