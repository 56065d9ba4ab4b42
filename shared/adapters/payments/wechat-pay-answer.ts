import type { RefundAnswer } from '../../ports/payment-channel';
import { member, text } from '../json-members';
import { lost, type CallKind } from './provider-call';
import { fromUnits } from './units';

/** What an answer must name before it is believed. */
export interface Payment {
  /** `out_trade_no`, the shop's own number of the payment. */
  paymentRef: string;
  /** `transaction_id`, WeChat Pay's number of it; the same as `paymentRef` where it is not known. */
  captureRef?: string;
  currency: string;
}

/** WeChat Pay's number of a payment, where it is known. */
export function transactionOf({ paymentRef, captureRef }: Payment): string | undefined {
  return captureRef === paymentRef ? undefined : captureRef;
}

const STATES: Readonly<Record<string, RefundAnswer['status']>> = {
  PROCESSING: 'pending',
  SUCCESS: 'succeeded',
  // After 7 days without money in the merchant's account: a new refund, under a new number, once there is some.
  CLOSED: 'failed',
  // The card took no money. WeChat Pay holds it until the merchant says where to send it, so nobody may send it otherwise.
  ABNORMAL: 'requires_action',
};

/** Where the money of an abnormal refund went when the merchant had it sent to himself. */
const BACK_AT_MERCHANT = /^商户(基本账户|结算银行账户)/;

/**
 * What WeChat Pay's words for the state of a refund mean: https://pay.weixin.qq.com/doc/v3/merchant/4013071031
 *
 * @param account `user_received_account`: a refund that went back to the merchant has not reached the customer
 * @returns undefined for a word that nobody knows
 */
export function stateOf(
  word: string | undefined,
  account: string | undefined,
): Pick<RefundAnswer, 'status' | 'failureReason'> | undefined {
  const status = word === undefined || !Object.hasOwn(STATES, word) ? undefined : STATES[word];
  if (word === undefined || status === undefined) return undefined;
  if (status === 'succeeded' && account !== undefined && BACK_AT_MERCHANT.test(account)) {
    return { status: 'failed', failureReason: 'returned_to_merchant' };
  }
  return status === 'failed' || status === 'requires_action' ? { status, failureReason: word } : { status };
}

/**
 * Reads a refund, of a request or of a query.
 *
 * @param expected absent where WeChat Pay decides what it says: a query
 * @throws {UnknownOutcome | TransientFault} for a write or a read whose answer is not this refund
 */
export function refundAnswer(
  body: unknown,
  number: string,
  payment: Payment,
  kind: CallKind,
  expected?: { amount: number; total: number },
): RefundAnswer {
  checkPayment(body, payment, kind);
  const found = text(body, 'out_refund_no');
  if (found !== number) throw notBelieved(`out_refund_no ${found ?? 'is missing'}`, kind);
  const word = text(body, 'status');
  const state = stateOf(word, text(body, 'user_received_account'));
  if (state === undefined) throw notBelieved(`status ${word ?? 'is missing'}`, kind);
  const stated = member(body, 'amount');
  const amount = amountOf(stated, 'refund', payment.currency);
  if (amount === undefined || text(stated, 'currency') !== payment.currency) {
    throw notBelieved(`${number} is of ${amount ?? 'no'} ${text(stated, 'currency') ?? 'money'}`, kind);
  }
  if (expected !== undefined && amount !== expected.amount) {
    throw notBelieved(`${number} is of ${amount}, not ${expected.amount}`, kind);
  }
  if (expected !== undefined && amountOf(stated, 'total', payment.currency) !== expected.total) {
    throw notBelieved(`${number} is of a payment of another amount`, kind);
  }
  return { ...state, providerRef: number, amount };
}

export interface OrderState {
  state: string;
  /** Our minor units; of an unpaid order it need not be stated. */
  total: number | undefined;
}

/** @throws {TransientFault} when the answer is not this order, or is of other money */
export function orderState(body: unknown, payment: Payment, merchant: string): OrderState {
  checkPayment(body, payment, 'read');
  const mchid = text(body, 'mchid');
  if (mchid !== merchant) throw notBelieved(`order of merchant ${mchid ?? 'nobody'}`, 'read');
  const state = text(body, 'trade_state');
  if (state === undefined) throw notBelieved('an order without a state', 'read');
  const stated = member(body, 'amount');
  const currency = text(stated, 'currency') ?? payment.currency;
  if (currency !== payment.currency) throw notBelieved(`an order in ${currency}`, 'read');
  return { state, total: amountOf(stated, 'total', payment.currency) };
}

function checkPayment(body: unknown, payment: Payment, kind: CallKind): void {
  const ours = text(body, 'out_trade_no');
  if (ours !== payment.paymentRef) throw notBelieved(`out_trade_no ${ours ?? 'is missing'}`, kind);
  const wanted = transactionOf(payment);
  const theirs = text(body, 'transaction_id');
  if (wanted !== undefined && theirs !== wanted) throw notBelieved(`transaction_id ${theirs ?? 'is missing'}`, kind);
}

/** Our minor units, above zero. */
export function amountOf(amounts: unknown, name: string, currency: string): number | undefined {
  const units = member(amounts, name);
  return typeof units === 'number' && units > 0 ? fromUnits('wechat_pay', units, currency) : undefined;
}

export function notBelieved(what: string, kind: CallKind): Error {
  return lost(`wechat_pay: answer not believed: ${what}`, kind);
}
