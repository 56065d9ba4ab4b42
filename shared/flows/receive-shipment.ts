import { cancellationsHolding, hasLeft, type OrderAggregate } from '../domain/aggregate';
import type { EventType } from '../domain/events';
import { withoutOldTrouble } from '../domain/goods-exception';
import type { Shipment } from '../domain/order';
import { isInterception, recallTransitions } from '../domain/recall';
import { refuse, type Refusal } from '../domain/refusal';
import type { Instant } from '../domain/time';
import type { CancellationStore } from '../ports/cancellation-store';
import type { OrderStore } from '../ports/order-store';
import type { StockKeeper } from '../ports/stock-keeper';
import type { Workflow } from '../ports/workflow';
import { eventsOfRecall } from './change-shipment';
import { restockParcel } from './restock-parcel';
import { wakeWhoWaits } from './wake-who-waits';

const attempts = 8;

export interface ReceivingPorts {
  orders: OrderStore;
  cancellations: CancellationStore;
  workflow: Workflow;
  stock: StockKeeper;
  /** What came back and the stock does not know of. */
  tell: (unmatched: readonly string[]) => void;
}

/**
 * The warehouse says that a parcel is here again: of that it knows more than any carrier. Cancelled units in it go back on the
 * shelf, and money that waited for it may go back. Said again it changes nothing.
 */
export async function receiveShipment(
  ports: ReceivingPorts,
  at: { tenant: string; orderId: string; ref: string },
  by: { actor: string; now: Instant },
): Promise<Shipment | Refusal> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const aggregate = await ports.orders.find(at.tenant, at.orderId);
    const shipment = aggregate?.shipments.find(({ ref }) => ref === at.ref);
    if (aggregate === undefined || shipment === undefined)
      return refuse('not_found', `The order has no shipment ${at.ref}.`);
    if (!hasLeft(shipment) || shipment.position === 'label_created') {
      const facts = { position: shipment.position };
      return refuse('shipment_not_left', `Shipment ${at.ref} has never left.`, { facts });
    }
    const recalled = isInterception(shipment) && recallTransitions[shipment.recall].includes('received');
    const here: Shipment = { ...shipment, position: 'returned', ...(recalled ? { recall: 'received' } : {}) };
    const after = withoutOldTrouble(shipment, here);
    const known = shipment.position === 'returned' && after.recall === shipment.recall;
    const events: EventType[] = eventsOfRecall(shipment, after);
    if (shipment.position !== 'returned') events.push('shipment.moved');
    const entry = { actor: by.actor, step: 'receive-shipment', outcome: 'returned', at: by.now };
    if (!known && (await ports.orders.saveShipment(aggregate.order, after, events, entry)) !== 'stored') continue;
    // Also when it was known: whoever has stored it may have died before he came here.
    await followUp(ports, aggregate, after, by.now);
    return after;
  }
  return refuse('conflict_try_again', 'The order is being changed by many at once.');
}

async function followUp(
  ports: ReceivingPorts,
  aggregate: OrderAggregate,
  shipment: Shipment,
  now: Instant,
): Promise<void> {
  // What could not be called back and came all the same is sold, or its return is worked by the returns desk.
  if (!isInterception(shipment) || shipment.recall !== 'received') return;
  const holders = cancellationsHolding(aggregate, shipment);
  const unmatched = await restockParcel(ports.stock, aggregate, shipment, holders, now);
  if (unmatched.length > 0) ports.tell(unmatched);
  for (const holder of holders) await wakeWhoWaits(ports, holder);
}
