/** A parcel that has left is called back: what is asked, what is stored, and what the terms make of it. */
import type { OrderAggregate } from '../../shared/domain/aggregate';
import type { Cancellation, CancellationStatus } from '../../shared/domain/cancellation';
import type { EventType } from '../../shared/domain/events';
import { TransientFault } from '../../shared/domain/faults';
import type { Shipment } from '../../shared/domain/order';
import type { ParcelRule } from '../../shared/domain/policy';
import { later, type Instant } from '../../shared/domain/time';
import type { SecurePorts } from '../../shared/flows/carrier-of';
import { hearOfParcel, type ParcelPorts } from '../../shared/flows/hear-of-parcel';
import { secureShipment } from '../../shared/flows/secure-shipment';
import type { CarrierNotice, CarrierView, InterceptionAnswer, InterceptionWish } from '../../shared/ports/carrier';
import { anOrder, aPolicy, aShipment, withCancellation } from '../support/orders';

const start = '2026-03-01T12:00:00.000Z';
const connection = { id: 'con_1', tenant: 't1', provider: 'ups', apiKey: '', webhookSecrets: [] };
const run = { tenant: 't1', orderId: 'ord_1', cancellationId: 'can_1', generation: 1 };
const rule: ParcelRule = { callBack: 'freely', refundOn: 'receipt', answerHours: 24, returnDays: 21 };

/** One parcel of UPS on its way, the cancellation of what is in it, and a carrier that says what it is told to. */
class Road {
  aggregate: OrderAggregate;
  now: Instant = start;
  view: CarrierView | Error | undefined = { position: 'in_transit', void: 'none', interception: 'none' };
  answers: (InterceptionAnswer['outcome'] | Error)[] = ['accepted'];
  readonly wishes: InterceptionWish[] = [];
  readonly events: EventType[] = [];
  readonly woken: string[] = [];

  constructor(
    parcels: Partial<ParcelRule> = {},
    more: Partial<Shipment> = {},
    status: CancellationStatus = 'executing',
    waits = true,
  ) {
    const units = { '1': [{ from: 0, to: 1 }] };
    const label = { carrier: 'ups', connectionId: 'con_1', providerShipmentRef: '1Z1' };
    const parcel = { ...aShipment('shp_1', 'in_transit', units), ...label, ...more };
    const order = anOrder({
      lines: [{ id: '1' }],
      shipments: [parcel],
      policy: aPolicy({ parcels: { ...rule, ...parcels } }),
    });
    this.aggregate = withCancellation(order, { units }, status);
    if (waits) this.cancellation = { ...this.cancellation, goodsUntil: later(start, { length: 6, unit: 'hours' }) };
  }

  get parcel(): Shipment {
    return this.aggregate.shipments[0] as Shipment;
  }
  get cancellation(): Cancellation {
    return this.aggregate.cancellations[0] as Cancellation;
  }
  set cancellation(one: Cancellation) {
    this.aggregate = { ...this.aggregate, cancellations: [one] };
  }

  readonly ports = {
    shipments: { find: () => Promise.resolve({ orderId: 'ord_1', shipmentId: 'shp_1' }) },
    connections: { find: () => Promise.resolve(connection) },
    workflow: { wake: (token: string) => Promise.resolve(void this.woken.push(token)) },
    orders: {
      find: () => Promise.resolve(this.aggregate),
      saveShipment: (_before: unknown, shipment: Shipment, events: readonly EventType[]) => {
        this.aggregate = { ...this.aggregate, shipments: [shipment] };
        this.events.push(...events);
        return Promise.resolve('stored');
      },
    },
    cancellations: {
      find: () => Promise.resolve(this.cancellation),
      token: () => Promise.resolve('token'),
      saveWithOrder: (_before: unknown, after: Cancellation, { events }: { events: readonly EventType[] }) => {
        this.cancellation = after;
        this.events.push(...events);
        return Promise.resolve('saved');
      },
    },
    carriers: {
      ups: {
        query: () => (this.view instanceof Error ? Promise.reject(this.view) : Promise.resolve(this.view)),
        voidLabel: () => {
          this.aggregate = { ...this.aggregate, shipments: [{ ...this.parcel, position: 'handed_over' }] };
          return Promise.resolve({ outcome: 'refused', word: 'scanned' });
        },
        interception: {
          request: (wish: InterceptionWish) => {
            this.wishes.push(wish);
            const outcome = this.answers.shift() ?? 'accepted';
            if (outcome instanceof Error) return Promise.reject(outcome);
            return Promise.resolve({ outcome, word: outcome });
          },
        },
      },
    },
  } as unknown as ParcelPorts & SecurePorts;

