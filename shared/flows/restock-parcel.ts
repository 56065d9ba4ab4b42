import type { OrderAggregate } from '../domain/aggregate';
import type { Cancellation } from '../domain/cancellation';
import { countOf, overlapOf } from '../domain/intervals';
import { unitsOfLine, type Shipment } from '../domain/order';
import type { Instant } from '../domain/time';
import type { StockKeeper } from '../ports/stock-keeper';
import { putBack } from './put-back';

/** Puts the cancelled units of a parcel back that is here again. @returns as `putBack` */
export function restockParcel(
  keeper: StockKeeper,
  { order }: OrderAggregate,
  shipment: Shipment,
  holders: readonly Cancellation[],
  now: Instant,
): Promise<string[]> {
  const back = order.lines.map((line) => {
    const held = holders.flatMap(({ units }) => unitsOfLine(units, line.id));
    const cancelled = overlapOf(unitsOfLine(shipment.units, line.id), held);
    return { line, units: countOf(cancelled), receipt: shipment.id, noRestock: line.noRestock };
  });
  return putBack(keeper, order, back, now);
}
