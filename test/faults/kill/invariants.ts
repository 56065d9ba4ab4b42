/** What must hold after every kill: one function and one sentence each. */
import type { Evidence, Trail } from './evidence';
import type { End } from './scenarios';

/** What is wrong, in words; undefined when it holds. */
type Judgement = string | undefined;

export interface Violation {
  /** The sentence that does not hold. */
  readonly sentence: string;
  /** About which order, or the host as a whole. */
  readonly about: string;
  readonly found: string;
}

interface Invariant {
  readonly sentence: string;
  readonly of: (trail: Trail) => Judgement;
}

const endOf = ({ cancellation }: Trail): string => cancellation?.status ?? 'unknown to the service';
const isWhole = ({ attempt }: Trail): boolean => attempt.scenario.lines === undefined;
const restored = (trail: Trail): number => (endOf(trail) === 'closed' ? trail.attempt.scenario.units : 0);

export const invariants: readonly Invariant[] = [
  { sentence: 'Every request is accepted in the end.', of: isAccepted },
  { sentence: 'The same key is answered by the same cancellation, and the order has no other.', of: isOne },
  { sentence: 'What was accepted has ended as was asked.', of: hasEnded },
  { sentence: 'Every leg was refunded with exactly its amount, once, and nothing else was.', of: moneyIsBackOnce },
  { sentence: 'Store credit was given back once.', of: creditIsBackOnce },
  { sentence: 'The legs are what the buyer paid for the units.', of: legsAreWhatWasPaid },
  { sentence: 'Each unit was given back to the stock exactly once.', of: unitsAreBackOnce },
  { sentence: 'A label was voided once, and only for what is cancelled.', of: labelIsVoidedOnce },
  {
    sentence: "The order's events are told without a gap, each once, and end with what became of it.",
    of: eventsAreWhole,
  },
  { sentence: "A cancelled order has left its customer's active list, any other is in it.", of: listIsRight },
  { sentence: 'The order counts exactly the units that were cancelled.', of: orderCountsUnits },
  { sentence: 'What has closed has one credit note over what was given back, else there is none.', of: hasItsNote },
];

function isAccepted({ attempt }: Trail): Judgement {
  return attempt.refusal ?? (attempt.ids.size === 0 ? 'never answered' : undefined);
}

function isOne({ attempt, stored }: Trail): Judgement {
  const ids = new Set([...attempt.ids, ...stored.map(({ id }) => id)]);
  return ids.size > 1 || stored.length > 1 ? [...ids].join(', ') : undefined;
}

function hasEnded(trail: Trail): Judgement {
  const end = endOf(trail);
  if (trail.attempt.scenario.ends.includes(end as End)) return undefined;
  return `${end}, where ${trail.attempt.scenario.ends.join(' or ')} was asked`;
}

function moneyIsBackOnce(trail: Trail): Judgement {
  const live = trail.refunds.filter(({ status }) => status !== 'failed' && status !== 'canceled');
  const moved = (trail.cancellation?.legs ?? []).filter(
    ({ channel, status }) => channel === 'stripe' && status === 'succeeded',
  );
  const inBooks = live.map((refund) => `${refund.payment_intent} ${refund.amount} ${refund.status}`).sort();
  const recorded = moved.map(({ payment, amount }) => `${payment} ${amount} succeeded`).sort();
  return differs(inBooks, recorded);
}

function creditIsBackOnce(trail: Trail): Judgement {
  const moved = (trail.cancellation?.legs ?? []).filter(
    ({ channel, status }) => channel === 'store_credit' && status === 'succeeded',
  );
  const inBooks = Object.entries(trail.credit)
    .filter(([, { entries }]) => entries > 0)
    .map(([ref, { amount, entries }]) => `${ref} ${amount} in ${entries}`);
  return differs(
    inBooks,
    moved.map(({ payment, amount }) => `${payment} ${amount} in 1`),
  );
}

function legsAreWhatWasPaid(trail: Trail): Judgement {
  const { cancellation, attempt } = trail;
  if (cancellation === undefined) return undefined;
  const carriedOut = cancellation.status === 'closed' || cancellation.status === 'in_case';
  const back = attempt.order.payments.map((ref) => {
    const legs = cancellation.legs.filter(({ payment }) => payment === ref);
    return legs.filter(({ status }) => status === 'succeeded').reduce((sum, { amount }) => sum + amount, 0);
  });
  return differs(
    back.map(String),
    attempt.scenario.back.map((amount) => String(carriedOut ? amount : 0)),
  );
}

function unitsAreBackOnce(trail: Trail): Judgement {
  const { movements, balance, attempt } = trail;
  const sum = (type: string): number =>
    movements.filter((each) => each.type === type).reduce((all, { quantity }) => all + quantity, 0);
  const ordered = attempt.order.body['lines'] as readonly { quantity: number }[];
  const onHand = ordered[0]?.quantity ?? 0;
  const net = sum('release') - sum('reserve');
  // A person's case may have given the units back already: they are counted once either way.
  const allowed = endOf(trail) === 'in_case' ? [0, attempt.scenario.units] : [restored(trail)];
  const expected = { onHand, reserved: onHand - net, available: net };
  const { reserved, available } = balance ?? {};
  if (!allowed.includes(net)) return `${net} given back, where ${allowed.join(' or ')} should be`;
  if (balance?.onHand === onHand && reserved === expected.reserved && available === expected.available)
    return undefined;
  return `${JSON.stringify(balance)}, where ${JSON.stringify(expected)} should be`;
}

