/** Where every unit of an order is, and why: one answer for whoever may see the order. */
import type { Caller, Problem } from '../support/api-client';
import type { Placed } from '../support/order-sketch';
import { expected, onLaptop, useService } from '../support/service';

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
