import { cancels, customersReason } from './customer';
import type { PlacedOrder, Scenario, Stage } from './scenario';

/** Somebody of another tenant with the same names everywhere, who must not notice anything. */
export async function withBystander(stage: Stage, ours: PlacedOrder[]): Promise<PlacedOrder[]> {
  return [...ours, await stage.place('south', '1001', { lines: [{ quantity: 2 }] })];
}

export const instant: Scenario = {
  name: 'instant',
  sentence: 'A customer cancels a whole order that was paid by card, and has the answer at once.',
  inDepth: true,
  prepare: async (stage) => withBystander(stage, [await stage.place('north', '1001', { lines: [{ quantity: 2 }] })]),
  act: cancels,
  expect: ({ cancellations }) => (cancellations.length === 1 ? [] : [`${cancellations.length} cancellations`]),
};

export const storeCreditBeside: Scenario = {
  name: 'credit beside card',
  sentence: 'An order was paid by card and by store credit, and both get back their own.',
  prepare: async (stage) => [
    await stage.place('north', '1001', {
      lines: [{ quantity: 3 }],
      tenders: [{ card: 2_000 }, { storeCredit: 1_000 }],
    }),
  ],
  act: cancels,
};

export const partialThenRest: Scenario = {
  name: 'partial then rest',
  sentence: 'One unit of three is cancelled, then what is left.',
  inDepth: true,
  prepare: async (stage) => [
    await stage.place('north', '1001', { lines: [{ id: 'a', quantity: 3, net: 1_000 }], shipping: { amount: 101 } }),
  ],
  act(stage, [order]) {
    stage.let('customer', 'north', 'customer', async (customer) => {
      await customer.post('/v1/cancellations', 'k1', {
        orderId: order?.id,
        lines: [{ lineId: 'a', quantity: 1 }],
        reason: customersReason,
      });
      await customer.pause(1_000);
      await customer.post('/v1/cancellations', 'k2', { orderId: order?.id, reason: customersReason });
    });
  },
};
