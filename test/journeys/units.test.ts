/** Where every unit of an order is, and why: one answer for whoever may see the order. */
import type { Caller, Problem } from '../support/api-client';
import type { Placed } from '../support/order-sketch';
import { expected, onLaptop, useService, type Cancellation, type List } from '../support/service';

const service = useService();

interface Units extends Problem {
  readonly object: string;
  readonly orderId: string;
  readonly lines: readonly {
    readonly lineId: string;
    readonly quantity: number;
    readonly units: readonly {
      readonly first: number;
      readonly quantity: number;
      readonly place: string;
      readonly because: { readonly rule: string; readonly id?: string };
      readonly parcel?: { readonly ref: string; readonly position: string; readonly recall: string };
      readonly cancellation?: { readonly id: string; readonly status: string };
    }[];
  }[];
}

const ask = (order: Placed, by: Caller = service.support) => by.get<Units>(`/v1/orders/${order.id}/units`);
const unitsOf = async (order: Placed) => expected(await ask(order), 200).lines.map(({ units }) => units);

describe('The units of an order', () => {
  onLaptop('are told apart by where they are, each with its reason', async () => {
    const order = await service.order({
      lines: [{ quantity: 5 }, { kind: 'prepared', quantity: 1, stage: 'started' }],
      parcels: [{ ref: 'p1', lines: [{ lineId: '1', quantity: 2 }], carried: true }],
    });
    const { id } = await service.cancelUntil('closed', { orderId: order.id, lines: [{ lineId: '1', quantity: 1 }] });
    await service.local.easypost('scan', { shipment: order.parcels[0], status: 'delivered' });
    await service.local.idle();
    const [goods, meal] = await unitsOf(order);
    expect(goods).toEqual([
      {
        ...{ first: 1, quantity: 2, place: 'delivered' },
        because: { rule: 'parcel.delivered', id: expect.stringMatching(/^shp_/) as string },
        parcel: {
          id: expect.stringMatching(/^shp_/) as string,
          ...{ ref: 'p1', position: 'delivered', recall: 'none', calledBack: false },
        },
      },
      {
        ...{ first: 3, quantity: 1, place: 'cancelled' },
        because: { rule: 'cancellation.closed', id },
        cancellation: { id, status: 'closed' },
      },
      { first: 4, quantity: 2, place: 'not_shipped', because: { rule: 'parcel.none' } },
    ]);
    expect(meal).toEqual([
      { first: 1, quantity: 1, place: 'at_stage', stage: 'started', because: { rule: 'line.stage' } },
    ]);
  });

  onLaptop('of a parcel that was stopped show its void label beside the cancellation', async () => {
    const order = await service.order({
      parcels: [{ ref: 'p1', lines: [{ lineId: '1', quantity: 2 }], carried: true }],
    });
    const { id } = await service.cancelUntil('closed', { orderId: order.id });
    expect(await unitsOf(order)).toMatchObject([
      [
        {
          ...{ place: 'cancelled', quantity: 2 },
          cancellation: { id, status: 'closed' },
          parcel: { ref: 'p1', position: 'voided', recall: 'accepted', calledBack: true },
        },
      ],
    ]);
  });

  it('are shown to the parties, by our id or by the shop’s reference', async () => {
    const order = await service.order({ tenders: [{ storeCredit: 2_000 }] });
    const shown = expected(await ask(order), 200);
    expect(shown).toMatchObject({ object: 'units', orderId: order.id, lines: [{ lineId: '1', quantity: 2 }] });
    for (const party of [service.customer, service.merchant, service.system])
      expect(expected(await ask(order, party), 200)).toEqual(shown);
    expect(expected(await service.merchant.get(`/v1/orders/${order.reference}/units`), 200)).toEqual(shown);
    const unnamed = await service.support.get(`/v1/orders/${order.reference}/units`);
    expect(unnamed).toMatchObject({ status: 400, body: { code: 'invalid_field', param: 'merchant' } });
    const named = await service.support.get(`/v1/orders/${order.reference}/units?merchant=${order.merchantId}`);
    expect(expected(named, 200)).toEqual(shown);
  });

  onLaptop('are shown to the platform', async () => {
    const order = await service.order({ tenders: [{ storeCredit: 2_000 }] });
    const platform = service.caller({ tenant: 'demo', role: 'platform', sub: 'p' });
    expect(expected(await ask(order, platform), 200).lines).toHaveLength(1);
  });
});

/** The units of an order as far as a cancellation is about them. */
interface InUnits {
  readonly units?: Units;
}
const ofCancellation = (id: string, by: Caller = service.customer, query = '?include=units') =>
  by.get<Cancellation & InUnits>(`/v1/cancellations/${id}${query}`);

