import * as z from 'zod/mini';
import { eventQueueHandler } from '../../shared/edge/event-queue';
import { issueCreditNote } from '../../shared/flows/issue-credit-note';
import { creditNotes, orderStore } from '../../shared/wiring';

const data = z.object({ cancellation: z.object({ id: z.string() }) });

/** Numbers and stores the credit note of each cancellation that has closed, so that the shop can reverse its invoice. */
export const handler = eventQueueHandler({
  ports: () => ({ orders: orderStore(), creditNotes: creditNotes() }),
  async handle({ tenant, orderId, data: told }, ports, now) {
    const { cancellation } = z.parse(data, told);
    await issueCreditNote(ports, { tenant, orderId, cancellationId: cancellation.id }, now);
  },
});
