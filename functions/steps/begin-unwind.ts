import { isSettled, isWaiting } from '../../shared/domain/cancellation';
import { runSchema, stepHandler } from '../../shared/edge/step';
import { changeInRun } from '../../shared/flows/change-cancellation';
import { leaveGrace } from '../../shared/flows/leave-grace';
import { cancellationStore } from '../../shared/wiring';

/** Opens the fan-out: from here on it can no longer be withdrawn. Says which legs are to be carried out. */
export const handler = stepHandler({
  input: runSchema,
  ports: () => ({ cancellations: cancellationStore() }),
  async handle(input, { cancellations }, now) {
    const begun = await changeInRun(cancellations, input, (before) => leaveGrace(before, 'begin-unwind', now));
    const go = begun.status === 'executing';
    const legs = begun.legs.filter((leg) => !isSettled(leg) && !isWaiting(leg)).map((leg) => leg.id);
    return { outcome: go ? 'go' : begun.status, legs: go ? legs : [] };
  },
});
