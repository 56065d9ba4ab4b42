import { PermanentFault } from '../../domain/faults';
import type {
  PaymentChannel,
  QueryRequest,
  RefundAnswer,
  RefundRequest,
  ReverseRequest,
} from '../../ports/payment-channel';
import { httpClient } from '../http-client';
import { text } from '../json-members';
import { longTrail, readLongTrail } from './long-trail';
import { amountOf, idOf, refundAnswer, refundStatusOf, voidAnswer, type Expected } from './paypal-answer';
import { ifThere, read, refusalOf, write, type PaypalLine } from './paypal-call';
import { changesSince } from './paypal-events';
import { paymentsOf, reversalOf, type OrderPayments } from './paypal-order';
import { PaypalTokens } from './paypal-token';
import { limits, lost } from './provider-call';
import { refundOfLeg } from './refund-of-leg';
import { toDecimal, toUnits } from './units';

/** States of a capture in which nothing has been given back; https://developer.paypal.com/api/payments/v2/captures-get */
const NEVER_REFUNDED: ReadonlySet<string> = new Set(['COMPLETED', 'PENDING', 'DECLINED', 'FAILED']);

/**
 * PayPal, Payments v2 with Orders v2: https://developer.paypal.com/api/payments/v2 and .../orders/v2
 *
 * A connection holds the secret of a REST app as its key and the app's `clientId` in its settings. A payment is named by
 * its PayPal order, a capture by its capture id. Amounts go in and out in our minor units.
 *
 * Every refund carries order, cancellation and leg in `custom_id`. PayPal keeps `PayPal-Request-Id` for 45 days and
 * answers a repetition with the refund as it is now, whatever the repetition asks for: an answer with another amount is
 * not believed.
 */
export function paypalChannel({
  timeoutMs = limits.timeoutMs,
  clock = () => Date.now(),
}: { timeoutMs?: number; clock?: () => number } = {}): PaymentChannel {
  const http = httpClient({ ...limits, timeoutMs });
  const line = { http, tokens: new PaypalTokens(http, clock) };
  return {
    reverse: (request) => reverse(line, request),
    refund: (request) => refund(line, request),
    query: (request) => query(line, request),
    changesSince: (request) => changesSince(line, request),
  };
}

/** https://developer.paypal.com/api/payments/v2/captures-refund */
async function refund(line: PaypalLine, request: RefundRequest): Promise<RefundAnswer> {
  const { connection, captureRef, amount, currency, key, trail } = request;
  const body = {
    amount: { value: toDecimal('paypal', amount, currency), currency_code: currency },
    custom_id: longTrail(trail),
  };
  const answer = await write(line, connection, `${capturePath(captureRef)}/refund`, key, body);
  return refundAnswer(answer.body, { ...expected(request, 'write'), amount });
}

async function reverse(line: PaypalLine, request: ReverseRequest): Promise<RefundAnswer> {
  const { connection, paymentRef, currency, key, trail } = request;
  toUnits('paypal', request.amount, currency); // refuses an unknown currency before anything is asked

  const order = await read(line, connection, orderPath(paymentRef));
  const reversal = reversalOf(paymentsOf(order.body, paymentRef), paymentRef);
  switch (reversal.way) {
    case 'voided':
      return voidAnswer(reversal.authorization, { paymentRef, currency, call: 'read' });
    case 'void':
      return voided(line, request, reversal.authorizationId);
    case 'refund': {
      // No amount: PayPal refunds what is left, and a repetition has the same parameters however much that was.
      const path = `${capturePath(reversal.captureId)}/refund`;
      const answer = await write(line, connection, path, key, { custom_id: longTrail(trail) });
      return refundAnswer(answer.body, expected(request, 'write'));
    }
  }
}

/** https://developer.paypal.com/api/payments/v2/authorizations-void; a second void is refused and changes nothing. */
async function voided(line: PaypalLine, request: ReverseRequest, authorizationId: string): Promise<RefundAnswer> {
  const { connection, paymentRef, currency, key } = request;
  const path = `/v2/payments/authorizations/${encodeURIComponent(authorizationId)}`;
  try {
    const answer = await write(line, connection, `${path}/void`, key);
    return voidAnswer(answer.body, { paymentRef, currency, call: 'write' });
  } catch (error) {
    if (refusalOf(error)?.code !== 'PREVIOUSLY_VOIDED') throw error;
    return voidAnswer((await read(line, connection, path)).body, { paymentRef, currency, call: 'read' });
  }
}

/**
 * By PayPal's id of the refund; else among the refunds of the order, by our id in `custom_id`; a void by its order, since
 * it leaves no object of its own.
 *
 * @throws {PermanentFault} as `refundOfLeg`; `refunds_not_listed` where PayPal has forgotten the order, but not that its
 *   capture was refunded
 */
async function query(line: PaypalLine, request: QueryRequest): Promise<RefundAnswer | undefined> {
  const { connection, paymentRef, captureRef, providerRef } = request;
  if (providerRef !== undefined && providerRef !== paymentRef) {
    const found = await ifThere(read(line, connection, `/v2/payments/refunds/${encodeURIComponent(providerRef)}`));
    return found === undefined ? undefined : refundAnswer(found, expected(request, 'read'));
  }
  const order = await ifThere(read(line, connection, orderPath(paymentRef)));
  if (order === undefined) return captureRef === undefined ? undefined : unlisted(line, request, captureRef);
  const payments = paymentsOf(order, paymentRef);
  const listed = payments.refunds.map((one) => ({
    legId: readLongTrail(connection.tenant, text(one, 'custom_id'))?.legId,
    status: refundStatusOf(one),
    amount: amountOf(one, request.currency),
    read: () => refundAnswer(one, expected(request, 'read')),
  }));
  return refundOfLeg('paypal', request, listed) ?? voidOf(payments, request);
}

function voidOf({ authorizations, captures }: OrderPayments, request: QueryRequest): RefundAnswer | undefined {
  const [authorization, second] = authorizations;
  if (captures.length > 0 || second !== undefined || text(authorization, 'status') !== 'VOIDED') return undefined;
  const { paymentRef, currency } = request;
  return voidAnswer(authorization, { paymentRef, currency, call: 'read' });
}

/** PayPal does not keep orders for ever. A capture that was never refunded has no trace of any leg; else nobody can tell. */
async function unlisted(line: PaypalLine, request: QueryRequest, captureRef: string): Promise<undefined> {
  const capture = await ifThere(read(line, request.connection, capturePath(captureRef)));
  if (capture === undefined) return undefined;
  if (idOf(capture) !== captureRef) throw lost(`paypal: answer not believed: not capture ${captureRef}`, 'read');
  const status = text(capture, 'status') ?? 'unreadable';
  if (NEVER_REFUNDED.has(status)) return undefined;
  throw new PermanentFault(`paypal: refunds_not_listed: capture ${captureRef} is ${status}`);
}

function expected({ connection, currency, legId }: QueryRequest | ReverseRequest, call: Expected['call']): Expected {
  return { tenant: connection.tenant, currency, legId, call };
}

const orderPath = (paymentRef: string): string => `/v2/checkout/orders/${encodeURIComponent(paymentRef)}`;
const capturePath = (captureRef: string): string => `/v2/payments/captures/${encodeURIComponent(captureRef)}`;
