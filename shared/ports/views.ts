import type { Change, DomainEvent, TimelineEntry } from '../domain/events';
import type { Instant } from '../domain/time';
import type { Refusal } from '../domain/refusal';
import type { OrderSummary, Page, PageRequest } from './order-store';

/** What readers see; written from the change feed, a moment later. Nothing decides on it. */
export interface Views {
  /** Adds an entry to the story of an order or cancellation. Adding the same revision again changes nothing. */
  addHistory(tenant: string, subject: string, revision: number, entry: TimelineEntry): Promise<void>;
  history(tenant: string, subject: string): Promise<readonly TimelineEntry[]>;
  /** Shows an order in its customer's list; an older version than is shown loses. */
  showOrder(tenant: string, customerId: string, order: OrderSummary & { version: number }): Promise<void>;
  listOrders(
    tenant: string,
    customerId: string,
    status: string | undefined,
    page: PageRequest,
  ): Promise<Page<OrderSummary> | Refusal>;
}

/** Events that could not be told, kept in order per order until they can. */
export interface ParkedEvents {
  /** Whether the order has parked events, so that later ones must wait behind them. */
  isParked(tenant: string, orderId: string): Promise<boolean>;
  park(events: readonly DomainEvent[], error: string): Promise<void>;
  /** Parks a change whose events cannot be read, as it came, under each of their numbers. */
  parkUnread(marks: ToldMarks, change: Change, error: string): Promise<void>;
  /** Orders with parked events: first those never tried again, then the one whose last try is longest ago. */
  list(limit: number): Promise<readonly { tenant: string; orderId: string }[]>;
  /** Puts an order at the end of the list. */
  tried(tenant: string, orderId: string, now: Instant): Promise<void>;
  /** Parked events of an order by sequence. */
  of(tenant: string, orderId: string): Promise<readonly ParkedEvent[]>;
  release(tenant: string, orderId: string, sequences: readonly number[], all: boolean): Promise<void>;
}

/** An event, or the change in which it could not be read. */
export type ParkedEvent = { sequence: number; event: DomainEvent } | { sequence: number; unread: Change };

/** Whose events a change tells, and their numbers: what can be said of one whose body cannot be read. */
export interface ToldMarks {
  tenant: string;
  orderId: string;
  sequences: readonly number[];
}
