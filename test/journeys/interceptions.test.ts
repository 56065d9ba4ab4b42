/** A parcel that has left is called back, and its money goes back when the terms say so. */
import type { ParcelRule } from '../../shared/domain/policy';
import type { Placed } from '../support/order-sketch';
import { expected, onLaptop, until, useService } from '../support/service';

const service = useService();
const ups = (path: string, body?: unknown): Promise<unknown> => service.local.party('ups', path, body);

const rule: ParcelRule = { callBack: 'freely', refundOn: 'receipt', answerHours: 24, returnDays: 21 };

/** Two units of 10.00, each parcel of which has left with UPS. */
async function onTheWay(parcels: Partial<ParcelRule> = {}, ...quantities: number[]) {
  const order = await service.order({
    lines: [{ quantity: 2 }],
    tenders: [{ storeCredit: 2_000 }],
    policy: { parcels: { ...rule, ...parcels } },
  });
  const numbers: string[] = [];
  for (const [place, quantity] of (quantities.length === 0 ? [2] : quantities).entries()) {
    const number = `1Z${order.reference.replaceAll(/\W/g, '').slice(-15).padStart(15, '0').toUpperCase()}${place}`;
    await ups('seed', { seed: [{ shipment: number, tracking_code: number, status: 'I', account: 'con_ups_demo' }] });
    const claim = {
      ref: `p${place + 1}`,
      carrier: 'ups',
      connectionId: 'con_ups_demo',
      providerShipmentRef: number,
      lines: [{ lineId: '1', quantity }],
    };
    expected(await service.system.post(`/v1/orders/${order.id}/shipments`, claim), 201);
    numbers.push(number);
  }
  return { order, numbers };
}

const parcelsOf = async (order: Placed) =>
  (await service.orderNow(order.id)).shipments.map(({ position, recall }) => [position, recall]);

const seen = (order: Placed, position: string) =>
  until(
    () => parcelsOf(order),
    (parcels) => parcels.some(([at]) => at === position),
    `A parcel that is ${position}`,
  );

afterEach(() => (process.env['JOURNEYS_BASE_URL'] === undefined ? service.local.noMoreFaults() : undefined));

