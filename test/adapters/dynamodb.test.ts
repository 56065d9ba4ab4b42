import { type DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { assembly } from '../../infra/local/assembly';
import { startLaptop, type Laptop } from '../../infra/local/laptop';
import { DynamoCancellationStore } from '../../shared/adapters/dynamodb/cancellation-store';
import { DynamoOrderStore } from '../../shared/adapters/dynamodb/order-store';
import { DynamoParkedEvents } from '../../shared/adapters/dynamodb/parked-events';
import { DynamoViews } from '../../shared/adapters/dynamodb/views';
import { OwnLedger } from '../../shared/adapters/payments/own-ledger';
import type { OrderAggregate } from '../../shared/domain/aggregate';
import type { Cancellation } from '../../shared/domain/cancellation';
import type { DomainEvent } from '../../shared/domain/events';
import { derivedId } from '../../shared/domain/ids';
import type { Shipment } from '../../shared/domain/order';
import { isRefusal, refuse, type Refusal } from '../../shared/domain/refusal';
import type { CancellationPointer } from '../../shared/ports/cancellation-store';
import type { NewOrder, OrderSummary, Page } from '../../shared/ports/order-store';
import { documentClientOf } from '../support/document-client';
import { anOrder, aPayment, aShipment } from '../support/orders';

/** The conditions of the adapters are the argument that nothing happens twice; here they meet a real engine. */

const at = '2026-03-01T12:00:00.000Z';
const entry = { actor: 'system', step: 'test', outcome: 'done', at };
const tenant = 't1';

let laptop: Laptop;
let client: DynamoDBDocumentClient;
let orders: DynamoOrderStore;
let cancellations: DynamoCancellationStore;
let ordersTable: string;
let counter = 0;

beforeAll(async () => {
  laptop = await startLaptop({ assembly: await assembly(), log: 'silent' });
  client = documentClientOf(laptop.baseUrl);
  ordersTable = laptop.table('orders').name;
  orders = new DynamoOrderStore(client, ordersTable);
  cancellations = new DynamoCancellationStore(client, ordersTable);
}, 120_000);

afterAll(async () => {
  client.destroy();
  await laptop.close();
});

function pageOf<Item>(page: Page<Item> | Refusal): Page<Item> {
  if (isRefusal(page)) throw new Error(page.detail);
  return page;
}

async function stored(lines = [{ id: '1', quantity: 3 }]): Promise<OrderAggregate> {
  counter += 1;
  const { order, payments } = anOrder({ lines });
  const id = derivedId('ord', tenant, counter);
  const {
    contract,
    lines: sold,
    version: _version,
    sequence: _sequence,
    status: _status,
    cancelledUnits: _units,
    ...header
  } = order;
  const news: NewOrder = { header: { ...header, id, tenant }, contract, lines: sold, payments, shipments: [] };
  expect(await orders.insert(news, [], entry)).toBe('stored');
  const found = await orders.find(tenant, id);
  if (found === undefined) throw new Error('the order was stored');
  return found;
}

function cancelling(aggregate: OrderAggregate, key: string, more: Partial<Cancellation> = {}): Cancellation {
  const { order } = aggregate;
  return {
    id: derivedId('can', order.id, key),
    tenant: order.tenant,
    merchantId: order.merchantId,
    orderId: order.id,
    orderReference: order.reference,
    customerId: order.customerId,
    currency: order.currency,
    initiator: 'customer',
    reason: { core: 'changed_mind' },
    request: 'r1',
    requestedAt: at,
    units: { '1': [{ from: 0, to: 1 }] },
    money: { net: 1_000, discount: 0, tax: 0, duty: 0, shipping: 0, shippingTax: 0 },
    refund: 1_000,
    legs: [],
    recalls: [],
    policy: { id: 'test', version: 1 },
    rule: 'test',
    run: { generation: 1, leaseUntil: at },
    revision: 1,
    status: 'executing',
    ...more,
  } as Cancellation;
}

describe('an order in the table', () => {
  test('comes back as it was stored, also with a thousand lines', async () => {
    const aggregate = await stored(
      Array.from({ length: 1_100 }, (_, index) => ({ id: String(index + 1), quantity: 2 })),
    );
    expect(aggregate.order.lines).toHaveLength(1_100);
    expect(aggregate.order.lines.map((line) => line.id)).toEqual(
      Array.from({ length: 1_100 }, (_, index) => String(index + 1)),
    );
    expect(aggregate.order.units).toBe(2_200);
  });

  test('is stored once: a second insert is lost', async () => {
    const { order, payments } = await stored();
    const { contract, lines, ...header } = order;
    expect(await orders.insert({ header, contract, lines, payments, shipments: [] }, [], entry)).toBe('lost');
  });

  test('is not overwritten by a payment that came before it and was not read', async () => {
    counter += 1;
    const id = derivedId('ord', tenant, counter);
    const { order, payments } = anOrder({ lines: [{ id: '1', quantity: 1 }] });
    const [payment] = payments;
    if (payment === undefined) throw new Error('it has a payment');
    await orders.keepEarlyPayment(tenant, id, [], payment);
    const { contract, lines, ...header } = order;
    const news = { header: { ...header, id, tenant }, contract, lines, payments, shipments: [] };
    expect(await orders.insert(news, [], entry)).toBe('lost');
    expect(await orders.insert(news, await orders.earlyPayments(tenant, id), entry)).toBe('stored');
  });

  test('is not overwritten by an older view of a payment that went on after it was read', async () => {
    counter += 1;
    const id = derivedId('ord', tenant, counter);
    const { order, payments } = anOrder({ lines: [{ id: '1', quantity: 1 }] });
    const [payment] = payments;
    if (payment === undefined) throw new Error('it has a payment');
    expect(await orders.keepEarlyPayment(tenant, id, [], { ...payment, captures: [] })).toBe('stored');
    const read = await orders.earlyPayments(tenant, id);
    expect(await orders.keepEarlyPayment(tenant, id, [], payment)).toBe('lost');
    expect(await orders.keepEarlyPayment(tenant, id, read, payment)).toBe('stored');
    const { contract, lines, ...header } = order;
    const news = { header: { ...header, id, tenant }, contract, lines, payments: read, shipments: [] };
    expect(await orders.insert(news, read, entry)).toBe('lost');
    expect(await orders.earlyPayments(tenant, id)).toEqual([payment]);
  });

  test('keeps its payments: one that comes too late to be early is lost', async () => {
    const { order, payments } = await stored();
    const [payment] = payments;
    if (payment === undefined) throw new Error('it has a payment');
    const older = { ...payment, captures: [] };
    expect(await orders.keepEarlyPayment(tenant, order.id, [payment], older)).toBe('lost');
    expect(await orders.keepEarlyPayment(tenant, order.id, [], { ...older, ref: 'other' })).toBe('lost');
    expect((await orders.find(tenant, order.id))?.payments).toEqual(payments);
  });

  describe('has parcels whose labels nobody else has', () => {
    const label = { carrier: 'ups', connectionId: 'con_1', providerShipmentRef: '1Z1', trackingCode: '1Z1' };
    const parcel = (id: string, more: object = {}) => ({ ...aShipment(id, 'handed_over', {}), ...label, ...more });
    const claim = async (shipment: Shipment, of?: OrderAggregate, when = at) => {
      const { order } = of ?? (await stored());
      return orders.saveShipment(order, shipment, [], { ...entry, at: when });
    };

    test('a label is of one shipment for ever, a tracking code of one order for half a year', async () => {
      const mine = await stored();
      const { id } = mine.order;
      expect(await claim(parcel('a1'), mine)).toBe('stored');
      const again = async (shipment: Shipment) => claim(shipment, await orders.find(tenant, id));
      expect(await again(parcel('a1'))).toBe('stored');
      expect(await again(parcel('a2'))).toBe('label_taken');
      expect(await again(parcel('a2', { providerShipmentRef: '1Z2' }))).toBe('stored');
      const code = { connectionId: undefined, providerShipmentRef: undefined };
      expect(await claim(parcel('b1'))).toBe('label_taken');
      expect(await claim(parcel('b1', code))).toBe('label_taken');
      expect(await claim(parcel('b1', { ...code, carrier: 'easypost' }))).toBe('stored');
      expect(await claim(parcel('b1', code), undefined, '2026-08-01T00:00:00.000Z')).toBe('label_taken');
      const later = '2026-10-01T00:00:00.000Z';
      expect(await claim(parcel('b1', { ...code, claimedAt: later }), undefined, later)).toBe('stored');
      expect(await claim(parcel('b1'), undefined, '2036-10-01T00:00:00.000Z')).toBe('label_taken');
    });

    test('who decided on an older version is told that first', async () => {
      const read = await stored();
      expect(await claim(parcel('c1', { providerShipmentRef: '1Z3', trackingCode: '1Z3' }), read)).toBe('stored');
      expect(await claim(parcel('c2', { providerShipmentRef: '1Z3' }), read)).toBe('lost');
    });

    test('a parcel that moves on writes them no more', async () => {
      const read = await stored();
      const moved = parcel('d1', { position: 'in_transit', providerShipmentRef: '1Z4', trackingCode: '1Z4' });
      expect(await claim(moved, read)).toBe('stored');
      expect(await claim(parcel('d2', { providerShipmentRef: '1Z4', trackingCode: '1Z4' }))).toBe('stored');
    });
  });

  test('that can never be stored in one transaction is too large, and nothing of it is written', async () => {
    const { order, payments } = anOrder({ lines: [{ id: '1', quantity: 1 }] });
    const [payment] = payments;
    if (payment === undefined) throw new Error('it has a payment');
    const { contract, lines, ...header } = order;
    const id = derivedId('ord', tenant, 'large');
    const news = { header: { ...header, id, tenant }, contract, lines, shipments: [] };
    const many = Array.from({ length: 99 }, (_, index) => ({ ...payment, ref: `p${index}` }));
    expect(await orders.insert({ ...news, payments: many }, [], entry)).toBe('too_large');
    const wordy = lines.map((line) => ({ ...line, category: 'x'.repeat(400 * 1024) }));
    expect(await orders.insert({ ...news, lines: wordy, payments: [] }, [], entry)).toBe('too_large');
    expect(await orders.find(tenant, id)).toBeUndefined();
    expect(await orders.insert({ ...news, payments: many.slice(1) }, [], entry)).toBe('stored');
  });

  test('keeps its header under one kilobyte, because every decision rewrites it', async () => {
    const { order } = await stored(Array.from({ length: 500 }, (_, index) => ({ id: String(index + 1), quantity: 9 })));
    const { Item } = await client.send(
      new GetCommand({ TableName: ordersTable, Key: { pk: `T#${tenant}#O#${order.id}`, sk: 'HEAD' } }),
    );
    expect(JSON.stringify(Item).length).toBeLessThan(1_024);
  });

  test.each<[string, (read: OrderAggregate) => Promise<unknown>]>([
    ['a parcel is claimed', ({ order }) => orders.saveShipment(order, aShipment('p1', 'handed_over', {}), [], entry)],
    ['a payment comes', (read) => orders.savePayment(read, aPayment('late', 1, [1]), entry)],
  ])('keeps it so when %s', async (_what, write) => {
    const read = await stored(Array.from({ length: 500 }, (_, index) => ({ id: String(index + 1), quantity: 9 })));
    expect(await write(read)).toBe('stored');
    const { Item } = await client.send(
      new GetCommand({ TableName: ordersTable, Key: { pk: `T#${tenant}#O#${read.order.id}`, sk: 'HEAD' } }),
    );
    expect(JSON.stringify(Item).length).toBeLessThan(1_024);
  });
});

describe('a list in pages', () => {
  const customer = 'c-pages';
  const summary = (number: number): OrderSummary => ({
    id: derivedId('ord', tenant, 'page', number),
    reference: String(number),
    merchantId: 'm1',
    status: number % 3 === 0 ? 'cancelled' : 'open',
    placedAt: `2026-03-01T12:00:${String(number).padStart(2, '0')}.000Z`,
    currency: 'EUR',
    total: 1,
  });
  let views: DynamoViews;
  const page = async (status: string | undefined, limit: number, startingAfter?: string) =>
    pageOf(
      await views.listOrders(tenant, customer, status, {
        limit,
        ...(startingAfter === undefined ? {} : { startingAfter }),
      }),
    );

  beforeAll(async () => {
    views = new DynamoViews(client, laptop.table('views').name);
    for (let number = 1; number <= 12; number += 1) {
      await views.showOrder(tenant, customer, { ...summary(number), version: 1 });
    }
  });

  test('shows every entry once, and says when there is no more', async () => {
    const first = await page(undefined, 6);
    const second = await page(undefined, 6, first.next);
    expect([...first.items, ...second.items].map(({ reference }) => Number(reference))).toEqual([
      12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1,
    ]);
    expect(second.next).toBeUndefined();
  });

  test('is filled although entries are left out', async () => {
    const first = await page('cancelled', 3);
    expect(first.items.map(({ reference }) => reference)).toEqual(['12', '9', '6']);
    const second = await page('cancelled', 3, first.next);
    expect(second).toEqual({ items: [summary(3)] });
  });

  test('goes on in an index as well', async () => {
    const refs = [(await stored()).order, (await stored()).order].map(({ customerId }) => customerId);
    const one = pageOf(await orders.listActive(tenant, refs[0] ?? '', { limit: 1 }));
    const two = pageOf(await orders.listActive(tenant, refs[0] ?? '', { limit: 1, startingAfter: one.next ?? '' }));
    expect(two.items[0]?.id).not.toBe(one.items[0]?.id);
    expect(two.items).toHaveLength(1);
  });

  test('shows no key in its cursor, and refuses one that is damaged or of another list', async () => {
    const { next = '' } = await page(undefined, 6);
    expect(Buffer.from(next, 'base64url').toString()).not.toContain('T#');
    const refused = { code: 'invalid_field', param: 'starting_after' };
    const sortKeyGone = Buffer.from(JSON.stringify(['x'])).toString('base64url');
    for (const startingAfter of ['x', '%%%', next.slice(0, -4), 'bnVsbA', 'e30', sortKeyGone]) {
      expect(await views.listOrders(tenant, customer, undefined, { limit: 6, startingAfter })).toMatchObject(refused);
    }
    const wish = { limit: 6, startingAfter: next };
    expect(await views.listOrders(tenant, 'another', undefined, wish)).toMatchObject(refused);
    expect(await orders.listActive(tenant, customer, wish)).toMatchObject(refused);
    expect(await cancellations.listCases(tenant, wish)).toMatchObject(refused);
  });
});

describe('recording a cancellation', () => {
  test('moves the order, so that whoever decided on the old version loses', async () => {
    const read = await stored();
    expect(await cancellations.record(read, cancelling(read, 'a'), ['cancellation.requested'], entry)).toBe('recorded');
    expect(await cancellations.record(read, cancelling(read, 'b'), ['cancellation.requested'], entry)).toBe('lost');
    expect((await orders.find(tenant, read.order.id))?.cancellations.map(({ id }) => id)).toEqual([
      cancelling(read, 'a').id,
    ]);
  });

  test('tells that it is there already when it is recorded twice', async () => {
    const read = await stored();
    await cancellations.record(read, cancelling(read, 'a'), [], entry);
    const again = await orders.find(tenant, read.order.id);
    expect(await cancellations.record(again ?? read, cancelling(read, 'a'), [], entry)).toBe('exists');
  });

  test('lets exactly one of fifty win that decided on the same version', async () => {
    const read = await stored();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, index) => cancellations.record(read, cancelling(read, `r${index}`), [], entry)),
    );
    expect(outcomes.filter((outcome) => outcome === 'recorded')).toHaveLength(1);
  });

  describe('the id of a cancellation', () => {
    const pointerOf = (name: string): CancellationPointer => ({
      tenant,
      cancellationId: derivedId('can', 'pointer', name),
      orderId: 'ord_1',
      request: 'first',
      at,
    });
    const refusal = refuse('cancellation_open', 'One is open.', { facts: { cancellation: 'can_1' } });
    const locate = ({ cancellationId }: CancellationPointer) => cancellations.locate(tenant, cancellationId);

    test('is taken once, and who comes later hears by what', async () => {
      const pointer = pointerOf('once');
      expect(await cancellations.takeId(pointer)).toBeUndefined();
      expect(await cancellations.takeId({ ...pointer, request: 'second' })).toEqual(pointer);
      expect(await locate(pointer)).toEqual(pointer);
      expect(await cancellations.locate('t2', pointer.cancellationId)).toBeUndefined();
    });

    test('is taken from what was given up by one of two only', async () => {
      const pointer = pointerOf('given up');
      await cancellations.takeId(pointer);
      const next = { ...pointer, at: '2026-03-01T12:00:13.000Z' };
      expect(await cancellations.takeId(next, pointer)).toBeUndefined();
      expect(await cancellations.takeId({ ...next, request: 'second' }, pointer)).toEqual(next);
    });

    test('is taken by a refusal, which is read again as it was said', async () => {
      const pointer = { ...pointerOf('refused'), refusal };
      expect(await cancellations.takeId(pointer)).toBeUndefined();
      expect(await locate(pointer)).toEqual(pointer);
      const { refusal: _, ...corrected } = { ...pointer, request: 'corrected' };
      expect(await cancellations.takeId(corrected, pointer)).toBeUndefined();
      expect(await locate(pointer)).toEqual(corrected);
    });

    test('keeps no large facts of a refusal', async () => {
      const facts = { quote: { lines: Array.from({ length: 5_000 }, (_, line) => ({ lineId: `line-${line}` })) } };
      const pointer = pointerOf('large');
      await cancellations.takeId({ ...pointer, refusal: { ...refusal, facts } });
      expect((await locate(pointer))?.refusal).toEqual({ code: refusal.code, detail: refusal.detail });
    });
  });
});

