/** The WeChat Pay stand-in's own books, for whoever wants to compare them with the application's. Fen. */
import { heldOf, type WechatPayOrders } from './wechat-pay-orders';

export function refundLines(orders: WechatPayOrders): unknown[] {
  return [...orders.all()].flatMap((order) =>
    order.refunds.map(({ number, refundId, amount, state, receivedBy, at }) => ({
      out_refund_no: number,
      refund_id: refundId,
      out_trade_no: order.outTradeNo,
      account: order.account,
      amount,
      state,
      received_by: receivedBy,
      at,
    })),
  );
}

export function paymentLines(orders: WechatPayOrders): unknown[] {
  return [...orders.all()].map((order) => ({
    out_trade_no: order.outTradeNo,
    transaction_id: order.transactionId,
    account: order.account,
    merchant: order.merchant,
    amount: order.total,
    captured: order.state === 'SUCCESS' ? order.total : 0,
    refunded: heldOf(order),
    refunds: order.refunds.length,
    hurried: order.hurried,
    status: order.state,
    webhooks_waiting: order.outbox.length,
  }));
}

export interface Sums {
  payments: number;
  captured: number;
  /** Of orders that were closed unpaid. */
  voided: number;
  /** Refunds of any state. */
  refunds: number;
  /** Without those that were closed. */
  refunded: number;
}

export function totals(orders: WechatPayOrders): { cny: Sums } {
  const cny: Sums = { payments: 0, captured: 0, voided: 0, refunds: 0, refunded: 0 };
  for (const order of orders.all()) {
    cny.payments += 1;
    if (order.state === 'SUCCESS') cny.captured += order.total;
    if (order.state === 'CLOSED') cny.voided += order.total;
    cny.refunds += order.refunds.length;
    cny.refunded += heldOf(order);
  }
  return { cny };
}
