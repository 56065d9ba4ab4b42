import { runSchema, stepHandler } from '../../shared/edge/step';
import { PermanentFault } from '../../shared/domain/faults';
import { alive } from '../../shared/domain/run';
import { changeInRun, checkRun } from '../../shared/flows/change-cancellation';
import { stockLinesOf } from '../../shared/flows/stock-lines';
import { cancellationStore, orderStore, stock } from '../../shared/wiring';

/** Undoes release-stock, so that the order can go on. When somebody has taken the units meanwhile, a person decides. */
export const handler = stepHandler({
  input: runSchema,
  ports: () => ({ cancellations: cancellationStore(), orders: orderStore(), stock: stock() }),
  async handle(input, { cancellations, orders, stock: keeper }, now) {
    const { lines, cancellation } = await stockLinesOf({ cancellations, orders }, input);
    checkRun(cancellation, input);
    const begun = await changeInRun(cancellations, input, (before) => {
      if (before.undo?.generation === input.generation) return undefined;
      const undo = { round: (before.undo?.round ?? 0) + 1, generation: input.generation };
      const entry = { actor: 'system', step: 'reserve-stock', outcome: 'undoing', at: now };
      return { after: alive({ ...before, undo }, now), entry };
    });
    const { gone } = await keeper.reserveAgain(
      { ...input, merchantId: cancellation.merchantId, round: begun.undo?.round ?? 1 },
      lines,
      now,
    );
    if (gone.length > 0)
      throw new PermanentFault(`units were taken meanwhile: ${gone.map(({ sku }) => sku).join(', ')}`);
    return { reserved: lines.length };
  },
});
