/** Parcels that cannot be: each is refused by its code, whether it is claimed or comes with its order, and nothing moves. */
import { ask } from '../support/api-client';
import type { Placed } from '../support/order-sketch';
import { expected, onLaptop, useService } from '../support/service';

const service = useService();

const claim = (order: Placed, parcel: object, by = service.system) =>
  by.post<{ id: string }>(`/v1/orders/${order.id}/shipments`, {
    ref: 'p1',
    lines: [{ lineId: '1', quantity: 1 }],
    ...parcel,
  });
const label = (name: string) => ({
  carrier: 'easypost',
  connectionId: 'con_easypost_demo',
  providerShipmentRef: `shp_${service.prefix}-${name}`,
});

/** All that the order's partition has. */
const stored = (order: Placed) => service.local.partition('Orders', `T#demo#O#${order.id}`);

/** [what is wrong, the parcel, status, code, param of the claim, param of the order, or undefined where only a claim can be so] */
const wrong: readonly [string, object, number, string, string, string | undefined][] = [
  [
    'a label without its connection',
    { carrier: 'easypost', providerShipmentRef: 'shp_nowhere' },
    400,
    'invalid_field',
    '/connectionId',
    '/shipments/0/connectionId',
  ],
  [
    'a label of nobody',
    { connectionId: 'con_easypost_demo', providerShipmentRef: 'shp_nobody' },
    400,
    'invalid_field',
    '/carrier',
    '/shipments/0/carrier',
  ],
  [
    'none of a line',
    { lines: [{ lineId: '1', quantity: 0 }] },
    400,
    'invalid_field',
    '/lines/0/quantity',
    '/shipments/0/lines/0/quantity',
  ],
  [
    'less than none',
    { lines: [{ lineId: '1', quantity: -1 }] },
    400,
    'invalid_field',
    '/lines/0/quantity',
    '/shipments/0/lines/0/quantity',
  ],
  [
    'half a unit',
    { lines: [{ lineId: '1', quantity: 0.5 }] },
    400,
    'invalid_field',
    '/lines/0/quantity',
    '/shipments/0/lines/0/quantity',
  ],
  [
    'a quantity in words',
    { lines: [{ lineId: '1', quantity: '1' }] },
    400,
    'invalid_field',
    '/lines/0/quantity',
    '/shipments/0/lines/0/quantity',
  ],
  [
    'more than can be counted',
    { lines: [{ lineId: '1', quantity: 1e18 }] },
    400,
    'invalid_field',
    '/lines/0/quantity',
    '/shipments/0/lines/0/quantity',
  ],
  ['no lines', { lines: [] }, 400, 'invalid_field', '/lines', '/shipments/0/lines'],
  [
    'a line of no order',
    { lines: [{ lineId: '9', quantity: 1 }] },
    422,
    'line_unknown',
    '/lines/0/lineId',
    '/shipments/0/lines',
  ],
  [
    'a line named as every object names its maker',
    { lines: [{ lineId: 'constructor', quantity: 1 }] },
    422,
    'line_unknown',
    '/lines/0/lineId',
    '/shipments/0/lines',
  ],
  [
    'a line twice',
    {
      lines: [
        { lineId: '1', quantity: 1 },
        { lineId: '1', quantity: 1 },
      ],
    },
    400,
    'invalid_field',
    '/lines/1/lineId',
    '/shipments/0/lines',
  ],
  [
    'more than was ordered',
    { lines: [{ lineId: '1', quantity: 3 }] },
    409,
    'quantity_not_available',
    '/lines/0/quantity',
    '/shipments/0/lines',
  ],
  [
    'a location where none of it is',
    { location: 'moon' },
    422,
    'location_unknown',
    '/location',
    '/shipments/0/location',
  ],
  [
    'a connection of nobody',
    { carrier: 'easypost', connectionId: 'con_none' },
    422,
    'connection_unknown',
    '/connectionId',
    '/shipments/0/connectionId',
  ],
  [
    'a position that it cannot begin in',
    { position: 'delivered' },
    400,
    'invalid_field',
    '/position',
    '/shipments/0/position',
  ],
  ['a field of our own', { recall: 'accepted' }, 400, 'unknown_field', '/recall', '/shipments/0/recall'],
];

