import { PermanentFault, TransientFault } from '../../domain/faults';
import type { Connection } from '../../ports/connections';
import type {
  ChangesRequest,
  NoticePage,
  PaymentChannel,
  PaymentNotice,
  QueryRequest,
  RefundAnswer,
  RefundRequest,
  ReverseRequest,
} from '../../ports/payment-channel';
import { httpClient, type HttpClient } from '../http-client';
import { member, text } from '../json-members';
import { longTrail } from './long-trail';
import { limits, lost } from './provider-call';
import { mayBeLive, refundOfLeg, type ListedRefund } from './refund-of-leg';
import { amountOf, idOf, legIdOf, refundAnswer, refundStatusOf, voidAnswer } from './square-answer';
import { ifThere, read, refusalOf, write } from './square-call';
import { noticeOfListed } from './square-notice';
import { toUnits } from './units';

/**
 * Square, API v2: https://developer.squareup.com/reference/square/refunds and .../payments
 *
 * A connection's key is the seller's access token; its settings are those of the webhook. Payment and capture are the same
 * at Square: one payment id. Amounts go in and out in our minor units.
 *
 * The key goes into the body (45 characters at most; ours has 40). A repetition of the same request is answered as the first
 * one was, PENDING though it may be over; with anything changed it is refused, and then nobody knows what the key was used
 * for. Every refund carries order, cancellation and leg in `reason` (192 characters at most), the only text that Square keeps
 * with it; sellers see it in their dashboard.
 *
 * What it cannot do: after a refund that FAILED Square takes no other for that payment, and no more than 20 in all; both are
 * refused for good.
 */
export function squareChannel({ timeoutMs = limits.timeoutMs }: { timeoutMs?: number } = {}): PaymentChannel {
  const http = httpClient({ ...limits, timeoutMs });
  return {
    reverse: (request) => reverse(http, request),
    refund: ({ captureRef, ...request }) => refund(http, { ...request, paymentRef: captureRef }),
    query: (request) => query(http, request),
    changesSince: (request) => changesSince(http, request),
  };
}

/** https://developer.squareup.com/reference/square/refunds-api/refund-payment */
async function refund(http: HttpClient, request: Omit<RefundRequest, 'captureRef'>): Promise<RefundAnswer> {
  const { connection, paymentRef, amount, currency, key, legId, trail } = request;
  const answer = await write(http, connection, '/v2/refunds', {
    idempotency_key: key,
    payment_id: paymentRef,
    amount_money: { amount: toUnits('square', amount, currency), currency },
    reason: longTrail(trail),
  });
  const { tenant } = connection;
  return refundAnswer(member(answer.body, 'refund'), { tenant, currency, amount, paymentRef, legId, call: 'write' });
}

/**
 * Square wants to be told an amount, so what is left is worked out of the payment's refunds, those that are under way
 * included. A leg that has its refund already is answered with it.
 */
async function reverse(http: HttpClient, request: ReverseRequest): Promise<RefundAnswer> {
  const { connection, paymentRef, currency } = request;
  toUnits('square', request.amount, currency); // refuses an unknown currency before anything is asked

  const payment = checked(member((await read(http, connection, paymentPath(paymentRef))).body, 'payment'), paymentRef);
  switch (text(payment, 'status')) {
    case 'CANCELED':
      return voidAnswer(payment, { paymentRef, currency, call: 'read' });
    case 'APPROVED':
      return cancel(http, request);
    case 'COMPLETED': {
      const refunds = await refundsOf(http, connection, payment);
      const made = refundOfLeg('square', request, listed(refunds, request));
      if (made !== undefined && mayBeLive(made.status)) return made;
      return refund(http, { ...request, amount: restOf(payment, refunds, request) });
    }
    case 'PENDING':
      throw new TransientFault(`square: ${paymentRef} is pending`);
    default:
      throw new PermanentFault(`square: nothing_captured: ${paymentRef} took no money`);
  }
}

/** https://developer.squareup.com/reference/square/payments-api/cancel-payment; it takes no key, and happens once. */
async function cancel(http: HttpClient, { connection, paymentRef, currency }: ReverseRequest): Promise<RefundAnswer> {
  try {
    const { body } = await write(http, connection, `${paymentPath(paymentRef)}/cancel`);
    return voidAnswer(member(body, 'payment'), { paymentRef, currency, call: 'write' });
  } catch (error) {
    if (refusalOf(error) === undefined) throw error;
    // Somebody may have been faster; the payment itself knows.
    const now = member((await read(http, connection, paymentPath(paymentRef))).body, 'payment');
    if (text(now, 'status') !== 'CANCELED') throw error;
    return voidAnswer(now, { paymentRef, currency, call: 'read' });
  }
}

