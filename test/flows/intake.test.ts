import type { OrderAggregate } from '../../shared/domain/aggregate';
import type { CancellationStatus } from '../../shared/domain/cancellation';
import type { Payment } from '../../shared/domain/order';
import { isRefusal } from '../../shared/domain/refusal';
import type { RefundLatePorts } from '../../shared/flows/give-back-late';
import type { OrderIntake } from '../../shared/flows/order-intake';
import { takeOrder } from '../../shared/flows/take-order';
import { takePayment } from '../../shared/flows/take-payment';
import type { Person } from '../../shared/ports/accounts';
import type { NewOrder, OrderStore, Written } from '../../shared/ports/order-store';
import { aPolicy, withCancellation } from '../support/orders';

const now = '2026-03-01T12:00:00.000Z';

/** One order in memory; enough of a store for what the intake asks of it. */
class Shelf {
  held: OrderAggregate | undefined;
  answers: Written[] = [];
  early: readonly Payment[] = [];
  readonly people: Person[] = [];

  readonly orders = {
    insert: (order: NewOrder) => this.store(this.held === undefined, order),
    replace: (_before: OrderAggregate, order: NewOrder) => this.store(true, order),
    find: () => Promise.resolve(this.held),
    earlyPayments: () => Promise.resolve(this.early),
    keepEarlyPayment: () => Promise.resolve('stored'),
  } as unknown as OrderStore;

  readonly ports = {
    orders: this.orders,
    configured: new Map([
      ['con_1', { tenant: 't1', provider: 'stripe' }],
      ['con_bank', { tenant: 't1', provider: 'bank_transfer' }],
    ]),
    people: { put: (_tenant: string, person: Person) => Promise.resolve(void this.people.push(person)) },
  } as unknown as RefundLatePorts & Parameters<typeof takeOrder>[0];

  private store(fits: boolean, { header, contract, lines, payments, shipments }: NewOrder): Promise<Written> {
    const answer = this.answers.shift() ?? (fits ? 'stored' : 'lost');
    if (answer !== 'stored') return Promise.resolve(answer);
    const { cancellations = [], shipments: before = [] } = this.held ?? {};
    const counted = { status: 'open', version: 1, sequence: 1, cancelledUnits: 0 } as const;
    const order = { ...header, ...counted, contract, lines };
    this.held = { order, payments, cancellations, shipments: [...before, ...shipments] };
    return Promise.resolve(answer);
  }

  async take(more: Partial<OrderIntake> = {}, version = 1) {
    return takeOrder(this.ports, 't1', '1001', { ...intake, ...more, version }, now);
  }

  async cancelledTo(status: CancellationStatus): Promise<void> {
    await this.take();
    if (this.held === undefined) throw new Error('it was taken');
    this.held = withCancellation(this.held, { units: { '1': [{ from: 0, to: 1 }] } }, status);
  }
}

const line = { id: '1', sku: 's1', kind: 'prepared', quantity: 2, net: 2_000, stage: 'placed' } as const;
const intake: OrderIntake = {
  version: 1,
  merchantId: 'm1',
  placedAt: now,
  currency: 'EUR',
  customer: { id: 'c1', name: 'Ada' },
  contract: { policy: aPolicy({ graceMinutes: 7 }), market: 'DE' },
  lines: [line],
  payments: [{ ref: 'credit', channel: 'store_credit', captures: [{ ref: 'c-1', amount: 2_000 }] }],
};
const parcel = (ref: string, position: 'label_created' | 'handed_over', quantity = 1) => ({
  ref,
  position,
  lines: [{ lineId: '1', quantity }],
});

