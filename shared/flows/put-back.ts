import { TransientFault } from '../domain/faults';
import { derivedId } from '../domain/ids';
import type { Order, OrderLine } from '../domain/order';
import type { NoRestockReason } from '../domain/stock';
import { accountOf } from '../domain/stock-account';
import type { Instant } from '../domain/time';
import type { MoveOutcome, OrderLedger, StockKeeper, StockMovement } from '../ports/stock-keeper';
import { pauseBefore } from './pause';
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
  const refused: string[] = [];
  for (const one of back)
    for (const part of partsOf(order, one)) {
      const outcome = await moved(keeper, order.tenant, part, now);
      if (outcome !== 'moved' && outcome !== 'known') refused.push(`${part.sku}@${part.location}: ${part.quantity}`);
    }
  return refused;
}

const attempts = 8;

/** What is restocked and what is released is decided on the ledger, so that who moves units of the order meanwhile is noticed. */
async function moved(keeper: StockKeeper, tenant: string, part: PartBack, now: Instant): Promise<MoveOutcome> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const ledger = await keeper.ledgerOf(tenant, part.orderId);
    let [last, revision]: [MoveOutcome, number] = ['known', ledger?.revision ?? 0];
    for (const movement of movementsOf(part, ledger)) {
      const isThere = ledger?.movements.some(({ id }) => id === movement.id) === true;
      last = isThere ? 'known' : await keeper.move(tenant, movement, ledger && { revision }, now);
      if (last !== 'moved' && last !== 'known') break;
      if (!isThere && last === 'moved') revision += 1;
    }
    if (last !== 'lost') return last;
    await pauseBefore(attempt);
  }
  throw new TransientFault(`the stock of order ${part.orderId} is being written by others`);
}

/** Units of one SKU at one location that are here again. */
interface PartBack {
  orderId: string;
  line: OrderLine;
  merchantId: string;
  sku: string;
  location: string;
  quantity: number;
  /** In all that the order has of it. */
  sold: number;
  receipt: string;
  noRestock: NoRestockReason | undefined;
}

const partsOf = ({ id: orderId, merchantId }: Order, { line, units, receipt, noRestock }: BackUnits): PartBack[] =>
  componentsOf(line)
    .map(({ sku, location, quantity }) => ({
      ...{ orderId, line, merchantId, sku, location, receipt, noRestock },
      ...{ quantity: units * quantity, sold: line.quantity * quantity },
    }))
    .filter(({ quantity }) => quantity > 0);

/** Nothing is released that the ledger does not have as reserved: what was put back once is not put back again. */
function movementsOf(part: PartBack, ledger: OrderLedger | undefined): StockMovement[] {
  const { orderId, line, merchantId, sku, location, quantity, receipt, noRestock } = part;
  const id = (type: string) => derivedId('mov', 'received', receipt, line.id, sku, location, type, noRestock ?? '');
  const about = { merchantId, sku, location, of: { orderId, lineId: line.id } };
  const why = noRestock === undefined ? {} : { reason: noRestock };
  const [back, free] =
    noRestock === undefined ? (['restock', 'release'] as const) : (['no_restock', 'discard'] as const);
  const { away, reserved } =
    ledger === undefined ? { away: quantity, reserved: 0 } : standing(part, ledger, [id('back'), id('free')]);
  const came = Math.min(quantity, away);
  const parts: StockMovement[] = [
    { ...about, ...why, id: id('back'), type: back, quantity: came, receipt },
    { ...about, ...why, id: id('free'), type: free, quantity: Math.min(quantity - came, reserved) },
  ];
  return parts.filter((each) => each.quantity > 0);
}

/** What the ledger knows as shipped and not as back, and what it has as reserved, this very part aside. */
function standing(
  { line, sku, location, sold }: PartBack,
  { movements }: OrderLedger,
  own: readonly string[],
): { away: number; reserved: number } {
  const { shipped, returned, allocated, waiting } = accountOf(
    movements.filter(
      (one) => !own.includes(one.id) && one.lineId === line.id && one.sku === sku && one.location === location,
    ),
  );
  const held = line.reservedBy === 'movements' ? allocated - waiting : sold + allocated;
  return { away: Math.max(0, shipped - returned), reserved: Math.max(0, held - shipped) };
}
