import * as z from 'zod/mini';
import { alive } from '../../shared/domain/run';
import { runSchema, stepHandler } from '../../shared/edge/step';
import { changeInRun } from '../../shared/flows/change-cancellation';
import { cancellationStore, workflow } from '../../shared/wiring';

/** Puts the request into the merchant's queue and keeps the token under which the story waits for his answer. */
export const handler = stepHandler({
  input: z.extend(runSchema, { token: z.string() }),
  ports: () => ({ cancellations: cancellationStore(), workflow: workflow() }),
  async handle(input, { cancellations, workflow }, now) {
    await cancellations.keepToken(input.tenant, input.cancellationId, 'answer', input.token);
    const asked = await changeInRun(cancellations, input, (before) => {
      if (before.status !== 'in_grace' || before.approval === undefined) return undefined;
      const { graceUntil: _graceUntil, approval, ...rest } = before;
      const after = alive({ ...rest, status: 'awaiting_answer' as const, ...approval }, now);
      const entry = { actor: 'system', step: 'ask-merchant', outcome: 'awaiting_answer', at: now };
      return { after, entry, events: ['cancellation.awaiting_answer'] };
    });
    // Answered or withdrawn before the token was here: nobody else will wake the story.
    if (asked.status !== 'awaiting_answer') await workflow.wake(input.token);
    return { status: asked.status };
  },
});
