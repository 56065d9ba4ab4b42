/** What the shop's systems tell of an order after something was cancelled: money, parcels, newer versions. */
import { expected, onLaptop, useService } from '../support/service';
import type { Placed } from '../support/order-sketch';

const service = useService();

const pay = (order: Placed, ref: string, amount: number, named = order.reference) =>
  service.system.put<{ outcome: string; code?: string }>(`/v1/orders/${named}/payments/${ref}`, {
    merchantId: order.merchantId,
    channel: 'store_credit',
    captures: [{ ref: `c-${ref}`, amount }],
  });

/** What went back because it came too late, in minor units. */
async function lateRefunds(order: Placed): Promise<readonly number[]> {
  const { cancellations } = await service.orderNow(order.id);
  const all = await Promise.all(cancellations.map(({ id }) => service.cancellation(id)));
  return all.filter(({ lines }) => lines.length === 0).map(({ refund }) => refund.amount);
}

describe('Money that comes while a cancellation is open', () => {
  onLaptop('in its grace window: goes back by itself when it closes', async () => {
    const order = await service.order({ tenders: [], policy: { graceMinutes: 30 } });
    const { id } = expected(await service.cancel({ orderId: order.id }), 202);
    expect(await pay(order, 'late-1', 2_000)).toMatchObject({ status: 200, body: { outcome: 'stored' } });
    await service.local.pass({ minutes: 31 });
    await service.becomes(id, 'closed');
    await service.local.idle();
    expect(await lateRefunds(order)).toEqual([2_000]);
    expect(await service.orderNow(order.id)).toMatchObject({ status: 'cancelled' });
    expect(await pay(order, 'late-1', 2_000)).toMatchObject({ body: { outcome: 'unchanged' } });
    expect(await lateRefunds(order)).toEqual([2_000]);
  });

  onLaptop('that is withdrawn: stays, because the order does', async () => {
    const order = await service.order({ tenders: [], policy: { graceMinutes: 30 } });
    const { id } = expected(await service.cancel({ orderId: order.id }), 202);
    expected(await pay(order, 'late-2', 2_000), 200);
    expected(await service.customer.post(`/v1/cancellations/${id}/withdraw`), 200);
    expect(await lateRefunds(order)).toEqual([]);
  });

  onLaptop('with a newer version of the order: the same way, at once when it has closed', async () => {
    const order = await service.order({ tenders: [] });
    await service.cancelUntil('closed', { orderId: order.id });
    const captures = [{ ref: 'c-late-3', amount: 2_000 }];
    const body = { ...order.body, version: 2, payments: [{ ref: 'late-3', channel: 'store_credit', captures }] };
    expected(await service.system.put(`/v1/orders/${order.reference}`, body), 200);
    await service.local.idle();
    expect(await lateRefunds(order)).toEqual([2_000]);
  });
});

describe('A payment', () => {
  it('finds its order under our own id as well', async () => {
    const order = await service.order({ tenders: [] });
    expect(await pay(order, 'by-id', 500, order.id)).toMatchObject({ status: 200, body: { outcome: 'stored' } });
    const stranger = { ...order, merchantId: 'another' };
    expect(await pay(stranger, 'by-id', 500, order.id)).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(await pay(order, 'by-id', 500, 'no%20name')).toMatchObject({ status: 400, body: { code: 'invalid_field' } });
  });
});

describe('A parcel whose label was void', () => {
  onLaptop('and that is scanned all the same: a person has to look, and the order says where it is', async () => {
    const order = await service.order({
      parcels: [{ ref: 'p1', lines: [{ lineId: '1', quantity: 2 }], carried: true }],
    });
    const { id } = await service.cancelUntil('closed', { orderId: order.id });
    await service.local.easypost('scan', { shipment: order.parcels[0], status: 'in_transit' });
    await service.local.idle();
    expect(await service.cancellation(id)).toMatchObject({ status: 'in_case' });
    expect(await service.orderNow(order.id)).toMatchObject({
      shipments: [{ position: 'handed_over', recall: 'refused' }],
    });
  });
});

describe('A connection', () => {
  it('that is not configured is refused with the order or payment that names it', async () => {
    const order = await service.order({ tenders: [] });
    const payment = { channel: 'stripe', connectionId: 'con_nobody', captures: [] };
    const refused = { status: 422, body: { code: 'connection_unknown' } };
    const { merchantId } = order;
    const path = `/v1/orders/${order.reference}`;
    expect(await service.system.put(`${path}/payments/p`, { merchantId, ...payment })).toMatchObject(refused);
    const body = { ...order.body, version: 2, payments: [{ ref: 'p', ...payment }] };
    expect(await service.system.put(path, body)).toMatchObject(refused);
  });
});

describe('A system with a token for one merchant', () => {
  onLaptop('reaches the orders of that merchant, and no account, which is the whole tenant’s', async () => {
    const order = await service.order({ tenders: [] });
    const systemOf = (merchant: string) =>
      service.caller({ tenant: 'demo', role: 'system', sub: 'shop', merchant_id: merchant });
    const claim = { ref: 'p1', lines: [{ lineId: '1', quantity: 1 }] };
    const path = `/v1/orders/${order.id}/shipments`;
    expect((await systemOf('another').post(path, claim)).status).toBe(404);
    expect((await systemOf(order.merchantId).post(path, claim)).status).toBe(201);
    expect(await systemOf(order.merchantId).put('/v1/accounts/c1', { standing: 'blocked' })).toMatchObject({
      status: 403,
      body: { code: 'role_not_allowed' },
    });
  });
});

describe('A list', () => {
  it('refuses a cursor that is not its own', async () => {
    expect(await service.customer.get('/v1/orders?starting_after=e30')).toMatchObject({
      status: 400,
      body: { code: 'invalid_field', param: 'starting_after' },
    });
  });
});
