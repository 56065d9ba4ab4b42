import { ask, cancels, onTwoCards, pendingFor50Minutes } from './customer';
import { withBystander } from './plain';
import type { Scenario } from './scenario';

const MINUTE = 60_000;

export const pendingAndFailing: Scenario = {
  name: 'one pending, one failing',
  sentence: 'Of two cards one refund is pending for an hour and succeeds, the other fails for good and needs a person.',
  inDepth: true,
  async prepare(stage) {
    const order = await onTwoCards(stage);
    const [first, second] = order.payments;
    const { parties } = stage.cloud;
    await parties.control('stripe', 'behaviours', pendingFor50Minutes(first));
    await parties.control('stripe', 'behaviours', {
      payment_intent: second,
      status: 'failed',
      failureReason: 'lost_or_stolen_card',
      next: 100,
    });
    return [order];
  },
  act: cancels,
  expect: ({ cancellations }) =>
    cancellations
      // Undone: the leg that fails was tried while the other had not begun, so that the order could be left standing.
      .filter(({ status }) => status !== 'in_case' && status !== 'undone')
      .map(({ id, status }) => `${id} is ${status}`),
};

export const pendingThenSettled: Scenario = {
  name: 'pending, then settled',
  sentence: 'The provider needs ten minutes for the refund and tells by webhook.',
  async prepare(stage) {
    const order = await stage.place('north', '1001', { lines: [{ quantity: 2 }] });
    await stage.cloud.parties.control('stripe', 'behaviours', {
      status: 'pending',
      then: 'succeeded',
      afterMs: 10 * MINUTE,
    });
    return [order];
  },
  act: cancels,
};

export const webhookFirst: Scenario = {
  name: 'webhook before the reply',
  sentence: "The provider's webhook is here before its own answer to the refund.",
  inDepth: true,
  async prepare(stage) {
    await stage.cloud.parties.control('stripe', 'webhooks', { send: 'before-reply' });
    return withBystander(stage, [await stage.place('north', '1001', { lines: [{ quantity: 2 }] })]);
  },
  act: cancels,
};

export const bounced: Scenario = {
  name: 'bounced after success',
  sentence: 'The refund succeeded and the order closed; two days later the money comes back to the provider.',
  async prepare(stage) {
    const order = await stage.place('north', '1001', { lines: [{ quantity: 2 }] });
    await stage.cloud.parties.control('stripe', 'behaviours', {
      status: 'succeeded',
      then: 'failed',
      failureReason: 'expired_or_canceled_card',
      afterMs: 48 * 60 * MINUTE,
    });
    return [order];
  },
  act: cancels,
};

export const latePayment: Scenario = {
  name: 'late payment',
  sentence: 'The order is cancelled unpaid; then its payment comes in after all and goes back by itself.',
  inDepth: true,
  async prepare(stage) {
    const order = await stage.place('north', '1001', { lines: [{ quantity: 2 }], tenders: [] });
    await stage.cloud.parties.control('stripe', 'seed', {
      seed: [
        {
          payment_intent: 'pi_late',
          charge: 'ch_pi_late',
          amount: 2_000,
          amount_captured: 2_000,
          currency: 'GBP',
          account: 'con_stripe_north',
        },
      ],
    });
    return [order];
  },
  act(stage, [order]) {
    stage.let('customer', 'north', 'customer', async (customer) => {
      await ask(customer, order);
    });
    stage.let('system', 'north', 'payments', async (system) => {
      // Later than a customer has his answer who had to ask three times.
      await system.pause(120_000);
      await system.put(`/v1/orders/${order?.id ?? ''}/payments/pi_late`, {
        merchantId: 'north-shop',
        channel: 'stripe',
        connectionId: 'con_stripe_north',
        captures: [{ ref: 'ch_pi_late', amount: 2_000 }],
      });
    });
  },
  // The order's own cancellation, and the one that gives the late money back.
  expect: ({ cancellations }) =>
    cancellations.length === 2
      ? []
      : [`${cancellations.length} cancellations, where the late money needs a second one`],
};
