import { isDeepStrictEqual } from 'node:util';
import type { OrderAggregate } from '../domain/aggregate';
import { countOf } from '../domain/intervals';
import { unitsOfLine, type OrderLine, type Shipment } from '../domain/order';
import { refuse, type Refusal } from '../domain/refusal';
import type { NewOrder } from '../ports/order-store';

/**
 * What a newer version of an order may change. Nothing was cancelled or shipped: everything. Afterwards how far lines have
 * come, and nothing else, because decisions were made on the rest; and of no line that a decision still waits on, so that it
 * is true when it is carried out. Parcels that are not known are claimed at their own door, where who was first is settled.
 */
export function replacementOf(known: OrderAggregate, order: NewOrder): NewOrder | Refusal {
  const { intakeVersion } = known.order;
  if (order.header.intakeVersion < intakeVersion) {
    return refuse('order_version_stale', `Version ${intakeVersion} is known.`, {
      param: '/version',
      facts: { known: intakeVersion },
    });
  }
  if (known.cancellations.length === 0 && known.shipments.length === 0) return order;
  return whatIsFixed(known, order) ?? { ...order, shipments: [] };
}

function whatIsFixed(known: OrderAggregate, { header, contract, lines, shipments }: NewOrder): Refusal | undefined {
  const before = known.order;
  const frozen = (param: string, what: string) => refuse('order_frozen', what, { param });
  if (!isDeepStrictEqual(lines.map(asSold), before.lines.map(asSold)))
    return frozen('/lines', 'Lines, quantities and money can no longer change.');
  if (!isDeepStrictEqual(contract, before.contract))
    return frozen('/contract', 'What was agreed can no longer change.');
  if (header.currency !== before.currency) return frozen('/currency', 'The currency can no longer change.');
  if (header.placedAt !== before.placedAt) return frozen('/placedAt', 'The time of the contract can no longer change.');
  if (header.customerId !== before.customerId) return frozen('/customer/id', 'The buyer can no longer change.');
  if (header.groupId !== before.groupId) return frozen('/groupId', 'The group can no longer change.');
  const parcel = shipments.findIndex((shipment) => !known.shipments.some((held) => tells(held, shipment)));
  if (parcel >= 0)
    return frozen(`/shipments/${parcel}`, 'Claim the parcel with POST /v1/orders/{id}/shipments instead.');
  return courseThatIsWaitedOn(known, lines);
}

const asSold = ({ stage: _stage, spent: _spent, ...line }: OrderLine): Omit<OrderLine, 'stage' | 'spent'> => line;

/** Whether what is known of a parcel already says what is told of it. */
function tells(held: Shipment, { id, position, units }: Shipment): boolean {
  if (held.id !== id || (position === 'handed_over' && held.position === 'label_created')) return false;
  const lineIds = new Set([...Object.keys(held.units), ...Object.keys(units)]);
  return [...lineIds].every((each) => countOf(unitsOfLine(held.units, each)) === countOf(unitsOfLine(units, each)));
}

function courseThatIsWaitedOn({ order, cancellations }: OrderAggregate, lines: readonly OrderLine[]) {
  const undecided = cancellations.filter(({ status }) => status === 'in_grace' || status === 'awaiting_answer');
  const open = cancellations.filter(({ status }) => status === 'executing');
  for (const [index, line] of lines.entries()) {
    const { id, stage, spent } = line;
    const before = order.lines[index];
    const changed = stage !== before?.stage ? 'stage' : spent !== before?.spent ? 'spent' : undefined;
    if (changed === undefined) continue;
    // Until its capacity is given back, whether it is used must not change.
    const holding = changed === 'stage' && line.kind !== 'goods' && isKept(line) ? [...undecided, ...open] : undecided;
    const waiting = holding.find(({ units }) => unitsOfLine(units, id).length > 0);
    if (waiting === undefined) continue;
    return refuse('order_frozen', `${waiting.id} is open on line ${id}, so its ${changed} waits.`, {
      param: `/lines/${index}/${changed}`,
      facts: { cancellation: waiting.id },
    });
  }
  return undefined;
}

const isKept = ({ location, components }: OrderLine): boolean => (location ?? components) !== undefined;
