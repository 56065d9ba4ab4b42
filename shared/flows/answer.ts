import type { Cancellation, MerchantAnswer } from '../domain/cancellation';
import { transitions } from '../domain/cancellation';
import { refuse, type Refusal } from '../domain/refusal';
import { alive } from '../domain/run';
import { isPast, type Instant } from '../domain/time';
import { holdReleased } from '../domain/warehouse';
import type { CancellationStore } from '../ports/cancellation-store';
import { changeCancellation, type Change } from './change-cancellation';

export interface GivenAnswer {
  verdict: 'approved' | 'declined';
  by: string;
  role: string;
  code?: string;
  text?: string;
  /** Fingerprint of key and body. */
  request: string;
  now: Instant;
}

/** Stores the merchant's answer, if the deadline has not passed and nobody has answered. The same answer again is the same. */
export async function answerByMerchant(
  store: CancellationStore,
  found: Cancellation,
  given: GivenAnswer,
): Promise<Cancellation | Refusal> {
  const at = { tenant: found.tenant, orderId: found.orderId, cancellationId: found.id };
  return changeCancellation(store, at, (before) => {
    if (before.answer?.request === given.request) return undefined;
    if (before.answer !== undefined)
      return refuse('already_answered', `The answer was: ${before.answer.verdict}.`, {
        facts: { verdict: before.answer.verdict },
      });
    if (before.status !== 'awaiting_answer' || isPast(before.deadline, given.now)) {
      const detail = before.status === 'awaiting_answer' ? 'The deadline has passed.' : `It is ${before.status}.`;
      return refuse('transition_not_allowed', detail, {
        facts: { status: before.status, allowed: transitions[before.status] },
      });
    }
    const { verdict, by, code, text, now } = given;
    const answer: MerchantAnswer = {
      verdict,
      effect: verdict === 'approved' ? 'approve' : 'decline',
      at: now,
      by,
      ...(code === undefined ? {} : { code }),
      ...(text === undefined ? {} : { text }),
      request: given.request,
    };
    return applyAnswer(before, answer, { actor: given.role, step: 'answer-cancellation', now });
  });
}

/** Where an answer, given or implied by silence, takes a waiting cancellation. */
export function applyAnswer(
  before: Cancellation,
  answer: MerchantAnswer,
  by: { actor: string; step: string; now: Instant },
): Change {
  const entry = { actor: by.actor, step: by.step, outcome: answer.verdict, at: by.now };
  if (answer.effect === 'approve') {
    const after = alive({ ...before, answer, status: 'executing' }, by.now);
    return { after, entry, events: ['cancellation.approved'] };
  }
  return {
    after: { ...before, answer, status: 'declined', closedAt: by.now },
    entry,
    events: ['cancellation.declined', ...holdReleased(before)],
  };
}
