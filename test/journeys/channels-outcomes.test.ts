/** What providers make of refunds: too late, too soon, taken but not done, done and then not; and how each of it ends. */
import type { PaymentChannelName } from '../../shared/domain/channel';
import { bookedAt, type Booked } from '../support/payment-parties';
import { expected, onLaptop, useService } from '../support/service';

const service = useService();

const booked = (channel: PaymentChannelName, ref = ''): Promise<Booked> => bookedAt(service.local, channel, ref);
const work = async (caseId: string | undefined, action: string, body: object = {}): Promise<unknown> =>
  expected(await service.support.post(`/v1/cases/${caseId ?? ''}/${action}`, body), 202);

type Row = Readonly<Record<string, unknown>>;

describe('A payment of which its provider takes no refund any more', () => {
  /** The last day of each is in the record of its channel. */
  const tooLate = [
    { channel: 'paypal', currency: 'USD', daysAgo: 181, says: 'REFUND_TIME_LIMIT_EXCEEDED' },
    { channel: 'wechat_pay', currency: 'CNY', daysAgo: 366, says: 'INVALID_REQUEST' },
    { channel: 'alipay', currency: 'CNY', daysAgo: 366, says: 'TRADE_HAS_FINISHED' },
    { channel: 'square', currency: 'USD', daysAgo: 366, says: 'PAYMENT_NOT_REFUNDABLE' },
  ] as const;
  const requestsAt = async (channel: string): Promise<number> =>
    (await service.local.party<{ requests: number }>(channel, 'ledger')).requests;

  onLaptop.each(tooLate)(
    '$channel: the buyer is asked, takes store credit, and the order closes',
    async ({ channel, currency, daysAgo }) => {
      const customer = service.customerNamed(channel);
      const order = await service.order({
        currency,
        customer,
        policy: { askBuyerHours: 48 },
        tenders: [{ channel, amount: 2_000, daysAgo }],
      });
      const asked = await service.buyerIsAsked({ orderId: order.id }, customer);
      expect(asked.choice).toMatchObject({ destinations: ['store_credit'] });
      const wish = { destination: 'store_credit' };
      expected(await customer.post(`/v1/cancellations/${asked.id}/destination`, wish), 202);
      const closed = await service.becomes(asked.id, 'closed');
      expect(closed.legs).toMatchObject([{ channel: 'store_credit', amount: 2_000, status: 'succeeded' }]);
      expect(await service.local.storeCredit('demo', customer.sub, currency)).toBe(2_000);
      expect(await booked(channel, order.payments[0])).toMatchObject({ refunded: 0, refunds: [] });
      expect((await service.orderNow(order.id)).status).toBe('cancelled');
    },
  );

  onLaptop.each(tooLate)(
    '$channel: without a question to the buyer the order stands, and the provider was asked once',
    async ({ channel, currency, daysAgo, says }) => {
      const order = await service.order({ currency, tenders: [{ channel, amount: 2_000, daysAgo }] });
      const before = await requestsAt(channel);
      const { id, failure } = await service.cancelUntil('undone', { orderId: order.id });
      expect([failure, (await service.cancellation(id)).failure]).toEqual([
        'refund_failed',
        expect.stringContaining(says),
      ]);
      // To be let in, to look, to ask.
      expect((await requestsAt(channel)) - before).toBeLessThanOrEqual(3);
      expect(await service.orderNow(order.id)).toMatchObject({ status: 'open', lines: [{ available: 2 }] });
      expect((await booked(channel, order.payments[0])).refunds).toEqual([]);
    },
  );
});

describe('WeChat Pay', () => {
  onLaptop.each([0, 5])(
    'gets two refunds of one payment, asked for within a minute (grace: %i minutes), a minute apart',
    async (graceMinutes) => {
      const order = await service.order({
        currency: 'CNY',
        policy: { graceMinutes },
        lines: [{ quantity: 2, net: 3_001 }],
        tenders: [{ channel: 'wechat_pay', amount: 3_001 }],
      });
      const wish = { orderId: order.id, lines: [{ lineId: '1', quantity: 1 }] };
      const first = expected(await service.cancel(wish), 201, 202);
      await service.local.pass({ seconds: 10 });
      const second = expected(await service.cancel(wish), 201, 202);
      await service.local.idle();
      await service.local.pass({ minutes: graceMinutes, seconds: 1 });
      await service.local.pass({ seconds: 61 });
      await service.local.pass({ seconds: 5 });
      for (const { id } of [first, second]) await service.becomes(id, 'closed');
      const { refunded, refunds } = await booked('wechat_pay', order.payments[0]);
      expect(refunded).toBe(3_001);
      expect(refunds.map(({ amount, status }) => [amount, status])).toEqual([
        [1_501, 'SUCCESS'],
        [1_500, 'SUCCESS'],
      ]);
      const { payments } = await service.local.party<{ payments: Row[] }>('wechat_pay', 'ledger');
      const { hurried } = payments.find(({ out_trade_no: ref }) => ref === order.payments[0]) ?? {};
      expect(hurried).toBe(0);
      expect((await service.orderNow(order.id)).status).toBe('cancelled');
    },
  );
});

