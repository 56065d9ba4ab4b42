import type { OrderAggregate } from '../domain/aggregate';
import { TransientFault, PermanentFault } from '../domain/faults';
import type { EventType, TimelineEntry } from '../domain/events';
import { withoutOldTrouble } from '../domain/goods-exception';
import type { Shipment } from '../domain/order';
import type { Policy } from '../domain/policy';
import type { Instant } from '../domain/time';
import type { OrderStore } from '../ports/order-store';
import type { Run } from '../ports/workflow';

const attempts = 8;

export interface Parcel {
  shipment: Shipment;
  /** The terms that its order was sold under. */
  policy: Policy;
}

/**
 * Reads a shipment, asks what to change, and writes it if its order is still what was read; else reads again.
 * @returns the shipment as it now is
 * @throws TransientFault after losing too often; PermanentFault when there is no such shipment
 */
export async function changeShipment(
  orders: OrderStore,
  run: Pick<Run, 'tenant' | 'orderId'>,
  shipmentId: string,
  now: Instant,
  to: (shipment: Shipment, policy: Policy, aggregate: OrderAggregate) => Partial<Shipment> | undefined,
): Promise<Parcel> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const aggregate = await orders.find(run.tenant, run.orderId);
    const shipment = aggregate?.shipments.find(({ id }) => id === shipmentId);
    if (aggregate === undefined || shipment === undefined)
      throw new PermanentFault(`there is no shipment ${shipmentId}`);
    const { policy } = aggregate.order.contract;
    const changed = to(shipment, policy, aggregate);
    if (changed === undefined) return { shipment, policy };
    const after = withoutOldTrouble(shipment, { ...shipment, ...changed });
    const entry = { actor: 'system', ...stepOf(shipment, after), at: now };
    const written = await orders.saveShipment(
      aggregate.order,
      after,
      [...eventsOfRecall(shipment, after), ...eventsOfPostage(shipment, after)],
      entry,
    );
    if (written === 'stored') return { shipment: after, policy };
  }
  throw new TransientFault(`order ${run.orderId} is being written by others`);
}

function stepOf(before: Shipment, { recall, postage }: Shipment): Pick<TimelineEntry, 'step' | 'outcome'> {
  return postage !== undefined && postage !== before.postage && recall === before.recall
    ? { step: 'reconcile', outcome: `postage_${postage}` }
    : { step: 'secure-goods', outcome: recall };
}

/** What others hear of the postage of a void label: what came of it in the end. */
export function eventsOfPostage(before: Shipment, { postage }: Shipment): EventType[] {
  if (postage === before.postage || (postage !== 'refunded' && postage !== 'rejected')) return [];
  return [`shipment.postage_${postage}`];
}

/** What others hear of a recall: what became of it, not that it was asked for. */
export function eventsOfRecall(before: Shipment, { recall }: Shipment): EventType[] {
  if (recall === before.recall || recall === 'none' || recall === 'requested') return [];
  return [`shipment.recall_${recall}`];
}
