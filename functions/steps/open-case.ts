import * as z from 'zod/mini';
import { mayBecome } from '../../shared/domain/cancellation';
import { failureText } from '../../shared/domain/failure';
import { caseId } from '../../shared/domain/ids';
import { runSchema, stepHandler } from '../../shared/edge/step';
import { changeInRun } from '../../shared/flows/change-cancellation';
import { cancellationStore } from '../../shared/wiring';

/** Hands it to a person, with what is known of the failure. Never undone, never silent. */
export const handler = stepHandler({
  input: z.extend(runSchema, { failure: z.optional(z.string()) }),
  ports: () => ({ cancellations: cancellationStore() }),
  async handle(input, { cancellations }, now) {
    const opened = await changeInRun(cancellations, input, (before) => {
      if (before.status === 'in_case' || !mayBecome(before.status, 'in_case')) return undefined;
      const said = [before.legs.find((leg) => leg.failure !== undefined)?.failure, input.failure];
      const failure = said.find((text) => text) ?? 'it did not come to an end';
      const after = {
        ...before,
        status: 'in_case' as const,
        caseId: caseId(before.id),
        failure: failureText(failure),
      };
      return {
        after,
        entry: { actor: 'system', step: 'open-case', outcome: 'in_case', at: now },
        events: ['case.opened'],
      };
    });
    return { outcome: opened.status };
  },
});
