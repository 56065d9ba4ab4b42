import { cancelledUnits, hasLeft, holdingCancellations, type OrderAggregate } from './aggregate';
import type { Cancellation } from './cancellation';
import { carrierNames, recordOfCarrier } from './carrier';
import { countOf, freeOf, overlapOf, type Range } from './intervals';
import { shipmentPositions, unitsOfLine, type OrderLine, type Shipment, type UnitSelection } from './order';
import type { Policy } from './policy';
import { isInterception } from './recall';

/**
 * Whether a parcel that has left may be called back: the terms let it, its carrier brings parcels back from where it is, and
 * it was not asked before. Where nobody has said from where on, and until where, a carrier does it: from hand-over on, and not
 * any more once it is out for delivery.
 */
export function mayBeCalledBack(shipment: Shipment, { parcels }: Pick<Policy, 'parcels'>): boolean {
  const { carrier, connectionId, providerShipmentRef, position, recall } = shipment;
  if (parcels === undefined || connectionId === undefined || providerShipmentRef === undefined) return false;
  if (!hasLeft(shipment) || position === 'label_created') return false;
  if (isInterception(shipment) || (recall !== 'none' && recall !== 'refused')) return false;
  const name = carrierNames.find((known) => known === carrier);
  if (name === undefined) return false;
  const { interception, interceptionFrom, interceptionUntil } = recordOfCarrier(name).facts;
  if (!(interception.value ?? '').split(' ').includes('return')) return false;
  const from = placeOf(interceptionFrom.value ?? 'handed_over');
  const until = placeOf(interceptionUntil.value ?? 'in_transit');
  return placeOf(position) >= from && placeOf(position) <= until;
}

/** What is noted of a parcel that is to be stopped, for the case that it cannot be. */
export const sentBackBy = ({ parcels }: Pick<Policy, 'parcels'>): Pick<Shipment, 'sentBack'> =>
  parcels?.afterRefusal === 'return' ? { sentBack: true } : {};

const places: readonly string[] = shipmentPositions;
const placeOf = (position: string): number => places.indexOf(position);

export const parcelsToCallBack = ({ shipments }: OrderAggregate, policy: Policy): Shipment[] =>
  shipments.filter((shipment) => mayBeCalledBack(shipment, policy));

/** Units of a line that have left, that nobody has cancelled, and that can be called back. */
export function unitsToCallBack(aggregate: OrderAggregate, line: OrderLine, policy: Policy): Range[] {
  const uncancelled = freeOf(line.quantity, cancelledUnits(aggregate, line.id));
  return parcelsToCallBack(aggregate, policy).flatMap((shipment) =>
    overlapOf(unitsOfLine(shipment.units, line.id), uncancelled),
  );
}

/** Parcels that have left and hold some of these units. */
export const leftParcelsHolding = (aggregate: OrderAggregate, units: UnitSelection): Shipment[] =>
  aggregate.shipments.filter(
    (shipment) =>
      hasLeft(shipment) &&
      Object.entries(shipment.units).some(([lineId, held]) => overlapOf(held, unitsOfLine(units, lineId)).length > 0),
  );

/** Whether all that is in a parcel is cancelled, and no longer waits for anybody's word: a parcel comes back whole. */
export function isCancelledWhole(aggregate: OrderAggregate, { units }: Shipment): boolean {
  const decided = holdingCancellations(aggregate).filter(
    ({ status }) => status !== 'in_grace' && status !== 'awaiting_answer',
  );
  return Object.entries(units).every(([lineId, held]) => {
    const gone = decided.flatMap((cancellation) => unitsOfLine(cancellation.units, lineId));
    return gone.length > 0 && countOf(overlapOf(held, gone)) >= countOf(held);
  });
}

/** Whether all of a parcel goes with these units, or went before: a parcel comes back whole. */
export function goesWhole(aggregate: OrderAggregate, shipment: Shipment, units: UnitSelection): boolean {
  return Object.entries(shipment.units).every(([lineId, held]) => {
    const gone = [...cancelledUnits(aggregate, lineId), ...unitsOfLine(units, lineId)];
    const count = gone.length === 0 ? 0 : countOf(overlapOf(held, gone));
    return count >= countOf(held);
  });
}

/**
 * Whether parcels of a cancellation are on their way back, are asked to be, or are here, or its buyer sends something back: its
 * order cannot simply stand again then.
 */
export function goodsComeBack(aggregate: OrderAggregate, { id, units }: Cancellation): boolean {
  const recalled = leftParcelsHolding(aggregate, units).filter(isInterception);
  if (recalled.some(({ recall }) => recall !== 'refused' && recall !== 'none')) return true;
  return (aggregate.returns ?? []).some((given) => given.cancellationId === id && given.status !== 'expired');
}
