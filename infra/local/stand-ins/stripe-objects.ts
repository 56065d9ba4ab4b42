/** Stripe's objects and errors as they go over the wire; https://docs.stripe.com/api, version 2026-10-28. */
import type { StandInReply } from '../stand-in';
import type { Notice } from './webhook-sender';

export const API_VERSION = '2026-10-28.endive';

export const REFUND_STATES = ['pending', 'requires_action', 'succeeded', 'failed', 'canceled'] as const;

export type RefundStatus = (typeof REFUND_STATES)[number];

export const DISPUTE_STATES = [
  'warning_needs_response',
  'warning_under_review',
  'warning_closed',
  'needs_response',
  'under_review',
  'won',
  'lost',
] as const;

export type DisputeStatus = (typeof DISPUTE_STATES)[number];

/** https://docs.stripe.com/api/disputes/object */
export interface LedgerDispute {
  readonly id: string;
  readonly created: number;
  status: DisputeStatus;
}

/** Amounts are Stripe's units, times are seconds since the epoch. */
export interface LedgerRefund {
  readonly id: string;
  readonly amount: number;
  status: RefundStatus;
  readonly created: number;
  readonly reason: string | null;
  readonly metadata: Record<string, string>;
  failureReason?: string;
  /** What the card's bank calls it; comes days later. */
  reference?: string;
  /** What happens by itself later; host's clock, milliseconds. */
  due?: { at: number; status: RefundStatus; failureReason?: string };
}

/** One payment with all that hangs on it: written as one value, so that a crash can tear nothing apart. */
export interface Payment {
  readonly id: string;
  readonly charge: string;
  readonly account: string;
  readonly amount: number;
  captured: number;
  readonly currency: string;
  status: 'requires_capture' | 'processing' | 'succeeded' | 'canceled';
  readonly created: number;
  canceledAt?: number;
  cancellationReason?: string;
  readonly metadata: Record<string, string>;
  readonly refunds: LedgerRefund[];
  dispute?: LedgerDispute;
  answers: SavedAnswer[];
  outbox: Notice[];
  /** Oldest first. */
  readonly events: LedgerEvent[];
}

interface ToldAt {
  readonly id: string;
  readonly type: string;
  /** Host's clock, milliseconds. */
  readonly at: number;
}

/** What Stripe told, or would have told, about a refund as it was then. */
export interface RefundEvent extends ToldAt {
  readonly refund: string;
  readonly status: RefundStatus;
  readonly failureReason?: string;
  readonly reference?: string;
}

/** The same about a dispute. */
export interface DisputeEvent extends ToldAt {
  readonly dispute: DisputeStatus;
}

export type LedgerEvent = RefundEvent | DisputeEvent;

/** An answer kept under its Idempotency-Key. */
export interface SavedAnswer {
  readonly key: string;
  readonly fingerprint: string;
  readonly status: number;
  readonly body: string;
  /** Host's clock, milliseconds. */
  readonly at: number;
}

const TAKEN_BACK: ReadonlySet<DisputeStatus | undefined> = new Set<DisputeStatus>([
  'needs_response',
  'under_review',
  'lost',
]);

/** The buyer's bank has the money. */
export function hasTakenBack({ dispute }: Payment): boolean {
  return TAKEN_BACK.has(dispute?.status);
}

const CAME_BACK: ReadonlySet<RefundStatus> = new Set(['failed', 'canceled']);

export function refundedOf(payment: Payment): number {
  return payment.refunds.reduce((sum, refund) => (CAME_BACK.has(refund.status) ? sum : sum + refund.amount), 0);
}

export function refundObject(payment: Payment, refund: LedgerRefund): Record<string, unknown> {
  return {
    id: refund.id,
    object: 'refund',
    amount: refund.amount,
    balance_transaction: null,
    charge: payment.charge,
    created: refund.created,
    currency: payment.currency,
    destination_details: { card: cardDetails(refund), type: 'card' },
    ...(refund.failureReason !== undefined && { failure_reason: refund.failureReason }),
    metadata: refund.metadata,
    payment_intent: payment.id,
    reason: refund.reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: refund.status,
    transfer_reversal: null,
  };
}

