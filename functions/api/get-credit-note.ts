import { isRefusal, refuse } from '../../shared/domain/refusal';
import { httpHandler, ok } from '../../shared/edge/http';
import { findCancellation } from '../../shared/flows/find-cancellation';
import { showCreditNote } from '../../shared/flows/show';
import { cancellationStore, creditNotes } from '../../shared/wiring';

/** GET /v1/cancellations/{id}/credit-note: what the shop's invoicing needs; issued a moment after the closing. */
export const handler = httpHandler({
  roles: ['customer', 'merchant', 'support', 'platform', 'system'],
  ports: () => ({ cancellations: cancellationStore(), creditNotes: creditNotes() }),
  async handle({ caller, params }, ports) {
    const cancellation = await findCancellation(ports.cancellations, caller, params['id'] ?? '');
    if (isRefusal(cancellation)) return cancellation;
    const { tenant, orderId, id, status } = cancellation;
    const note = await ports.creditNotes.find(tenant, orderId, id);
    if (note !== undefined) return ok(showCreditNote(cancellation, note));
    return refuse('credit_note_not_issued', `${id} has no credit note; it is ${status}.`, { facts: { status } });
  },
});