describe('saving a cancellation', () => {
  test('loses when somebody has written it since it was read', async () => {
    const read = await stored();
    const before = cancelling(read, 'a');
    await cancellations.record(read, before, [], entry);
    expect(await cancellations.save(before, { ...before, note: 'mine' }, entry)).toBe('saved');
    expect(await cancellations.save(before, { ...before, note: 'late' }, entry)).toBe('lost');
  });

  test('loses for a run whose generation was replaced', async () => {
    const read = await stored();
    const before = cancelling(read, 'a');
    await cancellations.record(read, before, [], entry);
    const old = { ...before, run: { ...before.run, generation: 0 } };
    expect(await cancellations.save(old, old, entry)).toBe('lost');
  });

  test('knows its own write again when the answer to it was lost', async () => {
    const read = await stored();
    const before = cancelling(read, 'a');
    await cancellations.record(read, before, [], entry);
    const after = { ...before, note: 'once' };
    expect(await cancellations.save(before, after, entry)).toBe('saved');
    expect(await cancellations.save(before, after, entry)).toBe('saved');
    expect((await cancellations.find(tenant, read.order.id, before.id))?.revision).toBe(2);
  });

  test('numbers events of the order without gaps and closes it with its last unit', async () => {
    const read = await stored();
    const part = cancelling(read, 'a');
    await cancellations.record(read, part, ['cancellation.requested'], entry);
    const closed = { ...part, status: 'closed' as const, closedAt: at };
    await cancellations.saveWithOrder(part, closed, { events: ['cancellation.closed'], closesUnits: 1 }, entry);
    const half = await orders.find(tenant, read.order.id);
    expect(half?.order).toMatchObject({ status: 'partially_cancelled', cancelledUnits: 1, sequence: 4 });

    const rest = cancelling(read, 'b', { units: { '1': [{ from: 1, to: 3 }] } });
    await cancellations.record(half ?? read, rest, ['cancellation.requested'], entry);
    const ended = { ...rest, status: 'closed' as const, closedAt: at };
    await cancellations.saveWithOrder(rest, ended, { events: ['cancellation.closed'], closesUnits: 2 }, entry);
    expect((await orders.find(tenant, read.order.id))?.order).toMatchObject({
      status: 'cancelled',
      cancelledUnits: 3,
      sequence: 7,
    });
  });

  test('takes a cancelled order off its customer’s active list, and answered ones off the queue', async () => {
    const read = await stored();
    const listed = async () =>
      pageOf(await orders.listActive(tenant, read.order.customerId, { limit: 100 })).items.map(({ id }) => id);
    expect(await listed()).toContain(read.order.id);
    const deadline = '2026-03-02T12:00:00.000Z';
    const waiting = cancelling(read, 'a', { status: 'awaiting_answer', deadline, onSilence: 'approve' });
    await cancellations.record(read, waiting, [], entry);
    const queued = async () =>
      pageOf(await cancellations.listQueue(tenant, 'm1', { limit: 100 })).items.map((item) => item.cancellationId);
    expect(await queued()).toContain(waiting.id);
    const {
      deadline: _deadline,
      onSilence: _onSilence,
      ...rest
    } = waiting as Cancellation & { status: 'awaiting_answer' };
    await cancellations.saveWithOrder(
      waiting,
      { ...rest, status: 'closed', closedAt: at },
      { events: [], closesUnits: 3 },
      entry,
    );
    expect(await queued()).not.toContain(waiting.id);
    expect(await listed()).not.toContain(read.order.id);
  });

  test('keeps the item of a common cancellation under one write unit', async () => {
    const read = await stored();
    const leg = {
      id: 'l1',
      paymentRef: 'pi_3MtwBwLkdIwHu7ix28a3tqPa',
      channel: 'stripe' as const,
      connectionId: 'con_stripe_demo',
      captureRef: 'ch_3MtwBwLkdIwHu7ix28a3tqPa',
      operation: 'refund' as const,
      amount: 1_000,
      status: 'planned' as const,
      attempt: 1,
    };
    const one = cancelling(read, 'size', { legs: [leg] });
    await cancellations.record(read, one, ['cancellation.requested'], entry);
    const { Items } = await client.send(
      new QueryCommand({
        TableName: ordersTable,
        KeyConditionExpression: 'pk = :pk AND sk = :sk',
        ExpressionAttributeValues: { ':pk': `T#${tenant}#O#${read.order.id}`, ':sk': `CAN#${one.id}` },
      }),
    );
    const [item] = Items ?? [];
    const size = Object.entries(item ?? {}).reduce(
      (sum, [name, value]) =>
        sum + name.length + Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value)),
      0,
    );
    expect(size).toBeLessThan(960);
    expect(item).toMatchObject({ tells: 1, events: ['2 cancellation.requested'] });
  });
});

