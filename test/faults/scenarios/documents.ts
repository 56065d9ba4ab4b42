import { ask, customersReason } from './customer';
import type { Scenario } from './scenario';

const MINUTE = 60_000;

/** What was sold: two lines with tax, a discount, shipping, and terms that keep a fee. */
const invoiced = {
  lines: [
    { id: 'a', quantity: 2, net: 1_900, tax: 379 },
    { id: 'b', net: 1_000, tax: 201 },
  ],
  discount: 101,
  shipping: { amount: 395, tax: 79 },
  policy: { fees: [{ code: 'cancellation_fee', basisPoints: 1_000 }] },
};

export const notesAtOnce: Scenario = {
  name: 'notes at once',
  sentence: 'Part of an order is cancelled; then its rest and another order of the merchant, in the same moment.',
  prepare: async (stage) => [
    await stage.place('north', '1001', invoiced),
    await stage.place('north', '1002', { lines: [{ quantity: 2 }] }),
  ],
  act(stage, [first, second]) {
    stage.let('customer', 'north', 'customer', async (customer) => {
      const wish = { orderId: first?.id, lines: [{ lineId: 'a', quantity: 1 }], reason: customersReason };
      await customer.post('/v1/cancellations', 'part', wish);
      await customer.pause(5 * MINUTE);
      await customer.post('/v1/cancellations', 'rest', { orderId: first?.id, reason: customersReason });
    });
    stage.let('customer', 'north', 'neighbour', async (customer) => {
      await customer.pause(5 * MINUTE);
      await ask(customer, second);
    });
  },
  expect: ({ cancellations, struck }) =>
    struck > 0 || cancellations.length === 3 ? [] : [`${cancellations.length} cancellations`],
};

export const refusedAfterBounce: Scenario = {
  name: 'refused after a bounce',
  sentence: 'The order closed, its refund came back, and is refused when support sends it again: a person goes on.',
  async prepare(stage) {
    const order = await stage.place('north', '1001', { lines: [{ quantity: 2 }] });
    await stage.cloud.parties.control('stripe', 'behaviours', {
      status: 'succeeded',
      then: 'failed',
      failureReason: 'expired_or_canceled_card',
      afterMs: 24 * 60 * MINUTE,
    });
    return [order];
  },
  act(stage, [order]) {
    stage.let('customer', 'north', 'customer', async (customer) => {
      const { id } = await ask(customer, order);
      await customer.pause(30 * 60 * MINUTE);
      await stage.cloud.parties.control('stripe', 'behaviours', {
        status: 'failed',
        failureReason: 'declined',
        next: 100,
      });
      stage.let('support', 'north', 'support', async (support) => {
        await support.post(`/v1/cases/${id.replace('can_', 'cas_')}/retry`, 'r', {});
      });
    });
  },
  expect: ({ cancellations }) =>
    cancellations.filter(({ status }) => status === 'undone').map(({ id }) => `${id} was undone after it had closed`),
};
