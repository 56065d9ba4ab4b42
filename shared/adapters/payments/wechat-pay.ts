import { PermanentFault, TransientFault } from '../../domain/faults';
import type { Instant } from '../../domain/time';
import type { Connection } from '../../ports/connections';
import type {
  PaymentChannel,
  QueryRequest,
  RefundAnswer,
  RefundRequest,
  ReverseRequest,
} from '../../ports/payment-channel';
import { httpClient } from '../http-client';
import { compactTrail } from './compact-trail';
import { limits } from './provider-call';
import { toUnits } from './units';
import {
  notBelieved,
  orderState,
  refundAnswer,
  transactionOf,
  type OrderState,
  type Payment,
} from './wechat-pay-answer';
import { wechatPay, type AskWechatPay } from './wechat-pay-call';

/** Of an order: https://pay.weixin.qq.com/doc/v3/merchant/4012556352 */
const PAID: ReadonlySet<string> = new Set(['SUCCESS', 'REFUND']);
const UNPAID: ReadonlySet<string> = new Set(['NOTPAY', 'PAYERROR']);
const ENDED: ReadonlySet<string> = new Set(['CLOSED', 'REVOKED']);

const NO_SUCH_ORDER = ['ORDER_NOT_EXIST', 'RESOURCE_NOT_EXISTS'];
const NO_SUCH_REFUND = 'RESOURCE_NOT_EXISTS';

/**
 * WeChat Pay (微信支付), API v3 for merchants in China: https://pay.weixin.qq.com/doc/v3/merchant/4012556457
 *
 * `paymentRef` is the shop's own number of the payment (`out_trade_no`), `captureRef` WeChat Pay's (`transaction_id`). In
 * the connection `apiKey` is the merchant id and `webhookSecrets` are the APIv3 keys, which open notices. Settings:
 * `privateKey` and `serial` (of the merchant's API certificate), `platformKey.<serial>` (each platform certificate or
 * public key `PUB_KEY_ID_...` that may sign for WeChat Pay now), `notifyUrl` (where notices of refunds go; absent: as set on
 * the merchant platform).
 *
 * A refund is taken first and done later. Its number (`out_refund_no`) is the compact trail: WeChat Pay refunds once under
 * it for ever and wants it again when a request failed; the refund is found by it, and there is no list, so `changesSince`
 * has nothing to tell. One order takes 50 refunds in a year, a minute apart, which is for the caller to keep: too early, too
 * fast or for an old order comes as a `TransientFault`.
 */
export function wechatPayChannel({
  now,
  timeoutMs = limits.timeoutMs,
}: {
  now: () => Instant;
  timeoutMs?: number;
}): PaymentChannel {
  const ask = wechatPay(httpClient({ ...limits, timeoutMs }), now);
  return {
    refund: (request) => refund(ask, request),
    reverse: (request) => reverse(ask, request),
    query: (request) => query(ask, request),
    changesSince: async () => ({ notices: [], unreadable: [] }),
    keepsKeys: true,
  };
}

/** The request states the total of the payment, which WeChat Pay itself is asked for first. */
async function refund(ask: AskWechatPay, request: RefundRequest): Promise<RefundAnswer> {
  toUnits('wechat_pay', request.amount, request.currency); // refuses what cannot be stated before anything is asked
  const order = await findOrder(ask, request);
  if (order === undefined) throw new PermanentFault('wechat_pay: ORDER_NOT_EXIST [404]');
  if (order.state === 'USERPAYING') throw new TransientFault('wechat_pay: USERPAYING');
  if (!PAID.has(order.state)) throw new PermanentFault(`wechat_pay: ${order.state}: the order is not paid`);
  if (order.total === undefined) throw notBelieved('a paid order without a total', 'read');
  return send(ask, request, order.total);
}

