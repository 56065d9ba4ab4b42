/** Where the units of an order are, and where they go when it is cancelled. */
import type { Reply } from '../support/api-client';
import type { Placed } from '../support/order-sketch';
import { aPolicy } from '../support/orders';
import { expected, onLaptop, useService } from '../support/service';

const service = useService();

interface Stock {
  onHand: number;
  reserved: number;
  available: number;
  incoming: number;
  waiting: number;
}
interface Batch {
  results: { status: number; problem?: { code: string; param?: string; facts?: object } }[];
}

const stockOf = async (order: Placed, sku: string): Promise<Partial<Stock>> => {
  const query = new URLSearchParams({ merchant: order.merchantId, sku: `${order.reference}-${sku}`, location: 'main' });
  const reply = await service.system.get<Stock>(`/v1/stock?${query.toString()}`);
  const { onHand, reserved, available, incoming, waiting } = expected(reply, 200);
  return { onHand, reserved, available, incoming, waiting };
};

const report = (order: Placed, ...movements: readonly object[]): Promise<Reply<Batch>> =>
  service.system.post<Batch>('/v1/stock/movements', {
    merchantId: order.merchantId,
    movements: movements.map((movement, place) => ({
      ...{
        ref: `${order.reference}-${JSON.stringify(movement).length}-${place}`,
        sku: `${order.reference}-1`,
        location: 'main',
      },
      ...movement,
    })),
  });
const statuses = (reply: Reply<Batch>): number[] => expected(reply, 200).results.map(({ status }) => status);

describe('A bundle', () => {
  const set = {
    components: [
      { sku: 'cup', quantity: 2 },
      { sku: 'saucer', quantity: 2 },
    ],
  };

  onLaptop('gives each of its components back where it lies', async () => {
    const order = await service.order({ lines: [{ ...set, quantity: 3 }] });
    expect(await stockOf(order, 'cup')).toMatchObject({ onHand: 6, reserved: 6, available: 0 });
    await service.cancelUntil('closed', { orderId: order.id, lines: [{ lineId: '1', quantity: 1 }] });
    expect(await stockOf(order, 'cup')).toMatchObject({ onHand: 6, reserved: 4, available: 2 });
    expect(await stockOf(order, 'saucer')).toMatchObject({ onHand: 6, reserved: 4, available: 2 });
  });

  onLaptop('of which one component has shipped gives back the other, and the first when it came back', async () => {
    const order = await service.order({ lines: [{ ...set, quantity: 1 }] });
    const cup = { sku: `${order.reference}-cup`, orderId: order.id, lineId: '1', quantity: 2 };
    expect(statuses(await report(order, { ...cup, type: 'ship', ref: `${order.reference}-s` }))).toEqual([201]);
    await service.cancelUntil('closed', { orderId: order.id });
    expect(await stockOf(order, 'cup')).toMatchObject({ onHand: 0, reserved: 0 });
    expect(await stockOf(order, 'saucer')).toMatchObject({ onHand: 2, reserved: 0, available: 2 });
    const back = { ...cup, quantity: 1, receipt: 'return-1' };
    const replies = await report(
      order,
      { ...back, type: 'restock', ref: `${order.reference}-b1` },
      { ...back, type: 'no_restock', reason: 'damaged', ref: `${order.reference}-b2` },
      { ...back, type: 'restock', ref: `${order.reference}-b3` },
    );
    expect(statuses(replies)).toEqual([201, 201, 409]);
    expect(await stockOf(order, 'cup')).toMatchObject({ onHand: 1, reserved: 0, available: 1 });
  });
});

describe('A line that is no goods', () => {
  const table = { kind: 'service', opened: { onHand: 4, reserved: 2 }, quantity: 2 } as const;
  const untilServed = { freeUntilStage: 'served', afterwards: 'refuse' } as const;
  const policy = { kinds: { ...aPolicy().kinds, service: untilServed } };

  onLaptop('frees the capacity that it takes up, and waits for no parcel', async () => {
    const order = await service.order({ lines: [table, {}], policy });
    expect(await stockOf(order, '1')).toMatchObject({ onHand: 4, reserved: 2, available: 2 });
    await service.cancelUntil('closed', { orderId: order.id, lines: [{ lineId: '1', quantity: 1 }] });
    expect(await stockOf(order, '1')).toMatchObject({ onHand: 4, reserved: 1, available: 3 });
  });

  onLaptop('whose work has begun has used it', async () => {
    const order = await service.order({ lines: [{ ...table, stage: 'started' }], policy });
    await service.cancelUntil('closed', { orderId: order.id });
    expect(await stockOf(order, '1')).toMatchObject({ onHand: 2, reserved: 0, available: 2 });
  });

  onLaptop('and was reported as taken gives nothing back', async () => {
    const order = await service.order({ lines: [{ ...table, stage: 'started' }], policy });
    const taken = { type: 'ship', orderId: order.id, lineId: '1', quantity: 2, ref: `${order.reference}-taken` };
    expect(statuses(await report(order, taken))).toEqual([201]);
    await service.cancelUntil('closed', { orderId: order.id });
    expect(await stockOf(order, '1')).toMatchObject({ onHand: 2, reserved: 0, available: 2 });
  });
});

