import { releasesUnits, type Cancellation } from './cancellation';
import { countOf, freeOf, overlapOf, type Range } from './intervals';
import type { Return } from './return';
import { unitsOfLine, type Order, type OrderLine, type Payment, type Shipment, type UnitSelection } from './order';

/** An order with everything that was decided about its units, as one consistent read gives it. */
export interface OrderAggregate {
  order: Order;
  payments: readonly Payment[];
  shipments: readonly Shipment[];
  cancellations: readonly Cancellation[];
  /** Absent: none. */
  returns?: readonly Return[];
}

/** Cancellations whose units are taken: open ones and closed ones, not those that gave them back. */
export function holdingCancellations(aggregate: OrderAggregate): Cancellation[] {
  return aggregate.cancellations.filter((cancellation) => !releasesUnits(cancellation.status));
}

/** Who holds units of a shipment: a claim to hand it over loses against him. */
export const cancellationHolding = (aggregate: OrderAggregate, shipment: Shipment): Cancellation | undefined =>
  cancellationsHolding(aggregate, shipment)[0];

/** All that hold units of a shipment; of a parcel with several units there may be several. */
export function cancellationsHolding(aggregate: OrderAggregate, { units }: Shipment): Cancellation[] {
  return holdingCancellations(aggregate).filter((cancellation) =>
    Object.entries(units).some(
      ([lineId, ranges]) => overlapOf(ranges, unitsOfLine(cancellation.units, lineId)).length > 0,
    ),
  );
}

export function cancelledUnits(aggregate: OrderAggregate, lineId: string): Range[] {
  return holdingCancellations(aggregate).flatMap((cancellation) => unitsOfLine(cancellation.units, lineId));
}

/** A parcel that has left or may have: only a label can still be taken back, and only until that was refused. */
export function hasLeft(shipment: Shipment): boolean {
  if (shipment.position === 'label_created') return shipment.recall === 'refused';
  return shipment.position !== 'voided';
}

export function shippedUnits(aggregate: OrderAggregate, lineId: string): Range[] {
  return aggregate.shipments.filter(hasLeft).flatMap((shipment) => unitsOfLine(shipment.units, lineId));
}

/** Units that nothing has happened to yet: neither cancelled nor shipped. */
export function availableUnits(aggregate: OrderAggregate, line: OrderLine): Range[] {
  return freeOf(line.quantity, [...cancelledUnits(aggregate, line.id), ...shippedUnits(aggregate, line.id)]);
}

/** Labelled shipments, still here, that hold any of these units. */
export function labelledShipmentsHolding(
  aggregate: OrderAggregate,
  lineId: string,
  ranges: readonly Range[],
): Shipment[] {
  return aggregate.shipments.filter(
    (shipment) =>
      shipment.position === 'label_created' && overlapOf(unitsOfLine(shipment.units, lineId), ranges).length > 0,
  );
}

/** Whether nothing of the order would be left if these units went too. */
export function completesOrder(aggregate: OrderAggregate, units: UnitSelection): boolean {
  return aggregate.order.lines.every((line) => {
    const taken = countOf(cancelledUnits(aggregate, line.id)) + countOf(unitsOfLine(units, line.id));
    return taken >= line.quantity;
  });
}