describe('A parcel with', () => {
  onLaptop.each(wrong)('%s is refused when it is claimed', async (_what, parcel, status, code, param) => {
    const order = await service.order({ tenders: [{ storeCredit: 2_000 }] });
    const before = await stored(order);
    expect(await claim(order, parcel)).toMatchObject({ status, body: { code, param } });
    expect(await stored(order)).toEqual(before);
  });

  onLaptop.each(wrong)('%s is refused with its order', async (_what, parcel, status, code, _claim, param) => {
    const order = await service.order({ tenders: [{ storeCredit: 2_000 }] });
    const before = await stored(order);
    const shipments = [{ ref: 'p1', lines: [{ lineId: '1', quantity: 1 }], ...parcel }];
    const newer = await service.system.put(`/v1/orders/${order.reference}`, { ...order.body, version: 2, shipments });
    expect(newer).toMatchObject({ status, body: { code, param } });
    expect(await stored(order)).toEqual(before);
    const other = `${order.reference}-new`;
    const created = await service.system.put(`/v1/orders/${other}`, { ...order.body, shipments });
    expect(created).toMatchObject({ status, body: { code, param } });
    const looked = await service.support.get(`/v1/orders/${other}?merchant=${order.merchantId}`);
    expect(looked.status).toBe(404);
  });
});

describe('A shipment', () => {
  onLaptop('that is known does not get other units, and the parcel keeps its own', async () => {
    const order = await service.order({ lines: [{ quantity: 2 }, { quantity: 1 }] });
    expected(await claim(order, {}), 201);
    const before = await stored(order);
    for (const lines of [
      [{ lineId: '1', quantity: 2 }],
      [{ lineId: '2', quantity: 1 }],
      [
        { lineId: '1', quantity: 1 },
        { lineId: '2', quantity: 1 },
      ],
    ])
      expect(await claim(order, { lines })).toMatchObject({ status: 409, body: { code: 'shipment_conflict' } });
    expect(await stored(order)).toEqual(before);
  });

  onLaptop('of another merchant’s order, or customer’s, cannot be made', async () => {
    const order = await service.order();
    const rival = service.caller({ tenant: 'demo', role: 'merchant', sub: 'm', merchant_id: 'other' });
    const before = await stored(order);
    expect((await claim(order, {}, rival)).status).toBe(404);
    expect(await claim(order, {}, service.customer)).toMatchObject({ status: 403 });
    expect(await stored(order)).toEqual(before);
  });
});

