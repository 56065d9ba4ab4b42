import { runSchema, stepHandler } from '../../shared/edge/step';
import { PermanentFault } from '../../shared/domain/faults';
import { checkRun } from '../../shared/flows/change-cancellation';
import { stockLinesOf } from '../../shared/flows/stock-lines';
import { cancellationStore, orderStore, stock } from '../../shared/wiring';

/** Undoes release-stock, so that the order can go on. When somebody has taken the units meanwhile, a person decides. */
export const handler = stepHandler({
  input: runSchema,
  ports: () => ({ cancellations: cancellationStore(), orders: orderStore(), stock: stock() }),
  async handle(input, { cancellations, orders, stock: keeper }, now) {
    const { lines, cancellation } = await stockLinesOf({ cancellations, orders }, input);
    checkRun(cancellation, input);
    const { gone } = await keeper.reserveAgain({ ...input, merchantId: cancellation.merchantId }, lines, now);
    if (gone.length > 0)
      throw new PermanentFault(`units were taken meanwhile: ${gone.map(({ sku }) => sku).join(', ')}`);
    return { reserved: lines.length };
  },
});
