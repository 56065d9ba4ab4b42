import type { Role } from '../domain/cancellation';
import type { TimelineEntry } from '../domain/events';
import type { GoodsException } from '../domain/goods-exception';
import { countOf } from '../domain/intervals';
import type { Order, Shipment, UnitSelection } from '../domain/order';
import { returnTransitions, type Return } from '../domain/return';
import type { PlacedLine } from '../domain/units-of-order';

/** How goods look from outside; the same to everybody who may see the order. */

/** @param placed lines that are not among them are left out */
export function showUnits({ id, reference, merchantId, lines }: Order, placed: readonly PlacedLine[]) {
  const unitsOf = new Map(placed.map((line) => [line.lineId, line.units]));
  return {
    object: 'units',
    orderId: id,
    orderReference: reference,
    merchantId,
    lines: lines.flatMap(({ id: lineId, sku, kind, quantity }) => {
      const units = unitsOf.get(lineId)?.map(({ from, to, ...whereabouts }) => ({
        /** Units of a line are numbered from 1. */
        first: from + 1,
        quantity: countOf([{ from, to }]),
        ...whereabouts,
      }));
      return units === undefined ? [] : [{ lineId, sku, kind, quantity, units }];
    }),
  };
}

export function showGoodsException(exception: GoodsException) {
  const { kind, orderId, merchantId, since, cancellationId, shipment, return: given } = exception;
  return {
    object: 'goods_exception',
    kind,
    since,
    orderId,
    merchantId,
    cancellationId,
    ...(shipment === undefined ? {} : { parcel: showParcel(shipment) }),
    ...(given === undefined ? {} : { return: { id: given.id, status: given.status, sendBackBy: given.sendBackBy } }),
  };
}

const showParcel = ({ id, ref, carrier, trackingCode, position, recall, recalledAt, postage }: Shipment) => ({
  ...{ id, ref, carrier, trackingCode, position, recall, recalledAt, postage },
});

/** What a desk has noted beside the result is for the house. */
export function showReturn(given: Return, viewer: Role, timeline: readonly TimelineEntry[] = []) {
  const { id, status, orderId, orderReference, merchantId, cancellationId, authorisedAt, sendBackBy } = given;
  const { label, sentBackAt, received, inspected, endedAt } = given;
  const linesOf = (units: UnitSelection) =>
    Object.entries(units).map(([lineId, ranges]) => ({ lineId, quantity: countOf(ranges) }));
  return {
    id,
    object: 'return',
    ...{ status, orderId, orderReference, merchantId, cancellationId, authorisedAt, sendBackBy },
    lines: linesOf(given.units),
    ...(label === undefined ? {} : { label }),
    ...(sentBackAt === undefined ? {} : { sentBackAt }),
    ...(received === undefined ? {} : { received: { at: received.at, lines: linesOf(received.units) } }),
    ...(inspected === undefined ? {} : { inspected: showInspection(inspected, viewer) }),
    ...(endedAt === undefined ? {} : { endedAt }),
    /** What it can still become. */
    next: returnTransitions[status],
    timeline,
  };
}

function showInspection({ at, parts, note }: NonNullable<Return['inspected']>, viewer: Role) {
  return {
    at,
    lines: parts.map(({ ranges, noRestock, ...part }) => ({
      ...part,
      quantity: countOf(ranges),
      ...(viewer === 'customer' ? {} : { restock: noRestock === undefined, noRestock }),
    })),
    ...(note === undefined || viewer === 'customer' ? {} : { note }),
  };
}