function labelIsVoidedOnce(trail: Trail): Judgement {
  const { labels, heard, order } = trail;
  if (labels.length === 0) return undefined;
  const voided = endOf(trail) === 'closed';
  const told = heard.filter(({ type }) => type === 'shipment.recall_accepted').length;
  const positions = (order.shipments ?? []).map(({ position }) => position);
  return differs(
    [...labels.map(String), ...positions, `told ${told} times`],
    voided ? ['submitted', 'voided', 'told 1 times'] : ['undefined', 'label_created', 'told 0 times'],
  );
}

/** The last events of an order by how its cancellation of some units ended. */
const lastTypes: Readonly<Record<End, readonly string[]>> = {
  closed: ['order.partially_cancelled', 'credit_note.issued'],
  declined: ['cancellation.declined'],
  withdrawn: ['cancellation.withdrawn'],
  undone: ['cancellation.undone'],
  in_case: ['case.opened'],
};

function eventsAreWhole(trail: Trail): Judgement {
  const { heard, sequence } = trail;
  const numbers = heard.map((event) => event.sequence);
  const gapless = numbers.length === sequence && numbers.every((number, at) => number === at + 1);
  const types = heard.map(({ type }) => type);
  if (!gapless) return `${numbers.join(' ')} of ${sequence}: ${types.join(', ')}`;
  const inPart = lastTypes[endOf(trail) as End] ?? ['of no known end'];
  const last = inPart.map((type) =>
    type === 'order.partially_cancelled' && isWhole(trail) ? 'order.cancelled' : type,
  );
  const twice = types.filter((type, at) => types.indexOf(type) !== at);
  return types.slice(-last.length).join() === last.join() && twice.length === 0 ? undefined : types.join(', ');
}

function hasItsNote(trail: Trail): Judgement {
  const { cancellation, creditNotes } = trail;
  const due = endOf(trail) === 'closed' ? [`${String(cancellation?.id)} ${String(cancellation?.refund.amount)}`] : [];
  return differs(
    creditNotes.map(({ cancellationId, total }) => `${cancellationId} ${total}`),
    due,
  );
}

function listIsRight(trail: Trail): Judgement {
  const cancelled = endOf(trail) === 'closed' && isWhole(trail);
  return trail.isActive === !cancelled ? undefined : `${trail.isActive ? 'in' : 'not in'} the list`;
}

function orderCountsUnits(trail: Trail): Judgement {
  const { order } = trail;
  const cancelled = (order.lines ?? []).reduce((sum, line) => sum + line.cancelled, 0);
  const status = endOf(trail) !== 'closed' ? 'open' : isWhole(trail) ? 'cancelled' : 'partially_cancelled';
  // Units of an open case are held, and shown as cancelled or not by how far it came.
  if (endOf(trail) === 'in_case') return order.status === status ? undefined : order.status;
  return differs([`${cancelled} ${order.status}`], [`${restored(trail)} ${status}`]);
}

function differs(found: readonly string[], expected: readonly string[]): Judgement {
  if (found.join() === expected.join()) return undefined;
  return `${found.join(', ') || 'nothing'}, where ${expected.join(', ') || 'nothing'} should be`;
}

/** Of the host as a whole. */
export const wholes: readonly { readonly sentence: string; readonly of: (evidence: Evidence) => readonly string[] }[] =
  [
    { sentence: 'No execution still runs.', of: ({ running }) => running },
    { sentence: 'No queue holds what could not be done.', of: ({ letters }) => letters },
    { sentence: 'No event is held back.', of: ({ parked }) => parked },
    { sentence: 'Nothing open is left.', of: open },
    { sentence: "The merchant's credit notes are numbered 1, 2, 3, ... without a gap.", of: numberedWithGaps },
  ];

function numberedWithGaps({ trails, lastNumber }: Evidence): readonly string[] {
  const numbers = trails.flatMap(({ creditNotes }) => creditNotes.map(({ number }) => number)).sort((a, b) => a - b);
  const gapless = numbers.length === lastNumber && numbers.every((number, at) => number === at + 1);
  return gapless ? [] : [`${numbers.join(' ')} of ${lastNumber}`];
}

function open({ trails }: Evidence): readonly string[] {
  const ended: readonly string[] = ['closed', 'declined', 'withdrawn', 'undone', 'in_case'];
  return trails.flatMap(({ stored }) => stored.filter(({ status }) => !ended.includes(status)).map(({ id }) => id));
}

/** Every sentence that does not hold, and for what. */
export function violationsIn(evidence: Evidence): readonly Violation[] {
  const single = evidence.trails.flatMap((trail) =>
    invariants.flatMap(({ sentence, of }) => {
      const found = of(trail);
      const about = `${trail.attempt.order.reference} (${trail.attempt.scenario.name})`;
      return found === undefined ? [] : [{ sentence, about, found }];
    }),
  );
  const general = wholes.flatMap(({ sentence, of }) =>
    of(evidence).map((found) => ({ sentence, about: 'the host', found })),
  );
  return [...single, ...general];
}
