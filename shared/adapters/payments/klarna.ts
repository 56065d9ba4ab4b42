import { PermanentFault, TransientFault, UnknownOutcome } from '../../domain/faults';
import type { Connection } from '../../ports/connections';
import type {
  PaymentChannel,
  QueryRequest,
  RefundAnswer,
  RefundRequest,
  ReverseRequest,
} from '../../ports/payment-channel';
import { httpClient, type HttpClient } from '../http-client';
import { changeOrder, readIfThere, readOrder } from './klarna-call';
import { isId, orderIn, refundIn, type KlarnaOrder, type KlarnaRefund } from './klarna-order';
import { longTrail, readLongTrail } from './long-trail';
import { limits, type ProviderAnswer } from './provider-call';
import { refundOfLeg } from './refund-of-leg';
import { toUnits } from './units';

/**
 * Klarna, Order Management API v1: https://docs.klarna.com/api/ordermanagement/
 *
 * `paymentRef` is the order at Klarna. A refund is of the order: the capture is not named to Klarna, and what was captured
 * in all is the limit. A refund that was created is done; it has no states, and there are no notices and no list of changes:
 * `changesSince` gives an empty page, and what became of a leg is found in the order, by the `reference` that it keeps with
 * each refund (255 characters, our trail).
 *
 * A key counts for a day, and nothing but the key, so each call of a leg has one of its own:
 * https://docs.klarna.com/api/escalation-and-retry-policy/. The answer to a refund names it and no more: amount and reference
 * are read back before it is believed.
 *
 * `reverse` cancels an order without captures; releases what is left of one that is captured in part, and gives back what
 * was captured; for one that is captured gives back what is left.
 */
export function klarnaChannel({ timeoutMs = limits.timeoutMs }: { timeoutMs?: number } = {}): PaymentChannel {
  const http = httpClient({ ...limits, timeoutMs });
  return {
    reverse: (request) => reverse(http, request),
    refund: (request) => refund(http, request),
    query: (request) => query(http, request),
    changesSince: () => Promise.resolve({ notices: [], unreadable: [] }),
  };
}

async function refund(http: HttpClient, request: ReverseRequest | RefundRequest): Promise<RefundAnswer> {
  const { connection, paymentRef, amount, currency, key } = request;
  const reference = longTrail(request.trail);
  const refunded_amount = toUnits('klarna', amount, currency);
  const created = await changeOrder(http, connection, paymentRef, '/refunds', key, { refunded_amount, reference });
  const id = idIn(created);
  const found = await readBack(http, connection, paymentRef, id, currency);
  if (found.id !== id) throw notBelieved(`${found.id} instead of ${id}`);
  if (found.reference !== reference) throw notBelieved(`${id} belongs to another leg`);
  if (found.amount !== amount) throw notBelieved(`${id} is of ${found.amount}, not ${amount} ${currency}`);
  return answerOf(found);
}

async function reverse(http: HttpClient, request: ReverseRequest): Promise<RefundAnswer> {
  const { connection, paymentRef, currency, key } = request;
  toUnits('klarna', request.amount, currency); // refuses an unknown currency before anything is asked
  const order = orderIn(await readOrder(http, connection, paymentRef), paymentRef, currency);
  // A repetition finds less left than there was at first.
  const made = madeFor(request, order);
  if (made !== undefined) return made;
  if (order.status === 'AUTHORIZED') {
    await changeOrder(http, connection, paymentRef, '/cancel', `${key} cancel`);
    return voidAnswer(order, paymentRef);
  }
  if (isVoid(order)) return voidAnswer(order, paymentRef);
  if (order.status === 'PART_CAPTURED') {
    await changeOrder(http, connection, paymentRef, '/release-remaining-authorization', `${key} release`);
  }
  const rest = order.captured - order.refunded;
  if (rest <= 0) throw new PermanentFault(`klarna: nothing_left: all of ${paymentRef} was given back`);
  return refund(http, { ...request, amount: rest });
}

async function query(http: HttpClient, request: QueryRequest): Promise<RefundAnswer | undefined> {
  const { connection, paymentRef, providerRef, currency } = request;
  if (providerRef !== undefined && providerRef !== paymentRef) {
    const answer = await readIfThere(http, connection, paymentRef, `/refunds/${encodeURIComponent(providerRef)}`);
    if (answer === undefined) return undefined;
    const found = refundIn(answer.found, currency);
    if (found.id !== providerRef || found.reference !== longTrail(request.trail)) {
      throw new TransientFault(`klarna: answer not believed: ${providerRef} belongs to another leg`);
    }
    return answerOf(found);
  }
  const answer = await readIfThere(http, connection, paymentRef);
  if (answer === undefined) return undefined;
  const order = orderIn(answer.found, paymentRef, currency);
  const made = madeFor(request, order);
  if (made !== undefined) return made;
  return isVoid(order) ? voidAnswer(order, paymentRef) : undefined;
}

/** @throws {PermanentFault} as `refundOfLeg` */
function madeFor(request: QueryRequest | ReverseRequest, { refunds }: KlarnaOrder): RefundAnswer | undefined {
  const { tenant } = request.connection;
  return refundOfLeg(
    'klarna',
    request,
    refunds.map((one) => ({
      legId: readLongTrail(tenant, one.reference)?.legId,
      status: 'succeeded',
      amount: one.amount,
      read: () => answerOf(one),
    })),
  );
}

/** Nothing was taken, and nothing can be any more. */
function isVoid({ status, captured }: KlarnaOrder): boolean {
  return captured === 0 && (status === 'CANCELLED' || status === 'EXPIRED');
}

function voidAnswer({ amount }: KlarnaOrder, paymentRef: string): RefundAnswer {
  return { status: 'succeeded', providerRef: paymentRef, amount };
}

function answerOf({ id, amount }: KlarnaRefund): RefundAnswer {
  return { status: 'succeeded', providerRef: id, amount };
}

/** The money has moved by now: whatever keeps us from reading it leaves the outcome to a query. */
async function readBack(
  http: HttpClient,
  connection: Connection,
  paymentRef: string,
  id: string,
  currency: string,
): Promise<KlarnaRefund> {
  try {
    const answer = await readOrder(http, connection, paymentRef, `/refunds/${encodeURIComponent(id)}`);
    return refundIn(answer, currency);
  } catch (cause) {
    throw new UnknownOutcome(`klarna: ${id} was created and cannot be read`, { cause });
  }
}

/** @throws {UnknownOutcome} when the answer names no refund */
function idIn({ headers }: ProviderAnswer): string {
  const named = headers['refund-id'] ?? headers.location?.split('/').at(-1);
  if (typeof named !== 'string' || !isId(named)) throw notBelieved('it names no refund');
  return named;
}

function notBelieved(what: string): UnknownOutcome {
  return new UnknownOutcome(`klarna: answer not believed: ${what}`);
}
