/**
 * The events of the PayPal stand-in: kept with their payment, those too whose webhook was never sent, and listed as PayPal
 * lists them. https://developer.paypal.com/api/webhooks/v1/webhooks-events-list
 */
import {
  authorizationObject,
  eventObject,
  link,
  refundObject,
  type PaypalEvent,
  type PaypalPayment,
  type PaypalRefund,
  type RefundState,
} from './paypal-objects';
import type { PaypalBooks } from './paypal-routes';

/** What PayPal tells of a refund's state; of a cancelled one nothing is documented. */
const TYPES: Readonly<Record<RefundState, string | undefined>> = {
  COMPLETED: 'PAYMENT.CAPTURE.REFUNDED',
  PENDING: 'PAYMENT.REFUND.PENDING',
  FAILED: 'PAYMENT.REFUND.FAILED',
  CANCELLED: undefined,
};

export class PaypalEvents {
  constructor(
    private readonly books: PaypalBooks,
    private readonly base: string,
  ) {}

  /** @returns undefined where PayPal tells nothing; it is on disk when its payment is saved */
  tellRefund(payment: PaypalPayment, refund: PaypalRefund, now: number): PaypalEvent | undefined {
    const type = TYPES[refund.status];
    if (type === undefined) return undefined;
    return this.tell(payment, type, 'refund', refundObject(this.base, payment, refund), now);
  }

  tellVoid(payment: PaypalPayment, now: number): PaypalEvent {
    const object = authorizationObject(this.base, payment);
    return this.tell(payment, 'PAYMENT.AUTHORIZATION.VOIDED', 'authorization', object, now);
  }

  private tell(payment: PaypalPayment, type: string, kind: string, resource: unknown, now: number): PaypalEvent {
    const place = 1 + Math.max(0, ...this.books.of(payment.account).flatMap((one) => one.events.map(placeOf)));
    const event = { id: `WH-${place}-${payment.id}`, type, at: now, place };
    const told = { ...event, object: eventObject(this.base, event, kind, resource) };
    payment.events.push(told);
    return told;
  }
}

/** Newest first. */
export function listEvents(
  mine: readonly PaypalPayment[],
  base: string,
  query: URLSearchParams,
  now: number,
): Record<string, unknown> {
  const limit = Math.max(1, Number(query.get('page_size') ?? 10));
  const from = Date.parse(query.get('start_time') ?? '1970-01-01');
  const to = Date.parse(query.get('end_time') ?? new Date(now).toISOString());
  const type = query.get('event_type');
  const behind = Number(query.get('index_id') ?? Infinity);
  const fitting = mine
    .flatMap((payment) => payment.events)
    .filter((event) => event.at >= from && event.at <= to && (type === null || event.type === type))
    .filter((event) => event.place < behind)
    .sort((one, other) => other.place - one.place);
  const page = fitting.slice(0, limit);
  const last = page.at(-1);
  const next = new URLSearchParams(query);
  next.set('move_to', 'next');
  next.set('index_id', String(last?.place ?? 0));
  return {
    events: page.map(({ object }) => object),
    count: page.length,
    links: fitting.length > limit ? [link(`${base}/v1/notifications/webhooks-events/?${next.toString()}`, 'next')] : [],
  };
}

const placeOf = ({ place }: PaypalEvent): number => place;
