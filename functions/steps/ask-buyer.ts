import * as z from 'zod/mini';
import { alive } from '../../shared/domain/run';
import { later } from '../../shared/domain/time';
import { mayChoose, secondsToChoose } from '../../shared/domain/choice';
import { runSchema, stepHandler } from '../../shared/edge/step';
import { changeInRun } from '../../shared/flows/change-cancellation';
import { cancellationStore, workflow } from '../../shared/wiring';

/** Asks the buyer where money shall go that cannot go back the way it came, and keeps the token under which the story waits. */
export const handler = stepHandler({
  input: z.extend(runSchema, { token: z.string() }),
  ports: () => ({ cancellations: cancellationStore(), workflow: workflow() }),
  async handle(input, { cancellations, workflow }, now) {
    await cancellations.keepToken(input.tenant, input.cancellationId, 'choice', input.token);
    const asked = await changeInRun(cancellations, input, (before) => {
      const seconds = secondsToChoose(before, now);
      if (before.choice !== undefined || seconds === 0) return undefined;
      const choice = { deadline: later(now, { length: seconds, unit: 'seconds' }) };
      const entry = { actor: 'system', step: 'ask-buyer', outcome: 'asked', at: now };
      return { after: alive({ ...before, choice }, now), entry, events: ['refund.choice_needed'] };
    });
    // What failed has gone through meanwhile, or the time is over: nobody else will wake the story.
    if (!mayChoose(asked, now) || secondsToChoose(asked, now) === 0) await workflow.wake(input.token);
    return { choice: asked.choice?.deadline };
  },
});
