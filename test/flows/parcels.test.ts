import type { OrderAggregate } from '../../shared/domain/aggregate';
import type { Cancellation, CancellationStatus } from '../../shared/domain/cancellation';
import type { EventType } from '../../shared/domain/events';
import type { Recall, Shipment, ShipmentPosition } from '../../shared/domain/order';
import { hearOfParcel, type ParcelPorts } from '../../shared/flows/hear-of-parcel';
import type { SecurePorts } from '../../shared/flows/carrier-of';
import { secureShipment } from '../../shared/flows/secure-shipment';
import type { CarrierNotice, CarrierView } from '../../shared/ports/carrier';
import { anOrder, aShipment, withCancellation } from '../support/orders';

const now = '2026-03-01T12:00:00.000Z';
const connection = { id: 'con_1', tenant: 't1', provider: 'easypost', apiKey: '', webhookSecrets: [] };

/** One parcel, the cancellation of its units, and a carrier that says what it is told to. */
class Yard {
  aggregate: OrderAggregate;
  asked = 0;
  readonly events: EventType[] = [];

  constructor(
    shipment: Partial<Shipment> & { position: ShipmentPosition; recall: Recall },
    status: CancellationStatus,
    private readonly view: CarrierView | undefined,
  ) {
    const units = { '1': [{ from: 0, to: 1 }] };
    const label = { carrier: 'easypost', connectionId: 'con_1', providerShipmentRef: 'shp_x' };
    const parcel = { ...aShipment('shp_1', shipment.position, units), ...label, ...shipment };
    this.aggregate = withCancellation(anOrder({ lines: [{ id: '1' }], shipments: [parcel] }), { units }, status);
  }

  get parcel(): Shipment | undefined {
    return this.aggregate.shipments[0];
  }
  get cancellation(): Cancellation | undefined {
    return this.aggregate.cancellations[0];
  }

  move(shipment: Shipment): void {
    this.aggregate = { ...this.aggregate, shipments: [shipment] };
  }

  readonly ports = {
    shipments: { find: () => Promise.resolve({ orderId: 'ord_1', shipmentId: 'shp_1' }) },
    connections: { find: () => Promise.resolve(connection) },
    orders: {
      find: () => Promise.resolve(this.aggregate),
      saveShipment: (_before: unknown, shipment: Shipment, events: readonly EventType[]) => {
        this.move(shipment);
        this.events.push(...events);
        return Promise.resolve('stored');
      },
    },
    cancellations: {
      find: () => Promise.resolve(this.cancellation),
      saveWithOrder: (_before: unknown, after: Cancellation, { events }: { events: readonly EventType[] }) => {
        this.aggregate = { ...this.aggregate, cancellations: [after] };
        this.events.push(...events);
        return Promise.resolve('saved');
      },
    },
    carriers: {
      easypost: {
        query: () => Promise.resolve(((this.asked += 1), this.view)),
        voidLabel: () => {
          if (this.parcel !== undefined) this.move({ ...this.parcel, position: 'in_transit' });
          return Promise.resolve({ outcome: 'accepted', word: 'submitted' });
        },
      },
    },
  } as unknown as ParcelPorts & SecurePorts;

  hear(notice: Partial<CarrierNotice>) {
    const base = { eventId: 'e1', type: 'tracker.updated', trackingCode: undefined, position: undefined };
    const heard = { ...base, providerShipmentRef: 'shp_x', void: undefined, ...notice };
    return hearOfParcel(this.ports, connection, heard, now);
  }
}

const voided = { position: 'voided', recall: 'accepted' } as const;

describe('a label in doubt', () => {
  const doubted = {
    position: 'label_created',
    recall: 'requested',
    postage: 'submitted',
    failed: { cancellationId: 'can_1', at: now },
  } as const;

  test.each<[CarrierView['void'], object]>([
    ['accepted', { position: 'voided', recall: 'accepted' }],
    ['refused', { position: 'label_created', recall: 'refused' }],
  ])('is %s when its carrier says so at last, and in doubt no more', async (word, expected) => {
    const yard = new Yard(doubted, 'undone', { position: 'label_created', void: word });
    expect(await yard.hear({ void: word })).toBe('heard');
    expect(yard.parcel).toMatchObject(expected);
    expect(yard.parcel).not.toHaveProperty('failed');
    expect(yard.asked).toBe(1);
  });
});

describe('the postage of a void label', () => {
  test('is heard of once, and moves neither parcel nor money', async () => {
    const yard = new Yard({ ...voided, postage: 'submitted' }, 'closed', { position: 'voided', void: 'accepted' });
    expect(await yard.hear({ void: 'accepted', postageRefund: 'refunded' })).toBe('heard');
    expect(yard.parcel).toMatchObject({ ...voided, postage: 'refunded' });
    expect(await yard.hear({ void: 'accepted', postageRefund: 'refunded' })).toBe('nothing_new');
    expect(await yard.hear({ void: 'accepted', postageRefund: 'submitted' })).toBe('nothing_new');
    expect([yard.events, yard.asked, yard.cancellation?.status]).toEqual([['shipment.postage_refunded'], 0, 'closed']);
  });
});