describe('A cancelled line', () => {
  onLaptop('of made-to-order goods does not go back on the shelf', async () => {
    const order = await service.order({ lines: [{ quantity: 2, noRestock: 'made_to_order' }] });
    await service.cancelUntil('closed', { orderId: order.id });
    expect(await stockOf(order, '1')).toMatchObject({ onHand: 0, reserved: 0, available: 0 });
  });

  onLaptop('can never reserve or ship again', async () => {
    const order = await service.order({
      lines: [{ quantity: 2, reservedBy: 'movements', opened: { onHand: 9, reserved: 0 } }],
    });
    const line = { orderId: order.id, lineId: '1' };
    const reserve = { ...line, type: 'reserve', quantity: 2, ref: `${order.reference}-r1` };
    expect(statuses(await report(order, reserve))).toEqual([201]);
    expect(statuses(await report(order, reserve))).toEqual([200]);
    expect(await stockOf(order, '1')).toMatchObject({ onHand: 9, reserved: 2 });
    await service.cancelUntil('closed', { orderId: order.id });
    expect(await stockOf(order, '1')).toMatchObject({ onHand: 9, reserved: 0 });
    const again = await report(
      order,
      { ...line, type: 'reserve', quantity: 1, ref: `${order.reference}-r2` },
      { ...line, type: 'reserve', mayWait: true, quantity: 1, ref: `${order.reference}-r3` },
      { ...line, type: 'ship', quantity: 1, ref: `${order.reference}-s1` },
    );
    expect(statuses(again)).toEqual([409, 409, 409]);
    expect(await stockOf(order, '1')).toMatchObject({ onHand: 9, reserved: 0, waiting: 0 });
  });
});

onLaptop('Who reserves while the order is being cancelled holds nothing in the end, whoever was first', async () => {
  for (let round = 0; round < 6; round += 1) {
    const order = await service.order({
      lines: [{ quantity: 2, reservedBy: 'movements', opened: { onHand: 1, reserved: 0 } }],
    });
    const reserve = {
      type: 'reserve',
      mayWait: true,
      quantity: 2,
      orderId: order.id,
      lineId: '1',
      ref: `${order.reference}-r`,
    };
    const tries = Array.from({ length: 1 + (round % 3) }, () => report(order, reserve));
    const cancelled = service.cancelUntil('closed', { orderId: order.id });
    await Promise.all([...tries, cancelled]);
    await report(order, reserve);
    expect(await stockOf(order, '1')).toMatchObject({ onHand: 1, reserved: 0, available: 1, waiting: 0 });
  }
});

describe('What waits', () => {
  onLaptop('is served when another order is cancelled', async () => {
    const sold = await service.order({ lines: [{ quantity: 2 }] });
    const sku = `${sold.reference}-1`;
    const late = await service.order({
      lines: [{ quantity: 1, components: [{ sku: 'x', quantity: 1 }], reservedBy: 'movements' }],
    });
    // The late order wants what the first one has.
    const body = {
      ...late.body,
      version: 2,
      lines: [{ ...(late.body['lines'] as object[])[0], components: [{ sku, location: 'main', quantity: 1 }] }],
    };
    expected(await service.system.put(`/v1/orders/${late.reference}`, body), 200);
    const wait = {
      sku,
      type: 'reserve',
      mayWait: true,
      quantity: 1,
      orderId: late.id,
      lineId: '1',
      ref: `${late.reference}-w`,
    };
    expect(statuses(await report(sold, wait))).toEqual([201]);
    expect(await stockOf(sold, '1')).toMatchObject({ onHand: 2, reserved: 2, waiting: 1 });
    await service.cancelUntil('closed', { orderId: sold.id });
    expect(await stockOf(sold, '1')).toMatchObject({ onHand: 2, reserved: 1, available: 1, waiting: 0 });
  });
});

