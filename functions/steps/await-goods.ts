import * as z from 'zod/mini';
import { isPast } from '../../shared/domain/time';
import { runSchema, stepHandler } from '../../shared/edge/step';
import { checkRun } from '../../shared/flows/change-cancellation';
import { TransientFault } from '../../shared/domain/faults';
import { moneyOfParcel } from '../../shared/domain/recall';
import { returnDue } from '../../shared/domain/return';
import { outcomeOf } from '../../shared/domain/return-outcome';
import { cancellationStore, orderStore, returns, workflow } from '../../shared/wiring';

/**
 * Keeps the token under which the story waits for parcels that were called back, for the warehouse, or for what
 * the buyer sends back. If what is waited for is
 * known meanwhile, or the time is over, it wakes the story itself.
 */
export const handler = stepHandler({
  input: z.extend(runSchema, { token: z.string() }),
  ports: () => ({
    cancellations: cancellationStore(),
    orders: orderStore(),
    returns: returns(),
    workflow: workflow(),
  }),
  async handle(input, { cancellations, orders, returns, workflow }, now) {
    await cancellations.keepToken(input.tenant, input.cancellationId, 'goods', input.token);
    const aggregate = await orders.find(input.tenant, input.orderId);
    const cancellation = aggregate?.cancellations.find(({ id }) => id === input.cancellationId);
    if (aggregate === undefined || cancellation === undefined)
      throw new TransientFault(`${input.cancellationId} is not there (yet)`);
    checkRun(cancellation, input);
    const rule = aggregate.order.contract.policy.parcels;
    const parcels = aggregate.shipments.filter(({ id }) => cancellation.recalls.includes(id));
    const waits = parcels.filter((parcel) => rule !== undefined && moneyOfParcel(parcel, rule, now).answer === 'wait');
    const over = cancellation.goodsUntil === undefined || isPast(cancellation.goodsUntil, now);
    const { warehouse } = cancellation;
    const spoken = warehouse === undefined || warehouse.answer !== undefined;
    const returned = await returns.find(input.tenant, input.orderId, input.cancellationId);
    const known = returned && outcomeOf(returned, aggregate.order.lines, rule?.returnRefundOn);
    const sentBack = returned === undefined || returnDue(returned) === undefined || known !== undefined;
    if (over || (waits.length === 0 && spoken && sentBack)) await workflow.wake(input.token);
    return { waiting: waits.length + (spoken ? 0 : 1) + (sentBack ? 0 : 1) };
  },
});
