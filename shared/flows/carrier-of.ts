import { PermanentFault } from '../domain/faults';
import type { Shipment } from '../domain/order';
import type { Instant } from '../domain/time';
import type { Carrier, Label } from '../ports/carrier';
import type { Connections } from '../ports/connections';
import type { OrderStore } from '../ports/order-store';
import type { Run } from '../ports/workflow';

export interface SecurePorts {
  orders: OrderStore;
  connections: Connections;
  carriers: Readonly<Record<string, Carrier>>;
}

/**
 * What became of a parcel: it stays or its money may go back, it cannot be stopped, it should have been here. Or how long
 * nobody may ask its carrier again, in seconds; or until when it is waited for at the longest.
 */
export type Secured =
  | { outcome: 'accepted' | 'refused' | 'overdue' }
  | { outcome: 'hold'; seconds: number }
  | { outcome: 'wait'; until: Instant };

/** @throws PermanentFault when the shipment names no carrier or connection that the tenant has */
export async function labelOf(
  ports: Pick<SecurePorts, 'connections' | 'carriers'>,
  run: Pick<Run, 'tenant'>,
  { id, carrier: name = '', connectionId, providerShipmentRef }: Shipment,
): Promise<{ carrier: Carrier; label: Label }> {
  const connection = connectionId === undefined ? undefined : await ports.connections.find(connectionId);
  const carrier = ports.carriers[name];
  const known = carrier !== undefined && connection?.tenant === run.tenant && providerShipmentRef !== undefined;
  if (!known) throw new PermanentFault(`shipment ${id} names a carrier or connection that is not configured`);
  return { carrier, label: { connection, providerShipmentRef } };
}
