import { isOpen, type Cancellation } from '../../domain/cancellation';
import type { EventMark, TimelineEntry } from '../../domain/events';
import { begunAt } from '../../domain/run';
import { later } from '../../domain/time';
import * as keys from './keys';
import { packBody, unpackBody } from './packed-cancellation';

/**
 * A cancellation as it lies in the table. What conditions and indexes need are attributes; the rest is one
 * packed text, so that the item of a common cancellation stays under one write unit.
 */
export interface CancellationItem {
  pk: string;
  sk: string;
  orderId: string;
  cancellationId: string;
  tenant: string;
  merchantId: string;
  status: Cancellation['status'];
  revision: number;
  generation: number;
  entry: TimelineEntry;
  events?: readonly string[];
  tells?: number;
  body: string;
  queuePk?: string;
  queueSk?: string;
  deadline?: string;
  openPk?: string;
  openSk?: string;
}

export function toItem(
  cancellation: Cancellation,
  entry: TimelineEntry,
  events: readonly EventMark[],
): CancellationItem {
  const { id, orderId, tenant, merchantId, status, revision, run } = cancellation;
  return {
    pk: keys.orderPartition(tenant, orderId),
    sk: keys.cancellationSort(id),
    cancellationId: id,
    orderId,
    tenant,
    merchantId,
    status,
    revision,
    generation: run.generation,
    entry,
    ...marksOf(events),
    body: packBody(cancellation),
    ...indexed(cancellation),
  };
}

export function fromItem(item: Record<string, unknown>): Cancellation {
  const {
    cancellationId: id,
    orderId,
    tenant,
    merchantId,
    status,
    revision,
    generation,
    body,
  } = item as unknown as CancellationItem;
  const { leaseUntil, ...rest } = unpackBody(body);
  return {
    ...rest,
    id,
    orderId,
    tenant,
    merchantId,
    status,
    revision,
    run: { generation, leaseUntil },
  } as unknown as Cancellation;
}

/**
 * Sparse index keys: present only while somebody has to look. `openSk` is the time at which the cancellation should
 * have moved by itself; it is fixed when a state is entered, so that ordinary writes do not touch the index.
 */
function indexed(cancellation: Cancellation): Partial<CancellationItem> {
  const { tenant, id } = cancellation;
  const waiting =
    cancellation.status === 'awaiting_answer'
      ? {
          queuePk: keys.queuePartition(tenant, cancellation.merchantId),
          queueSk: `${cancellation.deadline}#${id}`,
          deadline: cancellation.deadline,
        }
      : {};
  if (cancellation.status === 'in_case') {
    return { openPk: keys.casesPartition(tenant), openSk: `${cancellation.requestedAt}#${id}` };
  }
  if (!isOpen(cancellation.status)) return {};
  return { ...waiting, openPk: keys.duePartition(keys.dueShardOf(id)), openSk: `${dueAt(cancellation)}#${id}` };
}

/** When the scheduler should look at it if nothing has happened by then. */
function dueAt(cancellation: Cancellation): string {
  const margin = { length: 2, unit: 'minutes' } as const;
  if (cancellation.status === 'in_grace') return later(cancellation.graceUntil, margin);
  if (cancellation.status === 'awaiting_answer') return later(cancellation.deadline, margin);
  if (cancellation.status === 'refund_pending') return cancellation.run.leaseUntil;
  // One that waits for goods has days; left where it was, every round would read it.
  if (cancellation.goodsUntil !== undefined) return later(cancellation.goodsUntil, margin);
  // The key of the grace window still is right when it is carried out; moving it would cost two writes.
  return later(begunAt(cancellation), margin);
}

/** Events on the changed item. `tells` is there so that the change feed can pick such changes out by a plain filter. */
export function marksOf(events: readonly EventMark[]): { events?: readonly string[]; tells?: number } {
  if (events.length === 0) return {};
  return { events: events.map(({ sequence, type }) => `${sequence} ${type}`), tells: events.length };
}
