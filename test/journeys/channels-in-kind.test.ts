/** Orders that were paid with several things: vouchers, points, cash; each comes back as what it was. */
import { bookedAt } from '../support/payment-parties';
import { expected, onLaptop, useService, type Cancellation } from '../support/service';

const service = useService();

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
/** What went back on a channel over several cancellations. */
const given = (cancellations: readonly Cancellation[], channel: string): readonly number[] =>
  cancellations.flatMap(({ legs }) => legs.filter((leg) => leg.channel === channel).map(({ amount }) => amount));

describe('An order that was paid with a voucher and a card', () => {
  onLaptop('in instalments comes off line by line: the voucher is filled first, and all sums are exact', async () => {
    const order = await service.order({
      currency: 'BRL',
      lines: [
        { quantity: 2, net: 17_980 },
        { quantity: 3, net: 4_997 },
        { quantity: 1, net: 2_490 },
      ],
      shipping: { amount: 5_671 },
      tenders: [
        { channel: 'gift_card', amount: 6_150 },
        { card: 24_988, label: 'card ending 4242, in 6 instalments' },
      ],
    });
    const [voucher = '', card = ''] = order.payments;
    const first = await service.cancelUntil('closed', { orderId: order.id, lines: [{ lineId: '2', quantity: 1 }] });
    expect(given([first], 'gift_card')).toEqual([first.refund.amount]);
    const second = await service.cancelUntil('closed', { orderId: order.id, lines: [{ lineId: '1', quantity: 1 }] });
    expect(await service.orderNow(order.id)).toMatchObject({ status: 'partially_cancelled' });
    const rest = await service.cancelUntil('closed', { orderId: order.id });
    const all = [first, second, rest];
    expect(sum(all.map(({ refund }) => refund.amount))).toBe(order.total);
    expect(sum(given(all, 'gift_card'))).toBe(6_150);
    expect(await service.local.onLedger('gift_card', 'demo', voucher, 'BRL')).toBe(6_150);
    expect(await bookedAt(service.local, 'stripe', card)).toMatchObject({
      refunded: 24_988,
      refunds: given(all, 'stripe').map((amount) => ({ amount, status: 'succeeded' })),
    });
    expect((await service.orderNow(order.id)).status).toBe('cancelled');
  });
});

describe('An order that was paid with points, a card and a coupon', () => {
  onLaptop('gives points back as points, none lost to rounding, and no money for the coupon', async () => {
    const member = `${service.prefix}-member`;
    const order = await service.order({
      currency: 'EUR',
      lines: [
        { quantity: 5, net: 5_000 },
        { quantity: 2, net: 3_333, tax: 633 },
      ],
      discount: 777,
      tenders: [
        { channel: 'loyalty_points', amount: 1_500, points: 1_001, account: member },
        { channel: 'adyen', amount: 6_689 },
      ],
    });
    const one = { orderId: order.id, lines: [{ lineId: '1', quantity: 1 }] };
    const first = await service.cancelUntil('closed', one);
    const second = await service.cancelUntil('closed', one);
    const rest = await service.cancelUntil('closed', { orderId: order.id });
    const parts = [first, second, rest];
    // The points are worth more than one unit and less than two.
    const channels = parts.map(({ legs }) => legs.map(({ channel }) => channel));
    expect(channels).toEqual([['loyalty_points'], ['loyalty_points', 'adyen'], ['adyen']]);
    expect(sum(parts.map(({ refund }) => refund.amount))).toBe(5_000 + 3_333 + 633 - 777);
    expect(sum(given(parts, 'loyalty_points'))).toBe(1_500);
    const points = parts.flatMap(({ legs }) => legs.flatMap((leg) => leg.points ?? []));
    expect(sum(points)).toBe(1_001);
    expect(await service.local.onLedger('loyalty_points', 'demo', member, 'POINTS')).toBe(1_001);
    const { refunded, refunds } = await bookedAt(service.local, 'adyen', order.payments[1] ?? '');
    expect(refunded).toBe(6_689);
    expect(refunds.map(({ amount }) => amount)).toEqual(given(parts, 'adyen'));
    expect((await service.orderNow(order.id)).status).toBe('cancelled');
  });
});

