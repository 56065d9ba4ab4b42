/** The Alipay stand-in's own books, for whoever wants to compare them with the application's. Fen. */
import { refundedOf, type AlipayTrades } from './alipay-trades';

export function refundLines(trades: AlipayTrades): unknown[] {
  return [...trades.all()].flatMap((trade) =>
    trade.refunds.map(({ number, amount, state, at }) => ({
      out_request_no: number,
      out_trade_no: trade.outTradeNo,
      account: trade.account,
      amount,
      state,
      at,
    })),
  );
}

export function paymentLines(trades: AlipayTrades): unknown[] {
  return [...trades.all()].map((trade) => ({
    out_trade_no: trade.outTradeNo,
    trade_no: trade.tradeNo,
    account: trade.account,
    merchant: trade.merchant,
    amount: trade.amount,
    captured: trade.paid ? trade.amount : 0,
    refunded: refundedOf(trade),
    refunds: trade.refunds.length,
    hurried: trade.hurried,
    status: trades.status(trade),
    webhooks_waiting: trade.outbox.length,
  }));
}

export interface Sums {
  payments: number;
  captured: number;
  /** Of trades that were closed unpaid. */
  voided: number;
  /** Refunds of any state. */
  refunds: number;
  refunded: number;
  /** Refunds that came too soon after another one of their trade. */
  hurried: number;
}

export function totals(trades: AlipayTrades): { cny: Sums } {
  const cny: Sums = { payments: 0, captured: 0, voided: 0, refunds: 0, refunded: 0, hurried: 0 };
  for (const trade of trades.all()) {
    cny.payments += 1;
    if (trade.paid) cny.captured += trade.amount;
    else if (trade.closed) cny.voided += trade.amount;
    cny.refunds += trade.refunds.length;
    cny.refunded += refundedOf(trade);
    cny.hurried += trade.hurried;
  }
  return { cny };
}
