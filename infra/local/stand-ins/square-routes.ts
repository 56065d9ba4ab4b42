/** What each route of the Square stand-in does with the books. Synchronous: two requests can never interleave here. */
import { randomBytes } from 'node:crypto';
import { integer, record, text, type Json } from '../json';
import type { PaymentBooks } from './payment-books';
import type { RefundBehaviour } from './refund-behaviours';
import {
  iso,
  jsonReply,
  paymentObject,
  refundedOf,
  refundObject,
  Refusal,
  refusalReply,
  type RefundState,
  type Reply,
  type SquarePayment,
  type SquareRefund,
} from './square-objects';

export type SquareBooks = PaymentBooks<RefundState, SquareRefund, SquarePayment>;

export interface SquareCall {
  readonly account: string;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly rawBody: Buffer;
}

export interface Effect {
  readonly reply: Reply;
  /** What was changed. */
  readonly payment?: SquarePayment;
  readonly created?: SquareRefund;
}

export interface Office {
  readonly books: SquareBooks;
  /** Host's clock, milliseconds. */
  readonly now: number;
  behaviourFor(payment: SquarePayment): RefundBehaviour<RefundState> | undefined;
}

/** Both: https://developer.squareup.com/docs/payments-api/refund-payments */
const MOST_REFUNDS = 20;
const REFUND_WINDOW_MS = 365 * 86_400_000;

/** "Keys are limited to a max of 45 characters." */
const LONGEST_KEY = 45;
const LONGEST_REASON = 192;

/** A refund is PENDING at first, and over soon unless somebody wants it otherwise. */
const ORDINARY: RefundBehaviour<RefundState> = { left: 1, status: 'PENDING', then: 'COMPLETED', afterMs: 60_000 };

const PARAMS = new Set([
  'begin_time',
  'end_time',
  'sort_order',
  'sort_field',
  'cursor',
  'location_id',
  'status',
  'source_type',
  'limit',
  'updated_at_begin_time',
  'updated_at_end_time',
]);

export function route(office: Office, call: SquareCall): Effect {
  try {
    return answer(office, call);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { reply: refusalReply(error) };
  }
}

function answer(office: Office, call: SquareCall): Effect {
  const [, , kind = '', id, verb] = call.path.split('/');
  const mine = office.books.of(call.account);
  switch (`${call.method} ${kind}${id === undefined ? '' : '/id'}${verb === undefined ? '' : `/${verb}`}`) {
    case 'GET payments/id':
      return { reply: jsonReply(200, { payment: paymentObject(known(mine, id)) }) };
    case 'POST payments/id/cancel':
      return cancel(known(mine, id), office.now);
    case 'POST refunds':
      return refund(office, call, mine);
    case 'GET refunds':
      return { reply: jsonReply(200, listRefunds(mine, call.query, office.now)) };
    case 'GET refunds/id': {
      const payment = mine.find((one) => one.refunds.some((made) => made.id === id));
      const found = payment?.refunds.find((made) => made.id === id);
      if (!payment || !found) throw missing('refund_id');
      return { reply: jsonReply(200, { refund: refundObject(payment, found) }) };
    }
    default:
      throw missing();
  }
}

function cancel(payment: SquarePayment, now: number): Effect {
  if (payment.status !== 'APPROVED') throw invalid('BAD_REQUEST');
  payment.status = 'CANCELED';
  payment.updatedAt = now;
  return { reply: jsonReply(200, { payment: paymentObject(payment) }), payment };
}

function refund(office: Office, call: SquareCall, mine: readonly SquarePayment[]): Effect {
  const { now } = office;
  const body = bodyOf(call.rawBody);
  const key = text(body['idempotency_key']) ?? '';
  if (key === '') throw invalid('MISSING_REQUIRED_PARAMETER', 'idempotency_key');
  if (Buffer.byteLength(key) > LONGEST_KEY) throw invalid('VALUE_TOO_LONG', 'idempotency_key');
  const asked = JSON.stringify(Object.entries(body).sort(([one], [other]) => (one < other ? -1 : 1)));
  const earlier = mine.flatMap((one) => one.refunds).find((one) => one.key === key);
  if (earlier) {
    if (earlier.asked !== asked) throw invalid('IDEMPOTENCY_KEY_REUSED', 'idempotency_key');
    return { reply: jsonReply(200, { refund: earlier.answer }) };
  }

  const reason = text(body['reason']);
  if (reason !== undefined && reason.length > LONGEST_REASON) throw invalid('VALUE_TOO_LONG', 'reason');
  const payment = known(mine, text(body['payment_id']));
  const behaviour = office.behaviourFor(payment) ?? ORDINARY;
  const amount = amountOf(record(body['amount_money']), payment);
  if (payment.status === 'APPROVED') throw refused('REFUND_ERROR_PAYMENT_NEEDS_COMPLETION');
  if (behaviour.refuse !== undefined) throw refused(behaviour.refuse);
  if (!isRefundable(payment, now)) throw refused('PAYMENT_NOT_REFUNDABLE');
  if (amount > payment.amount - refundedOf(payment)) throw refused('REFUND_AMOUNT_INVALID');

  const made = {
    id: `${payment.id}_${newId()}`,
    amount,
    status: behaviour.status ?? 'PENDING',
    createdAt: now,
    updatedAt: now,
    key,
    asked,
    ...(reason !== undefined && { reason }),
    ...(behaviour.then !== undefined &&
      behaviour.afterMs !== undefined && { due: { at: now + behaviour.afterMs, status: behaviour.then } }),
  };
  const created: SquareRefund = { ...made, answer: refundObject(payment, made) };
  payment.refunds.push(created);
  payment.updatedAt = now;
  return { reply: jsonReply(200, { refund: created.answer }), payment, created };
}

