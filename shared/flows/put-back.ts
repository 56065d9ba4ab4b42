import { derivedId } from '../domain/ids';
import type { Order, OrderLine } from '../domain/order';
import type { NoRestockReason } from '../domain/stock';
import { accountOf } from '../domain/stock-account';
import type { Instant } from '../domain/time';
import type { OrderLedger, StockKeeper, StockMovement } from '../ports/stock-keeper';
import { componentsOf } from './stock-lines';

/** Units of a line that are here again, and by what that is known. */
export interface BackUnits {
  line: OrderLine;
  units: number;
  /** What came: a shipment or a return. Each part of it goes back once. */
  receipt: string;
  /** That they do not go back on the shelf, and why. */
  noRestock?: NoRestockReason | undefined;
}

/**
 * Puts cancelled units back that came back: what the ledger knows as shipped is restocked, what it has as reserved to this day is
 * released. However often it is asked, each part goes back once.
 * @returns what the stock did not allow, as `sku@location: quantity`, for a person to look at
 */
export async function putBack(
  keeper: StockKeeper,
  order: Order,
  back: readonly BackUnits[],
  now: Instant,
): Promise<string[]> {
  const ledger = await keeper.ledgerOf(order.tenant, order.id);
  const refused: string[] = [];
  for (const movement of back.flatMap((one) => movementsOf(order, one, ledger))) {
    const outcome = await keeper.move(order.tenant, movement, undefined, now);
    if (outcome !== 'moved' && outcome !== 'known')
      refused.push(`${movement.sku}@${movement.location}: ${movement.quantity}`);
  }
  return refused;
}

function movementsOf(
  { id: orderId, merchantId }: Order,
  { line, units, receipt, noRestock }: BackUnits,
  ledger: OrderLedger | undefined,
): StockMovement[] {
  return componentsOf(line).flatMap(({ sku, location, quantity }) => {
    const id = (type: string) => derivedId('mov', 'received', receipt, line.id, sku, location, type, noRestock ?? '');
    const all = units * quantity;
    const place = { lineId: line.id, sku, location };
    const away = ledger === undefined ? all : Math.min(all, stillAway(ledger, id('back'), place));
    const about = { merchantId, sku, location, of: { orderId, lineId: line.id } };
    const why = noRestock === undefined ? {} : { reason: noRestock };
    const [back, free] =
      noRestock === undefined ? (['restock', 'release'] as const) : (['no_restock', 'discard'] as const);
    const parts: StockMovement[] = [
      { ...about, ...why, id: id('back'), type: back, quantity: away, receipt },
      { ...about, ...why, id: id('free'), type: free, quantity: all - away },
    ];
    return parts.filter((part) => part.quantity > 0);
  });
}

/** Units that the ledger knows as shipped and not as back, this very part aside: put back again it is the same. */
function stillAway(
  { movements }: OrderLedger,
  own: string,
  { lineId, sku, location }: { lineId: string; sku: string; location: string },
): number {
  const { shipped, returned } = accountOf(
    movements.filter((one) => one.id !== own && one.lineId === lineId && one.sku === sku && one.location === location),
  );
  return Math.max(0, shipped - returned);
}
