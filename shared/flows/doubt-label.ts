import { isInterception } from '../domain/recall';
import type { Instant } from '../domain/time';
import type { OrderStore } from '../ports/order-store';
import type { Run } from '../ports/workflow';
import { changeShipment } from './change-shipment';

/**
 * Notes on a label, for a person to look, that its carrier was asked to void it and nobody knows what became of that, when the
 * cancellation has come to nothing: the order stands, and the label may be void. Of any other it notes nothing.
 */
export async function doubtLabel(orders: OrderStore, run: Run, shipmentId: string, now: Instant): Promise<void> {
  await changeShipment(orders, run, shipmentId, now, (shipment) =>
    shipment.recall === 'requested' && !isInterception(shipment) && shipment.failed === undefined
      ? { failed: { cancellationId: run.cancellationId, at: now } }
      : undefined,
  );
}
