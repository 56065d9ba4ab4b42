import { legTransitions, type Cancellation, type LegStatus, type RefundLeg } from './cancellation';
import type { Span } from './policy';
import { isPast, later, type Instant } from './time';

/** What an outside party said of a leg, in our words. */
export interface LegNews {
  status: 'pending' | 'requires_action' | 'succeeded' | 'failed' | 'canceled';
  /** The provider's refund; absent where it has refused to make one. */
  providerRef?: string;
  failureReason?: string;
  /** Told by its notice, not asked for: nobody can say whether it is older than what is known. */
  told?: true;
}

/**
 * No request is under way for this long. A provider that has no trace of a leg by then never made it, but may repeat a
 * failure that it has saved under the key (Stripe does so for a day): only a new key gets past that.
 */
const surelyOver = { length: 10, unit: 'minutes' } as const;

/** It was sent, or was about to be, and nobody has said what became of it. */
export function isUnanswered({ status }: RefundLeg): boolean {
  return status === 'submitting' || status === 'unknown';
}

/** Whether a request of this leg may still reach its provider, although the provider has no trace of it yet. */
export function mayBeOnItsWay(leg: RefundLeg, now: Instant): boolean {
  if (!isUnanswered(leg)) return false;
  return leg.since === undefined || !isPast(later(leg.since, surelyOver), now);
}

/**
 * Whether the same attempt may be sent once more under its key: its provider answers no questions, and repeats its first
 * answer instead for so long.
 */
export function mayBeRepeated(leg: RefundLeg, repeatableFor: Span | undefined, now: Instant): boolean {
  const { since, failure } = leg;
  if (repeatableFor === undefined || since === undefined || failure === answerSaved) return false;
  return isUnanswered(leg) && !isPast(later(since, repeatableFor), now);
}

/** Its money is not with the customer, and no longer on its way to him. */
export function hasFailed({ status }: RefundLeg): boolean {
  return status === 'failed' || status === 'canceled' || status === 'bounced';
}

/** The failure of a leg whose provider repeats what it has saved under the key. */
export const answerSaved = 'answer_saved';

/** Until when nothing can be done for a leg: its key gets no other answer, and a new one has to wait. */
export function heldUntil({ status, failure, since }: RefundLeg): Instant | undefined {
  if (status !== 'unknown' || failure !== answerSaved || since === undefined) return undefined;
  return later(since, surelyOver);
}

/**
 * A leg after news of it. A failure after success is a bounce. News that the leg's own order of states does not allow
 * is old or repeated and changes nothing: `undefined`.
 */
export function hear(leg: RefundLeg, news: LegNews, now: Instant): RefundLeg | undefined {
  const failed = news.status === 'failed' || news.status === 'canceled';
  const status: LegStatus = leg.status === 'succeeded' && failed ? 'bounced' : news.status;
  // Notices come late and come again: the success that went before a failure must not be taken for one that followed it.
  if (news.told && hasFailed(leg)) return undefined;
  // A provider object that is not this leg's current one speaks of an earlier attempt.
  if (leg.providerRef !== undefined && leg.providerRef !== news.providerRef && leg.status !== 'submitting')
    return undefined;
  if (!legTransitions[leg.status].includes(status)) return undefined;
  // When an attempt was sent, and what it was answered, matters only while its outcome is open; the item has no byte to spare.
  const { since: _since, failure: _failure, ...known } = leg;
  return {
    ...known,
    status,
    ...(news.providerRef === undefined ? {} : { providerRef: news.providerRef }),
    ...(news.failureReason === undefined ? {} : { failure: news.failureReason }),
    ...(status === 'succeeded' ? { settledAt: now } : {}),
  };
}

/** The cancellation with one leg replaced. */
export function withLeg(cancellation: Cancellation, leg: RefundLeg): Cancellation {
  return { ...cancellation, legs: cancellation.legs.map((other) => (other.id === leg.id ? leg : other)) };
}