describe('What cannot be, is refused and moves nothing:', () => {
  const item = { sku: 'S', location: 'main', onHand: 1, reserved: 0, ref: 'r' };
  test.each<[string, object, string, string]>([
    ['negative units', { onHand: -1 }, 'invalid_field', '/items/1/onHand'],
    ['half a unit', { reserved: 0.5 }, 'invalid_field', '/items/1/reserved'],
    ['a location that is none', { location: 'main#2' }, 'invalid_field', '/items/1/location'],
    ['a field that nobody knows', { colour: 'blue' }, 'unknown_field', '/items/1/colour'],
    ['a spread over nothing', { spread: 0 }, 'invalid_field', '/items/1/spread'],
  ])('%s in an opening', async (_what, wrong, code, param) => {
    const sku = `bad-${service.prefix}`;
    const items = [
      { ...item, sku },
      { ...item, ...wrong },
    ];
    const merchantId = service.merchant.claims.merchant_id ?? '';
    const reply = await service.system.post<{ code: string; param: string }>('/v1/stock/batch', { merchantId, items });
    expect([reply.status, reply.body.code, reply.body.param]).toEqual([400, code, param]);
    const there = await service.system.get(`/v1/stock?merchant=${merchantId}&sku=${sku}&location=main`);
    expect(there.status).toBe(404);
  });

  onLaptop('an opening that reserves more than there is', async () => {
    const order = await service.order();
    const items = [{ sku: `${order.reference}-1`, location: 'main', onHand: 0, reserved: 1, ref: 'more' }];
    const { results } = expected(
      await service.system.post<Batch>('/v1/stock/batch', { merchantId: order.merchantId, items }),
      200,
    );
    expect(results).toMatchObject([{ status: 409, problem: { param: '/items/0/reserved' } }]);
  });

  onLaptop('a movement that says too little, too much, or of what is not there', async () => {
    const order = await service.order({ lines: [{ quantity: 2 }] });
    const line = { orderId: order.id, lineId: '1', quantity: 1 };
    const cases: [object, number, string, string][] = [
      [{ type: 'ship', quantity: 1 }, 400, 'invalid_field', '/orderId'],
      [{ ...line, type: 'restock' }, 400, 'invalid_field', '/receipt'],
      [{ ...line, type: 'no_restock', receipt: 'r' }, 400, 'invalid_field', '/reason'],
      [{ type: 'write_off', quantity: 1 }, 400, 'invalid_field', '/reason'],
      [{ type: 'write_off', quantity: 1, reason: 'lost', mayWait: true }, 400, 'invalid_field', '/mayWait'],
      [{ type: 'write_off', quantity: 1, reason: 'lost' }, 409, 'quantity_not_available', '/quantity'],
      [{ type: 'announce', quantity: 1, location: 'nowhere' }, 400, 'invalid_field', '/location'],
      [{ ...line, type: 'ship', lineId: '9' }, 422, 'line_unknown', '/lineId'],
      [{ ...line, type: 'ship', sku: 'other' }, 400, 'invalid_field', '/sku'],
      [{ ...line, type: 'ship', orderId: 'ord_none' }, 404, 'not_found', '/orderId'],
      [{ ...line, type: 'ship' }, 409, 'quantity_not_available', '/quantity'],
      [{ ...line, type: 'reserve' }, 400, 'invalid_field', '/type'],
    ];
    const reply = await report(
      order,
      ...cases.map(([movement], place) => ({ ...movement, ref: `${order.reference}-${place}` })),
    );
    expect(expected(reply, 200).results.map(({ status, problem }) => [status, problem?.code, problem?.param])).toEqual(
      cases.map(([, status, code, field], place) => [status, code, `/movements/${place}${field}`]),
    );
    const fraction = await report(order, { ...line, type: 'ship', quantity: 0.5 });
    expect(fraction).toMatchObject({ status: 400, body: { code: 'invalid_field', param: '/movements/0/quantity' } });
    expect(await stockOf(order, '1')).toMatchObject({ onHand: 2, reserved: 2, incoming: 0 });
  });

  test.each<[string, object, string]>([
    [
      'a component of nothing',
      { components: [{ sku: 'c', location: 'main', quantity: 0 }] },
      '/lines/0/components/0/quantity',
    ],
    [
      'a component twice',
      { components: [1, 2].map(() => ({ sku: 'c', location: 'main', quantity: 1 })) },
      '/lines/0/components',
    ],
    [
      'a bundle at a place of its own',
      { components: [{ sku: 'c', location: 'a', quantity: 1 }], location: 'b' },
      '/lines/0/location',
    ],
    ['a reservation nowhere', { reservedBy: 'movements' }, '/lines/0/reservedBy'],
    ['a reason that is none', { location: 'main', noRestock: 'because' }, '/lines/0/noRestock'],
  ])('%s in an order', async (_what, wrong, param) => {
    const body = {
      ...{ version: 1, merchantId: service.merchant.claims.merchant_id, placedAt: '2026-03-01T12:00:00.000Z' },
      ...{ currency: 'EUR', customer: { id: 'c1' } },
      lines: [{ id: '1', sku: 's', kind: 'goods', quantity: 1, net: 1, ...wrong }],
    };
    const reply = await service.system.put<{ code: string; param: string }>(`/v1/orders/bad-${service.prefix}`, body);
    expect([reply.status, reply.body.code, reply.body.param]).toEqual([400, 'invalid_field', param]);
  });
});

