/**
 * PayPal's objects and errors as they go over the wire: https://developer.paypal.com/api/payments/v2 and .../orders/v2.
 * Amounts are decimal texts there, and whole units of the currency's smallest part here.
 */
import type { StandInReply } from '../stand-in';
import type { BookedPayment, BookedRefund } from './payment-books';

export const REFUND_STATES = ['PENDING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const;
export type RefundState = (typeof REFUND_STATES)[number];

export interface PaypalRefund extends BookedRefund<RefundState> {
  readonly amount: number;
  /** Host's clock, milliseconds, as all times here. */
  readonly createdAt: number;
  updatedAt: number;
  readonly customId?: string;
  readonly noteToPayer?: string;
  reason?: string;
  /** `PayPal-Request-Id`. */
  readonly key?: string;
}

/** One order with one payment: its id is the order's. */
export interface PaypalPayment extends BookedPayment<PaypalRefund> {
  /** Absent where the order was captured without an authorization. */
  readonly authorization?: string;
  readonly capture: string;
  readonly amount: number;
  captured: number;
  readonly currency: string;
  readonly createdAt: number;
  updatedAt: number;
  /** Whether more may be captured. */
  open: boolean;
  voided: boolean;
  /** The capture waits for the payer's bank. */
  readonly pending: boolean;
  readonly events: PaypalEvent[];
}

/** An event as it was told, or would have been. */
export interface PaypalEvent {
  readonly id: string;
  readonly type: string;
  readonly at: number;
  /** In the order in which they came, over all payments of the account. */
  readonly place: number;
  readonly object: Record<string, unknown>;
}

/** https://developer.paypal.com/docs/api/reference/currency-codes/ */
const WITHOUT_DECIMALS: ReadonlySet<string> = new Set(['HUF', 'JPY', 'TWD']);

export function moneyOf(amount: number, currency: string): { currency_code: string; value: string } {
  const value = WITHOUT_DECIMALS.has(currency) ? String(amount) : (amount / 100).toFixed(2);
  return { currency_code: currency, value };
}

/** @returns undefined for a text that PayPal would not take for this currency */
export function unitsOf(value: string, currency: string): number | undefined {
  if (WITHOUT_DECIMALS.has(currency)) return /^\d{1,12}$/.test(value) ? Number(value) : undefined;
  const [, whole = '', part = ''] = /^(\d{1,12})(?:\.(\d{1,2}))?$/.exec(value) ?? [];
  return whole === '' ? undefined : Number(whole + part.padEnd(2, '0'));
}

const CAME_BACK: ReadonlySet<RefundState> = new Set(['FAILED', 'CANCELLED']);

export function refundedOf(payment: PaypalPayment): number {
  return payment.refunds.reduce((sum, refund) => (CAME_BACK.has(refund.status) ? sum : sum + refund.amount), 0);
}

export function refundObject(base: string, payment: PaypalPayment, refund: PaypalRefund): Record<string, unknown> {
  const amount = moneyOf(refund.amount, payment.currency);
  return {
    id: refund.id,
    amount,
    ...(refund.customId !== undefined && { custom_id: refund.customId }),
    ...(refund.noteToPayer !== undefined && { note_to_payer: refund.noteToPayer }),
    seller_payable_breakdown: {
      gross_amount: amount,
      paypal_fee: moneyOf(0, payment.currency),
      net_amount: amount,
      total_refunded_amount: moneyOf(refundedOf(payment), payment.currency),
    },
    status: refund.status,
    ...(refund.reason !== undefined && { status_details: { reason: refund.reason } }),
    create_time: iso(refund.createdAt),
    update_time: iso(refund.updatedAt),
    links: [
      link(`${base}/v2/payments/refunds/${refund.id}`, 'self'),
      link(`${base}/v2/payments/captures/${payment.capture}`, 'up'),
    ],
  };
}

export function captureObject(base: string, payment: PaypalPayment): Record<string, unknown> {
  const self = `${base}/v2/payments/captures/${payment.capture}`;
  const amount = moneyOf(payment.captured, payment.currency);
  return {
    id: payment.capture,
    status: captureStatus(payment),
    amount,
    final_capture: !payment.open,
    seller_protection: { status: 'NOT_ELIGIBLE' },
    seller_receivable_breakdown: {
      gross_amount: amount,
      paypal_fee: moneyOf(0, payment.currency),
      net_amount: amount,
    },
    create_time: iso(payment.createdAt),
    update_time: iso(payment.updatedAt),
    links: [
      link(self, 'self'),
      link(`${self}/refund`, 'refund', 'POST'),
      link(`${base}/v2/checkout/orders/${payment.id}`, 'up'),
    ],
  };
}

/** What the capture's own page shows besides what the order shows of it. */
export function captureDetails(base: string, payment: PaypalPayment): Record<string, unknown> {
  return { ...captureObject(base, payment), supplementary_data: { related_ids: { order_id: payment.id } } };
}

export function authorizationObject(base: string, payment: PaypalPayment): Record<string, unknown> {
  const self = `${base}/v2/payments/authorizations/${payment.authorization ?? ''}`;
  return {
    id: payment.authorization,
    status: authorizationStatus(payment),
    amount: moneyOf(payment.amount, payment.currency),
    seller_protection: { status: 'NOT_ELIGIBLE' },
    expiration_time: iso(payment.createdAt + 29 * 86_400_000),
    create_time: iso(payment.createdAt),
    update_time: iso(payment.updatedAt),
    links: [
      link(self, 'self'),
      link(`${self}/capture`, 'capture', 'POST'),
      link(`${self}/void`, 'void', 'POST'),
      link(`${base}/v2/checkout/orders/${payment.id}`, 'up'),
    ],
  };
}

export function orderObject(base: string, payment: PaypalPayment): Record<string, unknown> {
  const payments = {
    ...(payment.authorization !== undefined && { authorizations: [authorizationObject(base, payment)] }),
    ...(payment.captured > 0 && { captures: [captureObject(base, payment)] }),
    ...(payment.refunds.length > 0 && {
      refunds: payment.refunds.map((refund) => refundObject(base, payment, refund)),
    }),
  };
  return {
    id: payment.id,
    intent: payment.authorization === undefined ? 'CAPTURE' : 'AUTHORIZE',
    status: payment.voided && payment.captured === 0 ? 'VOIDED' : 'COMPLETED',
    purchase_units: [{ reference_id: 'default', amount: moneyOf(payment.amount, payment.currency), payments }],
    create_time: iso(payment.createdAt),
    update_time: iso(payment.updatedAt),
    links: [link(`${base}/v2/checkout/orders/${payment.id}`, 'self')],
  };
}

export function captureStatus(payment: PaypalPayment): string {
  const refunded = refundedOf(payment);
  if (payment.pending) return 'PENDING';
  return refunded === 0 ? 'COMPLETED' : refunded < payment.captured ? 'PARTIALLY_REFUNDED' : 'REFUNDED';
}

function authorizationStatus({ voided, captured, open }: PaypalPayment): string {
  if (captured > 0) return open ? 'PARTIALLY_CAPTURED' : 'CAPTURED';
  return voided ? 'VOIDED' : 'CREATED';
}

export function eventObject(
  base: string,
  event: Omit<PaypalEvent, 'object'>,
  kind: string,
  resource: unknown,
): Record<string, unknown> {
  const self = `${base}/v1/notifications/webhooks-events/${event.id}`;
  return {
    id: event.id,
    event_version: '1.0',
    create_time: new Date(event.at).toISOString(),
    resource_type: kind,
    resource_version: '2.0',
    event_type: event.type,
    summary: `A ${kind} has changed`,
    resource,
    links: [link(self, 'self'), link(`${self}/resend`, 'resend', 'POST')],
  };
}

export function link(href: string, rel: string, method = 'GET'): Record<string, string> {
  return { href, rel, method };
}

/** What PayPal says to each kind of request that it does not carry out. */
const ERRORS = {
  400: ['INVALID_REQUEST', 'Request is not well-formed, syntactically incorrect, or violates schema.'],
  401: [
    'AUTHENTICATION_FAILURE',
    'Authentication failed due to missing authorization header, or invalid authentication credentials.',
  ],
  404: ['RESOURCE_NOT_FOUND', 'The specified resource does not exist.'],
  409: ['RESOURCE_CONFLICT', 'The server has detected a conflict while processing this request.'],
  422: [
    'UNPROCESSABLE_ENTITY',
    'The requested action could not be performed, semantically incorrect, or failed business validation.',
  ],
} as const;

/** An error that ends a request. */
export class Refusal extends Error {
  constructor(
    readonly status: keyof typeof ERRORS,
    readonly issue?: string,
  ) {
    super(issue ?? ERRORS[status][0]);
  }
}

/** Without the descriptions, which PayPal may change and nobody should read. */
export function refusalReply({ status, issue }: Refusal, debugId: string): Reply {
  const [name, message] = ERRORS[status];
  return jsonReply(status, {
    name,
    message,
    debug_id: debugId,
    ...(issue !== undefined && { details: [{ issue }] }),
    links: [{ href: 'https://developer.paypal.com/api/rest/responses/', rel: 'information_link', method: 'GET' }],
  });
}

export type Reply = Exclude<StandInReply, 'hang-up'>;

export function jsonReply(status: number, body: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** Without fractions of a second, as PayPal writes them. */
export function iso(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