describe('a notice against a label that was void', () => {
  test.each<[CancellationStatus]>([['executing'], ['refund_pending'], ['closed']])(
    'opens a case on the cancellation that relied on it while it is %s, and stops its run',
    async (status) => {
      const yard = new Yard(voided, status, { position: 'in_transit', void: 'accepted' });
      expect(await yard.hear({ position: 'handed_over' })).toBe('heard');
      expect(yard.parcel).toMatchObject({ position: 'in_transit', recall: 'refused' });
      expect(yard.cancellation).toMatchObject({
        status: 'in_case',
        failure: 'the parcel left although its label was void',
        run: { generation: 2 },
      });
      expect(yard.events).toEqual(['case.opened', 'shipment.recall_refused', 'shipment.moved']);
    },
  );

  test('that was refused late counts although the parcel still lies here', async () => {
    const yard = new Yard(voided, 'closed', { position: 'label_created', void: 'refused' });
    expect(await yard.hear({ void: 'refused' })).toBe('heard');
    expect(yard.parcel).toMatchObject({ position: 'label_created', recall: 'refused' });
    expect(yard.cancellation).toMatchObject({ status: 'in_case' });
  });

  test('only names it: what the carrier says when asked decides', async () => {
    const yard = new Yard(voided, 'closed', { position: 'voided', void: 'accepted' });
    expect(await yard.hear({ position: 'in_transit' })).toBe('nothing_new');
    expect([yard.asked, yard.parcel?.position, yard.cancellation?.status]).toEqual([1, 'voided', 'closed']);
  });

  test('that comes again changes nothing', async () => {
    const yard = new Yard(voided, 'closed', { position: 'in_transit', void: 'refused' });
    await yard.hear({ position: 'in_transit' });
    expect(await yard.hear({ position: 'in_transit' })).toBe('nothing_new');
    expect(yard.events.filter((type) => type === 'case.opened')).toHaveLength(1);
  });

  test('after a crash between case and shipment is taken up where it stopped', async () => {
    const yard = new Yard(voided, 'in_case', { position: 'in_transit', void: 'refused' });
    expect(await yard.hear({ position: 'in_transit' })).toBe('heard');
    expect(yard.events).toEqual(['shipment.recall_refused', 'shipment.moved']);
  });

  test('while it is being asked for is the run’s to act upon', async () => {
    const asking = { position: 'label_created', recall: 'requested' } as const;
    const yard = new Yard(asking, 'executing', { position: 'label_created', void: 'refused' });
    expect(await yard.hear({ void: 'refused' })).toBe('heard');
    expect(yard.parcel).toMatchObject({ recall: 'refused' });
    expect(yard.cancellation).toMatchObject({ status: 'executing' });
  });
});

test('an ordinary scan asks nobody', async () => {
  const yard = new Yard({ position: 'handed_over', recall: 'none' }, 'withdrawn', undefined);
  expect(await yard.hear({ position: 'in_transit' })).toBe('heard');
  expect([yard.asked, yard.events]).toEqual([0, ['shipment.moved']]);
});

describe('a run that stops a parcel', () => {
  const run = { tenant: 't1', orderId: 'ord_1', cancellationId: 'can_1', generation: 1 };
  const wished = (recalledAt: string) => ({ position: 'label_created', recall: 'requested', recalledAt }) as const;
  const unheard: CarrierView = { position: 'label_created', void: 'none' };

  test('is refused when the parcel left while its label was being taken back', async () => {
    const yard = new Yard({ position: 'label_created', recall: 'none' }, 'executing', undefined);
    expect(await secureShipment(yard.ports, run, 'shp_1', now)).toEqual({ outcome: 'refused' });
    expect(yard.parcel).toMatchObject({ position: 'in_transit', recall: 'refused', recalledAt: now });
  });

  test.each<[number, object]>([
    [1, {}],
    [2, { partlyKept: true }],
  ])('notes whether something in it stays sold, of %s units in it: %j', async (to, noted) => {
    const held = { '1': [{ from: 0, to }] };
    const yard = new Yard({ position: 'label_created', recall: 'none', units: held }, 'executing', undefined);
    await secureShipment(yard.ports, run, 'shp_1', now);
    const { partlyKept } = yard.parcel ?? {};
    expect({ ...(partlyKept !== undefined && { partlyKept }) }).toEqual(noted);
  });

  test.each<['accepted' | 'refused', ShipmentPosition]>([
    ['accepted', 'voided'],
    ['refused', 'label_created'],
  ])('takes the word that was lost, %s, from the carrier and does not ask again', async (word, position) => {
    const yard = new Yard(wished(now), 'executing', { position: 'label_created', void: word });
    expect(await secureShipment(yard.ports, run, 'shp_1', now)).toEqual({ outcome: word });
    expect(yard.asked).toBe(1);
    // Asking would have let it leave: see the yard's carrier.
    expect(yard.parcel).toMatchObject({ position, recall: word });
  });

  test('asks nobody while an earlier wish, of whomever, may still be heard', async () => {
    const yard = new Yard(wished('2026-03-01T11:59:30.500Z'), 'executing', unheard);
    expect(await secureShipment(yard.ports, run, 'shp_1', now)).toEqual({ outcome: 'hold', seconds: 31 });
    expect(yard.parcel).toMatchObject({ position: 'label_created', recall: 'requested' });
  });

  test('asks again when nothing can be on its way any more, as a new wish', async () => {
    const yard = new Yard(wished('2026-03-01T11:59:00.000Z'), 'executing', unheard);
    expect(await secureShipment(yard.ports, run, 'shp_1', now)).toEqual({ outcome: 'refused' });
    expect(yard.parcel).toMatchObject({ position: 'in_transit', recall: 'refused', recalledAt: now });
  });

  test('leaves it to whoever wished anew in the same moment', async () => {
    const yard = new Yard(wished('2026-03-01T11:59:00.000Z'), 'executing', unheard);
    const { easypost } = yard.ports.carriers;
    const other = { ...yard.parcel, ...wished(now) } as Shipment;
    const ports = {
      ...yard.ports,
      carriers: { easypost: { ...easypost, query: () => (yard.move(other), easypost?.query({} as never)) } },
    };
    expect(await secureShipment(ports as never, run, 'shp_1', now)).toEqual({ outcome: 'hold', seconds: 60 });
    expect(yard.parcel?.position).toBe('label_created');
  });
});
