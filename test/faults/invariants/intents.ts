/** Watches every wish to move money: at that instant the books say that this leg is being sent. */
import { fromItem } from '../../../shared/adapters/dynamodb/cancellation-item';
import { providerKey, refundId } from '../../../shared/domain/ids';
import { tableNames } from '../world/settings';
import type { PartyRequest } from '../world/parties';
import type { Tables } from '../world/tables/tables';

export function unintendedBy(tables: Tables, { method, headers }: PartyRequest): string[] {
  const key = headers['idempotency-key'];
  if (method !== 'POST' || key === undefined) return [];
  for (const item of tables.items(tableNames.orders)) {
    const { cancellationId, body } = item as { cancellationId?: unknown; body?: unknown };
    if (typeof cancellationId !== 'string' || typeof body !== 'string') continue;
    const { id, legs } = fromItem(item);
    const leg = legs.find((one) => providerKey(refundId(id, one.id), one.attempt) === key);
    if (leg === undefined) continue;
    return leg.status === 'submitting' ? [] : [`${id} ${leg.id} was sent while it was ${leg.status}`];
  }
  // Nobody's leg: that no refund is made for it is another promise.
  return [];
}
