import type { Cancellation } from '../domain/cancellation';
import { TransientFault } from '../domain/faults';
import { countOf, overlapOf } from '../domain/intervals';
import { unitsOfLine, type OrderLine } from '../domain/order';
import { isInterception } from '../domain/recall';
import type { CancellationStore } from '../ports/cancellation-store';
import type { OrderStore } from '../ports/order-store';
import type { StockRelease } from '../ports/stock-keeper';
import type { Run } from '../ports/workflow';

/**
 * The units of a cancellation that our stock holds: goods, and the capacity of what is no goods. What is in a parcel that was
 * called back is not here: it goes back on the shelf when the parcel is received.
 */
export async function stockLinesOf(
  ports: { cancellations: CancellationStore; orders: OrderStore },
  run: Run,
): Promise<{ lines: readonly StockRelease[]; cancellation: Cancellation }> {
  const aggregate = await ports.orders.find(run.tenant, run.orderId);
  const cancellation = aggregate?.cancellations.find(({ id }) => id === run.cancellationId);
  if (aggregate === undefined || cancellation === undefined)
    throw new TransientFault(`${run.cancellationId} is not there (yet)`);
  const away = aggregate.shipments.filter(isInterception);
  const lines = aggregate.order.lines.flatMap((line) => {
    const cancelled = unitsOfLine(cancellation.units, line.id);
    const inParcels = away.flatMap((parcel) => overlapOf(unitsOfLine(parcel.units, line.id), cancelled));
    const used = cancellation.usedLines?.includes(line.id) === true;
    return stockOf(used ? { ...line, noRestock: 'used' } : line, countOf(cancelled) - countOf(inParcels));
  });
  return { lines, cancellation };
}

/** What so many cancelled units of a line give back: of a bundle each of its components, where that lies. */
function stockOf(line: OrderLine, cancelled: number): StockRelease[] {
  const { id: lineId, noRestock } = line;
  if (cancelled === 0) return [];
  const known = line.reservedBy === 'movements';
  // Of these part may have left without the order's knowing, or may still wait.
  const watches = known || line.components !== undefined || line.kind !== 'goods';
  return componentsOf(line).map(({ sku, location, quantity }) => ({
    ...{ sku, location, lineId, quantity: cancelled * quantity },
    ...(line.components !== undefined && { component: true }),
    ...(watches && { watched: { total: line.quantity * quantity, known } }),
    ...(noRestock !== undefined && { noRestock }),
  }));
}

/** What one unit of a line takes from stock. */
export function componentsOf({ sku, location, components }: OrderLine) {
  if (components !== undefined) return components;
  return location === undefined ? [] : [{ sku, location, quantity: 1 }];
}