describe('a newer version of an order', () => {
  test('stores the shipments that it brings', async () => {
    const shelf = new Shelf();
    await shelf.take();
    expect(await shelf.take({ shipments: [parcel('p1', 'label_created')] }, 2)).toMatchObject({ outcome: 'updated' });
    expect(shelf.held?.shipments).toMatchObject([{ ref: 'p1', units: { '1': [{ from: 0, to: 1 }] } }]);
  });

  test.each<[string, readonly ReturnType<typeof parcel>[], number | undefined]>([
    ['may repeat a parcel that is known', [parcel('p1', 'label_created')], undefined],
    ['may not bring another one', [parcel('p1', 'label_created'), parcel('p2', 'label_created')], 1],
    ['may not hand one over', [parcel('p1', 'handed_over')], 0],
    ['may not fill one anew', [parcel('p1', 'label_created', 2)], 0],
  ])('of an order with a parcel %s', async (_, shipments, refusedAt) => {
    const shelf = new Shelf();
    await shelf.take({ shipments: [parcel('p1', 'label_created')] });
    const answer = await shelf.take({ shipments }, 2);
    if (refusedAt === undefined) expect(answer).toMatchObject({ outcome: 'updated' });
    else expect(answer).toMatchObject({ code: 'order_frozen', param: `/shipments/${refusedAt}` });
    expect(shelf.held?.shipments).toHaveLength(1);
  });

  test.each<[string, Partial<OrderIntake>]>([
    ['/contract', { contract: { policy: aPolicy({ graceMinutes: 8 }) } }],
    ['/contract', { contract: { market: 'FR' } }],
    ['/customer/id', { customer: { id: 'c2' } }],
    ['/placedAt', { placedAt: '2026-03-02T12:00:00.000Z' }],
    ['/groupId', { groupId: 'g1' }],
    ['/lines', { lines: [{ ...line, startsAt: now }] }],
    ['/lines', { lines: [{ ...line, location: 'main' }] }],
    ['/lines', { lines: [{ ...line, net: 1_999 }] }],
  ])('may not change %s once it was touched: %j', async (param, change) => {
    const shelf = new Shelf();
    await shelf.cancelledTo('closed');
    expect(await shelf.take(change, 2)).toMatchObject({ code: 'order_frozen', param });
  });

  test('keeps what it does not say of the contract', async () => {
    const shelf = new Shelf();
    await shelf.take();
    await shelf.take({ contract: { market: 'FR' } }, 2);
    expect(shelf.held?.order.contract).toMatchObject({ market: 'FR', policy: { graceMinutes: 7 } });
    const { contract: _contract, ...bare } = intake;
    await takeOrder(shelf.ports, 't1', '1001', { ...bare, version: 3 }, now);
    expect(shelf.held?.order.contract).toMatchObject({ market: 'FR', policy: { graceMinutes: 7 } });
  });

  test.each<[CancellationStatus, boolean]>([
    ['in_grace', false],
    ['awaiting_answer', false],
    ['executing', true],
    ['withdrawn', true],
    ['declined', true],
  ])('while a cancellation of the line is %s may move its stage: %p', async (status, allowed) => {
    const shelf = new Shelf();
    await shelf.cancelledTo(status);
    const { cancellations } = shelf.held ?? {};
    expect(await shelf.take({ lines: [{ ...line, stage: 'accepted' }] }, 2)).toMatchObject(
      allowed
        ? { outcome: 'updated' }
        : { code: 'order_frozen', param: '/lines/0/stage', facts: { cancellation: cancellations?.[0]?.id } },
    );
  });
});

test('the stage of a line that takes up capacity waits until that is given back', async () => {
  const seat = { ...line, location: 'hall' };
  for (const status of ['executing', 'withdrawn'] as const) {
    const shelf = new Shelf();
    await shelf.take({ lines: [seat] });
    shelf.held = withCancellation(shelf.held as OrderAggregate, { units: { '1': [{ from: 0, to: 1 }] } }, status);
    expect(await shelf.take({ lines: [{ ...seat, stage: 'started' }] }, 2)).toMatchObject(
      status === 'executing' ? { code: 'order_frozen', param: '/lines/0/stage' } : { outcome: 'updated' },
    );
  }
});