  secure = () => secureShipment(this.ports, run, 'shp_1', this.now);

  hear(notice: Partial<CarrierNotice>) {
    const base = { eventId: 'e1', type: 'track', trackingCode: undefined, position: undefined, void: undefined };
    return hearOfParcel(this.ports, connection, { ...base, providerShipmentRef: '1Z1', ...notice }, this.now);
  }

  pass(length: number, unit: 'seconds' | 'hours' | 'days'): void {
    this.now = later(this.now, { length, unit });
  }
}

const called = { recall: 'requested', recallKind: 'interception', recalledAt: start } as const;

describe('a parcel on its way', () => {
  test.each<[ParcelRule['refundOn'], InterceptionAnswer['outcome'], string]>([
    ['request', 'requested', 'accepted'],
    ['request', 'accepted', 'accepted'],
    ['request', 'refused', 'refused'],
    ['acceptance', 'requested', 'wait'],
    ['acceptance', 'accepted', 'accepted'],
    ['turned_round', 'accepted', 'wait'],
    ['receipt', 'accepted', 'wait'],
    ['receipt', 'refused', 'refused'],
  ])('whose money goes back on %s, and whose carrier says %s: %s', async (refundOn, outcome, expected) => {
    const road = new Road({ refundOn });
    road.answers = [outcome];
    expect((await road.secure()).outcome).toBe(expected);
    expect(road.parcel).toMatchObject({ recall: outcome, recallKind: 'interception', recalledAt: start });
    expect(road.events).toEqual(outcome === 'requested' ? [] : [`shipment.recall_${outcome}`]);
  });

  test('of which something stays sold, or waits for somebody’s word, is not called back', async () => {
    for (const status of ['declined', 'in_grace', 'awaiting_answer'] as const) {
      const road = new Road();
      const units = { '1': [{ from: 0, to: 2 }] };
      road.aggregate = { ...road.aggregate, shipments: [{ ...road.parcel, units }] };
      const [mine] = road.aggregate.cancellations as [Cancellation];
      const other = { ...mine, id: 'can_2', units: { '1': [{ from: 1, to: 2 }] }, status } as Cancellation;
      road.aggregate = { ...road.aggregate, cancellations: [mine, other] };
      expect(await road.secure()).toEqual({ outcome: 'refused' });
      expect([road.wishes, road.parcel.recall]).toEqual([[], 'none']);
    }
  });

  test('is asked for with a key of its own, the same however often', async () => {
    const road = new Road();
    road.answers = [new Error('no answer'), 'accepted'];
    await expect(road.secure()).rejects.toThrow('no answer');
    expect(await road.secure()).toEqual({ outcome: 'hold', seconds: 60 });
    road.pass(60, 'seconds');
    expect(await road.secure()).toMatchObject({ outcome: 'wait' });
    const [first, second] = road.wishes.map(({ key }) => key);
    expect(second).toBe(first);
    expect(first).toMatch(/^[\w-]{32,40}$/);
    expect(road.wishes).toHaveLength(2);
  });

  test('is not asked for again where its carrier has the wish, whatever became of the answer', async () => {
    const road = new Road();
    road.answers = [new Error('no answer')];
    await expect(road.secure()).rejects.toThrow('no answer');
    road.view = { position: 'in_transit', void: 'none', interception: 'accepted' };
    expect(await road.secure()).toMatchObject({ outcome: 'wait' });
    expect([road.wishes.length, road.parcel.recall]).toEqual([1, 'accepted']);
  });

  test('that turns round, and is here again, lets its money go', async () => {
    const road = new Road();
    await road.secure();
    road.view = { position: 'returning', void: 'none', interception: 'accepted' };
    expect(await road.secure()).toMatchObject({ outcome: 'wait' });
    expect(road.parcel).toMatchObject({ position: 'returning', recall: 'returning' });
    road.view = { position: 'returned', void: 'none', interception: 'succeeded' };
    expect(await road.secure()).toEqual({ outcome: 'accepted' });
    expect(road.parcel).toMatchObject({ position: 'returned', recall: 'received' });
  });

  test('that is delivered all the same keeps its money', async () => {
    const road = new Road();
    await road.secure();
    road.view = { position: 'delivered', void: 'none', interception: 'accepted' };
    expect(await road.secure()).toEqual({ outcome: 'refused' });
    expect(road.parcel).toMatchObject({ position: 'delivered', recall: 'refused' });
  });

  test('of which its carrier says nothing in time is given up, and one that does not come is overdue', async () => {
    const silent = new Road();
    silent.answers = ['requested'];
    silent.view = { position: 'in_transit', void: 'none', interception: 'requested' };
    expect(await silent.secure()).toEqual({ outcome: 'wait', until: later(start, { length: 24, unit: 'hours' }) });
    silent.pass(24, 'hours');
    expect(await silent.secure()).toEqual({ outcome: 'refused' });
    expect(silent.parcel.recall).toBe('refused');

    const slow = new Road();
    await slow.secure();
    slow.view = { position: 'in_transit', void: 'none', interception: 'accepted' };
    slow.pass(21, 'days');
    expect(await slow.secure()).toEqual({ outcome: 'overdue' });
    expect(slow.parcel.recall).toBe('accepted');
  });

  test('whose carrier is in trouble for a while is waited for all the same', async () => {
    const road = new Road();
    await road.secure();
    road.view = new TransientFault('no connection');
    expect(await road.secure()).toMatchObject({ outcome: 'wait' });
    road.pass(21, 'days');
    expect(await road.secure()).toEqual({ outcome: 'overdue' });
  });

  test('that left while its label was being taken back is called back', async () => {
    const road = new Road({}, { position: 'label_created' });
    expect(await road.secure()).toMatchObject({ outcome: 'wait' });
    expect(road.parcel).toMatchObject({ position: 'handed_over', recall: 'accepted', recallKind: 'interception' });
    expect(road.wishes).toHaveLength(1);
  });

  test('is not called back where the terms say nothing of it', async () => {
    const road = new Road();
    const { order } = road.aggregate;
    road.aggregate = { ...road.aggregate, order: { ...order, contract: { ...order.contract, policy: aPolicy() } } };
    expect(await road.secure()).toEqual({ outcome: 'refused' });
    expect(road.wishes).toEqual([]);
  });
});

