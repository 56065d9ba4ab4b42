import type { EventType } from '../domain/events';
import { shipmentPositions, type Shipment, type ShipmentPosition } from '../domain/order';
import { TransientFault } from '../domain/faults';
import type { Instant } from '../domain/time';
import type { CarrierNotice } from '../ports/carrier';
import type { Connection } from '../ports/connections';
import type { OrderStore } from '../ports/order-store';
import type { ShipmentFinder } from '../ports/shipment-finder';

const attempts = 8;

/** The way of a parcel only goes on; an event that is behind what we know came late and changes nothing. */
const order: readonly ShipmentPosition[] = shipmentPositions;

/** Takes in where a parcel is or what became of a void, for the shipment that the carrier's id leads to. */
export async function hearOfParcel(
  ports: { orders: OrderStore; shipments: ShipmentFinder },
  connection: Connection,
  notice: CarrierNotice,
  now: Instant,
): Promise<'heard' | 'nothing_new' | 'unknown_shipment'> {
  if (notice.providerShipmentRef === undefined) return 'unknown_shipment';
  const at = await ports.shipments.find(connection.tenant, connection.id, notice.providerShipmentRef);
  if (at === undefined) return 'unknown_shipment';
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const aggregate = await ports.orders.find(connection.tenant, at.orderId);
    const shipment = aggregate?.shipments.find(({ id }) => id === at.shipmentId);
    if (aggregate === undefined || shipment === undefined) return 'unknown_shipment';
    const after = moved(shipment, notice);
    if (after === undefined) return 'nothing_new';
    const events: EventType[] = ['shipment.moved'];
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
