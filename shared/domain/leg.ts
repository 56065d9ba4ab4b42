import { legTransitions, type Cancellation, type LegStatus, type RefundLeg } from './cancellation';
import type { EventType } from './events';
import type { Span } from './policy';
import { meaningOf } from './refund-failure';
import { isPast, later, type Instant } from './time';

/** What an outside party said of a leg, in our words. */
export interface LegNews {
  status: 'pending' | 'requires_action' | 'succeeded' | 'failed' | 'canceled';
  /** The provider's refund; absent where it has refused to make one. */
  providerRef?: string;
  failureReason?: string;
  /** The bank's own reference, where the provider knows it by now. */
  trace?: string;
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

/** So often a shop's account that had too little money is tried again; forty times, then a person decides. */
const untilFunded = { length: 1, unit: 'hours' } as const;

/** Until when nothing can be done for a leg: it is too soon, its key gets no other answer, or money has to come. */
export function heldUntil({ status, failure, since, notBefore }: RefundLeg): Instant | undefined {
  if (status === 'planned') return notBefore;
  if (since === undefined) return undefined;
  if (status === 'awaiting_funds') return later(since, untilFunded);
  return status === 'unknown' && failure === answerSaved ? later(since, surelyOver) : undefined;
}

/**
 * A leg after news of it. A failure after success is a bounce; a failure for want of money in the shop's account is waited
 * out, under the same key, or under a new one where the provider has made a refund of the old one and failed it. News that the leg's own order of states does not allow
 * is old or repeated and changes nothing: `undefined`.
 */
export function hear(leg: RefundLeg, news: LegNews, now: Instant): RefundLeg | undefined {
  const failed = news.status === 'failed' || news.status === 'canceled';
  const status = failed ? statusAfterFailure(leg, news) : news.status;
  // Notices come late and come again: the success that went before a failure must not be taken for one that followed it.
  if (news.told && hasFailed(leg)) return undefined;
  // Nothing of it is at its provider.
  if (leg.status === 'planned' || leg.status === 'awaiting_funds') return undefined;
  // A provider object that is not this leg's current one speaks of an earlier attempt.
  if (leg.providerRef !== undefined && leg.providerRef !== news.providerRef && leg.status !== 'submitting')
    return undefined;
  if (status === leg.status) return withTrace(leg, news);
  if (!legTransitions[leg.status].includes(status)) return undefined;
  // When an attempt was sent, and what it was answered, matters only while its outcome is open; the item has no byte to spare.
  const { since: _since, failure: _failure, ...known } = leg;
  if (status === 'awaiting_funds') return unfunded(known, news, now);
  return {
    ...known,
    status,
    ...(news.providerRef === undefined ? {} : { providerRef: news.providerRef }),
    ...(news.failureReason === undefined ? {} : { failure: news.failureReason }),
    ...(news.trace === undefined ? {} : { trace: news.trace }),
    ...(status === 'succeeded' ? { settledAt: now } : {}),
  };
}

/** Banks give their reference days after the success. */
function withTrace(leg: RefundLeg, { trace, providerRef }: LegNews): RefundLeg | undefined {
  if (trace === undefined || trace === leg.trace || providerRef !== leg.providerRef) return undefined;
  return { ...leg, trace };
}

function statusAfterFailure({ status, channel }: RefundLeg, { status: said, failureReason }: LegNews): LegStatus {
  if (status === 'succeeded') return 'bounced';
  return meaningOf(channel, failureReason) === 'balance_too_low' ? 'awaiting_funds' : said;
}

function unfunded(
  { providerRef: _providerRef, ...leg }: Omit<RefundLeg, 'since' | 'failure'>,
  { providerRef, failureReason = '' }: LegNews,
  now: Instant,
): RefundLeg {
  const attempt = providerRef === undefined ? leg.attempt : leg.attempt + 1;
  return { ...leg, status: 'awaiting_funds', attempt, since: now, failure: failureReason };
}

/** What others hear of a leg for which somebody outside has to act: the shop has to fund its account, or to do as its provider says. */
export function needToldBy({ status }: RefundLeg): EventType[] {
  if (status === 'awaiting_funds') return ['refund.funds_needed'];
  return status === 'requires_action' ? ['refund.action_needed'] : [];
}

/** The cancellation with one leg replaced. One that has to be sent again makes it be carried out again. */
export function withLeg(cancellation: Cancellation, leg: RefundLeg): Cancellation {
  const legs = cancellation.legs.map((other) => (other.id === leg.id ? leg : other));
  if (cancellation.status === 'refund_pending' && leg.status === 'awaiting_funds')
    return { ...cancellation, status: 'executing', legs };
  return { ...cancellation, legs };
}
