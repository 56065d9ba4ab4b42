import { legTransitions, type Cancellation, type LegStatus, type RefundLeg } from './cancellation';
import type { Instant } from './time';

/** What an outside party said of a leg, in our words. */
export interface LegNews {
  status: 'pending' | 'requires_action' | 'succeeded' | 'failed' | 'canceled';
  providerRef: string;
  failureReason?: string;
}

/**
 * A leg after news of it. A failure after success is a bounce. News that the leg's own order of states does not allow
 * is old or repeated and changes nothing: `undefined`.
 */
export function hear(leg: RefundLeg, news: LegNews, now: Instant): RefundLeg | undefined {
  const failed = news.status === 'failed' || news.status === 'canceled';
  const status: LegStatus = leg.status === 'succeeded' && failed ? 'bounced' : news.status;
  // A provider object that is not this leg's current one speaks of an earlier attempt.
  if (leg.providerRef !== undefined && leg.providerRef !== news.providerRef && leg.status !== 'submitting')
    return undefined;
  if (!legTransitions[leg.status].includes(status)) return undefined;
  // When an attempt was sent matters only while its outcome is open; the item has no byte to spare.
  const { since: _since, ...known } = leg;
  return {
    ...known,
    status,
    providerRef: news.providerRef,
    ...(news.failureReason === undefined ? {} : { failure: news.failureReason }),
    ...(status === 'succeeded' ? { settledAt: now } : {}),
  };
}

/** The cancellation with one leg replaced. */
export function withLeg(cancellation: Cancellation, leg: RefundLeg): Cancellation {
  return { ...cancellation, legs: cancellation.legs.map((other) => (other.id === leg.id ? leg : other)) };
}