describe('The units of a cancellation', () => {
  onLaptop('stand beside its timeline, as they stand in the answer about its order', async () => {
    const order = await service.order({ lines: [{ quantity: 3 }, { quantity: 1 }] });
    const { id } = await service.cancelUntil('closed', { orderId: order.id, lines: [{ lineId: '1', quantity: 2 }] });
    const whole = expected(await ask(order), 200);
    for (const party of [service.customer, service.merchant, service.support, service.system]) {
      const { units, timeline } = expected(await ofCancellation(id, party), 200);
      expect(timeline.at(-1)).toMatchObject({ outcome: 'closed' });
      expect(units).toEqual({ ...whole, lines: [{ ...whole.lines[0], units: whole.lines[0]?.units.slice(0, 1) }] });
      expect(units?.lines[0]?.units).toMatchObject([{ first: 1, quantity: 2, place: 'cancelled' }]);
    }
  });

  onLaptop('that it gave back are said to wait where they do', async () => {
    const order = await service.order({
      policy: { graceMinutes: 60 },
      lines: [{ quantity: 2, reservedBy: 'movements', opened: { onHand: 1, reserved: 0 } }],
      tenders: [{ storeCredit: 2_000 }],
    });
    const line = { sku: `${order.reference}-1`, location: 'main', orderId: order.id, lineId: '1', quantity: 2 };
    const movements = [{ ref: order.reference, type: 'reserve', mayWait: true, ...line }];
    const { merchantId } = order;
    expected(await service.system.post('/v1/stock/movements', { merchantId, movements }), 200);
    const { id } = expected(await service.cancel({ orderId: order.id }), 202);
    expected(await service.customer.post(`/v1/cancellations/${id}/withdraw`), 200);
    const shown = expected(await ofCancellation(id), 200).units;
    expect(shown).toEqual(expected(await ask(order), 200));
    expect(shown?.lines).toMatchObject([
      {
        units: [
          { first: 1, quantity: 1, because: { rule: 'cancellation.withdrawn', id } },
          { first: 2, quantity: 1, place: 'waiting_for_stock' },
        ],
      },
    ]);
  });

  it('are left out unless they are asked for, and nothing else can be asked for', async () => {
    const order = await service.order({ tenders: [{ storeCredit: 2_000 }] });
    const { id } = await service.cancelUntil('closed', { orderId: order.id });
    expect(expected(await ofCancellation(id, service.customer, ''), 200)).not.toHaveProperty('units');
    for (const [query, code] of [
      ['?include=money', 'invalid_field'],
      ['?units=all', 'unknown_field'],
    ] as const)
      expect(await ofCancellation(id, service.customer, query)).toMatchObject({ status: 400, body: { code } });
    expect((await service.support.get('/v1/cases?include=money')).status).toBe(400);
  });

  onLaptop('are nobody else’s to see', async () => {
    const order = await service.order({ tenders: [{ storeCredit: 2_000 }] });
    const { id } = await service.cancelUntil('closed', { orderId: order.id });
    const rival = service.caller({ tenant: 'demo', role: 'merchant', sub: 'm', merchant_id: 'other' });
    const tenant = service.caller({ tenant: 'rival', role: 'support', sub: 's' });
    for (const caller of [rival, tenant, service.customerNamed('another')])
      expect(await ofCancellation(id, caller)).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});

describe('The units of a case', () => {
  onLaptop('are what a person sees who works on it', async () => {
    const order = await service.order({
      parcels: [{ ref: 'p1', lines: [{ lineId: '1', quantity: 2 }], carried: true }],
    });
    const { id } = await service.cancelUntil('closed', { orderId: order.id });
    // The label was void, and the parcel leaves all the same.
    await service.local.easypost('scan', { shipment: order.parcels[0], status: 'in_transit' });
    await service.becomes(id, 'in_case');
    const found = async (query: string) => {
      const { data } = expected(
        await service.support.get<List<{ orderId: string } & InUnits>>(`/v1/cases${query}`),
        200,
      );
      return data.find(({ orderId }) => orderId === order.id);
    };
    expect(await found('?limit=100')).not.toHaveProperty('units');
    expect((await found('?limit=100&include=units'))?.units).toEqual(expected(await ask(order), 200));
    const { units } = expected(await ofCancellation(id), 200);
    expect(units?.lines[0]?.units).toMatchObject([
      { place: 'cancelled', parcel: { recall: 'refused', advice: 'refuse_delivery' } },
    ]);
  });
});
