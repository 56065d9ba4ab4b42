import { ask, cancels, customersReason, onCreditAndCard, onTwoCards, retriedAfter } from './customer';
import type { Scenario } from './scenario';

const MINUTE = 60_000;

/** A refund that fails once for good and would go through when it is tried anew. */
const failingOnce = { status: 'failed', failureReason: 'declined', next: 1 };

export const caseRetried: Scenario = {
  name: 'case retried',
  sentence: 'Two cards; the second refund fails for good, support tries it anew, and it goes through.',
  async prepare(stage) {
    const order = await onTwoCards(stage);
    await stage.cloud.parties.control('stripe', 'behaviours', { ...failingOnce, payment_intent: order.payments[1] });
    return [order];
  },
  act(stage, [order]) {
    stage.let('customer', 'north', 'customer', async (customer) => {
      const { id } = await ask(customer, order);
      stage.let('support', 'north', 'support', async (support) => {
        await support.pause(30 * MINUTE);
        await support.get('/v1/cases');
        await support.post(`/v1/cases/${id.replace('can_', 'cas_')}/retry`, 'r1', {});
      });
    });
  },
};

export const caseRetriedAfterRefusal: Scenario = {
  name: 'case retried after a refusal',
  sentence: 'The provider refuses to make the refund of the card; support tries it anew, and it goes through.',
  async prepare(stage) {
    const order = await onCreditAndCard(stage);
    await stage.cloud.parties.control('stripe', 'faults', {
      method: 'POST',
      path: '/v1/refunds',
      answer: 'status',
      status: 400,
      body: { error: { type: 'invalid_request_error', code: 'charge_not_refundable' } },
      next: 1,
    });
    return [order];
  },
  act: retriedAfter(30),
  expect: ({ cancellations, struck }) =>
    cancellations
      .filter(({ status }) => struck === 0 && status !== 'closed')
      .map(({ id, status }) => `${id} is ${status}`),
};

export const caseRedirected: Scenario = {
  name: 'case redirected',
  sentence: 'The card is gone for good; the customer agrees to store credit instead.',
  async prepare(stage) {
    const order = await onCreditAndCard(stage);
    await stage.cloud.parties.control('stripe', 'behaviours', { ...failingOnce, next: 100 });
    return [order];
  },
  act(stage, [order]) {
    stage.let('customer', 'north', 'customer', async (customer) => {
      const { id } = await ask(customer, order);
      await customer.pause(30 * MINUTE);
      await customer.post(`/v1/cancellations/${id}/destination`, 'd1', { destination: 'store_credit' });
    });
  },
};

export const notCaptured: Scenario = {
  name: 'not captured',
  sentence: 'The card was only authorized: the authorization is released and nothing is refunded.',
  prepare: async (stage) => [
    await stage.place('north', '1001', { lines: [{ quantity: 2 }], tenders: [{ card: 2_000, captured: 0 }] }),
  ],
  act: cancels,
};

export const capturedMeanwhile: Scenario = {
  name: 'captured meanwhile',
  sentence:
    'The shop says authorized, but the provider has captured: that is refunded, and not again when the shop tells it.',
  async prepare(stage) {
    await stage.cloud.parties.control('stripe', 'seed', {
      seed: [
        {
          payment_intent: 'pi_north_1001-1',
          charge: 'ch_pi_north_1001-1',
          amount: 2_000,
          amount_captured: 2_000,
          currency: 'GBP',
          account: 'con_stripe_north',
        },
      ],
    });
    return [await stage.place('north', '1001', { lines: [{ quantity: 2 }], tenders: [{ card: 2_000, captured: 0 }] })];
  },
  act(stage, [order]) {
    stage.let('customer', 'north', 'customer', async (customer) => {
      await ask(customer, order);
    });
    stage.let('system', 'north', 'payments', async (system) => {
      await system.pause(30 * MINUTE);
      await system.put(`/v1/orders/${order?.id ?? ''}/payments/pi_north_1001-1`, {
        merchantId: 'north-shop',
        channel: 'stripe',
        connectionId: 'con_stripe_north',
        captures: [{ ref: 'ch_pi_north_1001-1', amount: 2_000 }],
      });
    });
  },
  expect: ({ cancellations }) =>
    cancellations.length === 1 ? [] : [`${cancellations.length} cancellations, where nothing was left to give back`],
};

