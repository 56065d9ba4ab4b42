import { placedWithin, unitsOfOrder } from '../domain/units-of-order';
import type { StockKeeper } from '../ports/stock-keeper';
import type { CancellationInOrder } from './find-cancellation';
import { showUnits } from './show-goods';
import { waitingUnits } from './waiting-units';

/**
 * Where the units of a cancellation are, and why: of what is said of its order (`unitsOfOrder`) the part that it is about. Only
 * what a cancellation has given back may wait for stock, so that the ledger is read for nothing else.
 */
export async function unitsOfCancellation(
  stock: Pick<StockKeeper, 'ledgerOf'>,
  { cancellation: { units: ours }, aggregate }: CancellationInOrder,
) {
  const { order } = aggregate;
  const placed = placedWithin(unitsOfOrder(aggregate), ours);
  const mayWait = placed.some(({ units }) => units.some(({ place }) => place === 'not_shipped'));
  if (!mayWait) return showUnits(order, placed);
  return showUnits(order, placedWithin(unitsOfOrder(aggregate, await waitingUnits(stock, order)), ours));
}
