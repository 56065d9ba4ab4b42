/** Every payment channel over HTTP: what goes back arrives in its provider's own books, and nothing else does. */
import type { PaymentChannelName } from '../../shared/domain/channel';
import { bookedAt, type Booked } from '../support/payment-parties';
import { expected, onLaptop, useService } from '../support/service';

const service = useService();

const booked = (channel: PaymentChannelName, ref = ''): Promise<Booked> => bookedAt(service.local, channel, ref);

/** `seconds`: until the next refund is taken, and then until it is told what became of it. */
const providers = [
  { channel: 'stripe', currency: 'USD', seconds: [] },
  { channel: 'adyen', currency: 'EUR', seconds: [] },
  { channel: 'klarna', currency: 'SEK', seconds: [] },
  { channel: 'paypal', currency: 'GBP', seconds: [] },
  { channel: 'square', currency: 'AUD', seconds: [61] },
  { channel: 'alipay', currency: 'CNY', seconds: [5] },
  { channel: 'wechat_pay', currency: 'CNY', seconds: [63, 3] },
] as const;

interface Wrong {
  readonly what: string;
  /** Whose shop sends it; absent: that of the connections. */
  readonly tenant?: string;
  readonly payment: object;
  readonly code: string;
  readonly at: string;
}

describe('An order that was paid through a provider', () => {
  onLaptop.each(providers)(
    '$channel gives back part of it, then the rest, to the cent',
    async ({ channel, currency, seconds: pauses }) => {
      const order = await service.order({
        currency,
        lines: [{ quantity: 3, net: 3_331, tax: 667 }],
        shipping: { amount: 499 },
        tenders: [{ channel, amount: 4_497 }],
      });
      const parts: number[] = [];
      for (const quantity of [2, 1]) {
        const wish = { orderId: order.id, lines: [{ lineId: '1', quantity }] };
        const { id, refund } = expected(await service.cancel(wish), 201, 202);
        await service.local.idle();
        for (const seconds of pauses) await service.local.pass({ seconds });
        const { legs } = await service.becomes(id, 'closed');
        expect(legs).toMatchObject([{ channel, operation: 'refund', amount: refund.amount, status: 'succeeded' }]);
        parts.push(refund.amount);
      }
      const { refunded, refunds } = await booked(channel, order.payments[0]);
      expect(refunds.map(({ amount }) => amount)).toEqual(parts);
      expect(refunded).toBe(4_497);
      expect((await service.orderNow(order.id)).status).toBe('cancelled');
    },
  );

  onLaptop('gets a refund for each capture of its one authorization', async () => {
    const order = await service.order({
      currency: 'EUR',
      lines: [{ quantity: 5 }],
      tenders: [{ channel: 'adyen', amount: 5_000, captured: [1_800, 3_200] }],
    });
    const closed = await service.cancelUntil('closed', { orderId: order.id });
    expect(closed.legs.map(({ operation, amount, status }) => [operation, amount, status])).toEqual([
      ['refund', 1_800, 'succeeded'],
      ['refund', 3_200, 'succeeded'],
    ]);
    const { refunded, refunds } = await booked('adyen', order.payments[0]);
    expect(refunds.map(({ amount }) => amount).sort()).toEqual([1_800, 3_200]);
    expect(refunded).toBe(5_000);
  });
});

describe('An order whose money was only authorized', () => {
  onLaptop.each(providers)('$channel releases it, and no refund is made', async ({ channel, currency }) => {
    const order = await service.order({ currency, tenders: [{ channel, amount: 2_000, captured: [] }] });
    const closed = await service.cancelUntil('closed', { orderId: order.id });
    expect(closed.legs).toMatchObject([{ channel, operation: 'void', amount: 2_000, status: 'succeeded' }]);
    expect(await booked(channel, order.payments[0])).toEqual({ refunded: 0, refunds: [], released: true });
    expect((await service.orderNow(order.id)).status).toBe('cancelled');
  });
});