describe('A parcel on its way', () => {
  onLaptop('is called back, and its money waits until it is here again', async () => {
    const { order } = await onTheWay();
    const { id } = expected(await service.cancel({ orderId: order.id }), 202);
    await service.local.idle();
    expect(await parcelsOf(order)).toEqual([['handed_over', 'accepted']]);
    expect(await service.cancellation(id)).toMatchObject({ status: 'executing', legs: [{ status: 'planned' }] });
    const received = () => service.system.post(`/v1/orders/${order.id}/shipments/p1/received`, {});
    expect(await received()).toMatchObject({ status: 200, body: { position: 'returned', recall: 'received' } });
    expect(await received()).toMatchObject({ status: 200, body: { position: 'returned', recall: 'received' } });
    expect(await parcelsOf(order)).toEqual([['returned', 'received']]);
    expect(await service.becomes(id, 'closed')).toMatchObject({ refund: { amount: 2_000 } });
    expect(await service.local.stock(order)).toMatchObject({ onHand: 2, reserved: 0, available: 2 });
    expect(await received()).toMatchObject({ status: 200 });
    expect(await service.local.stock(order)).toMatchObject({ onHand: 2, reserved: 0, available: 2 });
  });

  onLaptop('is paid back as soon as its carrier has taken that on, where the terms say so', async () => {
    const { order } = await onTheWay({ refundOn: 'acceptance' });
    const closed = await service.cancelUntil('closed', { orderId: order.id });
    expect(closed.refund.amount).toBe(2_000);
    expect(await parcelsOf(order)).toEqual([['handed_over', 'accepted']]);
    expect((await service.local.heard(order.id)).map(({ type }) => type)).toContain('shipment.recall_accepted');
    // Its goods are not here yet.
    expect(await service.local.stock(order)).toMatchObject({ reserved: 2, available: 0 });
    expected(await service.system.post(`/v1/orders/${order.id}/shipments/p1/received`, {}), 200);
    expect(await service.local.stock(order)).toMatchObject({ onHand: 2, reserved: 0, available: 2 });
  });

  onLaptop('that its carrier does not bring back stays sold: no money moves, the order stands', async () => {
    const { order } = await onTheWay();
    await ups('behaviours', { call: 'intercept', refuse: '1201' });
    const { id } = expected(await service.cancel({ orderId: order.id }), 202);
    expect(await service.becomes(id, 'undone')).toMatchObject({ legs: [{ status: 'planned' }] });
    const parcel = { ref: 'p1', recall: 'refused' };
    const { status, shipments } = await service.orderNow(order.id);
    expect([status, shipments]).toMatchObject(['open', [parcel]]);
    // Whoever refused at the door what stays sold would have neither his goods nor his money.
    expect(shipments[0]).not.toHaveProperty('advice');
    const refused = (await service.local.heard(order.id)).find(({ type }) => type === 'shipment.recall_refused');
    expect(refused?.data).toEqual({ shipment: { id: expect.any(String), ...parcel, position: 'handed_over' } });
    expect(expected(await service.customer.get(`/v1/cancellations/${id}?include=units`), 200)).toMatchObject({
      units: { lines: [{ units: [{ place: 'in_parcel', because: { rule: 'cancellation.undone', id }, parcel }] }] },
    });
  });

  onLaptop('that is delivered in spite of the promise is a case when its money has gone back', async () => {
    const { order, numbers } = await onTheWay({ refundOn: 'acceptance' });
    const { id } = await service.cancelUntil('closed', { orderId: order.id });
    await ups('scan', { shipment: numbers[0], status: 'D FS' });
    await seen(order, 'delivered');
    expect(await service.becomes(id, 'in_case')).toMatchObject({ status: 'in_case' });
    expect(await parcelsOf(order)).toEqual([['delivered', 'refused']]);
  });

  onLaptop('that is delivered while its money waits stays sold', async () => {
    const { order, numbers } = await onTheWay();
    const { id } = expected(await service.cancel({ orderId: order.id }), 202);
    await service.local.idle();
    await ups('scan', { shipment: numbers[0], status: 'D FS' });
    expect((await service.becomes(id, 'undone')).legs).toMatchObject([{ status: 'planned' }]);
    expect((await service.orderNow(order.id)).status).toBe('open');
  });

  onLaptop(
    'holds up nothing else: what lies here goes back at once, as a part that names what it is a part of',
    async () => {
      const { order } = await onTheWay({}, 1);
      const { id } = expected(await service.cancel({ orderId: order.id }), 202);
      await service.local.idle();
      const { parts = [], ...waiting } = await service.cancellation(id);
      expect(waiting).toMatchObject({ status: 'executing', refund: { amount: 1_000 }, legs: [{ status: 'planned' }] });
      expect(parts).toHaveLength(1);
      const part = await service.becomes(parts[0] ?? '', 'closed');
      expect(part).toMatchObject({ partOf: id, refund: { amount: 1_000 }, legs: [{ status: 'succeeded' }] });
      expect((await service.orderNow(order.id)).status).toBe('partially_cancelled');
      const heard = await service.local.heard(order.id);
      expect(heard.find(({ type }) => type === 'cancellation.divided')).toMatchObject({
        data: { cancellation: { parts } },
      });
      expected(await service.system.post(`/v1/orders/${order.id}/shipments/p1/received`, {}), 200);
      await service.becomes(id, 'closed');
      expect((await service.orderNow(order.id)).status).toBe('cancelled');
    },
  );

  onLaptop('that never comes is handed to a person', async () => {
    const { order } = await onTheWay();
    const { id } = expected(await service.cancel({ orderId: order.id }), 202);
    await service.local.idle();
    await service.local.goBy({ days: 22 }, 24 * 3_600);
    expect((await service.becomes(id, 'in_case')).legs).toMatchObject([{ status: 'planned' }]);
  });

  onLaptop('is not torn: half of it is refused, and nothing is asked of anybody', async () => {
    const { order } = await onTheWay();
    expect(await service.cancel({ orderId: order.id, lines: [{ lineId: '1', quantity: 1 }] })).toMatchObject({
      status: 409,
      body: { code: 'parcel_not_whole', facts: { shipment: 'p1' } },
    });
    expect(await parcelsOf(order)).toEqual([['handed_over', 'none']]);
  });

  onLaptop('needs the merchant, where the terms say so', async () => {
    const { order } = await onTheWay({ callBack: 'ask_merchant' });
    const { id } = expected(await service.cancel({ orderId: order.id }), 202);
    expect(await service.becomes(id, 'awaiting_answer')).toMatchObject({ status: 'awaiting_answer' });
    expect(await parcelsOf(order)).toEqual([['handed_over', 'none']]);
  });
});

describe('A parcel that is received', () => {
  onLaptop('must have left, and be one of the order', async () => {
    const order = await service.order({ parcels: [{ ref: 'p1', lines: [{ lineId: '1', quantity: 2 }] }] });
    const path = (ref: string) => `/v1/orders/${order.id}/shipments/${ref}/received`;
    const refused = { status: 409, body: { code: 'shipment_not_left', facts: { position: 'label_created' } } };
    expect(await service.system.post(path('p1'), {})).toMatchObject(refused);
    expect(await service.system.post(path('p2'), {})).toMatchObject({ status: 404 });
    expect(await service.system.post(path('p1'), { lines: [] })).toMatchObject({ body: { code: 'unknown_field' } });
  });
});

