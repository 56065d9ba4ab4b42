/** What Adyen makes of a request to modify a payment: a refusal at once, or a modification with its outcome. */
import { integer, record, text, type Json } from '../json';
import {
  errorReply,
  givenBack,
  pspReference,
  type AdyenPayment,
  type Modification,
  type Reply,
  type Verb,
} from './adyen-objects';
import type { RefundBehaviour } from './refund-behaviours';
import type { ModificationStatus } from './adyen-objects';

const MEMBERS: Readonly<Record<Verb, ReadonlySet<string>>> = {
  refunds: new Set(['amount', 'merchantAccount', 'reference', 'merchantRefundReason']),
  cancels: new Set(['merchantAccount', 'reference']),
  reversals: new Set(['merchantAccount', 'reference']),
};

/**
 * What Adyen says before it has received anything.
 *
 * The code for a payment that it does not know, and for an amount in another currency, are not published; 167 and 137 stand in for them.
 */
export function refusalOf(verb: Verb, body: Json, payment: AdyenPayment | undefined): Reply | undefined {
  const unknown = Object.keys(body).find((name) => !MEMBERS[verb].has(name));
  if (unknown !== undefined)
    return errorReply(400, '702', `Structure of the request contains an unknown field ${unknown}`);
  const merchantAccount = text(body['merchantAccount']);
  if (payment === undefined) return errorReply(422, '167', 'Original pspReference required for this operation');
  if (merchantAccount !== payment.merchantAccount) return errorReply(403, '901', 'Invalid Merchant Account');
  if ((text(body['reference']) ?? '').length > 80) return errorReply(422, '142', 'Reference is too long');
  if (verb !== 'refunds') return undefined;
  const amount = record(body['amount']);
  const value = integer(amount['value']);
  const whole = value !== undefined && Number.isSafeInteger(value) && value > 0;
  if (!whole || text(amount['currency']) !== payment.currency)
    return errorReply(422, '137', 'Invalid amount specified');
  return undefined;
}

/** What was received, with what becomes of it; the payment is changed. */
export function received(
  payment: AdyenPayment,
  verb: Verb,
  body: Json,
  behaviour: RefundBehaviour<ModificationStatus> | undefined,
  nowMs: number,
): Modification {
  const reference = text(body['reference']);
  const action = verb === 'refunds' || (verb === 'reversals' && payment.captured > 0) ? 'refund' : 'cancel';
  const amount =
    verb === 'refunds' ? (integer(record(body['amount'])['value']) ?? 0) : payment.captured || payment.amount;
  const refusal = action === 'refund' ? whyNoRefund(payment, amount) : whyNoCancel(payment);
  const status = refusal === undefined ? (behaviour?.status ?? 'succeeded') : 'refused';
  const modification: Modification = {
    id: pspReference(),
    verb,
    action,
    amount,
    status,
    reason: refusal ?? (status === 'succeeded' ? '' : (behaviour?.reason ?? '')),
    ...(reference !== undefined && { reference }),
  };
  if (refusal === undefined && behaviour?.then !== undefined && behaviour.afterMs !== undefined) {
    const { then, afterMs, reason } = behaviour;
    modification.due = { at: nowMs + afterMs, status: then, ...(reason !== undefined && { reason }) };
  }
  if (action === 'cancel' && status === 'succeeded') payment.cancelled = true;
  payment.refunds.push(modification);
  return modification;
}

/** A reversal is always of the whole payment, so anything that was given back before leaves too little. */
function whyNoRefund(payment: AdyenPayment, amount: number): string | undefined {
  if (payment.captured === 0) return "Transaction hasn't been captured, refund not possible";
  return amount > payment.captured - givenBack(payment) ? 'Insufficient balance on payment' : undefined;
}

function whyNoCancel(payment: AdyenPayment): string | undefined {
  if (payment.captured > 0) return 'Transaction has been captured, cancel not possible';
  return payment.cancelled ? 'Transaction has been cancelled' : undefined;
}
