/** Carriers are asked what became of the postage of void labels: each label once daily, each carrier in a turn of its own. */
import type { OrderAggregate } from '../../shared/domain/aggregate';
import type { Cancellation } from '../../shared/domain/cancellation';
import type { EventType, TimelineEntry } from '../../shared/domain/events';
import { PermanentFault, TransientFault } from '../../shared/domain/faults';
import { slotAt } from '../../shared/domain/open-postage';
import type { Shipment } from '../../shared/domain/order';
import { later } from '../../shared/domain/time';
import { askAfterPostage, type PostagePorts, type PostageTrouble } from '../../shared/flows/ask-after-postage';
import type { CarrierView, Label } from '../../shared/ports/carrier';
import type { VoidLabel } from '../../shared/ports/open-postage';
import { anOrder, aShipment, withCancellation } from '../support/orders';

const voidedAt = '2026-03-01T12:00:00.000Z';
const units = { '1': [{ from: 0, to: 1 }] };

/** Orders of one parcel each, whose labels were taken back, and carriers that say what they are told to. */
class Desk {
  now = later(voidedAt, { length: 1, unit: 'days' });
  readonly orders = new Map<string, OrderAggregate>();
  readonly listed: VoidLabel[] = [];
  readonly events: EventType[] = [];
  readonly entries: TimelineEntry[] = [];
  readonly troubles: PostageTrouble[] = [];
  /** What a carrier says of a label; what is not here it does not know. */
  readonly views = new Map<string, CarrierView | Error>();
  readonly asked: string[] = [];
  readonly lists: [number, string, number][] = [];
  secondsPerCall = 0;
  listFails = false;

  label(id: string, change: Partial<Shipment> = {}): this {
    const { connectionId = 'con_1', carrier = 'easypost' } = change;
    const ref = { carrier, connectionId, providerShipmentRef: `ref_${id}` };
    const void_ = { recall: 'accepted', recalledAt: voidedAt, postage: 'submitted' } as const;
    const parcel = { ...aShipment(id, 'voided', units), ...ref, ...void_, ...change };
    const order = withCancellation(anOrder({ lines: [{ id: '1' }], shipments: [parcel] }), { units }, 'closed');
    const orderId = `ord_${id}`;
    this.orders.set(orderId, {
      ...order,
      order: { ...order.order, id: orderId },
      cancellations: order.cancellations.map((one) => ({ ...one, orderId })),
    });
    this.listed.push({ tenant: 't1', orderId: `ord_${id}`, shipmentId: id, connectionId });
    return this;
  }

  says(id: string, postageRefund: CarrierView['postageRefund'], more: Partial<CarrierView> = {}): this {
    const said = postageRefund === undefined ? {} : { postageRefund };
    this.views.set(`ref_${id}`, { position: 'voided', void: 'accepted', ...said, ...more });
    return this;
  }

  parcel(id: string): Shipment | undefined {
    return this.orders.get(`ord_${id}`)?.shipments[0];
  }

  cancellation(id: string): Cancellation | undefined {
    return this.orders.get(`ord_${id}`)?.cancellations[0];
  }

  round(days = 0) {
    this.now = later(this.now, { length: days, unit: 'days' });
    return askAfterPostage(this.ports, this.now);
  }

  private readonly carrier = {
    query: ({ providerShipmentRef: ref }: Label) => {
      this.asked.push(ref);
      this.now = later(this.now, { length: this.secondsPerCall, unit: 'seconds' });
      const view = this.views.get(ref);
      return view instanceof Error ? Promise.reject(view) : Promise.resolve(view);
    },
  };

  private change(orderId: string, part: Partial<OrderAggregate>): void {
    const before = this.orders.get(orderId);
    if (before !== undefined) this.orders.set(orderId, { ...before, ...part });
  }

