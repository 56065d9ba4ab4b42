/** Watches every change of a cancellation: its log must be a path of the state machine, and so must each leg's. */
import {
  initialStatuses,
  isSettled,
  legTransitions,
  mayBecome,
  type Cancellation,
} from '../../../shared/domain/cancellation';
import { isToldOnly } from '../../../shared/domain/channel';
import type { TimelineEntry } from '../../../shared/domain/events';
import { countOf } from '../../../shared/domain/intervals';
import { fromItem } from '../../../shared/adapters/dynamodb/cancellation-item';

interface Change {
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
}

/** The same versions come by in thousands of runs: read once, and never changed by anybody who looks. */
const versions = new Map<string, Cancellation>();

/** @param item of a cancellation */
export function versionOf(item: Readonly<Record<string, unknown>>): Cancellation {
  const name = `${String(item['cancellationId'])} ${String(item['revision'])} ${String(item['generation'])} ${String(item['status'])} ${String(item['body'])}`;
  let version = versions.get(name);
  if (version === undefined) {
    if (versions.size > 20_000) versions.clear();
    version = fromItem(item);
    versions.set(name, version);
  }
  return version;
}

export function leapsOf({ before, after }: Change): string[] {
  if (typeof after?.['cancellationId'] !== 'string' || typeof after['body'] !== 'string') return [];
  const now = versionOf(after);
  if (before === undefined) {
    return initialStatuses.includes(now.status) && now.revision === 1
      ? []
      : [`${now.id} begins as ${now.status} with revision ${now.revision}`];
  }
  const was = versionOf(before);
  return [
    ...(now.revision === was.revision + 1 ? [] : [`${now.id} went from revision ${was.revision} to ${now.revision}`]),
    ...(now.run.generation >= was.run.generation ? [] : [`${now.id} went back to run ${now.run.generation}`]),
    ...takenOverAlive(was, now, after['entry'] as TimelineEntry),
    ...(now.status === was.status || mayBecome(was.status, now.status)
      ? []
      : [`${now.id} went from ${was.status} to ${now.status}`]),
    ...closedUnpaid(was, now),
    ...legLeaps(was, now, (after['entry'] as { step?: string }).step === 'work-case'),
    ...tooSoon(was, now, after['entry'] as TimelineEntry),
    ...secondKeys(was, now),
  ];
}

/** What a person may make of a leg that is not settled, once its provider was asked. */
const byHand = ['planned', 'succeeded', 'settled_by_hand', 'given_up'];

/** By the clock of who takes over, the old run's lease is over. */
function takenOverAlive(was: Cancellation, { id, run }: Cancellation, { step, at }: TimelineEntry): string[] {
  return step === 'start-missed' && run.generation > was.run.generation && at < was.run.leaseUntil
    ? [`${id} was taken over at ${at}, its run had until ${was.run.leaseUntil}`]
    : [];
}

/** At the instant of the close, whatever comes of a leg later. */
function closedUnpaid(was: Cancellation, now: Cancellation): string[] {
  if (now.status !== 'closed' || was.status === 'closed') return [];
  return now.legs.flatMap((leg) => (isSettled(leg) ? [] : [`${now.id} closed while ${leg.id} was ${leg.status}`]));
}

function legLeaps(was: Cancellation, now: Cancellation, worked: boolean): string[] {
  return now.legs.flatMap((leg) => {
    const old = was.legs.find(({ id }) => id === leg.id);
    if (old === undefined || old.status === leg.status) return [];
    if (worked && !isSettled(old) && byHand.includes(leg.status)) return [];
    // What is left of a cancellation is planned anew, and of what was to be released whole less is to be captured.
    if (isNarrower(was, now) && old.status === 'planned' && leg.operation === 'decrease') return [];
    return legTransitions[old.status].includes(leg.status)
      ? []
      : [`${now.id} ${leg.id} went from ${old.status} to ${leg.status}`];
  });
}

/** By the clock of who sends it. */
function tooSoon(was: Cancellation, now: Cancellation, { at }: TimelineEntry): string[] {
  return now.legs.flatMap(({ id, status }) => {
    const old = was.legs.find((leg) => leg.id === id);
    if (status !== 'submitting' || old?.status !== 'planned' || old.notBefore === undefined) return [];
    return at < old.notBefore ? [`${now.id} ${id} was sent at ${at}, not to be sent before ${old.notBefore}`] : [];
  });
}

const isOver: ReadonlySet<string> = new Set(['planned', 'awaiting_funds', 'failed', 'canceled', 'bounced']);

/** Of a leg whose provider answers no questions, and has not told its outcome, nobody can say that it is not alive. */
function secondKeys(was: Cancellation, now: Cancellation): string[] {
  return was.legs.flatMap(({ id, channel, attempt, status }) => {
    const leg = now.legs.find((one) => one.id === id);
    if (leg === undefined || leg.attempt === attempt || !isToldOnly(channel)) return [];
    // A failure for want of money has made the next attempt in the change that tells of it.
    return isOver.has(status) || leg.status === 'awaiting_funds'
      ? []
      : [`${now.id} ${id} got attempt ${leg.attempt} while ${attempt} was ${status}`];
  });
}

const unitsOf = ({ units }: Cancellation): number => countOf(Object.values(units).flat());
const isNarrower = (was: Cancellation, now: Cancellation): boolean => unitsOf(now) < unitsOf(was);
