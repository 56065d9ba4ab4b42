import type { CreditNote } from '../domain/credit-note';
import type { TimelineEntry } from '../domain/events';
import type { OrderHeader } from './order-store';

/** Credit notes, numbered per merchant without a gap. */
export interface CreditNotes {
  /** The last number that a merchant has given; 0 before the first. One consistent read. */
  lastNumber(tenant: string, merchantId: string): Promise<number>;
  find(tenant: string, orderId: string, cancellationId: string): Promise<CreditNote | undefined>;
  /**
   * Stores a note, moves the merchant's number on to it and tells the order's event, in one transaction.
   * @returns `exists` when the cancellation has one already, `lost` when somebody else took the number or moved the order
   */
  issue(order: OrderHeader, note: CreditNote, entry: TimelineEntry): Promise<'issued' | 'exists' | 'lost'>;
}
