import { cancellationHolding } from '../domain/aggregate';
import type { Cancellation } from '../domain/cancellation';
import type { EventType } from '../domain/events';
import { TransientFault } from '../domain/faults';
import { caseId } from '../domain/ids';
import { shipmentPositions, type Shipment, type ShipmentPosition } from '../domain/order';
import { nextRun } from '../domain/run';
import type { Instant } from '../domain/time';
import type { CancellationStore } from '../ports/cancellation-store';
import type { Carrier, CarrierNotice, CarrierView, ParcelPosition } from '../ports/carrier';
import type { Connection } from '../ports/connections';
import type { OrderStore } from '../ports/order-store';
import type { ShipmentFinder } from '../ports/shipment-finder';
import { changeCancellation } from './change-cancellation';

export interface ParcelPorts {
  orders: OrderStore;
  cancellations: CancellationStore;
  shipments: ShipmentFinder;
  carriers: Readonly<Record<string, Carrier>>;
}

const attempts = 8;

/** The way of a parcel only goes on; an event that is behind what we know came late and changes nothing. */
const order: readonly ShipmentPosition[] = shipmentPositions;

/**
 * Takes in where a parcel is or what became of a void, for the shipment that the carrier's id leads to. A notice that
 * speaks against a void we rely on only names the shipment: the carrier is asked before anything changes.
 */
export async function hearOfParcel(
  ports: ParcelPorts,
  connection: Connection,
  notice: CarrierNotice,
  now: Instant,
): Promise<'heard' | 'nothing_new' | 'unknown_shipment'> {
  const { providerShipmentRef } = notice;
  if (providerShipmentRef === undefined) return 'unknown_shipment';
  const at = await ports.shipments.find(connection.tenant, connection.id, providerShipmentRef);
  if (at === undefined) return 'unknown_shipment';
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const aggregate = await ports.orders.find(connection.tenant, at.orderId);
    const shipment = aggregate?.shipments.find(({ id }) => id === at.shipmentId);
    if (aggregate === undefined || shipment === undefined) return 'unknown_shipment';
    const doubted = contradicts(shipment, notice);
    const view = doubted
      ? await ports.carriers[connection.provider]?.query({ connection, providerShipmentRef })
      : undefined;
    const after = doubted ? notVoided(shipment, view) : moved(shipment, notice);
    if (after === undefined) return 'nothing_new';
    const holder = doubted ? cancellationHolding(aggregate, shipment) : undefined;
    if (shipment.recall === 'accepted' && holder !== undefined && reliesOnIt(holder)) {
      // The case comes first: once the shipment says `refused`, the same notice again finds nothing to do.
      await openCase(ports.cancellations, holder, shipment, now);
      continue;
    }
    const events: EventType[] = [];
    if (after.recall !== shipment.recall) events.push('shipment.recall_refused');
    if (after.position !== shipment.position) events.push('shipment.moved');
    const entry = { actor: 'carrier', step: 'carrier-update', outcome: after.position, at: now };
    if ((await ports.orders.saveShipment(aggregate.order, after, events, entry)) === 'stored') return 'heard';
  }
  throw new TransientFault(`order ${at.orderId} is being written by others`);
}

function moved(shipment: Shipment, notice: CarrierNotice): Shipment | undefined {
  const position = order.find((known) => known === notice.position);
  if (position === undefined || position === 'voided') return undefined;
  return order.indexOf(position) > order.indexOf(shipment.position) && shipment.position !== 'voided'
    ? { ...shipment, position }
    : undefined;
}

/** Whether a notice speaks against a label that we hold for void, or are about to. */
function contradicts({ position, recall }: Shipment, notice: CarrierNotice): boolean {
  const relied = position === 'voided' || recall === 'accepted';
  if (notice.void === 'refused') return relied || recall === 'requested';
  return relied && onItsWay(notice.position) !== undefined;
}

/** What the shipment really is when its label is not void. @returns undefined when the carrier says that it is */
function notVoided(shipment: Shipment, view: CarrierView | undefined): Shipment | undefined {
  const position = onItsWay(view?.position);
  if (position !== undefined) return { ...shipment, recall: 'refused', position };
  return view?.void === 'refused' ? { ...shipment, recall: 'refused', position: 'label_created' } : undefined;
}

/** Our word for where a parcel is that has left; a carrier's trouble with a label says nothing of the kind. */
function onItsWay(position: ParcelPosition | undefined): ShipmentPosition | undefined {
  if (position === 'awaiting_pickup') return 'out_for_delivery';
  return order.find((known) => known === position && known !== 'label_created' && known !== 'voided');
}

/** Its money went back, or is about to, because the parcel was thought to stay. */
const reliesOnIt = ({ status }: Cancellation): boolean =>
  status === 'executing' || status === 'refund_pending' || status === 'closed';

/** Goods and money are both on their way: a person decides, and the run that goes on without knowing is stopped. */
async function openCase(
  store: CancellationStore,
  { tenant, orderId, id }: Cancellation,
  shipment: Shipment,
  now: Instant,
): Promise<void> {
  await changeCancellation(store, { tenant, orderId, cancellationId: id }, (before) => {
    if (!reliesOnIt(before)) return undefined;
    const failure = 'the parcel left although its label was void';
    const after = { ...nextRun(before, now), status: 'in_case' as const, caseId: caseId(id), failure };
    const entry = { actor: 'carrier', step: 'carrier-update', outcome: 'in_case', at: now, detail: shipment.id };
    return { after, entry, events: ['case.opened'] };
  });
}
