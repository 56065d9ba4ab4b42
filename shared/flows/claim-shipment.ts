import {
  availableUnits,
  cancellationHolding,
  holdingCancellations,
  labelledShipmentsHolding,
  type OrderAggregate,
} from '../domain/aggregate';
import type { Cancellation } from '../domain/cancellation';
import { chooseUnits } from '../domain/eligibility';
import { derivedId } from '../domain/ids';
import { countOf, type Range } from '../domain/intervals';
import { unitsOfLine, type OrderLine, type Shipment } from '../domain/order';
import { refuse, type Refusal } from '../domain/refusal';
import type { Instant } from '../domain/time';
import type { ConfiguredConnections } from '../ports/connections';
import type { OrderStore } from '../ports/order-store';
import { connectionProblem, labelProblem, locationProblem } from './check-intake';
import { toShipment } from './compose-order';
import type { IntakeShipment } from './order-intake';
import { pauseBefore } from './pause';

export interface Claimed {
  shipment: Shipment;
  outcome: 'claimed' | 'known';
}

const attempts = 12;

/**
 * Settles ship versus cancel: units are claimed in one write that is conditional on the order's version, the same that
 * a cancellation moves. Whoever comes second is told who won. Claiming the same shipment again is the same claim.
 */
export async function claimShipment(
  ports: { orders: OrderStore; configured: ConfiguredConnections },
  first: OrderAggregate,
  wanted: IntakeShipment,
  by: { actor: string; now: Instant },
): Promise<Claimed | Refusal> {
  const connected = { connectionId: wanted.connectionId, provider: wanted.carrier };
  const unconnected =
    connectionProblem(ports.configured, first.order.tenant, connected, '') ?? labelProblem(wanted, '');
  if (unconnected !== undefined) return unconnected;
  let aggregate = first;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const claim = decideClaim(aggregate, wanted, by.now);
    if ('code' in claim || claim.outcome === 'known') return claim;
    const entry = { actor: by.actor, step: 'claim-shipment', outcome: claim.shipment.position, at: by.now };
    const written = await ports.orders.saveShipment(aggregate.order, claim.shipment, ['shipment.claimed'], entry);
    if (written === 'stored') return claim;
    if (written === 'too_large')
      return refuse('order_too_large', 'The parcel has too many lines.', { param: '/lines' });
    if (written === 'label_taken') return labelTaken;
    await pauseBefore(attempt);
    aggregate = (await ports.orders.find(aggregate.order.tenant, aggregate.order.id)) ?? aggregate;
  }
  return refuse('conflict_try_again', 'The order is being changed by many at once.');
}

const labelTaken = refuse('label_taken', 'Another shipment was claimed with this label or tracking code.', {
  param: '/providerShipmentRef',
});

function decideClaim(aggregate: OrderAggregate, wanted: IntakeShipment, now: Instant): Claimed | Refusal {
  const { order } = aggregate;
  const id = derivedId('shp', order.tenant, order.id, wanted.ref);
  const known = aggregate.shipments.find((shipment) => shipment.id === id);
  if (known !== undefined) return advance(aggregate, known, wanted);
  const units: Record<string, readonly Range[]> = Object.create(null) as Record<string, readonly Range[]>;
  for (const [index, { lineId, quantity }] of wanted.lines.entries()) {
    const line = order.lines.find((candidate) => candidate.id === lineId);
    if (line === undefined)
      return refuse('line_unknown', `The order has no line ${lineId}.`, { param: `/lines/${index}/lineId` });
    if (Object.hasOwn(units, lineId))
      return refuse('invalid_field', `Line ${lineId} is named twice.`, { param: `/lines/${index}/lineId` });
    const elsewhere = locationProblem(line, wanted, '/location');
    if (elsewhere !== undefined) return elsewhere;
    const chosen = chooseUnits(aggregate, line, quantity).filter(
      (range) => labelledShipmentsHolding(aggregate, lineId, [range]).length === 0,
    );
    if (countOf(chosen) < quantity) return lost(aggregate, line, index);
    units[lineId] = chosen;
  }
  return { shipment: toShipment(order.tenant, order.id, wanted, units, now), outcome: 'claimed' };
}

/**
 * A labelled shipment is handed over, unless a cancellation has taken one of its units, or its label is void or about to
 * be: then the parcel must stay, also for a warehouse that only repeats what it once won.
 */
function advance(aggregate: OrderAggregate, known: Shipment, wanted: IntakeShipment): Claimed | Refusal {
  const same =
    wanted.lines.length === Object.keys(known.units).length &&
    wanted.lines.every(({ lineId, quantity }) => countOf(unitsOfLine(known.units, lineId)) === quantity);
  if (!same)
    return refuse('shipment_conflict', `Shipment ${wanted.ref} is known with other units.`, { param: '/lines' });
  const holder = cancellationHolding(aggregate, known);
  if (holder !== undefined) return stopped(known, 'Its units were cancelled first.', holder);
  if (known.position === 'voided' || known.recall === 'requested') {
    const stopper = aggregate.cancellations.findLast(({ recalls }) => recalls.includes(known.id));
    return stopped(known, 'Its label was taken back.', stopper);
  }
  const target = wanted.position ?? 'handed_over';
  if (known.position !== 'label_created' || target === 'label_created') return { shipment: known, outcome: 'known' };
  return { shipment: { ...known, position: 'handed_over' }, outcome: 'claimed' };
}

function stopped({ ref, position, recall }: Shipment, why: string, winner: Cancellation | undefined): Refusal {
  return refuse('units_cancelled', `Shipment ${ref} must not leave. ${why}`, {
    facts: { ...(winner && { winner: winner.id, wonAt: winner.requestedAt }), position, recall },
  });
}

function lost(aggregate: OrderAggregate, line: OrderLine, index: number): Refusal {
  const winner = holdingCancellations(aggregate).find((cancellation) => Object.hasOwn(cancellation.units, line.id));
  const param = `/lines/${index}/quantity`;
  const available = countOf(availableUnits(aggregate, line));
  if (winner === undefined) {
    return refuse('quantity_not_available', `Line ${line.id} has ${available} units left.`, {
      param,
      facts: { available },
    });
  }
  return refuse('units_cancelled', `Units of line ${line.id} were cancelled first.`, {
    param,
    facts: { winner: winner.id, wonAt: winner.requestedAt, available },
  });
}
