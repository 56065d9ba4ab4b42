import type { OrderAggregate } from './aggregate';
import type { Cancellation } from './cancellation';
import { derivedId, fingerprint } from './ids';
import type { UnitSelection } from './order';
import { isRefusal } from './refusal';
import { mayBeReplanned, replanned, without } from './replan';
import { alive } from './run';
import type { Instant } from './time';
import { isStopped, looseUnits } from './warehouse';

/** A cancellation of which some units go on at once, and the rest of it, which goes on waiting. */
export interface Divided {
  waiting: Cancellation;
  part: Cancellation;
}

/**
 * Divides a cancellation of which not all goods are stopped yet: what is no goods, what lies here, and what is in parcels that are
 * stopped waits for no other parcel. It becomes a cancellation of its own, with its own plan; both together take what the one took.
 * The one that was asked for goes on waiting, since carriers, returns and callers know it by its id.
 * @param stopped those of its parcels whose money may go back
 * @returns undefined where all of it waits or nothing does, where it was begun to be carried out, and where the payments cover the whole
 *   but not the parts: then it goes on as one
 */
export function divided(
  aggregate: OrderAggregate,
  cancellation: Cancellation,
  stopped: readonly string[],
  now: Instant,
): Divided | undefined {
  if (cancellation.status !== 'executing' || !mayBeReplanned(cancellation)) return undefined;
  const waits = waitingUnits(aggregate, cancellation, stopped);
  const ready = without(cancellation.units, waits);
  const rest = without(cancellation.units, [ready]);
  if (Object.keys(ready).length === 0 || Object.keys(rest).length === 0) return undefined;

  const others = { ...aggregate, cancellations: aggregate.cancellations.filter(({ id }) => id !== cancellation.id) };
  const part = replanned(others, partOf(cancellation, now), ready, now);
  if (isRefusal(part)) return undefined;
  const held = Object.keys(looseUnits(aggregate, ready, cancellation.recalls)).length > 0;
  const { warehouse, ...asked } = part;
  const carried = held && warehouse !== undefined ? { ...asked, warehouse } : asked;
  const waiting = replanned(
    { ...others, cancellations: [...others.cancellations, carried] },
    { ...cancellation, ...(held && warehouse !== undefined ? { warehouse: { ...warehouse, heldBy: part.id } } : {}) },
    rest,
    now,
  );
  if (isRefusal(waiting)) return undefined;
  return { part: alive(carried, now), waiting: { ...waiting, parts: [...(cancellation.parts ?? []), part.id] } };
}

/** Units in parcels that are not stopped, and those that the warehouse has not said it has stopped. */
function waitingUnits(
  aggregate: OrderAggregate,
  { units, recalls, warehouse }: Cancellation,
  stopped: readonly string[],
): UnitSelection[] {
  const parcels = aggregate.shipments.filter(({ id }) => recalls.includes(id) && !stopped.includes(id));
  const rule = aggregate.order.contract.policy.warehouse;
  const held = warehouse === undefined || rule === undefined || isStopped(warehouse, rule) === true;
  return [...parcels.map((parcel) => parcel.units), ...(held ? [] : [looseUnits(aggregate, units, recalls)])];
}

/** The part as it begins: asked for when the whole was, by the same, for the same reason. */
function partOf(cancellation: Cancellation, now: Instant): Cancellation {
  const {
    goodsUntil: _goodsUntil,
    choice: _choice,
    discrepancies: _discrepancies,
    lostClaims: _lostClaims,
    parts = [],
    ...whole
  } = cancellation;
  const number = parts.length + 1;
  return {
    ...whole,
    id: derivedId('can', cancellation.id, 'part', number),
    request: fingerprint('part', cancellation.id, number),
    part: { of: cancellation.part?.of ?? cancellation.id, since: now },
    run: { generation: 1, leaseUntil: now },
    revision: 1,
  };
}
