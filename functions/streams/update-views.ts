import type { OrderHeader } from '../../shared/ports/order-store';
import type { TimelineEntry } from '../../shared/domain/events';
import { streamHandler } from '../../shared/edge/stream';
import { views } from '../../shared/wiring';

/** Writes what readers see from the order table's changes: stories, and each customer's list of all orders. */
export const handler = streamHandler({
  ports: () => ({ views: views() }),
  async handle({ after }, { views: shown }) {
    if (after === undefined || after['entry'] === undefined) return;
    const tenant = after['tenant'] as string;
    const entry = after['entry'] as TimelineEntry;
    if (after['sk'] === 'HEAD') {
      const header = after as unknown as OrderHeader;
      const { id, reference, merchantId, status, placedAt, currency, total, version, customerId } = header;
      await shown.showOrder(tenant, customerId, {
        id,
        reference,
        merchantId,
        status,
        placedAt,
        currency,
        total,
        version,
      });
      await shown.addHistory(tenant, id, version, entry);
    } else if (typeof after['cancellationId'] === 'string') {
      await shown.addHistory(tenant, after['cancellationId'], after['revision'] as number, entry);
    }
  },
});
