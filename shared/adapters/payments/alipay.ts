import { PermanentFault, TransientFault } from '../../domain/faults';
import type { Instant } from '../../domain/time';
import type {
  PaymentChannel,
  QueryRequest,
  RefundAnswer,
  RefundRequest,
  ReverseRequest,
} from '../../ports/payment-channel';
import { httpClient } from '../http-client';
import { text } from '../json-members';
import {
  checkTrade,
  foundRefund,
  movedNow,
  notBelieved,
  tradeNumbers,
  tradeState,
  type Trade,
  type TradeState,
} from './alipay-answer';
import { alipayGateway, type AskAlipay } from './alipay-call';
import { compactTrail } from './compact-trail';
import { limits, lost } from './provider-call';
import { toDecimal } from './units';

const NO_SUCH_TRADE = 'ACQ.TRADE_NOT_EXIST';

/** The trade was paid or closed since it was looked at. */
const OTHER_STATE = [
  'ACQ.TRADE_STATUS_ERROR',
  'ACQ.REASON_TRADE_STATUS_INVALID',
  'ACQ.TRADE_HAS_FINISHED',
  'ACQ.TRADE_HAS_CLOSE',
];

/**
 * Alipay's open platform (支付宝), public key mode: https://opendocs.alipay.com/open/6c0cdd7d_alipay.trade.refund
 *
 * `paymentRef` is the shop's own number of the payment (`out_trade_no`), `captureRef` Alipay's (`trade_no`). In the
 * connection `apiKey` is the app's id and `webhookSecrets` are Alipay's public keys, which sign answers and notices.
 * Settings: `privateKey` (the app's, RSA), `sellerId` (ours, 2088...; notices name it), `unpaid` (`cancel` for shops with
 * the in-store product, whose unpaid trades are ended by `alipay.trade.cancel`; else they are closed).
 *
 * A refund is done at once and answered so. Its number (`out_request_no`) is the compact trail: Alipay keeps it with the
 * trade for ever, refunds once under it, and finds the refund by it; there is no list, so `changesSince` has nothing to
 * tell. It asks for 3 s between two refunds of one trade and 10 s before one is asked about, which is for the caller to
 * keep: nothing here remembers a call. A card that refuses the money does not undo a refund: it goes to the buyer's balance.
 */
export function alipayChannel({
  now,
  timeoutMs = limits.timeoutMs,
}: {
  now: () => Instant;
  timeoutMs?: number;
}): PaymentChannel {
  const ask = alipayGateway(httpClient({ ...limits, timeoutMs }), now);
  return {
    refund: (request) => refund(ask, request),
    reverse: (request) => reverse(ask, request),
    query: (request) => query(ask, request),
    changesSince: async () => ({ notices: [], unreadable: [] }),
    keepsKeys: true,
  };
}

async function refund(ask: AskAlipay, request: RefundRequest): Promise<RefundAnswer> {
  const { connection, amount, currency, trail } = request;
  const number = compactTrail(trail);
  const { body } = await ask({
    connection,
    kind: 'write',
    method: 'alipay.trade.refund',
    content: {
      ...tradeNumbers(request),
      out_request_no: number,
      refund_amount: toDecimal('alipay', amount, currency),
    },
  });
  const moved = movedNow(body, number, request, amount);
  if (moved !== undefined) return moved;
  const found = await findRefund(ask, request, number);
  if (found === undefined) throw lost(`alipay: ${number} was taken, and no money has moved yet`, 'write');
  if (found.amount !== amount) throw notBelieved(`${number} is of ${found.amount}, not ${amount}`, 'write');
  return found;
}

/**
 * Ends an unpaid trade. A paid one is refunded by the amount that is asked for, because Alipay cannot be asked what is left
 * of it: where that is not the rest, it refuses (too much) or our books know why (too little).
 */
