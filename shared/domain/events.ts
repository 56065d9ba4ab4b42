import { eventId } from './ids';
import type { Instant } from './time';

/**
 * What the outside hears. Names are past facts. An event is an attribute of the item whose change it tells, so it is
 * written in the same transaction; its sequence comes from the order's header and has no gaps. The item itself is the
 * event's data, so the attribute holds the type and the number only.
 */
export const eventTypes = [
  'order.received',
  'order.updated',
  'order.partially_cancelled',
  'order.cancelled',
  'cancellation.requested',
  'cancellation.awaiting_answer',
  'cancellation.approved',
  'cancellation.declined',
  'cancellation.withdrawn',
  'cancellation.narrowed',
  'cancellation.divided',
  'cancellation.refund_pending',
  'cancellation.closed',
  'cancellation.undone',
  'fulfilment.hold_requested',
  'fulfilment.hold_released',
  'shipment.claimed',
  'shipment.recall_accepted',
  'shipment.recall_refused',
  'shipment.recall_returning',
  'shipment.recall_received',
  'shipment.moved',
  'shipment.postage_refunded',
  'shipment.postage_rejected',
  'payment.received',
  'refund.bounced',
  'refund.funds_needed',
  'refund.action_needed',
  'refund.choice_needed',
  'refund.choice_made',
  'refund.interest_owed',
  'credit_note.issued',
  'return.authorised',
  'return.label_sent',
  'return.in_transit',
  'return.received',
  'return.inspected',
  'return.restocked',
  'return.written_off',
  'return.expired',
  'case.opened',
  'case.closed',
] as const;
export type EventType = (typeof eventTypes)[number];

/** An event as it lies on the item that changed. */
export interface EventMark {
  type: EventType;
  /** 1, 2, 3, ... per order. */
  sequence: number;
  at: Instant;
}

/** One change of a stored item: what it was and what it is. */
export interface Change {
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
}

/** An event as consumers get it. */
export interface DomainEvent extends EventMark {
  id: string;
  tenant: string;
  merchantId: string;
  orderId: string;
  data: Readonly<Record<string, unknown>>;
}

/** Numbers events after the order's last one. */
export function numberEvents(lastSequence: number, at: Instant, types: readonly EventType[]): EventMark[] {
  return types.map((type, index) => ({ type, sequence: lastSequence + index + 1, at }));
}

/** The event that a mark on an item tells. Deterministic: told again, it is the same. */
export function eventOf(
  mark: EventMark,
  about: { tenant: string; merchantId: string; orderId: string; data: Readonly<Record<string, unknown>> },
): DomainEvent {
  return { id: eventId(about.orderId, mark.sequence), ...mark, ...about };
}

/** One line of a cancellation's or order's story. */
export interface TimelineEntry {
  /** Who: a role, or `system`. */
  actor: string;
  /** Which step, e.g. `refund-leg`. */
  step: string;
  /** What happened, in the step's own words, e.g. `submitting`, `succeeded`. */
  outcome: string;
  at: Instant;
  detail?: string;
}