describe('A label or tracking code of another parcel', () => {
  /** An order of another merchant of the same tenant, as its own staff claims for it. */
  async function rivals(): Promise<{ order: Placed; merchantId: string }> {
    const order = await service.order({ tenders: [{ storeCredit: 2_000 }] });
    const merchantId = `${service.prefix}-rival`;
    const reference = `${order.reference}-rival`;
    const reply = await service.system.put<{ id: string }>(`/v1/orders/${reference}`, { ...order.body, merchantId });
    return { order: { ...order, id: expected(reply, 201).id, reference, merchantId }, merchantId };
  }

  onLaptop.each([
    ['label', label('label-1'), label('label-1')],
    ['tracking code', { carrier: 'ups', trackingCode: '1ZTAKEN0' }, { carrier: 'ups', trackingCode: '1ztaken0' }],
  ])('is refused: %s, whether claimed or sent with the order', async (_what, theirs, ours) => {
    const mine = await service.order();
    expected(await claim(mine, { ...theirs, position: 'label_created' }, service.merchant), 201);
    const { order, merchantId } = await rivals();
    const [before, kept] = [await stored(order), await stored(mine)];
    const rival = service.caller({ tenant: 'demo', role: 'merchant', sub: 'm', merchant_id: merchantId });
    const refused = { status: 409, body: { code: 'label_taken' } };
    expect(await claim(order, ours, rival)).toMatchObject(refused);
    const shipments = [{ ref: 'p1', lines: [{ lineId: '1', quantity: 1 }], ...ours }];
    const body = { ...order.body, merchantId, shipments };
    expect(await service.system.put(`/v1/orders/${order.reference}`, { ...body, version: 2 })).toMatchObject(refused);
    expect(await service.system.put(`/v1/orders/${order.reference}-2`, body)).toMatchObject(refused);
    expect(await stored(order)).toEqual(before);
    expect(await stored(mine)).toEqual(kept);
    // Another carrier's words are not these.
    const elsewhere = 'connectionId' in ours ? { connectionId: 'con_shipengine_demo' } : {};
    expected(await claim(order, { ...ours, ...elsewhere, carrier: 'shipengine' }, rival), 201);
  });

  onLaptop('does not take the carrier’s news of the parcel away from it', async () => {
    const order = await service.order({
      parcels: [{ ref: 'p1', lines: [{ lineId: '1', quantity: 2 }], carried: true }],
    });
    const { order: other } = await rivals();
    const taken = { ...label('x'), providerShipmentRef: order.parcels[0] };
    expect(await claim(other, taken)).toMatchObject({ status: 409, body: { code: 'label_taken' } });
    await service.local.easypost('scan', { shipment: order.parcels[0], status: 'in_transit' });
    await service.local.idle();
    expect((await service.orderNow(order.id)).shipments).toMatchObject([{ position: 'handed_over' }]);
    expect((await service.orderNow(other.id)).shipments).toEqual([]);
  });

  onLaptop('of the same order is one label for one parcel, and may be one code for several', async () => {
    const order = await service.order();
    expected(await claim(order, { ...label('label-2'), trackingCode: 'CODE-2' }), 201);
    expect(await claim(order, { ref: 'p2', ...label('label-2') })).toMatchObject({ body: { code: 'label_taken' } });
    expected(await claim(order, { ref: 'p2', ...label('label-3'), trackingCode: 'CODE-2' }), 201);
  });

  onLaptop('twice in one order is refused', async () => {
    const order = await service.order();
    const lines = [{ lineId: '1', quantity: 1 }];
    const put = (shipments: object[]) =>
      service.system.put(`/v1/orders/${order.reference}`, { ...order.body, version: 2, shipments });
    const two = (name: string) => [
      { ref: 'p1', lines, ...label('label-4') },
      { ref: 'p2', lines, ...label(name) },
    ];
    expect(await put(two('label-4'))).toMatchObject({
      status: 409,
      body: { code: 'label_taken', param: '/shipments' },
    });
    const named = [
      { ref: 'p1', lines },
      { ref: 'p1', lines },
    ];
    expect(await put(named)).toMatchObject({ status: 400, body: { code: 'invalid_field', param: '/shipments' } });
    expect(await put(two('label-5'))).toMatchObject({ status: 200, body: { outcome: 'updated' } });
  });
});

describe('A claim', () => {
  it('that is no JSON is refused', async () => {
    const order = await service.order({ tenders: [{ storeCredit: 2_000 }] });
    const reply = await ask<{ code?: string }>(service.baseUrl, {
      method: 'POST',
      path: `/v1/orders/${order.id}/shipments`,
      token: await service.system.token(),
      body: '{"ref": "p1", "lines": [{',
      headers: { 'idempotency-key': service.key() },
    });
    expect(reply).toMatchObject({ status: 400, body: { code: 'malformed_json' } });
    expect((await service.orderNow(order.id)).shipments).toEqual([]);
  });
});