describe('Two parcels of one order', () => {
  onLaptop('of which one is stopped and one is not: what is stopped is paid back, the rest stays sold', async () => {
    const { order, numbers } = await onTheWay({ refundOn: 'acceptance' }, 1, 1);
    await ups('behaviours', { call: 'intercept', shipment: numbers[1], refuse: '1201' });
    const closed = await service.cancelUntil('closed', { orderId: order.id });
    expect(closed).toMatchObject({ refund: { amount: 1_000 }, lines: [{ lineId: '1', quantity: 1 }] });
    expect(closed.timeline).toContainEqual(expect.objectContaining({ step: 'secure-goods', outcome: 'narrowed' }));
    expect(await service.orderNow(order.id)).toMatchObject({
      status: 'partially_cancelled',
      lines: [{ cancelled: 1, shipped: 2, available: 0 }],
    });
    const types = (await service.local.heard(order.id)).map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['shipment.recall_refused', 'cancellation.narrowed']));
  });
});

describe('A parcel that could not be stopped, where the terms let it be sent back', () => {
  const sentBack = { afterRefusal: 'return', sendBackDays: 14, inspectDays: 5 } as const;
  const returned = (id: string) => `/v1/returns/${id.replace('can_', 'ret_')}`;

  async function refusedOnTheWay() {
    const { order } = await onTheWay(sentBack);
    await ups('behaviours', { call: 'intercept', refuse: '1201' });
    const { id } = expected(await service.cancel({ orderId: order.id }), 202);
    await service.local.idle();
    expect(await service.cancellation(id)).toMatchObject({ status: 'executing', legs: [{ status: 'planned' }] });
    expect(expected(await service.customer.get(returned(id)), 200)).toMatchObject({ status: 'authorised' });
    // Its buyer is told by the shop, or reads it with his order.
    const parcel = { ref: 'p1', recall: 'refused', advice: 'refuse_delivery' };
    expect((await service.orderNow(order.id)).shipments).toMatchObject([parcel]);
    const refused = (await service.local.heard(order.id)).find(({ type }) => type === 'shipment.recall_refused');
    expect(refused?.data).toMatchObject({
      shipment: { ...parcel, carrier: 'ups', lines: [{ lineId: '1', quantity: 2 }] },
    });
    return { order, id };
  }

  onLaptop('is paid back when it was received and looked at, less what the shop keeps of a worn unit', async () => {
    const { order, id } = await refusedOnTheWay();
    const lines = [{ lineId: '1', quantity: 2 }];
    expected(await service.system.post(`${returned(id)}/received`, { lines }), 200);
    await service.local.idle();
    expect((await service.cancellation(id)).status).toBe('executing');
    const worn = { result: 'reduced', reason: 'worn', keep: { basisPoints: 2_500 }, noRestock: 'damaged' };
    const found = [
      { lineId: '1', quantity: 1, result: 'full' },
      { lineId: '1', quantity: 1, ...worn },
    ];
    expected(await service.merchant.post(`${returned(id)}/inspected`, { lines: found }), 200);
    expect(await service.becomes(id, 'closed')).toMatchObject({
      refund: { amount: 1_750 },
      deductions: [{ code: 'return_reduction', amount: 250 }],
      lines: [{ lineId: '1', quantity: 2 }],
    });
    expect(expected(await service.customer.get(returned(id)), 200)).toMatchObject({ status: 'restocked' });
    expect((await service.orderNow(order.id)).status).toBe('cancelled');
  });

  onLaptop('and of which less comes back pays back what came: the rest stays sold', async () => {
    const { order, id } = await refusedOnTheWay();
    const lines = [{ lineId: '1', quantity: 1 }];
    expected(await service.system.post(`${returned(id)}/received`, { lines }), 200);
    const found = [{ lineId: '1', quantity: 1, result: 'full' }];
    expected(await service.merchant.post(`${returned(id)}/inspected`, { lines: found }), 200);
    expect(await service.becomes(id, 'closed')).toMatchObject({
      refund: { amount: 1_000 },
      lines: [{ lineId: '1', quantity: 1 }],
    });
    expect((await service.orderNow(order.id)).status).toBe('partially_cancelled');
  });

  onLaptop('and that nobody sends back in time leaves the order as it was', async () => {
    const { order, id } = await refusedOnTheWay();
    // Fourteen days to send it, and as long as a parcel may take.
    await service.local.goBy({ days: 36 }, 24 * 3_600);
    expect((await service.becomes(id, 'undone')).legs).toMatchObject([{ status: 'planned' }]);
    expect(expected(await service.support.get(returned(id)), 200)).toMatchObject({ status: 'expired' });
    expect((await service.orderNow(order.id)).status).toBe('open');
  });
});
