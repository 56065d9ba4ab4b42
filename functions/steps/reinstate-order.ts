import * as z from 'zod/mini';
import { goodsComeBack } from '../../shared/domain/call-back';
import { mayBecome, mayHaveMoved } from '../../shared/domain/cancellation';
import { failureText, goodsNotStopped } from '../../shared/domain/failure';
import { PermanentFault } from '../../shared/domain/faults';
import { holdReleased } from '../../shared/domain/warehouse';
import { runSchema, stepHandler } from '../../shared/edge/step';
import { changeInRun } from '../../shared/flows/change-cancellation';
import { doubtLabel } from '../../shared/flows/doubt-label';
import { cancellationStore, orderStore } from '../../shared/wiring';

/** Undoes the cancellation: its units are the order's again. Only while no money has moved, and it has never closed. */
export const handler = stepHandler({
  input: z.extend(runSchema, { failure: z.optional(z.string()) }),
  ports: () => ({ cancellations: cancellationStore(), orders: orderStore() }),
  async handle(input, { cancellations, orders }, now) {
    const undone = await changeInRun(cancellations, input, async (before) => {
      if (!mayBecome(before.status, 'undone')) return undefined;
      // Most have no parcels, and nothing has to be read for them.
      const aggregate = before.recalls.length === 0 ? undefined : await orders.find(input.tenant, input.orderId);
      if (aggregate !== undefined && goodsComeBack(aggregate, before))
        throw new PermanentFault('its goods come back; it cannot be undone');
      if (before.legs.some(mayHaveMoved)) throw new PermanentFault('money has moved; it cannot be undone');
      if (before.counted === true) throw new PermanentFault('it has closed before; it cannot be undone');
      // What the provider said of a leg is nearer to the cause than what the story caught; a refused recall says nothing.
      const said = [before.legs.find((leg) => leg.failure !== undefined)?.failure, input.failure];
      const failure = failureText(said.find((text) => text) ?? goodsNotStopped);
      const after = { ...before, status: 'undone' as const, closedAt: now, failure };
      return {
        after,
        entry: { actor: 'system', step: 'reinstate-order', outcome: 'undone', at: now },
        events: ['cancellation.undone', ...holdReleased(before)],
        ...(aggregate !== undefined && { decidedAt: aggregate.order.version }),
      };
    });
    for (const id of undone.recalls) await doubtLabel(orders, input, id, now);
    return { outcome: undone.status };
  },
});