/**
 * By Square's id of the refund; else among the refunds that the payment names, by our id in `reason`; a void by its payment,
 * since it leaves no object of its own. (The list of refunds cannot be asked for those of one payment, and lags.)
 *
 * @throws {PermanentFault} as `refundOfLeg`
 */
async function query(http: HttpClient, request: QueryRequest): Promise<RefundAnswer | undefined> {
  const { connection, currency, legId, providerRef } = request;
  const paymentRef = request.captureRef ?? request.paymentRef;
  if (providerRef !== undefined && providerRef !== paymentRef) {
    const found = await ifThere(read(http, connection, refundPath(providerRef)));
    if (found === undefined) return undefined;
    return refundAnswer(member(found, 'refund'), { tenant: connection.tenant, currency, legId, call: 'read' });
  }
  const found = await ifThere(read(http, connection, paymentPath(paymentRef)));
  if (found === undefined) return undefined;
  const payment = checked(member(found, 'payment'), paymentRef);
  if (text(payment, 'status') === 'CANCELED') return voidAnswer(payment, { paymentRef, currency, call: 'read' });
  return refundOfLeg('square', request, listed(await refundsOf(http, connection, payment), request));
}

/** At most 20, so they are read at once. */
async function refundsOf(http: HttpClient, connection: Connection, payment: unknown): Promise<unknown[]> {
  const ids = member(payment, 'refund_ids') ?? [];
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string')) {
    throw lost('square: answer not believed: refunds without ids', 'read');
  }
  const found = await Promise.all(
    ids.map(async (id) => member((await read(http, connection, refundPath(id))).body, 'refund')),
  );
  if (found.some((one, place) => idOf(one) !== ids[place])) {
    throw lost('square: answer not believed: another refund than was asked for', 'read');
  }
  return found;
}

function listed(refunds: readonly unknown[], request: QueryRequest | ReverseRequest): ListedRefund[] {
  const { connection, currency, legId } = request;
  const { tenant } = connection;
  return refunds.map((one) => ({
    legId: legIdOf(tenant, one),
    status: refundStatusOf(one),
    amount: amountOf(one, 'amount_money', currency),
    read: () => refundAnswer(one, { tenant, currency, legId, call: 'read' }),
  }));
}

function restOf(
  payment: unknown,
  refunds: readonly unknown[],
  { paymentRef, currency }: Pick<ReverseRequest, 'paymentRef' | 'currency'>,
): number {
  const total = amountOf(payment, 'total_money', currency);
  const given = refunds
    .filter((one) => mayBeLive(refundStatusOf(one)))
    .map((one) => amountOf(one, 'amount_money', currency));
  if (total === undefined || given.includes(undefined)) {
    throw lost(`square: answer not believed: ${paymentRef} is of no amount in ${currency}`, 'read');
  }
  const rest = given.reduce<number>((left, amount) => left - (amount ?? 0), total);
  if (rest <= 0) throw new PermanentFault(`square: nothing_left: ${paymentRef} is refunded`);
  return rest;
}

/**
 * Square's list of refunds by the time of their last change, newest first: what a webhook would have told last of each.
 * https://developer.squareup.com/reference/square/refunds-api/list-payment-refunds; it may lag by some seconds.
 */
async function changesSince(http: HttpClient, { connection, since, after }: ChangesRequest): Promise<NoticePage> {
  const wanted = new URLSearchParams({
    updated_at_begin_time: since,
    sort_field: 'UPDATED_AT',
    sort_order: 'DESC',
    limit: '100',
    ...(after === undefined ? {} : { cursor: after }),
  });
  const { body } = await read(http, connection, `/v2/refunds?${wanted.toString()}`);
  // An empty list is left out of the answer.
  const refunds = member(body, 'refunds') ?? [];
  if (!Array.isArray(refunds) || typeof body !== 'object' || body === null) {
    throw lost('square: answer not believed: not a list of refunds', 'read');
  }
  const notices: PaymentNotice[] = [];
  const unreadable: string[] = [];
  for (const one of refunds as unknown[]) {
    try {
      notices.push(noticeOfListed(connection.tenant, one));
    } catch {
      unreadable.push(text(one, 'id') ?? 'without an id');
    }
  }
  const next = text(body, 'cursor');
  return { notices, unreadable, ...(next === undefined ? {} : { next }) };
}

function checked(payment: unknown, paymentRef: string): unknown {
  if (idOf(payment) === paymentRef) return payment;
  throw lost(`square: answer not believed: not payment ${paymentRef}`, 'read');
}

const paymentPath = (paymentRef: string): string => `/v2/payments/${encodeURIComponent(paymentRef)}`;
const refundPath = (refundRef: string): string => `/v2/refunds/${encodeURIComponent(refundRef)}`;