describe('A payment that makes no sense', () => {
  const payment = { ref: 'p-1', channel: 'adyen', connectionId: 'con_adyen_demo', captures: [] as object[] };
  const capturing = (...amounts: readonly number[]) => ({
    captures: amounts.map((amount, place) => ({ ref: `c-${place + 1}`, amount })),
  });
  const wrongs: readonly Wrong[] = [
    { what: 'an unknown channel', payment: { channel: 'cheque' }, code: 'invalid_field', at: '/channel' },
    {
      what: 'a currency that its channel does not take',
      payment: { channel: 'wechat_pay', connectionId: 'con_wechat_pay_demo' },
      code: 'currency_not_supported',
      at: '/channel',
    },
    { what: 'a capture of nothing', payment: capturing(0), code: 'invalid_field', at: '/captures/0/amount' },
    { what: 'a capture below nothing', payment: capturing(5, -5), code: 'invalid_field', at: '/captures/1/amount' },
    { what: 'a capture of part of a cent', payment: capturing(9.99), code: 'invalid_field', at: '/captures/0/amount' },
    {
      what: 'the same capture twice',
      payment: { captures: [capturing(500).captures[0], capturing(500).captures[0]] },
      code: 'invalid_field',
      at: '/captures',
    },
    {
      what: 'no connection',
      payment: { connectionId: undefined },
      code: 'invalid_field',
      at: '/connectionId',
    },
    {
      what: 'a connection that nobody has',
      payment: { connectionId: 'con_nobody' },
      code: 'connection_unknown',
      at: '/connectionId',
    },
    {
      what: 'a connection of another tenant',
      tenant: 'rival',
      payment: {},
      code: 'connection_unknown',
      at: '/connectionId',
    },
    {
      what: 'a connection to another provider',
      payment: { channel: 'stripe' },
      code: 'connection_unknown',
      at: '/connectionId',
    },
    {
      what: 'points that nobody counted',
      payment: { channel: 'loyalty_points', connectionId: undefined },
      code: 'invalid_field',
      at: '/points',
    },
    {
      what: 'the number of a bank account',
      payment: { channel: 'bank_transfer', connectionId: 'con_bank_transfer_demo', account: 'DE89370400440532013000' },
      code: 'invalid_field',
      at: '/account',
    },
  ];
  const of = (tenant = 'demo', role = 'system') => service.caller({ tenant, role, sub: `${service.prefix}-${role}` });
  const merchantId = (): string => service.merchant.claims.merchant_id ?? '';
  const order = (payments: readonly object[], more: object = {}) => ({
    version: 1,
    merchantId: merchantId(),
    placedAt: '2026-01-01T10:00:00.000Z',
    currency: 'EUR',
    customer: { id: service.customer.sub },
    lines: [{ id: '1', sku: 'one', kind: 'digital', quantity: 1, net: 1_000 }],
    payments,
    ...more,
  });
  const statusOf = (code: string): number => (code === 'invalid_field' ? 400 : 422);

  onLaptop.each(wrongs)(
    'is refused with its order, which is not stored: $what',
    async ({ what, tenant, code, at, ...wrong }) => {
      const reference = `${service.prefix}-${what.replaceAll(' ', '-')}`;
      const body = order(
        [
          { ...payment, ref: 'p-0', ...capturing(1) },
          { ...payment, ...wrong.payment },
        ].slice(tenant ? 1 : 0),
      );
      const reply = await of(tenant).put(`/v1/orders/${reference}`, body);
      const param = `/payments/${tenant === undefined ? 1 : 0}${at}`;
      expect(reply).toMatchObject({ status: statusOf(code), body: { code, param } });
      const found = await of(tenant, 'support').get(`/v1/orders/${reference}?merchant=${merchantId()}`);
      expect(found.status).toBe(404);
    },
  );

  onLaptop('is refused for an order that is there, which stays as it is', async () => {
    const placed = await service.order({ currency: 'EUR', tenders: [{ channel: 'adyen', amount: 2_000 }] });
    const { ref: _ref, ...known } = payment;
    for (const { what, code, at, payment: wrong } of wrongs.filter(({ tenant }) => tenant === undefined)) {
      const body = { merchantId: merchantId(), ...known, ...wrong };
      const reply = await service.system.put(`/v1/orders/${placed.reference}/payments/late`, body);
      expect([what, reply.status, reply.body.code, reply.body.param]).toEqual([what, statusOf(code), code, at]);
    }
    const more = {
      merchantId: merchantId(),
      ...known,
      captures: [{ ref: `${placed.payments[0] ?? ''}-c1`, amount: 1 }],
    };
    expect(
      await service.system.put(`/v1/orders/${placed.reference}/payments/${placed.payments[0] ?? ''}`, more),
    ).toMatchObject({
      status: 409,
      body: { code: 'payment_shrinks', param: '/captures' },
    });
    const { refund } = await service.cancelUntil('closed', { orderId: placed.id });
    expect(refund.amount).toBe(2_000);
    expect((await booked('adyen', placed.payments[0])).refunded).toBe(2_000);
  });

  onLaptop('is refused where it takes more than it was authorized to, or where the order does not add up', async () => {
    const reference = `${service.prefix}-sums`;
    const put = (body: object) => service.system.put(`/v1/orders/${reference}`, body);
    expect(await put(order([{ ...payment, authorized: 999, ...capturing(400, 600) }]))).toMatchObject({
      status: 422,
      body: { code: 'order_totals_wrong', param: '/payments/0/authorized' },
    });
    expect(await put(order([{ ...payment, ...capturing(1_000) }], { discount: 1_001 }))).toMatchObject({
      status: 422,
      body: { code: 'order_totals_wrong', param: '/lines' },
    });
    expect(await put(order([payment, payment]))).toMatchObject({
      status: 400,
      body: { code: 'invalid_field', param: '/payments' },
    });
    expect((await service.support.get(`/v1/orders/${reference}?merchant=${merchantId()}`)).status).toBe(404);
  });
});
