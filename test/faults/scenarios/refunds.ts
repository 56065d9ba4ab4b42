import { ask, cancels, onTwoCards, pendingFor50Minutes } from './customer';
import { withBystander } from './plain';
import type { PlacedOrder, Scenario } from './scenario';
import { tick } from './schedules';

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

/** Made with the account's key by somebody else: our ids, another payment, and a cancellation that we never had. */
const strayRefund = (order: PlacedOrder): string =>
  new URLSearchParams({
    payment_intent: 'pi_stray',
    'metadata[tenant]': 'north',
    'metadata[order_id]': order.id,
    'metadata[cancellation_id]': 'can_stray',
    'metadata[leg_id]': 'rfd_stray-1',
  }).toString();

export const refundedPastUs: Scenario = {
  name: 'refunded past us',
  sentence: 'A refund with our ids is none of ours: it is found, becomes a case of its own, and support closes that.',
  async prepare(stage) {
    const order = await stage.place('north', '1001', { lines: [{ quantity: 2 }] });
    const { parties } = stage.cloud;
    await parties.control('stripe', 'webhooks', { send: 'never', about: ['pi_stray'] });
    const account = 'con_stripe_north';
    const stray = { payment_intent: 'pi_stray', charge: 'ch_pi_stray', amount: 500, amount_captured: 500 };
    await parties.control('stripe', 'seed', { seed: [{ ...stray, currency: 'GBP', account }] });
    const headers = { authorization: 'Bearer sk_test_north', 'content-type': 'application/x-www-form-urlencoded' };
    await parties.handle({ method: 'POST', path: '/v1/refunds', headers, body: strayRefund(order) });
    return [order];
  },
  act(stage) {
    const { cloud } = stage;
    cloud.world.at(cloud.world.now + 15 * MINUTE, () => tick(cloud, 'reconcile'));
    stage.let('support', 'north', 'support', async (support) => {
      await support.pause(60 * MINUTE);
      const { body } = await support.get('/v1/cases');
      const [found] = (body as { data: readonly { id: string }[] }).data;
      const reason = { reason: 'made by hand for another shop' };
      await support.post(`/v1/cases/${found?.id ?? ''}/close`, 's1', reason);
      await support.post(`/v1/cases/${found?.id ?? ''}/close`, 's2', reason);
    });
  },
};