/** Square names no words of its own for "too many" and "after one that failed"; this one it names for "too old". */
function isRefundable({ status, refunds, createdAt }: SquarePayment, now: number): boolean {
  if (status !== 'COMPLETED' || refunds.length >= MOST_REFUNDS) return false;
  return now - createdAt <= REFUND_WINDOW_MS && !refunds.some((one) => one.status === 'FAILED');
}

function amountOf(money: Json, payment: SquarePayment): number {
  const amount = integer(money['amount']);
  if (typeof money['amount'] !== 'number' || amount === undefined)
    throw invalid('EXPECTED_INTEGER', 'amount_money.amount');
  if (!Number.isSafeInteger(amount)) throw invalid('EXPECTED_INTEGER', 'amount_money.amount');
  if (amount < 1) throw invalid('VALUE_TOO_LOW', 'amount_money.amount');
  if (text(money['currency']) !== payment.currency) throw invalid('INVALID_VALUE', 'amount_money.currency');
  return amount;
}

/** https://developer.squareup.com/reference/square/refunds-api/list-payment-refunds */
function listRefunds(mine: readonly SquarePayment[], query: URLSearchParams, now: number): Record<string, unknown> {
  for (const name of query.keys()) if (!PARAMS.has(name)) throw invalid('UNKNOWN_QUERY_PARAMETER', name);
  const field = query.get('sort_field') === 'UPDATED_AT' ? 'updatedAt' : 'createdAt';
  const sign = query.get('sort_order') === 'ASC' ? 1 : -1;
  const limit = Math.min(Number(query.get('limit') ?? 100), 100);
  const start = Number(query.get('cursor') ?? 0);
  if (!Number.isInteger(start)) throw invalid('INVALID_CURSOR', 'cursor');
  const time = (name: string, otherwise: number): number => {
    const given = query.get(name);
    if (given === null) return otherwise;
    const at = Date.parse(given);
    if (Number.isNaN(at)) throw invalid('INVALID_TIME', name);
    return at;
  };
  const [from, to] = [time('begin_time', now - REFUND_WINDOW_MS), time('end_time', now)];
  const [updatedFrom, updatedTo] = [time('updated_at_begin_time', 0), time('updated_at_end_time', now)];
  const fitting = mine
    .flatMap((payment) => payment.refunds.map((refund) => ({ payment, refund })))
    .filter(({ refund }) => refund.createdAt >= from && refund.createdAt <= to)
    .filter(({ refund }) => refund.updatedAt >= updatedFrom && refund.updatedAt <= updatedTo)
    .sort((one, other) => sign * (one.refund[field] - other.refund[field]));
  const page = fitting.slice(start, start + limit).map(({ payment, refund }) => refundObject(payment, refund));
  return {
    ...(page.length > 0 && { refunds: page }),
    ...(start + limit < fitting.length && { cursor: String(start + limit) }),
  };
}

function bodyOf(rawBody: Buffer): Json {
  try {
    return record(JSON.parse(rawBody.toString('utf8')));
  } catch {
    throw invalid('EXPECTED_JSON_BODY');
  }
}

/** Another account's payments are unknown. */
function known(mine: readonly SquarePayment[], id: string | undefined): SquarePayment {
  const found = mine.find((payment) => payment.id === id);
  if (!found) throw missing('payment_id');
  return found;
}

const missing = (field?: string): Refusal => new Refusal(404, 'INVALID_REQUEST_ERROR', 'NOT_FOUND', field);
const invalid = (code: string, field?: string): Refusal => new Refusal(400, 'INVALID_REQUEST_ERROR', code, field);
const refused = (code: string): Refusal => new Refusal(400, 'REFUND_ERROR', code);

export function newId(): string {
  return randomBytes(21).toString('base64url').replaceAll(/[-_]/g, 'Z');
}

/** For the books of whoever compares them. */
export function lineOf(payment: SquarePayment): Record<string, unknown> {
  return {
    payment: payment.id,
    account: payment.account,
    currency: payment.currency,
    amount: payment.amount,
    refunded: refundedOf(payment),
    refunds: payment.refunds.length,
    status: payment.status,
    updated_at: iso(payment.updatedAt),
    webhooks_waiting: payment.outbox.length,
  };
}