describe('a gift card that an order sold', () => {
  const card = { id: '1', sku: 'card', kind: 'digital', quantity: 1, net: 2_000 } as const;
  const spending = (spent: number) => ({ lines: [{ ...card, spent }] });

  test('may be spent after other lines were cancelled, but not while its own cancellation waits for an answer', async () => {
    const other = { ...line, id: '2' };
    const shelf = new Shelf();
    await shelf.take({ lines: [card, other] });
    const held = shelf.held as OrderAggregate;
    shelf.held = withCancellation(held, { units: { '2': [{ from: 0, to: 1 }] } }, 'awaiting_answer');
    expect(await shelf.take({ lines: [{ ...card, spent: 500 }, other] }, 2)).toMatchObject({ outcome: 'updated' });
    expect(shelf.held.order.lines[0]).toMatchObject({ spent: 500 });

    const waiting = new Shelf();
    await waiting.take({ lines: [card] });
    const asked = { units: { '1': [{ from: 0, to: 1 }] } };
    waiting.held = withCancellation(waiting.held as OrderAggregate, asked, 'awaiting_answer');
    expect(await waiting.take(spending(500), 2)).toMatchObject({ code: 'order_frozen', param: '/lines/0/spent' });
  });

  test.each<[string, Partial<OrderIntake['lines'][number]>]>([
    ['goods', { kind: 'goods' }],
    ['two units', { quantity: 2 }],
  ])('is a digital line of one unit, and nothing is spent of %s', async (_what, more) => {
    const shelf = new Shelf();
    expect(await shelf.take({ lines: [{ ...card, ...more, spent: 1 }] })).toMatchObject({
      code: 'invalid_field',
      param: '/lines/0/spent',
    });
    expect(shelf.held).toBeUndefined();
  });
});

describe('an order that is sent again', () => {
  test('keeps its person, whom a crash may have lost', async () => {
    const shelf = new Shelf();
    await shelf.take();
    shelf.people.length = 0;
    expect(await shelf.take()).toMatchObject({ outcome: 'unchanged' });
    expect(shelf.people).toEqual([{ customerId: 'c1', name: 'Ada' }]);
  });

  test('and is older does not touch the person', async () => {
    const shelf = new Shelf();
    await shelf.take({}, 2);
    shelf.people.length = 0;
    expect(await shelf.take({}, 1)).toMatchObject({ code: 'order_version_stale' });
    expect(shelf.people).toEqual([]);
  });

  test('is refused for its size, and not tried again', async () => {
    const shelf = new Shelf();
    shelf.answers = ['too_large'];
    expect(await shelf.take()).toMatchObject({ code: 'order_too_large' });
  });
});

test('an order names connections of its own tenant only, and to whom they lead', async () => {
  const shelf = new Shelf();
  const card = (connectionId: string) => ({ ref: 'p', channel: 'stripe' as const, connectionId, captures: [] });
  for (const [part, refused] of [
    [{ payments: [card('con_2')] }, '/payments/0/connectionId'],
    [{ shipments: [{ ...parcel('p1', 'label_created'), connectionId: 'con_2' }] }, '/shipments/0/connectionId'],
    [{ payments: [{ ...card('con_1'), channel: 'adyen' as const }] }, '/payments/0/connectionId'],
    [
      { shipments: [{ ...parcel('p1', 'label_created'), carrier: 'easypost', connectionId: 'con_1' }] },
      '/shipments/0/connectionId',
    ],
  ] as const)
    expect(await shelf.take(part)).toMatchObject({ code: 'connection_unknown', param: refused });
  const foreign = await takeOrder(shelf.ports, 't2', '1001', { ...intake, payments: [card('con_1')] }, now);
  expect(foreign).toMatchObject({ code: 'connection_unknown' });
  expect(await shelf.take({ payments: [card('con_1')] })).toMatchObject({ outcome: 'created' });
});

