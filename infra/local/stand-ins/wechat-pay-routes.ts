/** What each route of the WeChat Pay stand-in does with the orders. Synchronous: two requests can never interleave here. */
import { integer, record, text, type Json } from '../json';
import { Refusal, type Order, type OrderRefund, type Turn, type WechatPayOrders } from './wechat-pay-orders';
import { rfc3339 } from './wechat-pay-wire';

export interface WechatPayRequest {
  readonly account: string;
  /** The merchant's id. */
  readonly mchid: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly content: Json;
}

export interface Effect {
  readonly status: number;
  /** Absent: no body. */
  readonly body?: Record<string, unknown>;
  /** The order that was changed, or asked about. */
  readonly order?: Order;
  /** A refund that was made. */
  readonly made?: OrderRefund;
}

export function route(orders: WechatPayOrders, request: WechatPayRequest, turnFor: (order: Order) => Turn): Effect {
  try {
    return carryOut(orders, request, turnFor);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { status: error.status, body: { code: error.code, message: error.message } };
  }
}

function carryOut(orders: WechatPayOrders, request: WechatPayRequest, turnFor: (order: Order) => Turn): Effect {
  const { account, method, path, content } = request;
  if (method === 'POST' && path === '/v3/refund/domestic/refunds') return refund(orders, account, content, turnFor);
  const [, number] = /^\/v3\/refund\/domestic\/refunds\/([^/]+)$/.exec(path) ?? [];
  if (method === 'GET' && number !== undefined) {
    const found = orders.findRefund(account, decodeURIComponent(number));
    if (!found) throw new Refusal(404, 'RESOURCE_NOT_EXISTS', '退款单不存在');
    return { status: 200, body: refundObject(found.order, found.refund), order: found.order };
  }
  const [, kind, id = '', verb] = /^\/v3\/pay\/transactions\/(id|out-trade-no)\/([^/]+)(\/close)?$/.exec(path) ?? [];
  if (kind === undefined) throw new Refusal(404, 'RESOURCE_NOT_EXISTS', 'no such route');
  const wanted = decodeURIComponent(id);
  const order = orders.find(account, kind === 'id' ? { transactionId: wanted } : { outTradeNo: wanted });
  const merchant = method === 'GET' ? request.query.get('mchid') : text(content['mchid']);
  if (merchant !== request.mchid) throw new Refusal(400, 'PARAM_ERROR', '商户号mchid与签名不一致');
  if (!order) throw new Refusal(404, 'ORDER_NOT_EXIST', '订单不存在');
  if (method === 'GET' && verb === undefined) {
    return { status: 200, body: orderObject(order, request.mchid), order };
  }
  if (method !== 'POST' || verb === undefined) throw new Refusal(404, 'RESOURCE_NOT_EXISTS', 'no such route');
  orders.close(order);
  return { status: 204, order };
}

const PARAMS = new Set([
  'transaction_id',
  'out_trade_no',
  'out_refund_no',
  'reason',
  'notify_url',
  'funds_account',
  'amount',
]);

function refund(orders: WechatPayOrders, account: string, content: Json, turnFor: (order: Order) => Turn): Effect {
  const unknown = Object.keys(content).find((name) => !PARAMS.has(name));
  const number = text(content['out_refund_no']);
  const { refund: amount, total, currency } = record(content['amount']);
  const transactionId = text(content['transaction_id']);
  const outTradeNo = text(content['out_trade_no']);
  const good = number !== undefined && /^[\w|*@-]{1,64}$/.test(number) && currency === 'CNY';
  if (unknown !== undefined || !good || (transactionId === undefined) === (outTradeNo === undefined)) {
    throw new Refusal(400, 'PARAM_ERROR', unknown ?? '参数错误');
  }
  if (!isFen(amount) || !isFen(total)) throw new Refusal(400, 'PARAM_ERROR', '金额');
  const order = orders.find(
    account,
    transactionId === undefined ? { outTradeNo: outTradeNo ?? '' } : { transactionId },
  );
  if (!order) throw new Refusal(404, 'RESOURCE_NOT_EXISTS', '订单不存在');
  const { refund: one, made } = orders.refund(order, { number, amount, total }, () => turnFor(order));
  return { status: 200, body: refundObject(order, one), order, ...(made && { made: one }) };
}

/** A whole number, not a text that looks like one. */
const isFen = (value: unknown): value is number => typeof value === 'number' && integer(value) === value && value > 0;

export function refundObject(order: Order, refund: OrderRefund): Record<string, unknown> {
  return {
    refund_id: refund.refundId,
    out_refund_no: refund.number,
    transaction_id: order.transactionId,
    out_trade_no: order.outTradeNo,
    channel: 'ORIGINAL',
    user_received_account: refund.receivedBy,
    ...(refund.succeededAt !== undefined && { success_time: rfc3339(refund.succeededAt) }),
    create_time: rfc3339(refund.at),
    status: refund.state,
    funds_account: 'AVAILABLE',
    amount: {
      total: order.total,
      refund: refund.amount,
      payer_total: order.total,
      payer_refund: refund.amount,
      settlement_refund: refund.amount,
      settlement_total: order.total,
      discount_refund: 0,
      currency: 'CNY',
    },
  };
}

/** Amount and transaction belong to a payment: an unpaid order has none. */
function orderObject(order: Order, mchid: string): Record<string, unknown> {
  const { outTradeNo, transactionId, total, state, refunds } = order;
  const tradeState = state === 'SUCCESS' && refunds.length > 0 ? 'REFUND' : state;
  return {
    appid: 'wx0000000000000000',
    mchid,
    out_trade_no: outTradeNo,
    trade_state: tradeState,
    trade_state_desc: tradeState,
    ...(state === 'SUCCESS' && {
      transaction_id: transactionId,
      trade_type: 'JSAPI',
      success_time: rfc3339(order.at),
      amount: { total, payer_total: total, currency: 'CNY', payer_currency: 'CNY' },
    }),
  };
}

/** The content of a request, or nothing where it is no JSON. */
export function readContent(body: Buffer): Json {
  try {
    return record(JSON.parse(body.toString('utf8')));
  } catch {
    return {};
  }
}
