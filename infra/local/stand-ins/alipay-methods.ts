/** What each method of the Alipay stand-in does with the trades. Synchronous: two requests can never interleave here. */
import { record, text, type Json } from '../json';
import {
  beijing,
  Refusal,
  refundedOf,
  yuan,
  type AlipayTrades,
  type Trade,
  type TradeRefund,
  type Turn,
} from './alipay-trades';

export interface AlipayRequest {
  readonly account: string;
  readonly method: string;
  readonly content: Json;
}

export interface Effect {
  readonly body: Record<string, unknown>;
  /** The trade that was changed, or asked about. */
  readonly trade?: Trade;
  /** A refund that was made. */
  readonly made?: TradeRefund;
}

export function perform(trades: AlipayTrades, request: AlipayRequest, turnFor: (trade: Trade) => Turn): Effect {
  try {
    return carryOut(trades, request, turnFor);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { body: { code: '40004', msg: 'Business Failed', sub_code: error.subCode, sub_msg: error.message } };
  }
}

export const METHODS: ReadonlySet<string> = new Set([
  'alipay.trade.query',
  'alipay.trade.refund',
  'alipay.trade.fastpay.refund.query',
  'alipay.trade.close',
  'alipay.trade.cancel',
]);

const done = { code: '10000', msg: 'Success' };

function carryOut(trades: AlipayTrades, request: AlipayRequest, turnFor: (trade: Trade) => Turn): Effect {
  const trade = tradeOf(trades, request);
  const names = { out_trade_no: trade.outTradeNo, trade_no: trade.tradeNo };
  switch (request.method) {
    case 'alipay.trade.query':
      return {
        trade,
        body: {
          ...done,
          ...names,
          trade_status: trades.status(trade),
          total_amount: yuan(trade.amount),
          buyer_pay_amount: yuan(trade.paid ? trade.amount : 0),
          buyer_logon_id: '138****0000',
          buyer_user_id: '2088000000000000',
          ...(trade.paid && { send_pay_date: beijing(trade.createdAt) }),
        },
      };
    case 'alipay.trade.refund':
      return refund(trades, trade, request.content, turnFor);
    case 'alipay.trade.fastpay.refund.query': {
      const number = text(request.content['out_request_no']) ?? trade.outTradeNo;
      const found = trade.refunds.find((one) => one.number === number && one.state === 'succeeded');
      if (!found) return { trade, body: done };
      const stated = { out_request_no: number, refund_amount: yuan(found.amount), total_amount: yuan(trade.amount) };
      return { trade, body: { ...done, ...names, ...stated, refund_status: 'REFUND_SUCCESS' } };
    }
    case 'alipay.trade.close':
      trades.close(trade);
      return { trade, body: { ...done, ...names } };
    case 'alipay.trade.cancel':
      return cancel(trades, trade);
    default:
      throw new Error(`${request.method} is not played`);
  }
}

/** The trade that a request is about. */
export function tradeOf(trades: AlipayTrades, { account, content }: AlipayRequest): Trade {
  const outTradeNo = text(content['out_trade_no']);
  const tradeNo = text(content['trade_no']);
  return trades.find(account, {
    ...(outTradeNo !== undefined && { outTradeNo }),
    ...(tradeNo !== undefined && { tradeNo }),
  });
}

function refund(trades: AlipayTrades, trade: Trade, content: Json, turnFor: (trade: Trade) => Turn): Effect {
  const number = text(content['out_request_no']);
  const [, whole, part] = /^(\d{1,9})\.(\d\d)$/.exec(text(content['refund_amount']) ?? '') ?? [];
  const fen = Number(`${whole ?? ''}${part ?? ''}`);
  if (number === undefined || !/^[\w-]{1,64}$/.test(number) || whole === undefined || fen === 0) {
    throw new Refusal('ACQ.INVALID_PARAMETER', '参数无效');
  }
  const { refund: one, made } = trades.refund(trade, number, fen, () => turnFor(trade));
  const moved = made && one.state === 'succeeded';
  return {
    trade,
    ...(made && { made: one }),
    body: {
      ...done,
      buyer_logon_id: '138****0000',
      buyer_user_id: '2088000000000000',
      fund_change: moved ? 'Y' : 'N',
      ...(moved && { gmt_refund_pay: beijing(one.at) }),
      out_trade_no: trade.outTradeNo,
      refund_fee: yuan(refundedOf(trade)),
      send_back_fee: yuan(moved ? one.amount : 0),
      trade_no: trade.tradeNo,
    },
  };
}

/** Closes what is unpaid; what was paid goes back whole. */
function cancel(trades: AlipayTrades, trade: Trade): Effect {
  const names = { out_trade_no: trade.outTradeNo, trade_no: trade.tradeNo };
  const status = trades.status(trade);
  if (status === 'WAIT_BUYER_PAY') {
    trades.close(trade);
    return { trade, body: { ...done, ...names, retry_flag: 'N', action: 'close' } };
  }
  if (status === 'TRADE_CLOSED') return { trade, body: { ...done, ...names, retry_flag: 'N' } };
  if (trade.refunds.length > 0) throw new Refusal('ACQ.REASON_TRADE_REFUND_FEE_ERR', '退款金额无效');
  const { refund: made } = trades.refund(trade, `cancel-${trade.outTradeNo}`, trade.amount, () => ({
    state: 'succeeded',
  }));
  return { trade, made, body: { ...done, ...names, retry_flag: 'N', action: 'refund' } };
}

/** A request's content, or nothing where it is no JSON. */
export function readContent(value: string | undefined): Json {
  try {
    return record(JSON.parse(value ?? ''));
  } catch {
    return {};
  }
}
