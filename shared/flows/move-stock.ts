import { cancelledUnits, shippedUnits, type OrderAggregate } from '../domain/aggregate';
import { derivedId } from '../domain/ids';
import { countOf } from '../domain/intervals';
import type { OrderLine } from '../domain/order';
import { refuse, type Refusal } from '../domain/refusal';
import { needsReason, type MovementType, type NoRestockReason } from '../domain/stock';
import { accountOf, stillMovable } from '../domain/stock-account';
import type { OrderStore } from '../ports/order-store';
import type { OrderLedger, StockKeeper, StockMovement } from '../ports/stock-keeper';
import { pauseBefore } from './pause';
import { componentsOf } from './stock-lines';

/** Movements that others report; those of cancellations and promotions are our own. */
export const ofOrders = ['reserve', 'ship', 'restock', 'no_restock'] as const satisfies readonly MovementType[];
export const ofWarehouse = ['announce', 'arrive', 'write_off'] as const satisfies readonly MovementType[];

export interface ReportedMovement {
  merchantId: string;
  /** The reporter's own id of it. */
  ref: string;
  type: (typeof ofOrders)[number] | (typeof ofWarehouse)[number];
  sku: string;
  location: string;
  quantity: number;
  orderId?: string | undefined;
  lineId?: string | undefined;
  mayWait?: boolean | undefined;
  reason?: NoRestockReason | undefined;
  receipt?: string | undefined;
}

const attempts = 8;

/**
 * Makes a movement that somebody reports, once per merchant and `ref`. What it says of an order's units must be so by the
 * order and its ledger, and both must still be as they were read when it is written: a cancellation that comes in between
 * wins, and what was cancelled is reserved and shipped no more.
 */
export async function moveStock(
  ports: { orders: OrderStore; stock: StockKeeper },
  tenant: string,
  wish: ReportedMovement,
  now: string,
): Promise<'moved' | 'known' | Refusal> {
  const wrong = wishProblem(wish);
  if (wrong !== undefined) return wrong;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const decided = await decideMovement(ports, tenant, wish);
    if ('code' in decided) return decided;
    const outcome = await ports.stock.move(tenant, decided.movement, decided.on, now);
    if (outcome === 'moved' || outcome === 'known') return outcome;
    if (outcome === 'unknown')
      return refuse('invalid_field', `There is no stock of ${wish.sku} at ${wish.location}.`, { param: '/location' });
    if (outcome === 'short')
      return refuse('quantity_not_available', 'Fewer units are there than the movement takes.', { param: '/quantity' });
    await pauseBefore(attempt);
  }
  return refuse('conflict_try_again', 'The order is being changed by many at once.');
}

function wishProblem({ type, orderId, lineId, reason, receipt, mayWait }: ReportedMovement): Refusal | undefined {
  const isOfOrder = (ofOrders as readonly string[]).includes(type);
  const isBack = type === 'restock' || type === 'no_restock';
  const fields: readonly [string, unknown, boolean][] = [
    ['orderId', orderId, isOfOrder],
    ['lineId', lineId, isOfOrder],
    ['reason', reason, needsReason(type)],
    ['receipt', receipt, isBack],
  ];
  for (const [field, given, wanted] of fields) {
    if (wanted === (given !== undefined)) continue;
    return refuse('invalid_field', wanted ? `A ${type} says it.` : `A ${type} has none.`, { param: `/${field}` });
  }
  if (mayWait === true && type !== 'reserve')
    return refuse('invalid_field', 'Only who reserves can wait.', { param: '/mayWait' });
  return undefined;
}

async function decideMovement(
  ports: { orders: OrderStore; stock: StockKeeper },
  tenant: string,
  wish: ReportedMovement,
): Promise<{ movement: StockMovement; on?: { orderVersion: number; revision: number } } | Refusal> {
  const { merchantId, ref, type, sku, location, quantity, orderId, lineId, mayWait, reason, receipt } = wish;
  const movement = {
    ...{ id: derivedId('mov', 'reported', merchantId, ref), type, merchantId, sku, location, quantity },
    ...(mayWait === true && { mayWait }),
    ...(reason !== undefined && { reason }),
    ...(receipt !== undefined && { receipt }),
  };
  if (orderId === undefined || lineId === undefined) return { movement };
  const aggregate = await ports.orders.find(tenant, orderId);
  if (aggregate?.order.merchantId !== merchantId)
    return refuse('not_found', 'There is no such order of this merchant.', { param: '/orderId' });
  const of = { orderId, lineId };
  const ledger = await ports.stock.ledgerOf(tenant, orderId);
  // Kept elsewhere: whoever keeps it judges what was moved; what the order has is judged here.
  if (ledger === undefined)
    return (
      allowanceProblem(aggregate, undefined, wish) ?? { movement: { ...movement, of, ...lineUnitsOf(aggregate, wish) } }
    );
  const on = { orderVersion: aggregate.order.version, revision: ledger.revision };
  if (ledger.movements.some(({ id }) => id === movement.id)) return { movement: { ...movement, of }, on };
  return allowanceProblem(aggregate, ledger, wish) ?? { movement: { ...movement, of }, on };
}

function lineUnitsOf(
  aggregate: OrderAggregate,
  { lineId, sku, location, type }: ReportedMovement,
): Pick<StockMovement, 'lineUnits'> {
  const line = aggregate.order.lines.find(({ id }) => id === lineId);
  if (type !== 'reserve' || line === undefined) return {};
  const part = componentsOf(line).find((each) => each.sku === sku && each.location === location);
  return part === undefined ? {} : { lineUnits: line.quantity * part.quantity };
}

/** Other goods leave in a parcel that was claimed, or else a cancellation would give back what has left. */
const leavesUnseen = ({ kind, reservedBy, components }: OrderLine): boolean =>
  kind !== 'goods' || reservedBy === 'movements' || components !== undefined;

/** Whether the order has so many units of it left to move, as far as what was moved is known. */
function allowanceProblem(
  aggregate: OrderAggregate,
  ledger: OrderLedger | undefined,
  { lineId, sku, location, type, quantity, mayWait, merchantId }: ReportedMovement,
): Refusal | undefined {
  const line = aggregate.order.lines.find(({ id }) => id === lineId);
  if (line === undefined) return refuse('line_unknown', `The order has no line ${lineId ?? ''}.`, { param: '/lineId' });
  const part = componentsOf(line).find((each) => each.sku === sku && each.location === location);
  if (part === undefined) return refuse('invalid_field', `The line has no ${sku} at ${location}.`, { param: '/sku' });
  const known = line.reservedBy === 'movements';
  if (type === 'reserve' && !known)
    return refuse('invalid_field', 'The units of this line came reserved with an opening balance.', { param: '/type' });
  const uncancelled = line.quantity - countOf(cancelledUnits(aggregate, line.id));
  const leaving = leavesUnseen(line) ? uncancelled : countOf(shippedUnits(aggregate, line.id));
  const kept = (type === 'ship' ? leaving : uncancelled) * part.quantity;
  const ours = ledger?.movements.filter(
    (one) => one.lineId === lineId && one.sku === sku && one.location === location && one.merchantId === merchantId,
  );
  const unjudged = type === 'reserve' || type === 'ship' ? kept : quantity;
  const allowed = ours === undefined ? unjudged : stillMovable(type, accountOf(ours), { kept, known });
  if (quantity <= allowed) return undefined;
  const what = mayWait === true ? 'reserve or wait for' : type;
  return refuse('quantity_not_available', `The order has ${allowed} units of it left to ${what}.`, {
    param: '/quantity',
    facts: { available: allowed },
  });
}
