import type { OrderAggregate } from '../domain/aggregate';
import type { Cancellation } from '../domain/cancellation';
import type { EventType, TimelineEntry } from '../domain/events';
import type { Refusal } from '../domain/refusal';
import type { Page, PageRequest } from './order-store';

/** Cancellations, written only where they still are what they were when the decision was made. */
export interface CancellationStore {
  /** Where a cancellation lies, and for which payload its id was taken. */
  locate(tenant: string, cancellationId: string): Promise<CancellationPointer | undefined>;
  /**
   * Takes an id for a payload, or for the refusal of it, where nobody has it or `over` is what has it.
   * @returns nothing when it is taken, else the pointer that has it
   */
  takeId(pointer: CancellationPointer, over?: CancellationPointer): Promise<CancellationPointer | undefined>;
  /** One consistent read. */
  find(tenant: string, orderId: string, cancellationId: string): Promise<Cancellation | undefined>;
  /**
   * Records a new cancellation, takes its units and moves the order's version, in one transaction conditional on the
   * version that was read. @returns `lost` when the order has changed, `exists` when this cancellation is already there
   */
  record(
    aggregate: OrderAggregate,
    cancellation: Cancellation,
    events: readonly EventType[],
    entry: TimelineEntry,
  ): Promise<'recorded' | 'lost' | 'exists'>;
  /** Replaces `before` by `after`. @returns `lost` when `before` is no longer what is stored */
  save(before: Cancellation, after: Cancellation, entry: TimelineEntry): Promise<'saved' | 'lost'>;
  /**
   * Like `save`, together with the order: events get their numbers, and units that became finally cancelled are counted.
   * @returns `lost` when either has changed; `late_money` when closing it would leave money behind that came in since the
   * cancellation was asked for, unless `lateMoneySeenAt` says that the order was looked at as it is
   */
  saveWithOrder(
    before: Cancellation,
    after: Cancellation,
    change: OrderChange,
    entry: TimelineEntry,
  ): Promise<'saved' | 'lost' | 'late_money'>;
  /** A merchant's cancellations that wait for an answer, nearest deadline first. Lags a little. */
  listQueue(tenant: string, merchantId: string, page: PageRequest): Promise<Page<QueueEntry> | Refusal>;
  /** Cancellations that should have moved by `now`, over all tenants. Lags a little: read again before acting. */
  listDue(now: string, limit: number): Promise<readonly CancellationPointer[]>;
  /** What is in a person's hands, oldest first. */
  listCases(tenant: string, page: PageRequest): Promise<Page<CaseEntry> | Refusal>;
  /** Keeps the token under which the story waits. */
  keepToken(tenant: string, cancellationId: string, wait: WaitName, token: string): Promise<void>;
  token(tenant: string, cancellationId: string, wait: WaitName): Promise<string | undefined>;
}

export type WaitName = 'answer' | 'refunds' | 'choice' | 'goods';

/** A cancellation that stopped, or a refund at a provider that our books do not have. */
export type CaseEntry = { orderId: string; cancellationId: string } | { stray: string };

export interface CancellationPointer {
  tenant: string;
  cancellationId: string;
  orderId: string;
  /** Fingerprint of the payload. */
  request: string;
  /** When it was taken. */
  at: string;
  /** What the payload was refused with; large facts are not kept. */
  refusal?: Refusal;
}

export interface QueueEntry {
  cancellationId: string;
  orderId: string;
  deadline: string;
}

export interface OrderChange {
  events: readonly EventType[];
  /** Units that this write makes finally cancelled; they may complete the order. */
  closesUnits: number;
  /** The order's version at which no late payment was left to give back. */
  lateMoneySeenAt?: number;
  /** The order's version on which the change was decided; absent: it does not turn on the order. */
  decidedAt?: number;
  /** A cancellation that begins with it, because the one that changes gives it some of its units. */
  begins?: { cancellation: Cancellation; events: readonly EventType[]; entry: TimelineEntry };
}
