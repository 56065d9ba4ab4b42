import { customersReason } from './plain';
import type { Scenario } from './scenario';

export const refusedForGood: Scenario = {
  name: 'refused for good',
  sentence: 'The only refund fails for good: what was released is reserved again and the order stands.',
  async prepare(stage) {
    const order = await stage.place('north', '1001', { lines: [{ quantity: 2 }] });
    await stage.cloud.parties.control('stripe', 'behaviours', {
      status: 'failed',
      failureReason: 'lost_or_stolen_card',
      next: 100,
    });
    return [order];
  },
  act(stage, [order]) {
    stage.let('customer', 'north', 'customer', async (customer) => {
      await customer.post('/v1/cancellations', 'k1', { orderId: order?.id, reason: customersReason });
    });
  },
  expect: ({ cancellations }) =>
    cancellations.filter(({ status }) => status === 'closed').map(({ id }) => `${id} closed without its money`),
};

export const halfCaptured: Scenario = {
  name: 'half captured',
  sentence: 'Half of the card payment was captured: that goes back, and the other half is not taken any more.',
  prepare: async (stage) => [
    await stage.place('north', '1001', { lines: [{ quantity: 2 }], tenders: [{ card: 2_000, captured: 1_000 }] }),
  ],
  act(stage, [order]) {
    stage.let('customer', 'north', 'customer', async (customer) => {
      await customer.post('/v1/cancellations', 'k1', { orderId: order?.id, reason: customersReason });
    });
  },
  // No provider refuses what was captured: without faults it closes, and nothing is a reason to undo it.
  expect: ({ cancellations, struck }) =>
    cancellations
      .filter(({ status }) => (struck === 0 ? status !== 'closed' : status === 'undone'))
      .map(({ id, status }) => `${id} is ${status}`),
};
