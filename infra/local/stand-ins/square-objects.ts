/** Square's objects and errors as they go over the wire: https://developer.squareup.com/reference/square, 2025-08-20. */
import type { StandInReply } from '../stand-in';
import type { BookedPayment, BookedRefund } from './payment-books';

export const REFUND_STATES = ['PENDING', 'COMPLETED', 'REJECTED', 'FAILED'] as const;
export type RefundState = (typeof REFUND_STATES)[number];

export const PAYMENT_STATES = ['APPROVED', 'PENDING', 'COMPLETED', 'CANCELED', 'FAILED'] as const;
export type PaymentState = (typeof PAYMENT_STATES)[number];

export interface SquareRefund extends BookedRefund<RefundState> {
  /** Square's units, as all amounts here. */
  readonly amount: number;
  /** Host's clock, milliseconds, as all times here. */
  readonly createdAt: number;
  updatedAt: number;
  readonly reason?: string;
  readonly key: string;
  /** The request as it was made: with the key it can only be made again. */
  readonly asked: string;
  /** The answer as it was given. */
  readonly answer: Record<string, unknown>;
}

export interface SquarePayment extends BookedPayment<SquareRefund> {
  readonly amount: number;
  readonly currency: string;
  status: PaymentState;
  readonly createdAt: number;
  updatedAt: number;
}

const LOCATION = 'L88917AVBK2S5';

const CAME_BACK: ReadonlySet<RefundState> = new Set(['REJECTED', 'FAILED']);

export function refundedOf(payment: SquarePayment): number {
  return payment.refunds.reduce((sum, refund) => (CAME_BACK.has(refund.status) ? sum : sum + refund.amount), 0);
}

export function paymentObject(payment: SquarePayment): Record<string, unknown> {
  const money = { amount: payment.amount, currency: payment.currency };
  const refunded = payment.refunds
    .filter(({ status }) => status === 'COMPLETED')
    .reduce((sum, { amount }) => sum + amount, 0);
  return {
    id: payment.id,
    created_at: iso(payment.createdAt),
    updated_at: iso(payment.updatedAt),
    amount_money: money,
    total_money: money,
    approved_money: money,
    ...(refunded > 0 && { refunded_money: { amount: refunded, currency: payment.currency } }),
    status: payment.status,
    source_type: 'CARD',
    location_id: LOCATION,
    // Left out where there is none.
    ...(payment.refunds.length > 0 && { refund_ids: payment.refunds.map(({ id }) => id) }),
    version_token: `v${payment.updatedAt}`,
  };
}

export function refundObject(payment: SquarePayment, refund: Omit<SquareRefund, 'answer'>): Record<string, unknown> {
  return {
    id: refund.id,
    status: refund.status,
    amount_money: { amount: refund.amount, currency: payment.currency },
    payment_id: payment.id,
    order_id: `order-${payment.id}`,
    location_id: LOCATION,
    ...(refund.reason !== undefined && { reason: refund.reason }),
    created_at: iso(refund.createdAt),
    updated_at: iso(refund.updatedAt),
  };
}

export function eventObject(
  id: string,
  type: string,
  merchantId: string,
  refund: Record<string, unknown>,
  now: number,
): Record<string, unknown> {
  return {
    merchant_id: merchantId,
    type,
    event_id: id,
    created_at: iso(now),
    data: { type: 'refund', id: refund['id'], object: { refund } },
  };
}

/** An error that ends a request. https://developer.squareup.com/docs/build-basics/handling-errors */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly category: string,
    readonly code: string,
    readonly field?: string,
  ) {
    super(code);
  }
}

/** Without the detail, which is for people. */
export function refusalReply({ status, category, code, field }: Refusal): Reply {
  return jsonReply(status, { errors: [{ category, code, ...(field !== undefined && { field }) }] });
}

export type Reply = Exclude<StandInReply, 'hang-up'>;

export function jsonReply(status: number, body: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}
