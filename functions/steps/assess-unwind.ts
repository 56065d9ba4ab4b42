import { goodsComeBack } from '../../shared/domain/call-back';
import { TransientFault } from '../../shared/domain/faults';
import { remainsOf } from '../../shared/domain/remains';
import { runSchema, stepHandler } from '../../shared/edge/step';
import { checkRun } from '../../shared/flows/change-cancellation';
import { cancellationStore, orderStore } from '../../shared/wiring';

/** Looks at what an unwinding that did not close has left behind, and says how the story goes on. Reads only. */
export const handler = stepHandler({
  input: runSchema,
  ports: () => ({ cancellations: cancellationStore(), orders: orderStore() }),
  async handle(input, { cancellations, orders }, now) {
    const cancellation = await cancellations.find(input.tenant, input.orderId, input.cancellationId);
    if (cancellation === undefined) throw new TransientFault(`${input.cancellationId} is not there (yet)`);
    checkRun(cancellation, input);
    const remains = remainsOf(cancellation, false, now);
    if (remains.next !== 'undo') return remains;
    // The whole order is read only where it decides.
    const aggregate = await orders.find(input.tenant, input.orderId);
    return remainsOf(cancellation, aggregate !== undefined && goodsComeBack(aggregate, cancellation), now);
  },
});