  readonly ports = {
    clock: () => this.now,
    tell: (trouble: PostageTrouble) => this.troubles.push(trouble),
    postage: {
      list: (slot: number, from: string, limit: number) => {
        this.lists.push([slot, from, limit]);
        return this.listFails ? Promise.reject(new Error('throttled')) : Promise.resolve(this.listed);
      },
    },
    connections: {
      find: (id: string) =>
        Promise.resolve(id === 'con_gone' ? undefined : { id, tenant: 't1', provider: 'easypost', webhookSecrets: [] }),
    },
    shipments: {
      find: (_tenant: string, _connection: string, ref: string) => {
        const id = ref.replace('ref_', '');
        return Promise.resolve({ orderId: `ord_${id}`, shipmentId: id });
      },
    },
    orders: {
      find: (_tenant: string, id: string) => Promise.resolve(this.orders.get(id)),
      saveShipment: (
        { id }: { id: string },
        shipment: Shipment,
        events: readonly EventType[],
        entry: TimelineEntry,
      ): Promise<'stored'> => {
        this.change(id, { shipments: [shipment] });
        this.events.push(...events);
        this.entries.push(entry);
        return Promise.resolve('stored');
      },
    },
    cancellations: {
      find: (_tenant: string, id: string) => Promise.resolve(this.orders.get(id)?.cancellations[0]),
      saveWithOrder: (
        _before: unknown,
        after: Cancellation,
        { events }: { events: readonly EventType[] },
      ): Promise<'saved'> => {
        this.change(after.orderId, { cancellations: [after] });
        this.events.push(...events);
        return Promise.resolve('saved');
      },
    },
    workflow: { wake: () => Promise.resolve() },
    returns: {},
    carriers: { easypost: this.carrier, shipengine: this.carrier },
  } as unknown as PostagePorts;
}

const nothing = { postageAsked: 0, postageHeard: 0, postageGivenUp: 0, postageFailed: 0, postageLeft: 0 };

describe('the postage of a void label', () => {
  test.each(['refunded', 'rejected'] as const)('is %s when its carrier says so, told once', async (word) => {
    const desk = new Desk().label('shp_1').says('shp_1', word);
    expect(await desk.round()).toEqual({ ...nothing, postageAsked: 1, postageHeard: 1 });
    expect(desk.parcel('shp_1')).toMatchObject({ postage: word, position: 'voided', recall: 'accepted' });
    expect(desk.events).toEqual([`shipment.postage_${word}`]);
    // The index lags: it is still listed, and nobody is asked.
    expect(await desk.round(1)).toEqual(nothing);
    expect([desk.asked.length, desk.events.length]).toEqual([1, 1]);
  });

  test('that is still to come is asked after again, and nothing is written', async () => {
    const desk = new Desk().label('shp_1').says('shp_1', 'submitted');
    for (let day = 1; day <= 3; day += 1) expect(await desk.round(1)).toEqual({ ...nothing, postageAsked: 1 });
    expect([desk.asked.length, desk.entries.length]).toEqual([3, 0]);
  });

  test('of which a carrier says nothing before it is asked is known from then on', async () => {
    const desk = new Desk().label('shp_1', { carrier: 'shipengine' }).says('shp_1', 'submitted');
    const { postage: _postage, ...untold } = desk.parcel('shp_1') as Shipment;
    desk.orders.set('ord_shp_1', { ...(desk.orders.get('ord_shp_1') as OrderAggregate), shipments: [untold] });
    await desk.round();
    expect(desk.parcel('shp_1')?.postage).toBe('submitted');
    await desk.says('shp_1', 'refunded').round(1);
    expect(desk.parcel('shp_1')?.postage).toBe('refunded');
    expect(desk.events).toEqual(['shipment.postage_refunded']);
  });

  test('is given up in the end: it is overdue, which its order remembers and nobody else hears', async () => {
    const desk = new Desk().label('shp_1').says('shp_1', 'submitted');
    expect(await desk.round(44)).toEqual({ ...nothing, postageAsked: 1, postageGivenUp: 1 });
    expect(desk.parcel('shp_1')?.postage).toBe('overdue');
    expect(desk.events).toEqual([]);
    expect(desk.entries).toMatchObject([{ actor: 'system', step: 'reconcile', outcome: 'postage_overdue' }]);
  });

  test('that comes on the last day is heard, and not given up', async () => {
    const desk = new Desk().label('shp_1').says('shp_1', 'refunded');
    expect(await desk.round(44)).toEqual({ ...nothing, postageAsked: 1, postageHeard: 1 });
    expect(desk.parcel('shp_1')?.postage).toBe('refunded');
  });

  test.each<[string, Partial<Shipment>, Error | undefined]>([
    ['whose connection is no more', { connectionId: 'con_gone' }, undefined],
    ['whose carrier is away', {}, new TransientFault('away')],
    ['that its carrier does not let anybody see', {}, new PermanentFault('forbidden')],
  ])('of a label %s is a person’s in the end as well', async (_what, change, error) => {
    const desk = new Desk().label('shp_1', change);
    if (error !== undefined) desk.views.set('ref_shp_1', error);
    expect(await desk.round()).toEqual({ ...nothing, postageFailed: 1 });
    expect(desk.parcel('shp_1')?.postage).toBe('submitted');
    expect(desk.troubles).toMatchObject([{ event: 'postage_not_asked', orderId: 'ord_shp_1', shipmentId: 'shp_1' }]);
    expect(await desk.round(44)).toEqual({ ...nothing, postageFailed: 1, postageGivenUp: 1 });
    expect(desk.parcel('shp_1')?.postage).toBe('overdue');
  });

  test('of a label that its carrier does not know is waited for like any other', async () => {
    const desk = new Desk().label('shp_1');
    expect(await desk.round()).toEqual({ ...nothing, postageAsked: 1 });
  });
});