describe('a payment', () => {
  const payment = { ref: 'p', channel: 'store_credit' as const, captures: [{ ref: 'c', amount: 5 }] };
  const at = { tenant: 't1', orderId: 'ord_1', merchantId: 'm1', mayComeLater: true };

  test('waits for an order that is not there, unless it was named by our own id', async () => {
    const { ports } = new Shelf();
    expect(await takePayment(ports, at, payment, now)).toBe('kept_for_order');
    expect(await takePayment(ports, { ...at, mayComeLater: false }, payment, now)).toMatchObject({ code: 'not_found' });
  });

  test('of another merchant’s order finds none', async () => {
    const shelf = new Shelf();
    await shelf.take();
    const answer = await takePayment(shelf.ports, { ...at, merchantId: 'm2' }, payment, now);
    expect(isRefusal(answer) && answer.code).toBe('not_found');
  });

  test('names each of its captures once', async () => {
    const shelf = new Shelf();
    const twice = { ...payment, captures: [...payment.captures, { ref: 'c', amount: 7 }] };
    expect(await shelf.take({ payments: [twice] })).toMatchObject({
      code: 'invalid_field',
      param: '/payments/0/captures',
    });
    expect(await takePayment(shelf.ports, at, twice, now)).toMatchObject({ code: 'invalid_field', param: '/captures' });
    expect(shelf.held).toBeUndefined();
  });

  describe('of points', () => {
    const redeemed = (capture: string, points = 3) => ({
      ref: 'points',
      channel: 'loyalty_points' as const,
      captures: [{ ref: capture, amount: 1_000 }],
      points,
    });
    const refusal = { code: 'invalid_field', detail: 'Points are redeemed in one capture.' };

    test('is captured once, also where two messages bring a capture each', async () => {
      const shelf = new Shelf();
      await shelf.take({ payments: [redeemed('c-1')] });
      const second = await takePayment(shelf.ports, at, redeemed('c-2'), now);
      expect(second).toMatchObject({ ...refusal, param: '/captures' });
      expect(await takePayment(shelf.ports, at, redeemed('c-1'), now)).toBe('unchanged');
    });

    test('is captured once, also where a newer version of the order brings another', async () => {
      const shelf = new Shelf();
      await shelf.take({ payments: [redeemed('c-1')] });
      expect(await shelf.take({ payments: [redeemed('c-2')] }, 2)).toMatchObject({ ...refusal, param: '/payments' });
      expect(await shelf.take({ payments: [redeemed('c-1')] }, 2)).toMatchObject({ outcome: 'updated' });
    });

    test('is captured once, also where one capture came before the order', async () => {
      const shelf = new Shelf();
      shelf.answers = ['lost'];
      shelf.early = [redeemed('c-1')].map((payment) => ({ ...payment, authorized: 1_000 }));
      expect(await shelf.take({ payments: [redeemed('c-2')] })).toMatchObject({ ...refusal, param: '/payments' });
      expect(await takePayment(shelf.ports, at, redeemed('c-2'), now)).toMatchObject(refusal);
      expect(shelf.held).toBeUndefined();
    });
  });

  describe('that is paid back by bank transfer', () => {
    const token = 'SE322KT223222D5FJ7TJN2986';
    const transferred = (account?: string) => ({
      ref: 'transfer-1',
      channel: 'bank_transfer' as const,
      connectionId: 'con_bank',
      captures: [{ ref: 'c', amount: 2_000 }],
      ...(account === undefined ? {} : { account }),
    });

    test('names the token of an account, or none yet, which may follow', async () => {
      const shelf = new Shelf();
      expect(await shelf.take({ payments: [transferred()] })).toMatchObject({ outcome: 'created' });
      expect(await shelf.take({ payments: [transferred(token)] }, 2)).toMatchObject({ outcome: 'updated' });
      expect(shelf.held?.payments).toMatchObject([{ account: token }]);
      expect(await shelf.take({ payments: [transferred()] }, 3)).toMatchObject({ outcome: 'updated' });
      expect(shelf.held?.payments).toMatchObject([{ account: token }]);
    });

    test.each(['DE89370400440532013000', 'SE4550000000058398257466', 'ACCOUNT-77'])(
      'never names the number of an account: %s is not taken, and not repeated',
      async (account) => {
        const shelf = new Shelf();
        const refused = await shelf.take({ payments: [transferred(account)] });
        expect(refused).toMatchObject({ code: 'invalid_field', param: '/payments/0/account' });
        expect(JSON.stringify(refused)).not.toContain(account);
        expect(shelf.held).toBeUndefined();
        const later = await takePayment(shelf.ports, at, transferred(account), now);
        expect(later).toMatchObject({ code: 'invalid_field', param: '/account' });
      },
    );

    test('on our own ledger an account is what the shop calls it', async () => {
      const account = 'DE89370400440532013000';
      const shelf = new Shelf();
      expect(
        await shelf.take({ payments: [{ ...payment, captures: [{ ref: 'c', amount: 2_000 }], account }] }),
      ).toEqual(expect.objectContaining({ outcome: 'created' }));
    });
  });
});
