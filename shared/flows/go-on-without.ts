import type { OrderAggregate } from '../domain/aggregate';
import { mayHaveMoved, type Cancellation } from '../domain/cancellation';
import { PermanentFault, TransientFault } from '../domain/faults';
import { narrowed } from '../domain/narrow';
import type { UnitSelection } from '../domain/order';
import { isRefusal } from '../domain/refusal';
import { mayBeReplanned } from '../domain/replan';
import type { ReturnOutcome } from '../domain/return-outcome';
import { alive } from '../domain/run';
import type { Instant } from '../domain/time';
import { holdReleased, isStopped, looseUnits } from '../domain/warehouse';
import type { OrderStore } from '../ports/order-store';
import type { Change } from './change-cancellation';

/** What was found out about the goods of a cancellation. */
export interface GoodsEnd {
  /** Shipments that could not be stopped. */
  refused: readonly string[];
  /** What came back of them. Absent: they stay sold. */
  returned?: ReturnOutcome;
}

/**
 * Nothing is waited for any more: the cancellation goes on whole (`secured`), without the units that could not be stopped or did
 * not come back (`narrowed`), or not at all (`refused`). Decided on the order as it is now: a parcel that was delivered after
 * somebody looked, while its cancellation still waited, is nobody's case, so that it must not be paid back here.
 * @throws TransientFault when a parcel that was found stopped is not stopped any more
 */
export async function goOnWithout(
  orders: OrderStore,
  { goodsUntil: _goodsUntil, ...before }: Cancellation,
  { refused, returned }: GoodsEnd,
  now: Instant,
): Promise<Change> {
  const entry = (outcome: string, detail: string) => ({
    actor: 'system',
    step: 'secure-goods',
    outcome,
    at: now,
    detail,
  });
  const { warehouse } = before;
  const aggregate = await orders.find(before.tenant, before.orderId);
  const whole = (outcome: 'secured' | 'refused'): Change => ({
    after: alive(before, now),
    entry: entry(outcome, `${before.recalls.length} parcels`),
    ...(aggregate === undefined ? {} : { decidedAt: aggregate.order.version }),
  });
  const stopped = before.recalls.filter((id) => !refused.includes(id));
  const lost = aggregate?.shipments.find(({ id, recall }) => stopped.includes(id) && recall === 'refused');
  if (lost !== undefined)
    throw new TransientFault(`${before.id}: its parcel ${lost.id} was stopped, and is not any more`);
  const rule = aggregate?.order.contract.policy.warehouse;
  const shipped = warehouse !== undefined && rule !== undefined && isStopped(warehouse, rule) === false;
  if (refused.length === 0 && !shipped) {
    const again = before.parts === undefined || aggregate === undefined ? undefined : onceMore(aggregate, before, now);
    return { ...whole('secured'), ...(again === undefined ? {} : { after: alive(again, now) }) };
  }
  // What has been sent already belongs to units that were secured in an earlier run.
  if (aggregate === undefined || before.legs.some(mayHaveMoved))
    return whole(returned === undefined ? 'refused' : 'secured');
  const gone =
    returned === undefined
      ? aggregate.shipments.filter(({ id }) => refused.includes(id)).map(({ units }) => units)
      : keptOf(returned);
  const kept = shipped ? [...gone, looseUnits(aggregate, before.units, before.recalls)] : gone;
  const left = narrowed(aggregate, before, kept, now, returned?.deductions);
  if (left === undefined) return whole('refused');
  if (isRefusal(left)) throw new PermanentFault(`${before.id}: what is left of it cannot be refunded: ${left.detail}`);
  return {
    after: alive(left, now),
    entry: entry('narrowed', [...refused, ...(shipped ? ['the warehouse'] : [])].join(' ')),
    events: ['cancellation.narrowed', ...(shipped ? holdReleased(before) : [])],
    decidedAt: aggregate.order.version,
  };
}

/** What its parts have left of the payments may end with it by now: an authorization that nothing else needs is released whole. */
function onceMore(aggregate: OrderAggregate, before: Cancellation, now: Instant): Cancellation | undefined {
  const again = mayBeReplanned(before) ? narrowed(aggregate, before, [], now) : undefined;
  return isRefusal(again) ? undefined : again;
}

/** Units whose money stays with the shop. */
const keptOf = ({ kept }: ReturnOutcome): UnitSelection[] => kept.map(({ lineId, ranges }) => ({ [lineId]: ranges }));
