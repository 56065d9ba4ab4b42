import { isSettled, isWaiting } from '../../shared/domain/cancellation';
import { alive } from '../../shared/domain/run';
import { runSchema, stepHandler } from '../../shared/edge/step';
import { changeInRun } from '../../shared/flows/change-cancellation';
import { cancellationStore } from '../../shared/wiring';

/** Opens the fan-out: from here on it can no longer be withdrawn. Says which legs are to be carried out. */
export const handler = stepHandler({
  input: runSchema,
  ports: () => ({ cancellations: cancellationStore() }),
  async handle(input, { cancellations }, now) {
    const begun = await changeInRun(cancellations, input, (before) => {
      if (before.status !== 'in_grace' || before.approval !== undefined || before.graceUntil > now) return undefined;
      const { graceUntil: _graceUntil, approval: _approval, ...rest } = before;
      const after = alive({ ...rest, status: 'executing' as const }, now);
      return { after, entry: { actor: 'system', step: 'begin-unwind', outcome: 'executing', at: now } };
    });
    const go = begun.status === 'executing';
    const legs = begun.legs.filter((leg) => !isSettled(leg) && !isWaiting(leg)).map((leg) => leg.id);
    return { outcome: go ? 'go' : begun.status, legs: go ? legs : [] };
  },
});
