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

/** Two units; who cancels them may think again for half an hour. */
export const graced = (stage: Stage): Promise<PlacedOrder> =>
  stage.place('north', '1001', { lines: [{ quantity: 2 }], policy: { graceMinutes: 30 } });

/** Three units that were paid by two cards. */
export const onTwoCards = (stage: Stage): Promise<PlacedOrder> =>
  stage.place('north', '1001', { lines: [{ quantity: 3 }], tenders: [{ card: 2_000 }, { card: 1_000 }] });

/** Three units that were paid by store credit and a card. */
export const onCreditAndCard = (stage: Stage): Promise<PlacedOrder> =>
  stage.place('north', '1001', { lines: [{ quantity: 3 }], tenders: [{ storeCredit: 2_000 }, { card: 1_000 }] });

/** The customer asks; support tries the case of it anew, so many minutes after the last time, once or more often. */
export const retriedAfter =
  (...minutes: readonly number[]): Scenario['act'] =>
  (stage, [order]) =>
    stage.let('customer', 'north', 'customer', async (customer) => {
      const { id } = await ask(customer, order);
      stage.let('support', 'north', 'support', async (support) => {
        for (const [index, wait] of minutes.entries()) {
          await support.pause(wait * 60_000);
          await support.post(`/v1/cases/${id.replace('can_', 'cas_')}/retry`, `r${index + 1}`, {});
        }
      });
    });

/** The provider needs fifty minutes for the refund of a payment. */
export const pendingFor50Minutes = (payment: string | undefined) => ({
  payment_intent: payment,
  status: 'pending',
  then: 'succeeded',
  afterMs: 50 * 60_000,
});
