import type { Cancellation } from '../domain/cancellation';
import { refuse, isRefusal, type Refusal } from '../domain/refusal';
import { isPast, type Instant } from '../domain/time';
import type { CancellationStore } from '../ports/cancellation-store';
import type { Workflow } from '../ports/workflow';
import { changeCancellation } from './change-cancellation';
import { wakeWhoWaits } from './wake-who-waits';

/** What a warehouse may say while it may still say it: before the cancellation is carried out, and until its time is over. */
const open: readonly Cancellation['status'][] = ['in_grace', 'awaiting_answer', 'executing'];

/** Stores the warehouse's word on what it was asked to stop. The same again is the same; the first one holds. */
export async function answerHold(
  ports: { cancellations: CancellationStore; workflow: Workflow },
  { tenant, orderId, id: cancellationId }: Cancellation,
  answer: 'stopped' | 'shipped',
  by: { actor: string; now: Instant },
): Promise<Cancellation | Refusal> {
  const answered = await changeCancellation(ports.cancellations, { tenant, orderId, cancellationId }, (before) => {
    const { warehouse, status } = before;
    if (warehouse === undefined) return refuse('hold_not_asked', 'Nothing was asked of the warehouse.');
    if (warehouse.answer === answer) return undefined;
    if (warehouse.answer !== undefined)
      return refuse('already_answered', `The answer was: ${warehouse.answer}.`, {
        facts: { answer: warehouse.answer },
      });
    const late = warehouse.deadline !== undefined && isPast(warehouse.deadline, by.now);
    if (late || !open.includes(status)) {
      const detail = late ? 'The deadline has passed.' : `It is ${status}.`;
      return refuse('transition_not_allowed', detail, { facts: { status } });
    }
    const after = { ...before, warehouse: { ...warehouse, answer, answeredAt: by.now } };
    return { after, entry: { actor: by.actor, step: 'answer-hold', outcome: answer, at: by.now } };
  });
  // Also when it was known: whoever has stored it may have died before he woke the story.
  if (!isRefusal(answered)) await wakeWhoWaits(ports, answered);
  return answered;
}