async function reverse(ask: AskAlipay, request: ReverseRequest): Promise<RefundAnswer> {
  const { amount, currency, paymentRef, trail } = request;
  toDecimal('alipay', amount, currency); // refuses what cannot be stated before anything is asked
  const trade = await findTrade(ask, request);
  // The buyer has never opened it, and may still do so: nothing there can be ended.
  if (trade === undefined) throw new PermanentFault(`alipay: ${NO_SUCH_TRADE} [40004]`);
  switch (trade.status) {
    case 'WAIT_BUYER_PAY':
      await endUnpaid(ask, request);
      return allBack(paymentRef, trade);
    case 'TRADE_SUCCESS':
    case 'TRADE_FINISHED':
      return refund(ask, { ...request, captureRef: paymentRef });
    case 'TRADE_CLOSED': {
      // Never paid, or given back whole: by our own request, or otherwise.
      const ours = await findRefund(ask, request, compactTrail(trail));
      if (ours !== undefined) return ours;
      if (trade.amount === amount) return allBack(paymentRef, trade);
      throw new PermanentFault(`alipay: TRADE_CLOSED: ${paymentRef} of ${trade.amount}, where ${amount} was left`);
    }
    default:
      throw notBelieved(`trade_status ${trade.status}`, 'read');
  }
}

async function query(ask: AskAlipay, request: QueryRequest): Promise<RefundAnswer | undefined> {
  const { paymentRef, captureRef, providerRef, trail } = request;
  if (providerRef === paymentRef) return findEnded(ask, request);
  const found = await findRefund(ask, request, providerRef ?? compactTrail(trail));
  // Only what was never captured can have been ended without a refund.
  if (found !== undefined || providerRef !== undefined || captureRef !== undefined) return found;
  return findEnded(ask, request);
}

type About = Trade & Pick<QueryRequest, 'connection'>;

async function findRefund(ask: AskAlipay, about: About, number: string): Promise<RefundAnswer | undefined> {
  const { body, refusal } = await ask({
    connection: about.connection,
    kind: 'read',
    method: 'alipay.trade.fastpay.refund.query',
    content: { ...tradeNumbers(about), out_request_no: number },
    understood: [NO_SUCH_TRADE],
  });
  return refusal === undefined ? foundRefund(body, number, about) : undefined;
}

async function findTrade(ask: AskAlipay, about: About): Promise<TradeState | undefined> {
  const { body, refusal } = await ask({
    connection: about.connection,
    kind: 'read',
    method: 'alipay.trade.query',
    content: tradeNumbers(about),
    understood: [NO_SUCH_TRADE],
  });
  return refusal === undefined ? tradeState(body, about) : undefined;
}

async function findEnded(ask: AskAlipay, about: About): Promise<RefundAnswer | undefined> {
  const trade = await findTrade(ask, about);
  return trade?.status === 'TRADE_CLOSED' ? allBack(about.paymentRef, trade) : undefined;
}

/**
 * `alipay.trade.close` takes unpaid trades only. `alipay.trade.cancel` gives the money back should the trade have been paid
 * since, and may ask to be called again: https://opendocs.alipay.com/open/13399511_alipay.trade.cancel
 */
async function endUnpaid(ask: AskAlipay, about: About): Promise<void> {
  const cancel = about.connection.settings?.['unpaid'] === 'cancel';
  const { body, refusal } = await ask({
    connection: about.connection,
    kind: 'write',
    method: cancel ? 'alipay.trade.cancel' : 'alipay.trade.close',
    content: tradeNumbers(about),
    understood: OTHER_STATE,
  });
  if (refusal !== undefined) throw new TransientFault(`alipay: ${refusal} [40004]: paid or closed meanwhile`);
  checkTrade(body, about, 'write');
  if (text(body, 'retry_flag') === 'Y') throw new TransientFault('alipay: retry_flag=Y');
}

function allBack(paymentRef: string, { amount }: TradeState): RefundAnswer {
  return { status: 'succeeded', providerRef: paymentRef, amount };
}