describe('A gift card that an order sold', () => {
  const card = { id: 'card', kind: 'digital', net: 5_000 } as const;

  /** An order of the card and a mug for 10.00; the shop tells what its holder has spent of the card since. */
  async function sold(spent: number) {
    const order = await service.order({ lines: [card, { id: 'mug' }] });
    const lines = (order.body['lines'] as { id: string }[]).map((line) =>
      line.id === 'card' ? { ...line, spent } : line,
    );
    expected(await service.system.put(`/v1/orders/${order.reference}`, { ...order.body, version: 2, lines }), 200);
    return order;
  }

  onLaptop.each(['customer', 'merchant'] as const)(
    'and that was used in part gives back the rest, to a %s too, and never the whole price',
    async (role) => {
      const order = await sold(1_750);
      const wish = { orderId: order.id, lines: [{ lineId: 'card', quantity: 1 }] };
      const closed = await service.cancelUntil('closed', wish, service[role]);
      expect(closed).toMatchObject({
        refund: { amount: 3_250 },
        deductions: [{ code: 'gift_card_spent', amount: 1_750 }],
      });
      expect((await bookedAt(service.local, 'stripe', order.payments[0] ?? '')).refunded).toBe(3_250);
      await service.cancelUntil('closed', { orderId: order.id });
      expect((await bookedAt(service.local, 'stripe', order.payments[0] ?? '')).refunded).toBe(4_250);
      expect((await service.orderNow(order.id)).status).toBe('cancelled');
    },
  );

  onLaptop('and that was used to the end stays sold, and the rest of the order comes off without it', async () => {
    const order = await sold(5_000);
    const wish = { orderId: order.id, lines: [{ lineId: 'card', quantity: 1 }] };
    for (const caller of [service.customer, service.merchant])
      expect(await service.cancel(wish, caller)).toMatchObject({ status: 409, body: { code: 'gift_card_spent' } });
    const { refund, lines } = await service.cancelUntil('closed', { orderId: order.id });
    expect([refund.amount, lines]).toEqual([1_000, [{ lineId: 'mug', quantity: 1 }]]);
    expect((await service.orderNow(order.id)).status).toBe('partially_cancelled');
  });

  test('cannot be spent while the merchant is asked for it', async () => {
    const order = await service.order({
      policy: { approval: { above: {}, deadlineMinutes: 60, onSilence: 'decline' } },
      lines: [{ id: 'card', kind: 'digital', quantity: 1, net: 5_000 }],
    });
    await service.cancelUntil('awaiting_answer', { orderId: order.id });
    const [card] = order.body['lines'] as object[];
    const told = { ...order.body, version: order.body.version + 1, lines: [{ ...card, spent: 10 }] };
    expect(await service.system.put(`/v1/orders/${order.reference}`, told)).toMatchObject({
      status: 409,
      body: { code: 'order_frozen', param: '/lines/0/spent' },
    });
  });
});

describe('An order that is paid in cash at the door', () => {
  const cash = (account?: string) =>
    service.order({
      currency: 'EUR',
      tenders: [{ channel: 'bank_transfer', amount: 0, captured: [], ...(account === undefined ? {} : { account }) }],
    });
  const accountNamed = (name: string): string => `SE32${name}5D5FJ7TJN29`.toUpperCase();
  const collected = (order: { reference: string; payments: readonly string[] }, account: string) =>
    service.system.put<{ outcome: string }>(`/v1/orders/${order.reference}/payments/${order.payments[0] ?? ''}`, {
      merchantId: service.merchant.claims.merchant_id,
      channel: 'bank_transfer',
      connectionId: 'con_bank_transfer_demo',
      captures: [{ ref: 'at-the-door', amount: 2_000 }],
      account,
    });
  const paidOut = (account: string) => bookedAt(service.local, 'bank_transfer', account);

  onLaptop('and was not paid yet has nothing to give back', async () => {
    const order = await cash();
    const closed = await service.cancelUntil('closed', { orderId: order.id });
    expect(closed).toMatchObject({ refund: { amount: 0 }, legs: [] });
    expect((await service.orderNow(order.id)).status).toBe('cancelled');
  });

  onLaptop("is paid out to the buyer's account, and closes when the bank has booked it", async () => {
    const account = accountNamed('paid');
    const order = await cash(account);
    expected(await collected(order, account), 200);
    await service.local.party('bank_transfer', 'behaviours', { payment: account, status: 'received' });
    const { id } = await service.cancelUntil('refund_pending', { orderId: order.id });
    expect((await service.orderNow(order.id)).status).toBe('open');
    await service.local.party('bank_transfer', 'settle', { payment: account });
    const { legs } = await service.becomes(id, 'closed');
    expect(legs).toMatchObject([{ channel: 'bank_transfer', amount: 2_000, status: 'succeeded' }]);
    expect(await paidOut(account)).toMatchObject({ refunded: 2_000, refunds: [{ amount: 2_000, status: 'booked' }] });
    expect((await service.orderNow(order.id)).status).toBe('cancelled');
  });

  onLaptop('although it was cancelled goes back by itself', async () => {
    const account = accountNamed('late');
    const order = await cash(account);
    await service.cancelUntil('closed', { orderId: order.id });
    expect(await collected(order, account)).toMatchObject({ status: 200, body: { outcome: 'refunding' } });
    await service.local.idle();
    await service.local.pass({ seconds: 61 });
    const { cancellations } = await service.orderNow(order.id);
    expect(cancellations.map(({ status }) => status)).toEqual(['closed', 'closed']);
    expect(await paidOut(account)).toMatchObject({ refunded: 2_000, refunds: [{ amount: 2_000 }] });
  });

  onLaptop('and names no account is not paid out: the buyer is asked', async () => {
    const order = await service.order({
      currency: 'EUR',
      policy: { askBuyerHours: 48 },
      tenders: [{ channel: 'bank_transfer', amount: 2_000 }],
    });
    const { id, choice } = await service.buyerIsAsked({ orderId: order.id });
    expect(choice).toMatchObject({ destinations: ['store_credit'] });
    expected(await service.customer.post(`/v1/cancellations/${id}/destination`, { destination: 'store_credit' }), 202);
    await service.becomes(id, 'closed');
    expect(await service.local.storeCredit('demo', service.customer.sub, 'EUR')).toBe(2_000);
  });
});
