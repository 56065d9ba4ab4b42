/** Klarna's orders as they go over the wire, and what may be done with them; Order Management API v1. */
import { randomUUID } from 'node:crypto';
import { integer, text, type Json } from '../json';
import type { StandInReply } from '../stand-in';
import type { BookedPayment, BookedRefund } from './payment-books';

export const REFUND_STATES = ['created'] as const;
export type RefundStatus = (typeof REFUND_STATES)[number];

/** Amounts are minor units, times are milliseconds of the host's clock. */
export interface KlarnaRefund extends BookedRefund<RefundStatus> {
  readonly amount: number;
  readonly at: number;
  readonly reference?: string;
  readonly description?: string;
}

export interface KlarnaCapture {
  readonly id: string;
  readonly amount: number;
  readonly at: number;
}

export interface KlarnaOrder extends BookedPayment<KlarnaRefund> {
  readonly currency: string;
  readonly amount: number;
  readonly at: number;
  expiresAt: number;
  readonly captures: KlarnaCapture[];
  cancelled: boolean;
  /** What was not captured by then is free. */
  released: boolean;
  answers: SavedAnswer[];
}

/** An answer kept under its Klarna-Idempotency-Key. */
export interface SavedAnswer extends Reply {
  readonly key: string;
  readonly at: number;
}

export interface Reply {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export const capturedOf = ({ captures }: KlarnaOrder): number => captures.reduce((sum, { amount }) => sum + amount, 0);
export const refundedOf = ({ refunds }: KlarnaOrder): number => refunds.reduce((sum, { amount }) => sum + amount, 0);

function remainingOf(order: KlarnaOrder, now: number): number {
  const free = order.cancelled || order.released || now >= order.expiresAt;
  return free ? 0 : order.amount - capturedOf(order);
}

export function statusOf(order: KlarnaOrder, now: number): string {
  if (order.cancelled) return 'CANCELLED';
  if (capturedOf(order) === 0) return now >= order.expiresAt ? 'EXPIRED' : 'AUTHORIZED';
  return remainingOf(order, now) > 0 ? 'PART_CAPTURED' : 'CAPTURED';
}

export function orderObject(order: KlarnaOrder, now: number): Record<string, unknown> {
  return {
    order_id: order.id,
    status: statusOf(order, now),
    fraud_status: 'ACCEPTED',
    order_amount: order.amount,
    original_order_amount: order.amount,
    captured_amount: capturedOf(order),
    refunded_amount: refundedOf(order),
    remaining_authorized_amount: remainingOf(order, now),
    purchase_currency: order.currency,
    purchase_country: 'SE',
    locale: 'sv-SE',
    klarna_reference: 'K4MADNY',
    created_at: timeOf(order.at),
    expires_at: timeOf(order.expiresAt),
    order_lines: [],
    captures: order.captures.map(captureObject),
    refunds: order.refunds.map(refundObject),
  };
}

export function captureObject(capture: KlarnaCapture): Record<string, unknown> {
  return {
    capture_id: capture.id,
    klarna_reference: 'K4MADNY-1',
    captured_amount: capture.amount,
    captured_at: timeOf(capture.at),
    order_lines: [],
    refunded_amount: 0,
  };
}

export function refundObject(refund: KlarnaRefund): Record<string, unknown> {
  return {
    refund_id: refund.id,
    refunded_amount: refund.amount,
    refunded_at: timeOf(refund.at),
    order_lines: [],
    ...(refund.reference !== undefined && { reference: refund.reference }),
    ...(refund.description !== undefined && { description: refund.description }),
  };
}

/** Each changes the order and says what Klarna answers; nothing is changed by a refusal. */
export function cancel(order: KlarnaOrder, now: number): Reply {
  const status = statusOf(order, now);
  if (status === 'AUTHORIZED') {
    order.cancelled = true;
    return noContent();
  }
  const why =
    status === 'CANCELLED' ? 'Order is already cancelled.' : 'Order has previous captures. Cancel not possible.';
  return refused(403, 'CANCEL_NOT_ALLOWED', why);
}

export function release(order: KlarnaOrder, now: number): Reply {
  const status = statusOf(order, now);
  if (status !== 'PART_CAPTURED') {
    const why = status === 'CAPTURED' ? 'Order is fully captured.' : 'Order has no captures.';
    return refused(403, 'NOT_ALLOWED', `${why} Remaining authorization cannot be released.`);
  }
  order.released = true;
  return noContent();
}

export function capture(order: KlarnaOrder, amount: number, now: number): Reply {
  if (amount <= 0 || amount > remainingOf(order, now)) {
    return refused(403, 'CAPTURE_NOT_ALLOWED', 'The captured amount exceeds the remaining authorized amount.');
  }
  const id = randomUUID();
  order.captures.push({ id, amount, at: now });
  const location = `https://api.klarna.com/ordermanagement/v1/orders/${order.id}/captures/${id}`;
  return { status: 201, headers: { 'capture-id': id, location }, body: '' };
}

const REFUND_MEMBERS = new Set(['refunded_amount', 'reference', 'description', 'order_lines']);

export function refund(order: KlarnaOrder, body: Json, now: number): Reply {
  const unknown = Object.keys(body).find((name) => !REFUND_MEMBERS.has(name));
  const amount = integer(body['refunded_amount']);
  const reference = text(body['reference']);
  const description = text(body['description']);
  if (unknown !== undefined || amount === undefined || amount <= 0 || (reference ?? '').length > 255) {
    return refused(400, 'BAD_VALUE', 'Bad value: refunded_amount or reference');
  }
  if (amount > capturedOf(order) - refundedOf(order)) {
    return refused(403, 'REFUND_NOT_ALLOWED', 'Refund amount is higher than the remaining captured amount.');
  }
  const id = randomUUID();
  order.refunds.push({
    id,
    status: 'created',
    amount,
    at: now,
    ...(reference !== undefined && { reference }),
    ...(description !== undefined && { description }),
  });
  const location = `https://api.klarna.com/ordermanagement/v1/orders/${order.id}/refunds/${id}`;
  return { status: 201, headers: { 'refund-id': id, location }, body: '' };
}

export function refused(status: number, error_code: string, message: string): Reply {
  return json(status, { error_code, error_messages: [message], correlation_id: randomUUID() });
}

export function json(status: number, body: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

export function asReply(reply: Exclude<StandInReply, 'hang-up'>): Reply {
  return { status: reply.status, headers: reply.headers ?? {}, body: reply.body.toString() };
}

function noContent(): Reply {
  return { status: 204, headers: {}, body: '' };
}

function timeOf(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}
