import * as z from 'zod/mini';
import { mayBecome, mayHaveMoved } from '../../shared/domain/cancellation';
import { PermanentFault } from '../../shared/domain/faults';
import { runSchema, stepHandler } from '../../shared/edge/step';
import { changeInRun } from '../../shared/flows/change-cancellation';
import { cancellationStore } from '../../shared/wiring';

/** Undoes the cancellation: its units are the order's again. Only while no money has moved. */
export const handler = stepHandler({
  input: z.extend(runSchema, { failure: z.optional(z.string()) }),
  ports: () => ({ cancellations: cancellationStore() }),
  async handle(input, { cancellations }, now) {
    const undone = await changeInRun(cancellations, input, (before) => {
      if (!mayBecome(before.status, 'undone')) return undefined;
      if (before.legs.some(mayHaveMoved)) throw new PermanentFault('money has moved; it cannot be undone');
      const failure =
        input.failure ??
        before.legs.find((leg) => leg.failure !== undefined)?.failure ??
        'the goods could not be stopped';
      const after = { ...before, status: 'undone' as const, closedAt: now, failure };
      return {
        after,
        entry: { actor: 'system', step: 'reinstate-order', outcome: 'undone', at: now },
        events: ['cancellation.undone'],
      };
    });
    return { outcome: undone.status };
  },
});
