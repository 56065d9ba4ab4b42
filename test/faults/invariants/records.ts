/** What must be true of what is written down and told. */
import { legStatuses, releasesUnits, type Cancellation } from '../../../shared/domain/cancellation';
import { partitionOf, sum, type Aftermath } from './aftermath';
import { countOf } from '../../../shared/domain/intervals';
import type { Check } from './invariants';

const atRest = ['closed', 'declined', 'withdrawn', 'undone', 'in_case'];

/** Nothing is left half way: closed, declined, withdrawn, undone, or in a person's case. */
export const nothingIsInLimbo: Check = ({ cancellations }) =>
  cancellations.filter(({ status }) => !atRest.includes(status)).map(({ id, status }) => `${id} is still ${status}`);

/** Every write of a cancellation is one line of its history, without gaps. */
export const historiesAreWhole: Check = (end) =>
  end.orders.flatMap((order) =>
    end.setAside.has(partitionOf(order))
      ? []
      : order.cancellations.flatMap(({ id, revision }) => {
          const history = end.histories.get(id);
          const missing = Array.from({ length: revision }, (_, at) => at + 1).filter((number) => !history?.has(number));
          return missing.length === 0 ? [] : [`the history of ${id} lacks ${missing.join(', ')} of ${revision}`];
        }),
  );

const linesOf = ({ histories }: Aftermath, { id }: Cancellation) =>
  [...(histories.get(id) ?? [])].sort(([one], [other]) => one - other).map(([, entry]) => entry);

/** Before each effect stands its intent, after it its outcome. */
export const intentsComeBeforeEffects: Check = (end) =>
  end.orders.flatMap((order) => {
    if (end.setAside.has(partitionOf(order))) return [];
    return order.cancellations.flatMap((cancellation) => {
      const lines = linesOf(end, cancellation).filter(({ step }) => step === 'refund-leg');
      return cancellation.legs.flatMap((leg) => {
        if (leg.operation === 'decrease') return [];
        const ofLeg = lines.filter(({ detail }) => detail === leg.id);
        const intent = ofLeg.findIndex(({ outcome }) => outcome === 'submitting');
        const moved = ['succeeded', 'pending', 'requires_action', 'bounced'].includes(leg.status);
        if (moved && intent < 0)
          return [`${cancellation.id} ${leg.id} is ${leg.status} and its intent was never written`];
        return [];
      });
    });
  });

/** The history alone leads to the state that is stored: of the cancellation, and of every leg. */
export const historiesReplay: Check = (end) =>
  end.orders.flatMap((order) => {
    if (end.setAside.has(partitionOf(order))) return [];
    return order.cancellations.flatMap((cancellation) => {
      const { status, legs } = replay(end, cancellation);
      return [
        ...(status === cancellation.status
          ? []
          : [`${cancellation.id} is ${cancellation.status}, its history says ${status}`]),
        ...cancellation.legs
          .filter((leg) => leg.operation !== 'decrease' && legs.has(leg.id))
          .filter((leg) => legs.get(leg.id) !== leg.status)
          .map((leg) => `${cancellation.id} ${leg.id} is ${leg.status}, its history says ${legs.get(leg.id) ?? ''}`),
      ];
    });
  });

const verdicts: Readonly<Record<string, string>> = { approved: 'executing', declined: 'declined' };

function replay(end: Aftermath, cancellation: Cancellation) {
  let status = '';
  const legs = new Map<string, string>();
  for (const { step, outcome, detail } of linesOf(end, cancellation)) {
    const leg = outcome.startsWith('attempt ') ? 'submitting' : outcome;
    if (
      detail !== undefined &&
      (legStatuses as readonly string[]).includes(leg) &&
      cancellation.legs.some(({ id }) => id === detail)
    ) {
      legs.set(detail, leg);
      if (leg === 'bounced' && status === 'closed') status = 'in_case';
    } else if (outcome === 'nobody_decided')
      status = cancellation.answer?.effect === 'approve' ? 'executing' : 'declined';
    else if (step === 'work-case') {
      status = 'executing';
      for (const [, leg = '', became = ''] of (detail ?? '').matchAll(/\b(l\d+) ([a-z_]+)/g)) legs.set(leg, became);
    } else if (step === 'answer-cancellation') status = verdicts[outcome] ?? 'executing';
    else if (statuses.has(outcome)) status = outcome;
  }
  return { status, legs };
}

const statuses = new Set([
  'in_grace',
  'awaiting_answer',
  'executing',
  'refund_pending',
  'closed',
  'declined',
  'withdrawn',
  'undone',
  'in_case',
]);

/** The events of an order have the numbers 1, 2, 3, ... without a gap, and one content each, however often they came. */
export const eventsAreGapless: Check = (end) =>
  end.orders.flatMap((order) => {
    const { header, placed } = order;
    const heard = end.events.filter(({ orderId, tenant }) => orderId === placed.id && tenant === placed.tenant);
    const bySequence = new Map<number, Set<string>>();
    for (const event of heard) {
      bySequence.set(event.sequence, (bySequence.get(event.sequence) ?? new Set()).add(JSON.stringify(event)));
    }
    const wrong = [...bySequence]
      .filter(([, contents]) => contents.size > 1)
      .map(([sequence]) => `${placed.id}: two different events have the number ${sequence}`);
    const beyond = [...bySequence.keys()].filter((sequence) => sequence > header.sequence);
    const missing = Array.from({ length: header.sequence }, (_, at) => at + 1).filter((each) => !bySequence.has(each));
    return [
      ...wrong,
      ...beyond.map((sequence) => `${placed.id}: event ${sequence} of ${header.sequence}`),
      ...(end.setAside.has(partitionOf(order))
        ? []
        : missing.map((each) => `${placed.id}: event ${each} was never told`)),
    ];
  });

/** The order counts the units of its closed cancellations, has the status that follows, and is listed accordingly. */
export const ordersAddUp: Check = (end) =>
  end.orders.flatMap(({ header, cancellations, placed }) => {
    const closed = cancellations.filter(({ status, counted }) => status === 'closed' || counted === true);
    const takenBack = closed.filter(({ status }) => releasesUnits(status));
    const units = sum(closed.map((one) => sum(Object.values(one.units).map((ranges) => countOf(ranges)))));
    const status = units >= header.units ? 'cancelled' : units > 0 ? 'partially_cancelled' : 'open';
    return [
      ...takenBack.map(({ id, status }) => `${id} has closed once and is ${status}`),
      ...(header.cancelledUnits === units
        ? []
        : [`${placed.id} counts ${header.cancelledUnits} cancelled units of ${units}`]),
      ...(header.status === status ? [] : [`${placed.id} is ${header.status}, should be ${status}`]),
      ...((header.activePk === undefined) === (header.status === 'cancelled')
        ? []
        : [`${placed.id} is ${header.status} and ${header.activePk === undefined ? 'not ' : ''}in the active list`]),
    ];
  });

/** What the customer is shown is what is stored. */
export const viewsCatchUp: Check = (end) =>
  end.orders.flatMap((order) => {
    if (end.setAside.has(partitionOf(order))) return [];
    const { header, placed } = order;
    const view = end.customerViews.get(`${placed.tenant} ${placed.id}`);
    return view?.status === header.status && view.version <= header.version
      ? []
      : [
          `${placed.id} is ${header.status} (${header.version}), its customer sees ${view?.status ?? 'nothing'} (${view?.version ?? 0})`,
        ];
  });