describe('store credit', () => {
  test('credits a leg once, and finds it again', async () => {
    const credit = new OwnLedger(client, ordersTable, 'store_credit', () => at);
    const connection = { id: 'own', tenant, provider: 'store_credit', apiKey: '', webhookSecrets: [] };
    const trail = { tenant, orderId: 'ord_1', cancellationId: 'can_1', legId: 'rfd_1-1', leg: 'l1', attempt: 1 };
    const request = {
      connection,
      paymentRef: 'cus_1',
      captureRef: 'c',
      amount: 700,
      currency: 'KWD',
      key: 'rfd_1-1',
      legId: 'rfd_1-1',
      trail,
    };
    expect(await credit.query(request)).toBeUndefined();
    await Promise.all([credit.refund(request), credit.refund(request), credit.refund(request)]);
    expect(await credit.query(request)).toEqual({ status: 'succeeded', providerRef: 'rfd_1-1', amount: 700 });
    const { Item } = await client.send(
      new GetCommand({ TableName: ordersTable, Key: { pk: `T#${tenant}#SC#cus_1`, sk: 'BALANCE#KWD' } }),
    );
    expect(Item?.['amount']).toBe(700);
  });

  test.each([
    ['gift_card', undefined, 'GC', 'BALANCE#EUR', 700],
    ['loyalty_points', 1_400, 'LP', 'BALANCE#POINTS', 1_400],
  ] as const)('a %s gets back what it is made of, once', async (kind, points, prefix, balanceOf, expected) => {
    const ledger = new OwnLedger(client, ordersTable, kind, () => at);
    const connection = { id: 'own', tenant, provider: kind, apiKey: '', webhookSecrets: [] };
    const trail = { tenant, orderId: 'ord_1', cancellationId: 'can_1', legId: 'rfd_2-1', leg: 'l1', attempt: 1 };
    const request = {
      ...{ connection, paymentRef: 'acc_1', captureRef: 'c', amount: 700, currency: 'EUR', key: 'rfd_2-1' },
      ...{ legId: 'rfd_2-1', trail, ...(points === undefined ? {} : { points }) },
    };
    await Promise.all([ledger.refund(request), ledger.refund(request)]);
    expect(await ledger.query(request)).toEqual({ status: 'succeeded', providerRef: 'rfd_2-1', amount: 700 });
    const Key = { pk: `T#${tenant}#${prefix}#acc_1`, sk: balanceOf };
    const { Item } = await client.send(new GetCommand({ TableName: ordersTable, Key }));
    expect(Item?.['amount']).toBe(expected);
  });

  test('points without their number are refused, and nothing is credited', async () => {
    const ledger = new OwnLedger(client, ordersTable, 'loyalty_points', () => at);
    const connection = { id: 'own', tenant, provider: 'loyalty_points', apiKey: '', webhookSecrets: [] };
    const trail = { tenant, orderId: 'ord_1', cancellationId: 'can_1', legId: 'rfd_3-1', leg: 'l1', attempt: 1 };
    const request = {
      ...{ connection, paymentRef: 'acc_3', captureRef: 'c', amount: 700, currency: 'EUR', key: 'rfd_3-1' },
      ...{ legId: 'rfd_3-1', trail },
    };
    await expect(ledger.refund(request)).rejects.toThrow('says no points');
    expect(await ledger.query(request)).toBeUndefined();
  });
});