async function send(ask: AskWechatPay, request: RefundRequest, total: number): Promise<RefundAnswer> {
  const { connection, paymentRef, amount, currency, trail } = request;
  const number = compactTrail(trail);
  const transaction = transactionOf(request);
  const notifyUrl = connection.settings?.['notifyUrl'];
  const { body } = await ask({
    connection,
    kind: 'write',
    method: 'POST',
    path: '/v3/refund/domestic/refunds',
    content: {
      // One of both.
      ...(transaction === undefined ? { out_trade_no: paymentRef } : { transaction_id: transaction }),
      out_refund_no: number,
      ...(notifyUrl === undefined ? {} : { notify_url: notifyUrl }),
      amount: {
        refund: toUnits('wechat_pay', amount, currency),
        total: toUnits('wechat_pay', total, currency),
        currency,
      },
    },
  });
  return refundAnswer(body, number, request, 'write', { amount, total });
}

/**
 * Closes an unpaid order. A paid one is refunded by the amount that is asked for, because WeChat Pay cannot be asked what is
 * left of it: where that is not the rest, it refuses (too much) or our books know why (too little). The amount of an unpaid
 * order need not be stated there, so the answer names what was asked for.
 */
async function reverse(ask: AskWechatPay, request: ReverseRequest): Promise<RefundAnswer> {
  const { amount, currency, paymentRef } = request;
  toUnits('wechat_pay', amount, currency);
  const order = await findOrder(ask, request);
  if (order === undefined) throw new PermanentFault('wechat_pay: ORDER_NOT_EXIST [404]');
  if (ENDED.has(order.state)) return ended(request);
  if (!UNPAID.has(order.state)) return refund(ask, { ...request, captureRef: paymentRef });
  try {
    await ask({
      connection: request.connection,
      kind: 'write',
      method: 'POST',
      path: `${orderPath(paymentRef)}/close`,
      content: { mchid: request.connection.apiKey },
    });
  } catch (error) {
    // WeChat Pay has no word of its own for an order that was paid or closed since it was looked at.
    if (!(error instanceof PermanentFault) || UNPAID.has((await findOrder(ask, request))?.state ?? 'NOTPAY'))
      throw error;
    throw new TransientFault(`${error.message}: paid or closed meanwhile`, { cause: error });
  }
  return ended(request);
}

async function query(ask: AskWechatPay, request: QueryRequest): Promise<RefundAnswer | undefined> {
  const { connection, paymentRef, captureRef, providerRef, trail } = request;
  if (providerRef === paymentRef) return findEnded(ask, request);
  const number = providerRef ?? compactTrail(trail);
  const { body, refusal } = await ask({
    connection,
    kind: 'read',
    method: 'GET',
    path: `/v3/refund/domestic/refunds/${encodeURIComponent(number)}`,
    understood: [NO_SUCH_REFUND],
  });
  if (refusal === undefined) return refundAnswer(body, number, request, 'read');
  // Only what was never captured can have been ended without a refund.
  return providerRef !== undefined || captureRef !== undefined ? undefined : findEnded(ask, request);
}

async function findOrder(
  ask: AskWechatPay,
  about: Payment & { connection: Connection },
): Promise<OrderState | undefined> {
  const { connection, paymentRef } = about;
  const transaction = transactionOf(about);
  const path =
    transaction === undefined ? orderPath(paymentRef) : `/v3/pay/transactions/id/${encodeURIComponent(transaction)}`;
  const { body, refusal } = await ask({
    connection,
    kind: 'read',
    method: 'GET',
    path: `${path}?mchid=${encodeURIComponent(connection.apiKey)}`,
    understood: NO_SUCH_ORDER,
  });
  return refusal === undefined ? orderState(body, about, connection.apiKey) : undefined;
}

async function findEnded(ask: AskWechatPay, request: QueryRequest): Promise<RefundAnswer | undefined> {
  const order = await findOrder(ask, request);
  return order !== undefined && ENDED.has(order.state) ? ended(request) : undefined;
}

const orderPath = (paymentRef: string): string => `/v3/pay/transactions/out-trade-no/${encodeURIComponent(paymentRef)}`;

/** Nobody can pay it any more, and nobody has. */
function ended({ paymentRef, amount }: Pick<ReverseRequest, 'paymentRef' | 'amount'>): RefundAnswer {
  return { status: 'succeeded', providerRef: paymentRef, amount };
}