export const withdrawal: Scenario = {
  name: 'withdrawal by law',
  sentence: 'The two steps of a statutory withdrawal, each with its receipt.',
  prepare: async (stage) => [await stage.place('north', '1001', { lines: [{ quantity: 2 }] })],
  act(stage, [order]) {
    stage.let('customer', 'north', 'customer', async (customer) => {
      const { body } = await customer.post('/v1/withdrawals', 'k1', { orderId: order?.id });
      const { id } = body as { id: string };
      await customer.post(`/v1/withdrawals/${encodeURIComponent(id)}/confirm`, 'k2', {});
    });
  },
};

export const intakeInAnyOrder: Scenario = {
  name: 'intake in any order',
  sentence: 'The payment is told before its order, the order is told anew, and then it is cancelled by a quote.',
  async prepare(stage) {
    await stage.cloud.parties.control('stripe', 'seed', {
      seed: [
        {
          payment_intent: 'pi_north_2001-1',
          charge: 'ch_pi_north_2001-1',
          amount: 2_000,
          amount_captured: 2_000,
          currency: 'GBP',
          account: 'con_stripe_north',
        },
      ],
    });
    // Its body is what the story tells; the order itself is not there before.
    return [await stage.sketched('north', '2001', { lines: [{ quantity: 2 }] })];
  },
  act(stage, [order]) {
    if (order === undefined) return;
    stage.let('system', 'north', 'system', async (system) => {
      await system.put('/v1/accounts/north-customer', { standing: 'good' });
      const captures = [{ ref: 'ch_pi_north_2001-1', amount: 2_000 }];
      const payment = { channel: 'stripe', connectionId: 'con_stripe_north', captures };
      await system.put('/v1/orders/2001/payments/pi_north_2001-1', { merchantId: 'north-shop', ...payment });
      const customer = { id: 'north-customer', name: 'Ada', email: 'ada@example.org' };
      await system.put('/v1/orders/2001', { ...order.body, customer, payments: [] });
      await system.put('/v1/orders/2001', { ...order.body, customer, version: 2 });
      stage.let('customer', 'north', 'customer', async (buyer) => {
        const quote = await buyer.post('/v1/cancellation-quotes', 'q1', { orderId: order.id });
        const { id } = quote.body as { id: string };
        await buyer.post('/v1/cancellations', 'k1', { quoteId: id, reason: customersReason });
      });
    });
  },
  expect: ({ cancellations }) =>
    cancellations.length === 1 ? [] : [`${cancellations.length} cancellations where one was asked for`],
};

export const parcelMoves: Scenario = {
  name: 'parcel moves meanwhile',
  sentence: 'The carrier scans the parcel while the merchant still thinks about the request.',
  prepare: async (stage) => [
    await stage.place('north', '1001', {
      lines: [{ id: 'a', quantity: 2 }],
      parcels: [{ ref: 'p1', carried: true, lines: [{ lineId: 'a', quantity: 2 }] }],
      policy: { approval: { above: { GBP: 0 }, deadlineMinutes: 60, onSilence: 'approve' } },
    }),
  ],
  act(stage, [order]) {
    const { parties, world } = stage.cloud;
    stage.let('customer', 'north', 'customer', async (customer) => {
      await ask(customer, order);
    });
    world.at(world.now + 20 * MINUTE, () => {
      world.resume(undefined, 14, () => {
        void parties.control('easypost', 'scan', { shipment: order?.parcels[0], status: 'in_transit' });
      });
    });
  },
};

export const everybodyLooks: Scenario = {
  name: 'everybody looks',
  sentence: 'While a cancellation waits for its merchant, everybody looks at it from his side.',
  prepare: async (stage) => [
    await stage.place('north', '1001', {
      lines: [{ quantity: 2 }],
      policy: { approval: { above: { GBP: 0 }, deadlineMinutes: 60, onSilence: 'approve' } },
    }),
  ],
  act(stage, [order]) {
    stage.let('customer', 'north', 'customer', async (customer) => {
      const { id } = await ask(customer, order);
      await customer.pause(1_000);
      await customer.get('/v1/orders');
      await customer.get('/v1/orders', { status: 'all' });
      await customer.get(`/v1/orders/${order?.id ?? ''}`);
      await customer.get(`/v1/cancellations/${id}`);
      await customer.get(`/v1/cancellations/${id}/explanation`);
      stage.let('merchant', 'north', 'merchant', async (merchant) => {
        await merchant.get('/v1/cancellations', { status: 'awaiting_answer' });
        await merchant.get(`/v1/cancellations/${id}`);
        await merchant.post(`/v1/cancellations/${id}/approve`, 'm1', {});
      });
    });
  },
};