describe('news of a parcel that was called back', () => {
  test('only names it: what its carrier says when asked is stored, and the story is woken', async () => {
    const road = new Road({}, called);
    road.view = { position: 'in_transit', void: 'none', interception: 'accepted' };
    expect(await road.hear({ interception: 'succeeded' })).toBe('heard');
    expect(road.parcel.recall).toBe('accepted');
    expect(road.woken).toEqual(['token']);
  });

  test('that its carrier does not confirm changes nothing', async () => {
    const road = new Road({}, called);
    road.view = { position: 'in_transit', void: 'none', interception: 'requested' };
    expect(await road.hear({ position: 'returned' })).toBe('nothing_new');
    expect([road.parcel.recall, road.woken]).toEqual(['requested', []]);
  });

  test('that it has moved on is believed, and wakes nobody', async () => {
    const road = new Road({}, { ...called, position: 'handed_over' });
    expect(await road.hear({ position: 'in_transit' })).toBe('heard');
    expect([road.parcel.position, road.parcel.recall, road.woken]).toEqual(['in_transit', 'requested', []]);
  });

  test('that comes late or again changes nothing', async () => {
    const road = new Road({}, { ...called, position: 'returning', recall: 'returning' });
    for (const position of ['label_created', 'handed_over', 'in_transit', 'returning'] as const)
      expect(await road.hear({ position })).toBe('nothing_new');
  });

  test.each<[string, CancellationStatus, boolean, CancellationStatus]>([
    ['whose money has gone back', 'closed', false, 'in_case'],
    ['whose money is on its way', 'refund_pending', false, 'in_case'],
    ['whose money waits for it', 'executing', true, 'executing'],
  ])('that one was delivered %s', async (_what, status, waits, becomes) => {
    const road = new Road({ refundOn: 'acceptance' }, { ...called, recall: 'accepted' }, status, waits);
    road.view = { position: 'delivered', void: 'none', interception: 'accepted' };
    expect(await road.hear({ position: 'delivered' })).toBe('heard');
    expect(road.parcel).toMatchObject({ position: 'delivered', recall: 'refused' });
    expect(road.cancellation.status).toBe(becomes);
    expect(road.woken).toEqual(waits ? ['token'] : []);
  });

  test('that one was delivered whose money went back when it was asked for is a case too', async () => {
    const road = new Road({ refundOn: 'request' }, called, 'closed', false);
    road.view = { position: 'delivered', void: 'none', interception: 'requested' };
    await road.hear({ position: 'delivered' });
    expect(road.cancellation).toMatchObject({
      status: 'in_case',
      failure: 'the parcel did not come back although its carrier had taken that on',
    });
  });
});
