import { isWaiting, type Cancellation } from './cancellation';
import { isToldOnly } from './channel';
import { heldUntil } from './leg';
import { isPast, later, secondsUntil, type Instant } from './time';

/**
 * How long a run may go without a sign of life before the scheduler lets a younger one take over. While executing that
 * is longer than any step; while waiting it is a little after the next date on which something must happen.
 */
export function leaseFor(cancellation: Cancellation, now: Instant): Instant {
  const shortly = later(now, step);
  switch (cancellation.status) {
    case 'in_grace':
      return latest(later(cancellation.graceUntil, step), shortly);
    case 'awaiting_answer':
      return latest(later(cancellation.deadline, step), shortly);
    case 'refund_pending': {
      const polled = later(now, { length: secondsToPoll(cancellation, now) + twoHours, unit: 'seconds' });
      return cancellation.choice === undefined ? polled : latest(polled, later(cancellation.choice.deadline, step));
    }
    default: {
      const { choice, goodsUntil } = cancellation;
      const asked = [choice?.deadline ?? [], goodsUntil ?? []].flat();
      const held = [...cancellation.legs.flatMap((leg) => heldUntil(leg) ?? []), ...asked];
      return held.reduce((until, one) => latest(until, later(one, step)), shortly);
    }
  }
}

/** Longer than any step with its retries takes between two writes. */
const step = { length: 3, unit: 'minutes' } as const;

const latest = (one: Instant, other: Instant): Instant => (one > other ? one : other);

/** Whether a run has so little of its lease left that it should show itself before it goes on. */
export function mustShowItself(cancellation: Cancellation, now: Instant): boolean {
  return isPast(cancellation.run.leaseUntil, later(now, { length: 90, unit: 'seconds' }));
}

const hour = 3_600;
const twoHours = 2 * hour;
/** Refunds that are still pending after this long go to a person; the slowest listed channel takes 40 business days. */
export const pendingDays = 60;

/** When it began to be carried out, as far as nothing holds it up. */
export const begunAt = ({ part, answer, graceEnded, requestedAt }: Cancellation): Instant =>
  part?.since ?? answer?.at ?? graceEnded ?? requestedAt;

/** From when on its refunds count as pending: since it was asked for, or since a person sent them again. */
const pendingSince = ({ requestedAt, resumedAt, part }: Cancellation): Instant =>
  resumedAt ?? part?.since ?? requestedAt;

/** Whether its refunds have been pending for too long to be waited for. */
export function isPendingTooLong(cancellation: Cancellation, now: Instant): boolean {
  return isPast(later(pendingSince(cancellation), { length: pendingDays, unit: 'days' }), now);
}

/**
 * When providers that have not told by webhook what became of a refund are asked: hourly in the first week, then every six
 * hours. One execution has 25,000 events, and a question takes 18 of them; hourly for sixty days would be too many. Where no
 * provider that is waited for answers questions, nothing is to be done before a person is.
 */
export function secondsToPoll(cancellation: Cancellation, now: Instant): number {
  const begun = pendingSince(cancellation);
  const often = isPast(later(begun, { length: 7, unit: 'days' }), now) ? 6 * hour : hour;
  const waiting = cancellation.legs.filter(isWaiting);
  if (waiting.length === 0 || !waiting.every(({ channel }) => isToldOnly(channel))) return often;
  return Math.max(often, secondsUntil(later(begun, { length: pendingDays, unit: 'days' }), now));
}

/** The cancellation with its run's lease renewed. */
export function alive<Some extends Cancellation>(cancellation: Some, now: Instant): Some {
  return { ...cancellation, run: { ...cancellation.run, leaseUntil: leaseFor(cancellation, now) } };
}

/**
 * The cancellation with a lease for one step only: somebody is about to go on with it. When he does not come, because
 * the caller gave up or a wake-up was lost, the scheduler takes it up in minutes and not after the next poll.
 */
export function toBeTakenUp<Some extends Cancellation>(cancellation: Some, now: Instant): Some {
  return { ...cancellation, run: { ...cancellation.run, leaseUntil: later(now, step) } };
}

/** The cancellation in the hands of a new run; every write of the old one is refused from here on. */
export function nextRun(cancellation: Cancellation, now: Instant): Cancellation {
  const { generation } = cancellation.run;
  return alive({ ...cancellation, run: { generation: generation + 1, leaseUntil: now } }, now);
}
