/** Goods that are not where they should be: who sees them, and from when until when. */
import type { Caller } from '../support/api-client';
import type { Placed } from '../support/order-sketch';
import { expected, onLaptop, until, useService, type List } from '../support/service';

const service = useService();
const ups = (path: string, body?: unknown): Promise<unknown> => service.local.party('ups', path, body);

interface Exception {
  readonly kind: string;
  readonly since: string;
  readonly orderId: string;
  readonly cancellationId: string;
  readonly parcel: { readonly ref: string; readonly position: string; readonly recall: string };
}

/** A parcel that was called back, and whose money went back as soon as its carrier had taken that on. */
async function calledBack(): Promise<{ order: Placed; number: string; id: string }> {
  const order = await service.order({
    tenders: [{ storeCredit: 2_000 }],
    policy: { parcels: { callBack: 'freely', refundOn: 'acceptance', answerHours: 24, returnDays: 10 } },
  });
  const number = `1Z${order.reference.replaceAll(/\W/g, '').slice(-16).padStart(16, '0').toUpperCase()}`;
  await ups('seed', { seed: [{ shipment: number, tracking_code: number, status: 'I', account: 'con_ups_demo' }] });
  const label = { carrier: 'ups', connectionId: 'con_ups_demo', providerShipmentRef: number };
  const claim = { ref: 'p1', ...label, lines: [{ lineId: '1', quantity: 2 }] };
  expected(await service.system.post(`/v1/orders/${order.id}/shipments`, claim), 201);
  const { id } = await service.cancelUntil('closed', { orderId: order.id });
  return { order, number, id };
}

const ask = (by: Caller = service.support, query = '') => by.get<List<Exception>>(`/v1/goods/exceptions${query}`);
/** All that is said of one order, over all pages. */
async function of(order: Placed, by: Caller = service.support): Promise<Exception[]> {
  const all: Exception[] = [];
  for (let from = '?limit=100'; ;) {
    const { data, next } = expected(await ask(by, from), 200);
    all.push(...data);
    if (next === undefined) return all.filter(({ orderId }) => orderId === order.id);
    from = `?limit=100&starting_after=${encodeURIComponent(next)}`;
  }
}

describe('A parcel that does not come back', () => {
  onLaptop('is listed once it is overdue, and is no more overdue when it has turned up', async () => {
    const { order, number, id } = await calledBack();
    expect(await of(order)).toEqual([]);
    await service.local.pass({ days: 11 });
    expect(await of(order)).toMatchObject([
      { kind: 'interception_overdue', cancellationId: id, parcel: { ref: 'p1', recall: 'accepted' } },
    ]);
    expect(await of(order, service.merchant)).toHaveLength(1);
    await ups('scan', { shipment: number, status: 'D FS' });
    await until(
      () => of(order),
      (listed) => listed.every(({ kind }) => kind !== 'interception_overdue'),
      'News of the parcel',
    );
  });

  onLaptop('leaves the list when a person has seen to it, once', async () => {
    const { order } = await calledBack();
    const settle = (kind: string, by: Caller = service.support) =>
      by.post<{ code?: string; facts?: object; settled?: boolean }>(`/v1/orders/${order.id}/shipments/p1/settled`, {
        ...{ kind, note: 'The carrier has paid for it.' },
      });
    const early = await settle('interception_overdue');
    expect([early.status, early.body.code]).toEqual([409, 'exception_unknown']);
    await service.local.pass({ days: 11 });
    const wrong = await settle('label_live');
    expect(wrong).toMatchObject({ status: 409, body: { facts: { kind: 'interception_overdue' } } });
    const rival = service.caller({ tenant: 'demo', role: 'merchant', sub: 'm', merchant_id: 'other' });
    expect((await settle('interception_overdue', rival)).status).toBe(404);
    expect((await settle('interception_overdue', service.customer)).status).toBe(403);
    for (let time = 1; time <= 2; time += 1)
      expect(await settle('interception_overdue', service.merchant)).toMatchObject({
        status: 200,
        body: { settled: true },
      });
    expect(await of(order)).toEqual([]);
  });

  onLaptop('of a label about which the carrier never answered is in doubt', async () => {
    const order = await service.order({
      parcels: [{ ref: 'p1', lines: [{ lineId: '1', quantity: 2 }], carried: true }],
    });
    await service.local.easypost('faults', { answer: 'hang-up', next: 1_000 });
    const { id } = expected(await service.cancel({ orderId: order.id }), 201, 202);
    await service.local.goBy({ minutes: 8 });
    await service.becomes(id, 'undone');
    expect(await of(order)).toMatchObject([{ kind: 'label_in_doubt', cancellationId: id, parcel: { ref: 'p1' } }]);
    await service.local.noMoreFaults();
    // Its units cannot go out under a label of which nobody knows whether it is void: a person says so.
    const settle = (more: object) =>
      service.merchant.post<{ code?: string; param?: string }>(`/v1/orders/${order.id}/shipments/p1/settled`, {
        ...{ kind: 'label_in_doubt', note: 'The carrier says that it is void.' },
        ...more,
      });
    expect(await settle({})).toMatchObject({ status: 400, body: { code: 'invalid_field', param: '/label' } });
    expect((await settle({ label: 'void' })).status).toBe(200);
    expect((await settle({ label: 'void' })).status).toBe(200);
    expect(await of(order)).toEqual([]);
    const claim = { ref: 'p2', lines: [{ lineId: '1', quantity: 2 }], position: 'handed_over' };
    expect((await service.system.post(`/v1/orders/${order.id}/shipments`, claim)).status).toBe(201);
  });

  onLaptop('is seen by nobody else', async () => {
    const { order } = await calledBack();
    await service.local.pass({ days: 11 });
    const rival = service.caller({ tenant: 'demo', role: 'merchant', sub: 'm', merchant_id: 'other' });
    const tenant = service.caller({ tenant: 'rival', role: 'support', sub: 's' });
    expect(await of(order)).toHaveLength(1);
    expect(await of(order, rival)).toEqual([]);
    expect(await of(order, tenant)).toEqual([]);
    expect(expected(await ask(rival, `?merchant=${order.merchantId}`), 200).data).toEqual([]);
    expect(expected(await ask(service.support, '?merchant=other'), 200).data).toEqual([]);
  });
});

describe('The list', () => {
  it('is not for customers or systems', async () => {
    for (const caller of [service.customer, service.system])
      expect(await ask(caller)).toMatchObject({ status: 403, body: { code: 'role_not_allowed' } });
  });

  it('refuses a cursor that is none of its own', async () =>
    expect(await ask(service.support, '?starting_after=x')).toMatchObject({
      status: 400,
      body: { code: 'invalid_field', param: 'starting_after' },
    }));
});
