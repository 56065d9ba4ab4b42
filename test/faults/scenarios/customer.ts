/** What most stories have in common: who asks for what. */
import type { Client } from '../world/client';
import type { PlacedOrder, Scenario, Stage } from './scenario';

export const customersReason = { core: 'changed_mind' };

/** Asks for the whole order to be cancelled. */
export async function ask(
  customer: Client,
  order: PlacedOrder | undefined,
): Promise<{ id: string; graceUntil?: string }> {
  const { body } = await customer.post('/v1/cancellations', 'k1', { orderId: order?.id, reason: customersReason });
  return body as { id: string; graceUntil?: string };
}

/** The customer asks once, and that is all that anybody does. */
export const cancels: Scenario['act'] = (stage, [order]) =>
  stage.let('customer', 'north', 'customer', async (customer) => void (await ask(customer, order)));

/** Three units that were paid by two cards. */
export const onTwoCards = (stage: Stage): Promise<PlacedOrder> =>
  stage.place('north', '1001', { lines: [{ quantity: 3 }], tenders: [{ card: 2_000 }, { card: 1_000 }] });

/** The provider needs fifty minutes for the refund of a payment. */
export const pendingFor50Minutes = (payment: string | undefined) => ({
  payment_intent: payment,
  status: 'pending',
  then: 'succeeded',
  afterMs: 50 * 60_000,
});
