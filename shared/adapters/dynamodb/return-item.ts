import type { EventMark, TimelineEntry } from '../../domain/events';
import { returnDue, type Return } from '../../domain/return';
import { marksOf } from './cancellation-item';
import { dueKeys } from './goods-exceptions';
import * as keys from './keys';

/** What conditions, indexes and readers of the change feed need are attributes; the rest is one text. */
export function toReturnItem(
  given: Return,
  entry: TimelineEntry,
  events: readonly EventMark[],
): Record<string, unknown> {
  const { id, tenant, merchantId, orderId, cancellationId, status, revision } = given;
  return {
    pk: keys.orderPartition(tenant, orderId),
    sk: keys.returnSort(cancellationId),
    // Named by its own id, not its cancellation's: that has a story of its own.
    returnId: id,
    ...{ tenant, merchantId, orderId, status, revision, entry },
    ...marksOf(events),
    ...dueKeys(given, cancellationId, returnDue(given)),
    goodsReturn: JSON.stringify(given),
  };
}

export const toReturn = (item: Record<string, unknown>): Return => JSON.parse(item['goodsReturn'] as string) as Return;
