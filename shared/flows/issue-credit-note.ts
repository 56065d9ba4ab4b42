import { creditNoteOf, reversesSale, type CreditNote } from '../domain/credit-note';
import { TransientFault } from '../domain/faults';
import type { Instant } from '../domain/time';
import type { CreditNotes } from '../ports/credit-notes';
import type { OrderStore } from '../ports/order-store';

export interface CreditNotePorts {
  orders: OrderStore;
  creditNotes: CreditNotes;
}

/** A merchant's number is one item; who loses it reads again. */
const attempts = 6;

/**
 * Issues the credit note of a cancellation that has closed, once, also when it was opened again since, because its refund
 * bounced: the note speaks of the sale, not of how the money got back.
 * @returns nothing where no sale is reversed
 * @throws TransientFault when the order is not there yet, or too many write at once
 */
export async function issueCreditNote(
  { orders, creditNotes }: CreditNotePorts,
  { tenant, orderId, cancellationId }: { tenant: string; orderId: string; cancellationId: string },
  now: Instant,
): Promise<CreditNote | undefined> {
  const known = await creditNotes.find(tenant, orderId, cancellationId);
  if (known !== undefined) return known;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const aggregate = await orders.find(tenant, orderId);
    const cancellation = aggregate?.cancellations.find(({ id }) => id === cancellationId);
    if (aggregate === undefined || cancellation === undefined) {
      throw new TransientFault(`${cancellationId} of ${orderId} is not there (yet)`);
    }
    if (!reversesSale(cancellation)) return undefined;
    const number = 1 + (await creditNotes.lastNumber(tenant, cancellation.merchantId));
    const note = creditNoteOf(aggregate, cancellation, number, now);
    const entry = { actor: 'system', step: 'issue-credit-note', outcome: 'issued', at: now };
    const outcome = await creditNotes.issue(aggregate.order, note, entry);
    if (outcome === 'issued') return note;
    if (outcome === 'exists') return creditNotes.find(tenant, orderId, cancellationId);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * 2 ** attempt));
  }
  throw new TransientFault(`numbers of the merchant of ${orderId} are taken by many at once`);
}
