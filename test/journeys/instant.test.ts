/** Cancellations that have nothing to wait for. */
import { eventId } from '../../shared/domain/ids';
import { expected, onLaptop, until, useService, type List, type Order } from '../support/service';

const service = useService();

describe('An order that has not left', () => {
  it('is cancelled at once, leaves the active list, and is found under the cancelled ones', async () => {
    const order = await service.order({ tenders: [{ storeCredit: 2_000 }] });
    await service.showsActive(order.reference);
    const reply = await service.cancel({ orderId: order.id });
    expect([201, 202]).toContain(reply.status);
    expect(reply.headers.get('location')).toBe(`/v1/cancellations/${reply.body.id}`);
    const closed = await service.becomes(reply.body.id, 'closed', service.customer);
    expect(closed).toMatchObject({ refund: { amount: 2_000, currency: 'GBP' }, lines: [{ lineId: '1', quantity: 2 }] });
    expect(closed.legs).toMatchObject([{ channel: 'store_credit', amount: 2_000, status: 'succeeded' }]);
    expect((await service.orderNow(order.id)).status).toBe('cancelled');
    await service.showsActive(order.reference, false);
    await until(
      async () => {
        const path = '/v1/orders?status=cancelled&limit=100';
        return expected(await service.customer.get<List<{ reference: string }>>(path), 200).data;
      },
      (list) => list.some(({ reference }) => reference === order.reference),
      'it among the cancelled ones',
    );
  });

  onLaptop('gives card money back at the provider and its units back to the stock, once each', async () => {
    const order = await service.order({ lines: [{ quantity: 3 }] });
    expect(await service.local.stock(order)).toMatchObject({ reserved: 3, available: 0 });
    const closed = await service.cancelUntil('closed', { orderId: order.id });
    const refunds = await service.local.refundsOn(...order.payments);
    expect(refunds).toMatchObject([{ amount: 3_000, currency: 'gbp', status: 'succeeded' }]);
    expect(closed.legs).toMatchObject([{ reference: refunds[0]?.id, amount: 3_000, status: 'succeeded' }]);
    expect(await service.local.stock(order)).toMatchObject({
      onHand: 3,
      reserved: 0,
      available: 3,
    });
    const moved = await service.local.movements(order);
    expect(moved.filter(({ type }) => type === 'release')).toMatchObject([{ quantity: 3 }]);
  });

  onLaptop('is announced on the bus in a gapless sequence with ids that anybody can derive', async () => {
    const order = await service.order();
    const { id } = await service.cancelUntil('closed', { orderId: order.id });
    const heard = await service.local.heard(order.id);
    expect(heard.map(({ type }) => type)).toEqual([
      'order.received',
      'cancellation.requested',
      'cancellation.closed',
      'order.cancelled',
      'credit_note.issued',
    ]);
    expect(heard.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
    expect(heard.map((event) => event.id)).toEqual(heard.map(({ sequence }) => eventId(order.id, sequence)));
    expect(heard[1]?.data['cancellation']).toMatchObject({ id, refund: { amount: 2_000, currency: 'GBP' } });
    expect(JSON.stringify(heard)).not.toContain('@');
  });

  onLaptop('tells its story step by step, and why it was let through', async () => {
    const order = await service.order();
    const { id, timeline } = await service.cancelUntil('closed', { orderId: order.id });
    expect(timeline.map(({ step, outcome }) => `${step}: ${outcome}`)).toEqual([
      'request-cancellation: executing',
      'refund-leg: submitting',
      // The provider's webhook may be faster than its answer.
      expect.stringMatching(/^(refund-leg|payment-result): succeeded$/),
      'close-order: closed',
    ]);
    const why = await service.customer.get(`/v1/cancellations/${id}/explanation`);
    expect(why).toMatchObject({ status: 200, body: { rule: 'no_window', policy: { id: 'test', version: 1 } } });
  });

  onLaptop('that was only authorized is voided, not refunded', async () => {
    const order = await service.order({ tenders: [{ card: 2_000, captured: 0 }] });
    const closed = await service.cancelUntil('closed', { orderId: order.id });
    expect(closed.legs).toMatchObject([{ operation: 'void', amount: 2_000, status: 'succeeded' }]);
    expect(await service.local.payment(order.payments[0] ?? '')).toMatchObject({ status: 'canceled', refunds: 0 });
  });

  it('that nobody paid closes without a refund', async () => {
    const order = await service.order({ tenders: [] });
    const closed = await service.cancelUntil('closed', { orderId: order.id });
    expect(closed).toMatchObject({ refund: { amount: 0 }, legs: [] });
  });
});

describe('What is no parcel', () => {
  it('food is free until the kitchen has accepted it, and refused afterwards', async () => {
    const lines = [{ kind: 'prepared' as const, quantity: 2 }];
    const early = await service.order({ lines, tenders: [{ storeCredit: 2_000 }] });
    await service.cancelUntil('closed', { orderId: early.id });

    const late = await service.order({ lines, tenders: [{ storeCredit: 2_000 }] });
    const accepted = {
      ...late.body,
      version: 2,
      lines: (late.body['lines'] as object[]).map((line) => ({ ...line, stage: 'accepted' })),
    };
    expected(await service.system.put(`/v1/orders/${late.reference}`, accepted), 200);
    const refused = await service.cancel({ orderId: late.id });
    expect(refused).toMatchObject({ status: 409, body: { code: 'stage_passed' } });
    expect((await service.orderNow(late.id)).status).toBe('open');
  });

  it('a booking is free until two days before it starts', async () => {
    const in3Days = new Date((await service.now()).getTime() + 3 * 86_400_000).toISOString();
    const tomorrow = new Date((await service.now()).getTime() + 86_400_000).toISOString();
    const booking = (startsAt: string) =>
      service.order({ lines: [{ kind: 'service', startsAt }], tenders: [{ storeCredit: 1_000 }] });
    await service.cancelUntil('closed', { orderId: (await booking(in3Days)).id });
    const refused = await service.cancel({ orderId: (await booking(tomorrow)).id });
    expect(refused).toMatchObject({ status: 409, body: { code: 'too_close_to_start' } });
    expect(refused.body.facts?.['until']).toEqual(expect.any(String));
  });

  it('a download is free until it was served', async () => {
    const tenders = [{ storeCredit: 1_000 }];
    const fresh = await service.order({ lines: [{ kind: 'digital' }], tenders });
    await service.cancelUntil('closed', { orderId: fresh.id });
    const served = await service.order({ lines: [{ kind: 'digital', stage: 'served' }], tenders });
    expect(await service.cancel({ orderId: served.id })).toMatchObject({ status: 409, body: { code: 'stage_passed' } });
  });

  onLaptop('moves no stock', async () => {
    const order = await service.order({ lines: [{ kind: 'digital' }, { kind: 'prepared' }] });
    await service.cancelUntil('closed', { orderId: order.id });
    for (const line of [0, 1]) expect(await service.local.movements(order, line)).toEqual([]);
  });
});

describe('Part of an order', () => {
  onLaptop('comes off now, the rest later, and together they give back the total to the penny', async () => {
    const order = await service.order({
      lines: [
        { quantity: 3, net: 1_000, tax: 167 },
        { quantity: 7, net: 3_331 },
      ],
      discount: 101,
      shipping: { amount: 499, tax: 83 },
    });
    const first = await service.cancelUntil('closed', { orderId: order.id, lines: [{ lineId: '1', quantity: 2 }] });
    expect(await service.orderNow(order.id)).toMatchObject({
      status: 'partially_cancelled',
      lines: [
        { available: 1, cancelled: 2 },
        { available: 7, cancelled: 0 },
      ],
    });
    await service.showsActive(order.reference);
    const second = await service.cancelUntil('closed', { orderId: order.id, lines: [{ lineId: '2', quantity: 4 }] });
    const rest = await service.cancelUntil('closed', { orderId: order.id });
    expect(first.refund.amount + second.refund.amount + rest.refund.amount).toBe(order.total);
    expect(await service.local.payment(order.payments[0] ?? '')).toMatchObject({ refunded: order.total, refunds: 3 });
    expect((await service.orderNow(order.id)).status).toBe('cancelled');
    await service.showsActive(order.reference, false);
    expect((await service.local.heard(order.id)).map(({ type }) => type)).toEqual([
      'order.received',
      'cancellation.requested',
      'cancellation.closed',
      'order.partially_cancelled',
      'credit_note.issued',
      'cancellation.requested',
      'cancellation.closed',
      'order.partially_cancelled',
      'credit_note.issued',
      'cancellation.requested',
      'cancellation.closed',
      'order.cancelled',
      'credit_note.issued',
    ]);
  });

  onLaptop('is split over several tenders, each never above what it paid', async () => {
    const order = await service.order({ lines: [{ quantity: 5 }], tenders: [{ card: 2_700 }, { storeCredit: 2_300 }] });
    await service.cancelUntil('closed', { orderId: order.id, lines: [{ lineId: '1', quantity: 3 }] });
    await service.cancelUntil('closed', { orderId: order.id });
    expect(await service.local.payment(order.payments[0] ?? '')).toMatchObject({ refunded: 2_700 });
    expect(await service.local.storeCredit('demo', order.payments[1] ?? '', 'GBP')).toBe(2_300);
  });

  it('cannot be asked for twice: the second request is told which cancellation has the units', async () => {
    const order = await service.order({ lines: [{ quantity: 2 }], tenders: [{ storeCredit: 2_000 }] });
    const { id } = await service.cancelUntil('closed', { orderId: order.id });
    expect(await service.cancel({ orderId: order.id })).toMatchObject({
      status: 409,
      body: { code: 'units_already_cancelled', facts: { cancellation: id } },
    });
  });

  it('cannot be more than is left', async () => {
    const order = await service.order({ lines: [{ quantity: 2 }], tenders: [{ storeCredit: 2_000 }] });
    const wish = { orderId: order.id, lines: [{ lineId: '1', quantity: 3 }] };
    expect(await service.cancel(wish)).toMatchObject({
      status: 409,
      body: { code: 'quantity_not_available', param: '/lines/0/quantity', facts: { available: 2 } },
    });
    expect((await service.cancel({ ...wish, lines: [{ lineId: 'x', quantity: 1 }] })).body.code).toBe('line_unknown');
  });
});

describe('Whoever asks', () => {
  it('the merchant and support may, each with reasons of their own', async () => {
    const first = await service.order({ tenders: [{ storeCredit: 2_000 }] });
    const byMerchant = await service.cancel({ orderId: first.id, reason: { core: 'out_of_stock' } }, service.merchant);
    expect([201, 202]).toContain(byMerchant.status);
    expect(await service.becomes(byMerchant.body.id, 'closed')).toMatchObject({ initiator: 'merchant' });
    const second = await service.order({ tenders: [{ storeCredit: 2_000 }] });
    const bySupport = await service.cancel(
      { orderId: second.id, reason: { core: 'suspected_fraud' } },
      service.support,
    );
    expect(await service.becomes(bySupport.body.id, 'closed')).toMatchObject({ initiator: 'support' });
    const wrong = await service.cancel({ orderId: second.id, reason: { core: 'out_of_stock' } });
    expect(wrong).toMatchObject({ status: 422, body: { code: 'reason_not_allowed', param: '/reason/core' } });
  });

  onLaptop(
    'a blocked customer is refused, may still withdraw by law, and may ask again when in good standing',
    async () => {
      const customer = service.customerNamed('blocked');
      const order = await service.order({ customer });
      expected(await service.system.put(`/v1/accounts/${customer.sub}`, { standing: 'blocked' }), 200);
      expect(await service.cancel({ orderId: order.id }, customer)).toMatchObject({
        status: 409,
        body: { code: 'account_blocked' },
      });
      const withdrawn = await service.cancel(
        { orderId: order.id, reason: { core: 'withdrawal' }, lines: [{ lineId: '1', quantity: 1 }] },
        customer,
      );
      expect([201, 202]).toContain(withdrawn.status);
      expected(await service.system.put(`/v1/accounts/${customer.sub}`, { standing: 'good' }), 200);
      await service.cancelUntil('closed', { orderId: order.id }, customer);
    },
  );

  onLaptop('the customer may within the window after the purchase, the merchant also later', async () => {
    const order = await service.order({ policy: { window: { length: 2, unit: 'hours' } } });
    await service.local.pass({ hours: 3 });
    expect(await service.cancel({ orderId: order.id })).toMatchObject({
      status: 409,
      body: { code: 'window_elapsed' },
    });
    await service.cancelUntil('closed', { orderId: order.id }, service.merchant);
  });
});

describe('Money of any currency', () => {
  onLaptop.each([
    { currency: 'JPY', net: 4_321, tax: 432 },
    { currency: 'KWD', net: 10_010, tax: 500 },
    { currency: 'HUF', net: 123_457, tax: 33_333 },
  ])('$currency goes back whole in its own minor units', async ({ currency, net, tax }) => {
    const order = await service.order({ currency, lines: [{ quantity: 1, net, tax }] });
    const closed = await service.cancelUntil('closed', { orderId: order.id });
    expect(closed.refund).toEqual({ amount: net + tax, currency });
    expect(await service.local.payment(order.payments[0] ?? '')).toMatchObject({ refunded: net + tax });
  });

  it('store credit goes back to our own ledger', async () => {
    const order = await service.order({
      currency: 'KWD',
      lines: [{ net: 1_234_567 }],
      tenders: [{ storeCredit: 1_234_567 }],
    });
    const closed = await service.cancelUntil('closed', { orderId: order.id });
    expect(closed.legs).toMatchObject([{ channel: 'store_credit', amount: 1_234_567, status: 'succeeded' }]);
  });
});

describe('Lists', () => {
  onLaptop("a customer's list comes in pages, newest first, and holds nothing of others", async () => {
    const customer = service.customerNamed('lister');
    const placed: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      placed.push((await service.order({ customer, tenders: [] })).reference);
      await service.local.pass({ seconds: 1 });
    }
    const first = expected(await customer.get<List<{ reference: string }>>('/v1/orders?limit=2'), 200);
    expect(first.hasMore).toBe(true);
    const rest = await customer.get<List<{ reference: string }>>(
      `/v1/orders?limit=2&starting_after=${encodeURIComponent(first.next ?? '')}`,
    );
    const all = [...first.data, ...expected(rest, 200).data].map(({ reference }) => reference);
    expect([...all].sort()).toEqual([...placed].sort());
    expect((await customer.get('/v1/orders?limit=0')).status).toBe(400);
  });

  it('the policy of a new order can be read by anybody with a token', async () => {
    const policy = await service.customer.get<Order>('/v1/policies/current?market=GB');
    expect(policy).toMatchObject({ status: 200, body: { object: 'policy', market: 'GB', version: 1 } });
  });
});
