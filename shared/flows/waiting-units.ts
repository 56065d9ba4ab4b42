import type { Order } from '../domain/order';
import { accountOf } from '../domain/stock-account';
import type { StockKeeper } from '../ports/stock-keeper';
import { componentsOf } from './stock-lines';

/**
 * How many units of each line wait for stock. Only what movements have reserved can wait, so that the ledger of other orders is
 * not read. A bundle waits as long as any of its components does.
 */
export async function waitingUnits(
  stock: Pick<StockKeeper, 'ledgerOf'>,
  { tenant, id, lines }: Order,
): Promise<ReadonlyMap<string, number>> {
  const watched = lines.filter(({ reservedBy }) => reservedBy === 'movements');
  if (watched.length === 0) return new Map();
  const movements = (await stock.ledgerOf(tenant, id))?.movements ?? [];
  return new Map(
    watched.map((line) => {
      const waiting = componentsOf(line).map(({ sku, location, quantity }) => {
        const ours = movements.filter(
          (moved) => moved.lineId === line.id && moved.sku === sku && moved.location === location,
        );
        return Math.ceil(accountOf(ours).waiting / quantity);
      });
      return [line.id, Math.max(0, ...waiting)];
    }),
  );
}
