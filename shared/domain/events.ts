import { eventId } from './ids';
import type { Instant } from './time';

/**
 * What the outside hears. Names are past facts. An event is an attribute of the item whose change it tells, so it is
 * written in the same transaction; its sequence comes from the order's header and has no gaps.
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
  'cancellation.refund_pending',
  'cancellation.refund_settled',
  'cancellation.closed',
  'cancellation.undone',
  'shipment.claimed',
  'shipment.recall_accepted',
  'shipment.recall_refused',
  'shipment.moved',
  'payment.received',
  'refund.bounced',
  'case.opened',
  'case.closed',
] as const;
export type EventType = (typeof eventTypes)[number];

export interface DomainEvent {
  id: string;
  type: EventType;
  orderId: string;
  /** 1, 2, 3, ... per order. */
  sequence: number;
  at: Instant;
  data: Readonly<Record<string, unknown>>;
}

export interface EventDraft {
  type: EventType;
  data: Readonly<Record<string, unknown>>;
}

/** Numbers drafts after the order's last event. */
export function numberEvents(
  orderId: string,
  lastSequence: number,
  at: Instant,
  drafts: readonly EventDraft[],
): DomainEvent[] {
  return drafts.map((draft, index) => {
    const sequence = lastSequence + index + 1;
    return { id: eventId(orderId, sequence), type: draft.type, orderId, sequence, at, data: draft.data };
  });
}

/** One line of a cancellation's story. */
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
