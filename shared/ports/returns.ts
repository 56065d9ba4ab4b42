import type { EventType, TimelineEntry } from '../domain/events';
import type { Return } from '../domain/return';

/** Returns lie with their order, which numbers their events; each write is conditional on what it was decided on. */
export interface Returns {
  find(tenant: string, orderId: string, cancellationId: string): Promise<Return | undefined>;
  /**
   * Stores a new return and tells `return.authorised`.
   * @returns `exists` when the cancellation has one; `lost` when its order is being written by others: do it again
   */
  open(given: Return, entry: TimelineEntry): Promise<'opened' | 'exists' | 'lost'>;
  /**
   * Replaces a return as it was read; its revision rises by one.
   * @returns `lost` when it, or its order, has been written since: read again
   */
  save(before: Return, after: Return, events: readonly EventType[], entry: TimelineEntry): Promise<'saved' | 'lost'>;
}
