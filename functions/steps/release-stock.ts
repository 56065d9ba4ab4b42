import { runSchema, stepHandler } from '../../shared/edge/step';
import { checkRun } from '../../shared/flows/change-cancellation';
import { stockLinesOf } from '../../shared/flows/stock-lines';
import { cancellationStore, orderStore, stock } from '../../shared/wiring';

/** Gives the units back to where they were reserved; each line once. What was never reserved is named, not invented. */
export const handler = stepHandler({
  input: runSchema,
  ports: () => ({ cancellations: cancellationStore(), orders: orderStore(), stock: stock() }),
  async handle(input, { cancellations, orders, stock: keeper }, now) {
    const { lines, cancellation } = await stockLinesOf({ cancellations, orders }, input);
    checkRun(cancellation, input);
    const { unmatched } = await keeper.release(
      { ...input, merchantId: cancellation.merchantId, round: cancellation.undo?.round ?? 0 },
      lines,
      now,
    );
    const released = lines.length - unmatched.length;
    return { released, unmatched: unmatched.map(({ sku, location, quantity }) => `${sku}@${location}: ${quantity}`) };
  },
});