describe('parked events', () => {
  const event = (sequence: number): DomainEvent => ({
    id: `evt_${sequence}`,
    tenant,
    merchantId: 'm1',
    orderId: 'ord_p',
    type: 'order.updated',
    sequence,
    at,
    data: {},
  });

  test('are kept in sequence per order, and leave the list with the last one', async () => {
    const parked = new DynamoParkedEvents(client, laptop.table('views').name);
    await parked.park([event(11), event(2), event(3)], 'why');
    expect(await parked.isParked(tenant, 'ord_p')).toBe(true);
    expect((await parked.of(tenant, 'ord_p')).map(({ sequence }) => sequence)).toEqual([2, 3, 11]);
    await parked.release(tenant, 'ord_p', [2, 3], false);
    expect(await parked.isParked(tenant, 'ord_p')).toBe(true);
    await parked.release(tenant, 'ord_p', [11], true);
    expect(await parked.isParked(tenant, 'ord_p')).toBe(false);
  });

  test('stay listed when one more was parked while the others were told', async () => {
    const parked = new DynamoParkedEvents(client, laptop.table('views').name);
    await parked.park([event(1), event(2)], 'why');
    await parked.release(tenant, 'ord_p', [1], true);
    expect(await parked.isParked(tenant, 'ord_p')).toBe(true);
    await parked.release(tenant, 'ord_p', [2], true);
  });
});
