import type { TimelineEntry } from '../../shared/domain/events';
import { streamHandler } from '../../shared/edge/stream';
import type { OrderHeader } from '../../shared/ports/order-store';
import { views } from '../../shared/wiring';

/** Writes what readers see from the order table's changes: stories, and each customer's list of all orders. */
export const handler = streamHandler({
  ports: () => ({ views: views() }),
  async handle({ before, after }, { views: shown }) {
    if (after === undefined || after['entry'] === undefined) return;
    const tenant = after['tenant'] as string;
    if (after['sk'] === 'HEAD') {
      const header = after as unknown as OrderHeader;
      // Most changes of a header move its version only; what a list shows is then as it was.
      if (before !== undefined && looksLike(before as unknown as OrderHeader, header)) return;
      const { id, reference, merchantId, status, placedAt, currency, total, version } = header;
      const order = { id, reference, merchantId, status, placedAt, currency, total, version };
      await shown.showOrder(tenant, header.customerId, order);
    } else if (typeof after['cancellationId'] === 'string') {
      await shown.addHistory(
        tenant,
        after['cancellationId'],
        after['revision'] as number,
        after['entry'] as TimelineEntry,
      );
    } else if (typeof after['returnId'] === 'string') {
      await shown.addHistory(tenant, after['returnId'], after['revision'] as number, after['entry'] as TimelineEntry);
    }
  },
});

function looksLike(one: OrderHeader, other: OrderHeader): boolean {
  return one.status === other.status && one.total === other.total && one.intakeVersion === other.intakeVersion;
}
