import { runSchema, stepHandler } from '../../shared/edge/step';
import { isPast } from '../../shared/domain/time';
import { applyAnswer } from '../../shared/flows/answer';
import { changeInRun } from '../../shared/flows/change-cancellation';
import { cancellationStore } from '../../shared/wiring';

/** After the wait the item decides: an answer that was given holds; silence means what the policy says, as "nobody decided". */
export const handler = stepHandler({
  input: runSchema,
  ports: () => ({ cancellations: cancellationStore() }),
  async handle(input, { cancellations }, now) {
    const settled = await changeInRun(cancellations, input, (before) => {
      if (before.status !== 'awaiting_answer' || !isPast(before.deadline, now)) return undefined;
      const answer = { verdict: 'nobody_decided' as const, effect: before.onSilence, at: now };
      return applyAnswer(before, answer, { actor: 'system', step: 'settle-answer', now });
    });
    return { verdict: settled.status === 'executing' ? 'go' : settled.status === 'awaiting_answer' ? 'wait' : 'stop' };
  },
});
