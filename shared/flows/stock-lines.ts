import type { Cancellation } from '../domain/cancellation';
import { TransientFault } from '../domain/faults';
import { countOf } from '../domain/intervals';
import { unitsOfLine } from '../domain/order';
import type { CancellationStore } from '../ports/cancellation-store';
import type { OrderStore } from '../ports/order-store';
import type { StockRelease } from '../ports/stock-keeper';
import type { Run } from '../ports/workflow';

/** The units of a cancellation that our stock holds: goods with a location. Food, services and files have none. */
export async function stockLinesOf(
  ports: { cancellations: CancellationStore; orders: OrderStore },
  run: Run,
): Promise<{ lines: readonly StockRelease[]; cancellation: Cancellation }> {
  const aggregate = await ports.orders.find(run.tenant, run.orderId);
  const cancellation = aggregate?.cancellations.find(({ id }) => id === run.cancellationId);
  if (aggregate === undefined || cancellation === undefined)
    throw new TransientFault(`${run.cancellationId} is not there (yet)`);
  const lines = aggregate.order.lines.flatMap((line) => {
    const quantity = countOf(unitsOfLine(cancellation.units, line.id));
    if (line.kind !== 'goods' || line.location === undefined || quantity === 0) return [];
    return [{ sku: line.sku, location: line.location, lineId: line.id, quantity }];
  });
  return { lines, cancellation };
}
