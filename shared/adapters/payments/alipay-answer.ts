import type { RefundAnswer } from '../../ports/payment-channel';
import { text } from '../json-members';
import { lost, type CallKind } from './provider-call';
import { fromDecimal } from './units';

/** What an answer must name before it is believed. */
export interface Trade {
  /** `out_trade_no`, the shop's own number of the payment. */
  paymentRef: string;
  /** `trade_no`, Alipay's number of it; the same as `paymentRef` where it is not known. */
  captureRef?: string;
  currency: string;
}

/** The members that name a trade in a request. Alipay goes by `trade_no` where there are both. */
export function tradeNumbers({ paymentRef, captureRef }: Trade): Record<string, string> {
  const known = captureRef !== undefined && captureRef !== paymentRef;
  return { out_trade_no: paymentRef, ...(known ? { trade_no: captureRef } : {}) };
}

/** @throws {UnknownOutcome | TransientFault} when an answer is about another trade */
export function checkTrade(body: unknown, trade: Trade, kind: CallKind): void {
  const wanted = tradeNumbers(trade);
  for (const name of Object.keys(wanted)) {
    const found = text(body, name);
    if (found !== wanted[name]) throw notBelieved(`${name} ${found ?? 'is missing'}`, kind);
  }
}

/**
 * What `alipay.trade.refund` says. Its code 10000 means that the request was taken, `fund_change=Y` that money moved now:
 * https://opendocs.alipay.com/open/6c0cdd7d_alipay.trade.refund
 *
 * @returns undefined when no money moved by this call: it was a repetition, or it is not done yet
 */
export function movedNow(body: unknown, number: string, trade: Trade, amount: number): RefundAnswer | undefined {
  checkTrade(body, trade, 'write');
  if (text(body, 'fund_change') !== 'Y') return undefined;
  const currency = text(body, 'refund_currency') ?? trade.currency;
  if (currency !== trade.currency) throw notBelieved(`money moved in ${currency}`, 'write');
  // It states the sum of all refunds of the trade, not this one.
  const sum = amountOf(body, 'refund_fee', trade.currency);
  if (sum === undefined || sum < amount) throw notBelieved(`refund_fee ${sum ?? 'is missing'}`, 'write');
  return { status: 'succeeded', providerRef: number, amount };
}

/**
 * What `alipay.trade.fastpay.refund.query` says: `refund_status=REFUND_SUCCESS`, or nothing at all of a refund that it never
 * received or that failed: https://opendocs.alipay.com/open/8c776df6_alipay.trade.fastpay.refund.query
 *
 * @returns undefined when Alipay has no trace of the refund
 */
export function foundRefund(body: unknown, number: string, trade: Trade): RefundAnswer | undefined {
  const status = text(body, 'refund_status');
  const stated = text(body, 'refund_amount');
  if (status === undefined && stated === undefined) return undefined;
  // An amount without the word for success is no trace and no proof: "no trace" would permit another refund.
  if (status !== 'REFUND_SUCCESS') throw notBelieved(`refund_status ${status ?? 'is missing'}`, 'read');
  checkTrade(body, trade, 'read');
  const found = text(body, 'out_request_no');
  if (found !== number) throw notBelieved(`out_request_no ${found ?? 'is missing'}`, 'read');
  const amount = amountOf(body, 'refund_amount', trade.currency);
  if (amount === undefined) throw notBelieved(`refund_amount ${stated ?? 'is missing'}`, 'read');
  return { status: 'succeeded', providerRef: number, amount };
}

export interface TradeState {
  status: string;
  /** Minor units, of the whole trade. */
  amount: number;
}

export function tradeState(body: unknown, trade: Trade): TradeState {
  checkTrade(body, trade, 'read');
  const status = text(body, 'trade_status');
  const amount = amountOf(body, 'total_amount', trade.currency);
  const currency = text(body, 'trans_currency') ?? trade.currency;
  if (status === undefined || amount === undefined || currency !== trade.currency) {
    throw notBelieved(`trade ${status ?? 'without a status'} of ${amount ?? 'no'} ${currency}`, 'read');
  }
  return { status, amount };
}

/** Minor units, above zero. */
export function amountOf(body: unknown, name: string, currency: string): number | undefined {
  const amount = fromDecimal('alipay', text(body, name) ?? '', currency);
  return amount === undefined || amount <= 0 ? undefined : amount;
}

export function notBelieved(what: string, kind: CallKind): Error {
  return lost(`alipay: answer not believed: ${what}`, kind);
}
