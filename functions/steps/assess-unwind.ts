import { TransientFault } from '../../shared/domain/faults';
import { remainsOf } from '../../shared/domain/remains';
import { runSchema, stepHandler } from '../../shared/edge/step';
import { checkRun } from '../../shared/flows/change-cancellation';
import { cancellationStore } from '../../shared/wiring';

/** Looks at what an unwinding that did not close has left behind, and says how the story goes on. Reads only. */
export const handler = stepHandler({
  input: runSchema,
  ports: () => ({ cancellations: cancellationStore() }),
  async handle(input, { cancellations }, now) {
    const cancellation = await cancellations.find(input.tenant, input.orderId, input.cancellationId);
    if (cancellation === undefined) throw new TransientFault(`${input.cancellationId} is not there (yet)`);
    checkRun(cancellation, input);
    return remainsOf(cancellation, now);
  },
});
