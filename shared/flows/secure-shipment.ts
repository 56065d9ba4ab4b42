import { PermanentFault, TransientFault } from '../domain/faults';
import type { Shipment } from '../domain/order';
import { secondsHeld } from '../domain/recall';
import type { EventType } from '../domain/events';
import type { Instant } from '../domain/time';
import type { Carrier } from '../ports/carrier';
import type { Connections } from '../ports/connections';
import type { OrderStore } from '../ports/order-store';
import type { Run } from '../ports/workflow';

export interface SecurePorts {
  orders: OrderStore;
  connections: Connections;
  carriers: Readonly<Record<string, Carrier>>;
}

const attempts = 8;

/** What became of a parcel, or how long nobody may ask its carrier again, in seconds. */
export type Secured = { outcome: 'accepted' | 'refused' } | { outcome: 'hold'; seconds: number };

/**
 * Stops one labelled parcel: the intent is stored on the shipment, the carrier is asked to void the label, its word is
 * stored. Whoever finds the wish made, a later try of the same run or another cancellation of the same parcel, looks first
 * what became of it. A carrier that knows nothing of it may still hear it: it is asked again only when nothing can be on
 * its way any more, so that a wish is heard once. A parcel without a carrier's label is simply held: the claim to hand it
 * over loses against the cancellation. The carrier's refund of the postage is not waited for.
 */
export async function secureShipment(ports: SecurePorts, run: Run, shipmentId: string, now: Instant): Promise<Secured> {
  let mine = false;
  const wish = (may: boolean): Partial<Shipment> | undefined => {
    mine = may;
    return may ? { recall: 'requested', recalledAt: now } : undefined;
  };
  const asked = await change(ports, run, shipmentId, now, ({ recall }) => wish(recall === 'none'));
  if (asked.recall === 'accepted' || asked.recall === 'refused') return { outcome: asked.recall };
  if (asked.position !== 'label_created') return settle(ports, run, shipmentId, now, 'refused');
  if (asked.carrier === undefined || asked.providerShipmentRef === undefined)
    return settle(ports, run, shipmentId, now, 'accepted');

  const connection = asked.connectionId === undefined ? undefined : await ports.connections.find(asked.connectionId);
  const carrier = ports.carriers[asked.carrier];
  if (carrier === undefined || connection === undefined || connection.tenant !== run.tenant) {
    throw new PermanentFault(`shipment ${shipmentId} names a carrier or connection that is not configured`);
  }
  const label = { connection, providerShipmentRef: asked.providerShipmentRef };
  if (!mine) {
    const known = await carrier.query(label);
    if (known !== undefined && known.void !== 'none') return settle(ports, run, shipmentId, now, known.void);
    const latest = await change(ports, run, shipmentId, now, (shipment) =>
      wish(shipment.recall === 'requested' && secondsHeld(shipment, now) === 0),
    );
    if (latest.recall === 'accepted' || latest.recall === 'refused') return { outcome: latest.recall };
    if (!mine) return { outcome: 'hold', seconds: secondsHeld(latest, now) };
  }
  const { outcome } = await carrier.voidLabel(label);
  return settle(ports, run, shipmentId, now, outcome);
}

async function settle(
  ports: SecurePorts,
  run: Run,
  shipmentId: string,
  now: Instant,
  recall: 'accepted' | 'refused',
): Promise<Secured> {
  const settled = await change(ports, run, shipmentId, now, (shipment) => {
    if (shipment.recall !== 'requested') return undefined;
    // A parcel that was scanned while the carrier was asked has left, whatever the carrier said of its label.
    if (shipment.position !== 'label_created') return { recall: 'refused' };
    return recall === 'accepted' ? { recall, position: 'voided' } : { recall };
  });
  return { outcome: settled.recall === 'accepted' ? 'accepted' : 'refused' };
}

async function change(
  ports: SecurePorts,
  run: Run,
  shipmentId: string,
  now: Instant,
  to: (shipment: Shipment) => Partial<Shipment> | undefined,
): Promise<Shipment> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const aggregate = await ports.orders.find(run.tenant, run.orderId);
    const shipment = aggregate?.shipments.find(({ id }) => id === shipmentId);
    if (aggregate === undefined || shipment === undefined)
      throw new PermanentFault(`there is no shipment ${shipmentId}`);
    const changed = to(shipment);
    if (changed === undefined) return shipment;
    const after = { ...shipment, ...changed };
    const events: EventType[] =
      after.recall === 'requested' ? [] : [`shipment.recall_${after.recall as 'accepted' | 'refused'}`];
    const entry = { actor: 'system', step: 'secure-goods', outcome: after.recall, at: now };
    if ((await ports.orders.saveShipment(aggregate.order, after, events, entry)) === 'stored') return after;
  }
  throw new TransientFault(`order ${run.orderId} is being written by others`);
}