/** https://docs.stripe.com/refunds#tracing-refunds */
function cardDetails({ reference }: LedgerRefund): Record<string, unknown> {
  if (reference === undefined) return { type: 'pending' };
  return { reference, reference_status: 'available', reference_type: 'acquirer_reference_number', type: 'refund' };
}

export function intentObject(payment: Payment): Record<string, unknown> {
  return {
    id: payment.id,
    object: 'payment_intent',
    amount: payment.amount,
    amount_capturable: payment.status === 'requires_capture' ? payment.amount - payment.captured : 0,
    amount_received: payment.captured,
    canceled_at: payment.canceledAt ?? null,
    cancellation_reason: payment.cancellationReason ?? null,
    capture_method: payment.status === 'requires_capture' ? 'manual' : 'automatic',
    client_secret: `${payment.id}_secret_local`,
    confirmation_method: 'automatic',
    created: payment.created,
    currency: payment.currency,
    latest_charge: payment.charge,
    livemode: false,
    metadata: payment.metadata,
    payment_method_types: ['card'],
    status: payment.status,
  };
}

export function chargeObject(payment: Payment): Record<string, unknown> {
  const refunded = refundedOf(payment);
  return {
    id: payment.charge,
    object: 'charge',
    amount: payment.amount,
    amount_captured: payment.captured,
    amount_refunded: refunded,
    billing_details: { address: null, email: null, name: null, phone: null },
    captured: payment.captured > 0,
    created: payment.created,
    currency: payment.currency,
    disputed: hasTakenBack(payment),
    livemode: false,
    metadata: payment.metadata,
    paid: true,
    payment_intent: payment.id,
    payment_method_details: null,
    refunded: payment.captured > 0 && refunded === payment.captured,
    status: 'succeeded',
  };
}

/** @param status as it was then */
export function disputeObject(payment: Payment, status: DisputeStatus): Record<string, unknown> {
  if (payment.dispute === undefined) throw new Error(`${payment.id} is not disputed`);
  const { id, created } = payment.dispute;
  return {
    id,
    object: 'dispute',
    amount: payment.captured,
    balance_transactions: [],
    charge: payment.charge,
    created,
    currency: payment.currency,
    evidence: {},
    evidence_details: { due_by: null, has_evidence: false, past_due: false, submission_count: 0 },
    is_charge_refundable: status.startsWith('warning_'),
    livemode: false,
    metadata: {},
    payment_intent: payment.id,
    reason: 'fraudulent',
    status,
  };
}

export function listObject(url: string, data: unknown[], hasMore: boolean): Record<string, unknown> {
  return { object: 'list', url, has_more: hasMore, data };
}

export function eventObject(
  id: string,
  type: string,
  object: Record<string, unknown>,
  created: number,
): Record<string, unknown> {
  return {
    id,
    object: 'event',
    api_version: API_VERSION,
    created,
    data: { object },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
  };
}

export interface StripeError {
  readonly type: 'invalid_request_error' | 'idempotency_error' | 'api_error' | 'card_error';
  readonly message: string;
  readonly code?: string;
  readonly param?: string;
}

/** An error that ends a request; `kept` when the endpoint had begun its work, so that a repetition meets it again. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly error: StripeError,
    readonly kept = false,
  ) {
    super(error.message);
  }
}

export function errorReply(status: number, error: StripeError): Exclude<StandInReply, 'hang-up'> {
  const documented = error.code !== undefined && { doc_url: `https://stripe.com/docs/error-codes/${error.code}` };
  return jsonReply(status, { error: { ...error, ...documented } });
}

export function jsonReply(status: number, body: unknown): Exclude<StandInReply, 'hang-up'> {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body, null, 2) };
}
