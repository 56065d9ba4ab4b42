import { shipmentPositions, type ShipmentPosition } from '../domain/order';
import type { ParcelPosition } from '../ports/carrier';

/** Our word for where a parcel is; undefined for a carrier's trouble and for what says nothing of a way. */
export function ourPosition(position: ParcelPosition | undefined): ShipmentPosition | undefined {
  if (position === 'awaiting_pickup') return 'out_for_delivery';
  return shipmentPositions.find((known) => known === position);
}
