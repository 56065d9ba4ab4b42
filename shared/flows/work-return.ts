import { maySee, type Caller } from '../domain/access';
import type { EventType } from '../domain/events';
import { isRefusal, refuse, type Refusal } from '../domain/refusal';
import type { Order } from '../domain/order';
import { countOf } from '../domain/intervals';
import { cancellationOfReturn, expire, settle, type Return } from '../domain/return';
import { inspect, type Inspection } from '../domain/return-inspection';
import { outcomeOf, type ReturnOutcome } from '../domain/return-outcome';
import type { Instant } from '../domain/time';
import type { CancellationStore } from '../ports/cancellation-store';
import type { OrderStore } from '../ports/order-store';
import type { Returns } from '../ports/returns';
import type { StockKeeper } from '../ports/stock-keeper';
import type { Workflow } from '../ports/workflow';
import { pauseBefore } from './pause';
import { putBack, type BackUnits } from './put-back';
import { wakeWhoWaits } from './wake-who-waits';

const attempts = 10;

/** A return that the caller may see. One of others answers like a missing one. */
export async function findReturn(
  ports: { cancellations: Pick<CancellationStore, 'locate'>; returns: Pick<Returns, 'find'> },
  caller: Caller,
  id: string,
): Promise<Return | Refusal> {
  const missing = refuse('not_found', `There is no return ${id}.`);
  if (!/^ret_[0-9a-z]{26}$/.test(id)) return missing;
  const cancellationId = cancellationOfReturn(id);
  const pointer = await ports.cancellations.locate(caller.tenant, cancellationId);
  if (pointer === undefined) return missing;
  const given = await ports.returns.find(caller.tenant, pointer.orderId, cancellationId);
  return given !== undefined && maySee(caller, given) ? given : missing;
}

export interface WorkingPorts {
  returns: Returns;
  cancellations: CancellationStore;
  workflow: Workflow;
}

/**
 * Takes the next step of a return. What came too late ends it, and whoever reports that is told so. The cancellation that waits
 * for it looks whether its money may go; also when the step was known, for whoever took it may have died before he told it.
 */
export async function workReturn(
  ports: WorkingPorts,
  found: Return,
  by: { actor: string; step: string; now: Instant },
  take: (before: Return) => Return | Refusal,
): Promise<Return | Refusal> {
  const { returns, cancellations } = ports;
  const after = await changeReturn(returns, found, by, take);
  if (isRefusal(after) && after.code !== 'return_expired') return after;
  if (isRefusal(after)) await changeReturn(returns, found, by, (before) => expire(before, by.now));
  const holder = await cancellations.find(found.tenant, found.orderId, found.cancellationId);
  if (holder !== undefined) await wakeWhoWaits(ports, holder);
  return after;
}

export interface InspectingPorts extends WorkingPorts {
  orders: Pick<OrderStore, 'find'>;
  stock: StockKeeper;
  /** What came back and the stock does not know of. */
  tell: (unmatched: readonly string[]) => void;
}

/**
 * Says what the units that arrived are worth. They go back on the shelf, or are written off, with it; their money is given back
 * by the cancellation that waits for this. Said again it is the same, and what a death in between has left is done.
 */
export async function inspectReturn(
  ports: InspectingPorts,
  found: Return,
  inspection: Inspection,
  actor: string,
): Promise<Return | Refusal> {
  const { tenant, orderId, cancellationId } = found;
  const aggregate = await ports.orders.find(tenant, orderId);
  if (aggregate === undefined) return refuse('not_found', `There is no return ${found.id}.`);
  const { order, cancellations } = aggregate;
  const by = { actor, step: 'inspect-return', now: inspection.at };
  const inspected = await changeReturn(ports.returns, found, by, (before) => inspect(before, order.lines, inspection));
  if (isRefusal(inspected)) return inspected;
  const back = outcomeOf(inspected, order.lines);
  if (back === undefined) return inspected;
  const settled = inspected.status === 'inspected' ? await shelve(ports, order, inspected, back, by) : inspected;
  const holder = cancellations.find(({ id }) => id === cancellationId);
  if (holder !== undefined) await wakeWhoWaits(ports, holder);
  return settled;
}

async function shelve(
  ports: InspectingPorts,
  order: Order,
  inspected: Return,
  back: ReturnOutcome,
  by: { actor: string; step: string; now: Instant },
): Promise<Return | Refusal> {
  const unmatched = await putBack(ports.stock, order, unitsBack(order, inspected, back), by.now);
  if (unmatched.length > 0) ports.tell(unmatched);
  return changeReturn(ports.returns, inspected, by, (before) =>
    before.status === 'inspected' ? settle(before, by.now) : before,
  );
}

function unitsBack({ lines }: Order, { id: receipt }: Return, { restock, noRestock }: ReturnOutcome): BackUnits[] {
  const of = (lineId: string) => lines.filter((line) => line.id === lineId);
  return [
    ...Object.entries(restock).flatMap(([lineId, ranges]) =>
      of(lineId).map((line) => ({ line, units: countOf(ranges), receipt })),
    ),
    ...noRestock.flatMap(({ lineId, ranges, reason }) =>
      of(lineId).map((line) => ({ line, units: countOf(ranges), receipt, noRestock: reason })),
    ),
  ];
}

/**
 * Reads a return, asks for its next step, and writes it if it is still what was read; else reads again. A step that gives it
 * back as it was writes nothing.
 * @returns the return as it now is, or why the step cannot be taken
 */
export async function changeReturn(
  returns: Returns,
  { tenant, orderId, cancellationId }: Pick<Return, 'tenant' | 'orderId' | 'cancellationId'>,
  by: { actor: string; step: string; now: Instant },
  take: (before: Return) => Return | Refusal,
): Promise<Return | Refusal> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const before = await returns.find(tenant, orderId, cancellationId);
    if (before === undefined) return refuse('not_found', `${cancellationId} has no return.`);
    const after = take(before);
    if (isRefusal(after) || after === before) return after;
    const entry = { actor: by.actor, step: by.step, outcome: after.status, at: by.now };
    if ((await returns.save(before, after, eventsOf(before, after), entry)) === 'saved')
      return { ...after, revision: before.revision + 1 };
    await pauseBefore(attempt);
  }
  return refuse('conflict_try_again', 'The order is being changed by many at once.');
}

/** Each status that is reached is told once. */
function eventsOf(before: Return, { status }: Return): EventType[] {
  return status === before.status ? [] : [`return.${status}`];
}
