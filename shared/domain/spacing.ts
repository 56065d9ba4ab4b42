import type { OrderAggregate } from './aggregate';
import { isWaiting, type Cancellation, type RefundLeg } from './cancellation';
import { recordOf } from './channel';
import { isPast, later, wholeSecond, type Instant } from './time';

/**
 * The legs of a plan, each not before its channel takes another refund of the same payment. What is not known of a channel
 * is not waited for: it refuses what comes too soon, and that is tried again.
 */
export function spaced(legs: readonly RefundLeg[], { cancellations }: OrderAggregate, now: Instant): RefundLeg[] {
  const sent = new Map<string, Instant>();
  for (const cancellation of cancellations) {
    for (const leg of cancellation.legs) {
      const at = leg.operation === 'refund' ? sentAt(leg, cancellation, now) : undefined;
      const known = sent.get(leg.paymentRef);
      if (at !== undefined && (known === undefined || !isPast(at, known))) sent.set(leg.paymentRef, at);
    }
  }
  return legs.map((leg) => {
    const seconds = leg.operation === 'refund' ? (recordOf(leg.channel).facts.secondsBetweenRefunds.value ?? 0) : 0;
    if (seconds === 0) return leg;
    const last = sent.get(leg.paymentRef);
    const next = last === undefined ? now : later(last, { length: seconds, unit: 'seconds' });
    if (isPast(next, now)) {
      sent.set(leg.paymentRef, now);
      return leg;
    }
    sent.set(leg.paymentRef, next);
    return { ...leg, notBefore: wholeSecond(next) };
  });
}

/** When a leg was sent at the latest, or is about to be; undefined for one that was not and waits for something else. */
function sentAt(leg: RefundLeg, { status }: Cancellation, now: Instant): Instant | undefined {
  if (leg.status === 'planned') return status === 'executing' ? (leg.notBefore ?? now) : undefined;
  // Of one whose outcome is still open it is not kept.
  return leg.settledAt ?? leg.since ?? (isWaiting(leg) ? now : undefined);
}