describe('Alipay', () => {
  const pay = () => service.order({ currency: 'CNY', tenders: [{ channel: 'alipay', amount: 2_000 }] });

  onLaptop('takes a refund and moves no money yet: it is asked, and refunds once', async () => {
    const order = await pay();
    const [ref = ''] = order.payments;
    await service.local.party('alipay', 'webhooks', { send: 'never', about: [ref] });
    await service.local.party('alipay', 'behaviours', { out_trade_no: ref, state: 'pending' });
    const { id } = expected(await service.cancel({ orderId: order.id }), 201, 202);
    await service.local.idle();
    const open = await service.cancellation(id);
    expect([open.status, (await booked('alipay', ref)).refunded]).toEqual(['executing', 0]);
    await service.local.party('alipay', 'settle', { out_trade_no: ref });
    await service.local.pass({ minutes: 4 });
    const closed = await service.becomes(id, 'closed');
    expect(closed.legs).toMatchObject([{ channel: 'alipay', amount: 2_000, status: 'succeeded' }]);
    expect(await booked('alipay', ref)).toMatchObject({
      refunded: 2_000,
      refunds: [{ amount: 2_000, status: 'succeeded' }],
    });
  });

  onLaptop('takes a refund of which nothing becomes: it is sent again under its number, and refunds once', async () => {
    const order = await pay();
    const [ref = ''] = order.payments;
    await service.local.party('alipay', 'behaviours', { out_trade_no: ref, state: 'pending' });
    const { id } = expected(await service.cancel({ orderId: order.id }), 201, 202);
    await service.local.idle();
    await service.local.party('alipay', 'settle', { out_trade_no: ref, state: 'failed' });
    await service.local.pass({ minutes: 4 });
    await service.becomes(id, 'closed');
    const { refunded, refunds } = await booked('alipay', ref);
    expect([refunded, refunds.map(({ status }) => status)]).toEqual([2_000, ['failed', 'succeeded']]);
    const { refunds: numbers } = await service.local.party<{ refunds: Record<string, string>[] }>('alipay', 'ledger');
    const ours = numbers.filter(({ out_trade_no: trade }) => trade === ref).map(({ out_request_no: number }) => number);
    expect(new Set(ours).size).toBe(1);
  });
});

describe('Square', () => {
  const pending = async (): Promise<{ id: string; orderId: string; ref: string }> => {
    const order = await service.order({ currency: 'USD', tenders: [{ channel: 'square', amount: 2_000 }] });
    const [ref = ''] = order.payments;
    await service.local.party('square', 'behaviours', { payment: ref, status: 'PENDING' });
    const { id } = await service.cancelUntil('refund_pending', { orderId: order.id });
    return { id, orderId: order.id, ref };
  };

  onLaptop('has a refund pending, and says by webhook that it went through', async () => {
    const { id, orderId, ref } = await pending();
    expect((await service.orderNow(orderId)).status).toBe('open');
    await service.local.party('square', 'settle', { payment: ref });
    const { legs, timeline } = await service.becomes(id, 'closed');
    expect(legs).toMatchObject([{ status: 'succeeded', amount: 2_000 }]);
    expect(timeline).toContainEqual(expect.objectContaining({ step: 'payment-result', outcome: 'succeeded' }));
    expect(await booked('square', ref)).toMatchObject({ refunded: 2_000, refunds: [{ status: 'COMPLETED' }] });
  });

  onLaptop('has a refund pending that fails, which a person gives as store credit', async () => {
    const { id, orderId, ref } = await pending();
    const before = await service.local.storeCredit('demo', service.customer.sub, 'USD');
    await service.local.party('square', 'settle', { payment: ref, status: 'FAILED' });
    const failed = await service.becomes(id, 'in_case');
    expect(failed.legs).toMatchObject([{ status: 'failed' }]);
    await work(failed.caseId, 'redirect');
    const { legs } = await service.becomes(id, 'closed');
    expect(legs).toMatchObject([{ channel: 'store_credit', amount: 2_000, status: 'succeeded' }]);
    expect(await service.local.storeCredit('demo', service.customer.sub, 'USD')).toBe(before + 2_000);
    expect(await booked('square', ref)).toMatchObject({ refunded: 0, refunds: [{ status: 'FAILED' }] });
    expect((await service.orderNow(orderId)).status).toBe('cancelled');
  });
});

describe('Adyen', () => {
  onLaptop('receives a refund, says that it went through, and that it failed after all', async () => {
    const order = await service.order({ currency: 'EUR', tenders: [{ channel: 'adyen', amount: 2_000 }] });
    const [ref = ''] = order.payments;
    await service.local.party('adyen', 'behaviours', { payment: ref, status: 'received' });
    const { id } = await service.cancelUntil('refund_pending', { orderId: order.id });
    await service.local.party('adyen', 'settle', { payment: ref });
    await service.becomes(id, 'closed');
    expect((await booked('adyen', ref)).refunded).toBe(2_000);
    await service.local.party('adyen', 'bounce', { payment: ref });
    const { caseId, legs } = await service.becomes(id, 'in_case');
    expect(legs).toMatchObject([{ status: 'bounced' }]);
    const types = (await service.local.heard(order.id)).map(({ type }) => type);
    expect(types.filter((type) => type === 'refund.bounced' || type === 'case.opened')).toHaveLength(2);
    expect((await booked('adyen', ref)).refunded).toBe(0);
    await work(caseId, 'retry');
    await service.becomes(id, 'closed');
    expect(await booked('adyen', ref)).toMatchObject({
      refunded: 2_000,
      refunds: [{ status: 'failed' }, { status: 'succeeded' }],
    });
    expect((await service.orderNow(order.id)).status).toBe('cancelled');
  });
});
