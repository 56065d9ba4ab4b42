import * as z from 'zod/mini';
import { isWaiting } from '../../shared/domain/cancellation';
import { runSchema, stepHandler } from '../../shared/edge/step';
import { checkRun } from '../../shared/flows/change-cancellation';
import { TransientFault } from '../../shared/domain/faults';
import { cancellationStore, workflow } from '../../shared/wiring';

/** Keeps the token under which the story waits for providers. If all have answered meanwhile, it wakes the story itself. */
export const handler = stepHandler({
  input: z.extend(runSchema, { token: z.string() }),
  ports: () => ({ cancellations: cancellationStore(), workflow: workflow() }),
  async handle(input, { cancellations, workflow }) {
    await cancellations.keepToken(input.tenant, input.cancellationId, 'refunds', input.token);
    const cancellation = await cancellations.find(input.tenant, input.orderId, input.cancellationId);
    if (cancellation === undefined) throw new TransientFault(`${input.cancellationId} is not there (yet)`);
    checkRun(cancellation, input);
    if (!cancellation.legs.some(isWaiting)) await workflow.wake(input.token);
    return { waiting: cancellation.legs.filter(isWaiting).length };
  },
});
