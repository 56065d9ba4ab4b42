import type { OrderAggregate } from './aggregate';
import { isWaiting, type Cancellation, type CancellationState, type RefundLeg } from './cancellation';
import { recordOf } from './channel';
import type { Span } from './policy';
import { isPast, later, wholeSecond, type Instant } from './time';

/**
 * The legs of a plan, each not before its channel takes another refund of the same payment. What is not known of a channel
 * is not waited for: it refuses what comes too soon, and that is tried again.
 *
 * @param from when the plan is carried out at the earliest: not before its grace window has ended
 */
export function spaced(
  legs: readonly RefundLeg[],
  { cancellations }: OrderAggregate,
  now: Instant,
  from: Instant = now,
): RefundLeg[] {
  const sent = new Map<string, Instant[]>();
  for (const cancellation of cancellations) {
    for (const leg of cancellation.legs) {
      const at = leg.operation === 'refund' ? sentAt(leg, cancellation, now) : undefined;
      if (at !== undefined) sent.set(leg.paymentRef, [...(sent.get(leg.paymentRef) ?? []), at]);
    }
  }
  return legs.map((leg) => {
    const seconds = leg.operation === 'refund' ? (recordOf(leg.channel).facts.secondsBetweenRefunds.value ?? 0) : 0;
    if (seconds === 0) return leg;
    const others = sent.get(leg.paymentRef) ?? [];
    const next = apartFrom(others, from, { length: seconds, unit: 'seconds' });
    sent.set(leg.paymentRef, [...others, next]);
    return next === from ? leg : { ...leg, notBefore: wholeSecond(next) };
  });
}

/** The first instant from `from` on that is so far from each of the others, be they before it or after it. */
function apartFrom(others: readonly Instant[], from: Instant, distance: Span): Instant {
  return [...others].sort().reduce((at, other) => {
    const apart = isPast(later(other, distance), at) || isPast(later(at, distance), other);
    return apart ? at : later(other, distance);
  }, from);
}

/** When a leg was sent at the latest, or is about to be; undefined for one that was not and waits for something else. */
function sentAt(leg: RefundLeg, cancellation: Cancellation, now: Instant): Instant | undefined {
  const begins = beginsAt(cancellation, now);
  if (leg.status === 'planned') return begins && (leg.notBefore ?? begins);
  // Of one whose outcome is still open it is not kept.
  return leg.settledAt ?? leg.since ?? (isWaiting(leg) ? now : undefined);
}

/** When a cancellation is carried out, as far as that is known: not while somebody may still say no to it. */
export function beginsAt(state: CancellationState, now: Instant): Instant | undefined {
  if (state.status === 'executing') return now;
  return state.status === 'in_grace' && state.approval === undefined ? state.graceUntil : undefined;
}