describe('A shop that keeps its stock in a system of its own', () => {
  const tenant = 'elsewhere';
  const merchantId = `${service.prefix}-elsewhere`;
  const reference = `${service.prefix}-elsewhere-1`;
  const place = { sku: `${reference}-mug`, location: 'hall-2' };
  const by = {
    get shop() {
      return service.caller({ tenant, role: 'system', sub: 'shop' });
    },
    get customer() {
      return service.caller({ tenant, role: 'customer', sub: `${service.prefix}-ann` });
    },
  };
  const balance = async (): Promise<Partial<Stock>> => {
    const query = new URLSearchParams({ merchant: merchantId, ...place }).toString();
    return expected(await by.shop.get<Stock>(`/v1/stock?${query}`), 200);
  };

  onLaptop('has its units given back there once, also where its answers are lost', async () => {
    const opening = { ...place, onHand: 5, reserved: 2, ref: reference };
    expected(await by.shop.post('/v1/stock/batch', { merchantId, items: [opening] }), 200);
    const credit = { ref: `credit-${reference}`, channel: 'store_credit', authorized: 2_000 };
    const { id: orderId } = expected(
      await by.shop.put<{ id: string }>(`/v1/orders/${reference}`, {
        ...{ version: 1, merchantId, currency: 'GBP', placedAt: (await service.now()).toISOString() },
        customer: { id: by.customer.sub },
        lines: [{ id: '1', kind: 'goods', quantity: 2, net: 2_000, ...place }],
        payments: [{ ...credit, captures: [{ ref: `${credit.ref}-1`, amount: 2_000 }] }],
      }),
      201,
    );
    const lost = { method: 'POST', path: '/stock/v1/movements', answer: 'hang-up', applied: true, next: 1 };
    await service.local.party('stock_system', 'faults', lost);
    const asked = { orderId, reason: { core: 'changed_mind' } };
    const { id } = expected(await by.customer.post<{ id: string }>('/v1/cancellations', asked), 201, 202);
    await service.local.idle();
    if (await service.local.gaveUpOn(id)) await service.local.pass({ minutes: 4 });
    await service.local.goBy({ minutes: 2 });
    await service.local.idle();
    const story = await by.customer.get<{ status: string }>(`/v1/cancellations/${id}`);
    expect(expected(story, 200).status).toBe('closed');
    expect(await balance()).toMatchObject({ onHand: 5, reserved: 0, available: 5 });
    // What is cancelled is not shipped from there either, and nothing moves that the order has not.
    const ship = { ...place, type: 'ship', orderId, lineId: '1', quantity: 1 };
    const movements = [
      { ...ship, ref: `${reference}-s1` },
      { ...ship, ref: `${reference}-s2`, lineId: '9' },
      { ...ship, ref: `${reference}-s3`, location: 'hall-3' },
    ];
    const { results } = expected(await by.shop.post<Batch>('/v1/stock/movements', { merchantId, movements }), 200);
    expect(results.map(({ problem }) => problem?.code)).toEqual([
      ...['quantity_not_available', 'line_unknown', 'invalid_field'],
    ]);
    expect(await balance()).toMatchObject({ onHand: 5, reserved: 0 });
  });
});