describe('a label that turns out to be good', () => {
  test.each<[string, Partial<CarrierView>]>([
    ['because its refund was refused', { void: 'refused', postageRefund: 'rejected' }],
    ['because the parcel was scanned', { position: 'in_transit' }],
  ])('%s is a case, as if its carrier had told of it', async (_what, view) => {
    const desk = new Desk().label('shp_1').says('shp_1', 'submitted', view);
    expect(await desk.round()).toMatchObject({ postageHeard: 1 });
    expect(desk.cancellation('shp_1')).toMatchObject({ status: 'in_case' });
    expect(desk.parcel('shp_1')).toMatchObject({ recall: 'refused' });
    expect(desk.events).toContain('shipment.recall_refused');
  });
});

describe('a round', () => {
  const many = (desk: Desk, connectionId: string, count: number): Desk => {
    for (let at = 1; at <= count; at += 1) desk.label(`shp_${connectionId}_${at}`, { connectionId });
    return desk;
  };

  test('is about the labels of this time of day, begins elsewhere every day, and has an end', async () => {
    const desk = new Desk();
    await desk.round();
    await desk.round();
    await desk.round(1);
    const [first, again, tomorrow] = desk.lists as [[number, string, number], unknown, [number, string, number]];
    expect(first).toEqual([slotAt(desk.now), expect.stringMatching(/^shp_[0-9a-z]{26}$/), 300]);
    expect(again).toEqual(first);
    expect(tomorrow[1]).not.toBe(first[1]);
  });

  test('of a carrier that fails leaves it alone after three in a row, and asks the others', async () => {
    const desk = many(many(new Desk(), 'con_down', 5), 'con_up', 5);
    for (let at = 1; at <= 5; at += 1) {
      desk.views.set(`ref_shp_con_down_${at}`, new TransientFault('away'));
      desk.says(`shp_con_up_${at}`, 'refunded');
    }
    expect(await desk.round()).toEqual({
      ...nothing,
      ...{ postageAsked: 5, postageHeard: 5, postageFailed: 3, postageLeft: 2 },
    });
  });

  test('goes on after a label that alone is in trouble', async () => {
    const desk = many(new Desk(), 'con_1', 6);
    for (const at of [1, 2, 4]) desk.views.set(`ref_shp_con_1_${at}`, new PermanentFault('no such label'));
    expect(await desk.round()).toMatchObject({ postageAsked: 3, postageFailed: 3, postageLeft: 0 });
  });

  test('begins nothing new when its time is over', async () => {
    const desk = many(new Desk(), 'con_1', 6);
    desk.secondsPerCall = 10;
    expect(await desk.round()).toMatchObject({ postageAsked: 3, postageLeft: 3 });
  });

  test('that cannot be begun says so', async () => {
    const desk = new Desk().label('shp_1');
    desk.listFails = true;
    expect(await desk.round()).toEqual({ ...nothing, postageFailed: 1 });
    expect(desk.troubles).toMatchObject([{ event: 'postage_not_listed' }]);
  });

  test('meets labels that were settled meanwhile, and orders that are no more', async () => {
    const desk = new Desk().label('shp_1', { postage: 'refunded' }).label('shp_2');
    desk.orders.delete('ord_shp_2');
    expect(await desk.round()).toEqual(nothing);
    expect([desk.asked, desk.entries]).toEqual([[], []]);
  });
});
