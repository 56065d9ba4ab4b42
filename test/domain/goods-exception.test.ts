import * as fc from 'fast-check';
import type { OrderAggregate } from '../../shared/domain/aggregate';
import type { CancellationStatus } from '../../shared/domain/cancellation';
import { exceptionDue, exceptionsOf, withoutOldTrouble } from '../../shared/domain/goods-exception';
import {
  recalls,
  shipmentPositions,
  type Recall,
  type RecallKind,
  type Shipment,
  type ShipmentPosition,
} from '../../shared/domain/order';
import type { ParcelRule } from '../../shared/domain/policy';
import type { Return, ReturnStatus } from '../../shared/domain/return';
import { anOrder, aPolicy, aShipment, withCancellation } from '../support/orders';
import { holds } from '../support/property';

const asked = '2026-03-01T12:00:00.000Z';
const rule: ParcelRule = { callBack: 'freely', refundOn: 'acceptance', answerHours: 24, returnDays: 10 };
const answerDue = '2026-03-02T12:00:00.000Z';
const returnDue = '2026-03-11T12:00:00.000Z';
const found = { cancellationId: 'can_1', at: '2026-03-05T08:00:00.000Z' };
const units = { '1': [{ from: 0, to: 2 }] };

const parcel = (
  position: ShipmentPosition,
  recall: Recall,
  recallKind: RecallKind = 'interception',
  failed?: Shipment['failed'],
): Shipment => ({
  ...aShipment('p1', position, units),
  ...{ recall, recallKind, recalledAt: asked },
  ...(failed === undefined ? {} : { failed }),
});

const settledAs = (kind: string) => ({ kind, at: asked, by: 'desk', note: 'found it' });

describe('a parcel becomes an exception', () => {
  test.each<[Recall, string | undefined]>([
    ['none', undefined],
    ['requested', answerDue],
    ['accepted', returnDue],
    ['refused', undefined],
    ['returning', returnDue],
    ['received', undefined],
  ])('that was intercepted, recall %s: at %s', (recall, due) =>
    expect(exceptionDue(parcel('in_transit', recall), rule)).toBe(due),
  );

  test('when nobody knows whether its label is void, and the order stands', () => {
    expect(exceptionDue(parcel('label_created', 'requested', 'void_label', found), undefined)).toBe(found.at);
  });

  test('no more as what a person has seen to', () => {
    const seen = (kind: string) => ({ settled: settledAs(kind) });
    const late = parcel('in_transit', 'accepted');
    expect(exceptionDue({ ...late, ...seen('interception_overdue') }, rule)).toBeUndefined();
    const delivered = parcel('delivered', 'refused', 'interception', found);
    expect(exceptionDue({ ...delivered, ...seen('interception_overdue') }, rule)).toBe(found.at);
    expect(exceptionDue({ ...delivered, ...seen('delivered_although_called_back') }, rule)).toBeUndefined();
  });

  test('anew when its recall is another one than the one that a person has seen to', () => {
    const seen = {
      ...parcel('in_transit', 'requested', 'interception', found),
      settled: settledAs('interception_overdue'),
    };
    expect(withoutOldTrouble(seen, { ...seen, position: 'out_for_delivery' })).toHaveProperty('settled');
    for (const later of [{ recall: 'accepted' as const }, { recalledAt: found.at }]) {
      const after = withoutOldTrouble(seen, { ...seen, ...later });
      expect(after).not.toHaveProperty('settled');
      expect(after).not.toHaveProperty('failed');
      expect(exceptionDue(after, rule)).toBeDefined();
    }
  });

  test('never while only its label is taken back', () => {
    for (const recall of recalls)
      expect(exceptionDue(parcel('label_created', recall, 'void_label'), rule)).toBeUndefined();
  });

  test('never where the terms call nothing back', () => {
    for (const recall of recalls) expect(exceptionDue(parcel('in_transit', recall), undefined)).toBeUndefined();
  });

  test.each<[ShipmentPosition, RecallKind]>([
    ['label_created', 'void_label'],
    ['in_transit', 'void_label'],
    ['delivered', 'interception'],
    ['lost', 'interception'],
  ])('at once when a cancellation had gone on because of its recall: %s, %s', (position, kind) =>
    expect(exceptionDue(parcel(position, 'refused', kind, found), undefined)).toBe(found.at),
  );

  test('counted from its claim where the time of its recall is not known', () => {
    const { recalledAt: _none, ...early } = parcel('in_transit', 'accepted');
    expect(exceptionDue({ ...early, claimedAt: asked }, rule)).toBe(returnDue);
  });
});

/** A return of what the parcel held. */
const given = (status: ReturnStatus): Return => ({
  id: 'ret_1',
  ...{ tenant: 't1', merchantId: 'm1', customerId: 'c1', orderId: 'ord_1', orderReference: '1001' },
  ...{ cancellationId: 'can_1', shipments: ['p2'], units, status, revision: 1 },
  terms: { sendBackDays: 14, returnDays: 21, inspectDays: 5 },
  ...{ authorisedAt: asked, sendBackBy: '2026-03-15T12:00:00.000Z', sentBackAt: asked },
  received: { at: asked, by: 'desk', request: 'r', units },
});

/** Its units are in a cancellation of that status. */
function story(shipment: Shipment, status?: CancellationStatus, worked = false): OrderAggregate {
  const order = anOrder({
    lines: [{ id: '1', quantity: 2 }],
    policy: aPolicy({ parcels: rule }),
    shipments: [shipment],
  });
  if (status === undefined) return order;
  const held = withCancellation(order, { units }, status);
  return {
    ...held,
    cancellations: held.cancellations.map((each) => ({ ...each, ...(worked ? { caseWork: 'request' } : {}) })),
  };
}
const long = '2026-06-01T00:00:00.000Z';
const kindsOf = (aggregate: OrderAggregate, now = long): string[] =>
  exceptionsOf(aggregate, now).map(({ kind }) => kind);

describe('an order has an exception', () => {
  test.each<[string, Shipment, string]>([
    ['no answer', parcel('in_transit', 'requested'), 'interception_overdue'],
    ['not come back', parcel('in_transit', 'accepted'), 'interception_overdue'],
    ['turned round and not come back', parcel('returning', 'returning'), 'interception_overdue'],
    ['live label', parcel('label_created', 'refused', 'void_label', found), 'label_live'],
    ['void label that left', parcel('in_transit', 'refused', 'void_label', found), 'label_live'],
    ['delivered', parcel('delivered', 'refused', 'interception', found), 'delivered_although_called_back'],
    ['lost', parcel('lost', 'refused', 'interception', found), 'lost_although_called_back'],
  ])('%s', (_what, shipment, kind) => {
    const [exception, ...others] = exceptionsOf(story(shipment, 'in_case'), long);
    expect(exception).toMatchObject({ kind, orderId: 'ord_1', cancellationId: 'can_1', shipment: { id: 'p1' } });
    expect(others).toEqual([]);
  });

  test.each<[CancellationStatus | undefined]>([[undefined], ['undone'], ['closed']])(
    'of a label in doubt, whatever has become of its units since: %s',
    (status) => {
      const doubted = story(parcel('label_created', 'requested', 'void_label', found), status);
      expect(exceptionsOf(doubted, long)).toMatchObject([{ kind: 'label_in_doubt', cancellationId: 'can_1' }]);
    },
  );

  test.each<[CancellationStatus]>([['closed'], ['undone'], ['in_case']])(
    'of postage that its carrier was to give back and has not, whatever has become of its cancellation: %s',
    (status) => {
      const unpaid = { ...parcel('voided', 'accepted', 'void_label'), postage: 'overdue' as const };
      const since = '2026-04-15T12:00:00.000Z';
      const held = story(unpaid, status);
      const stopped = { ...held, cancellations: held.cancellations.map((one) => ({ ...one, recalls: ['p1'] })) };
      expect(exceptionsOf(stopped, since)).toMatchObject([{ kind: 'postage_overdue', since, cancellationId: 'can_1' }]);
      expect(exceptionsOf(held, since)).toMatchObject([{ kind: 'postage_overdue', shipment: { id: 'p1' } }]);
      expect(kindsOf(story({ ...unpaid, settled: settledAs('postage_overdue') }, status))).toEqual([]);
      expect(kindsOf(story({ ...unpaid, postage: 'untold' }, status))).toEqual([]);
      expect(kindsOf(story({ ...unpaid, postage: 'refunded' }, status))).toEqual([]);
    },
  );

  test('from its time on, and not before', () => {
    const overdue = story(parcel('in_transit', 'accepted'), 'closed');
    expect(kindsOf(overdue, '2026-03-11T11:59:59.999Z')).toEqual([]);
    expect(kindsOf(overdue, returnDue)).toEqual(['interception_overdue']);
    expect(exceptionsOf(overdue, long)).toMatchObject([{ since: returnDue }]);
  });

  test.each<[CancellationStatus | undefined]>([[undefined], ['declined'], ['withdrawn'], ['undone']])(
    'never of units that nobody has cancelled: %s',
    (status) => {
      expect(kindsOf(story(parcel('in_transit', 'accepted'), status))).toEqual([]);
      expect(kindsOf(story(parcel('delivered', 'refused', 'interception', found), status))).toEqual([]);
    },
  );

  test('until a person has closed the case', () => {
    const late = parcel('in_transit', 'accepted');
    expect(kindsOf(story(late, 'closed', false))).toEqual(['interception_overdue']);
    expect(kindsOf(story(late, 'closed', true))).toEqual([]);
    expect(kindsOf(story(late, 'in_case', true))).toEqual(['interception_overdue']);
    expect(kindsOf(story(parcel('delivered', 'refused', 'interception', found), 'closed', true))).toEqual([]);
  });

  test('no more of a parcel whose units the buyer is to send back', () => {
    const failed = parcel('delivered', 'refused', 'interception', found);
    expect(kindsOf({ ...story(failed, 'in_case'), returns: [{ ...given('received'), shipments: ['p1'] }] })).toEqual([
      'return_overdue',
    ]);
  });

  test.each<[ReturnStatus, string | undefined]>([
    ['authorised', '2026-03-15T12:00:00.000Z'],
    ['label_sent', '2026-03-15T12:00:00.000Z'],
    ['in_transit', '2026-03-22T12:00:00.000Z'],
    ['received', '2026-03-06T12:00:00.000Z'],
    ['inspected', undefined],
    ['restocked', undefined],
    ['written_off', undefined],
    ['expired', undefined],
  ])('of a return that is %s since %s', (status, since) => {
    const sold = { ...anOrder({ lines: [{ id: '1', quantity: 2 }] }), returns: [given(status)] };
    const overdue = {
      kind: 'return_overdue',
      orderId: 'ord_1',
      merchantId: 'm1',
      cancellationId: 'can_1',
      id: 'can_1',
    };
    expect(exceptionsOf(sold, long)).toMatchObject(since === undefined ? [] : [{ ...overdue, since }]);
    expect(exceptionsOf(sold, '2026-03-06T11:59:59.999Z')).toEqual([]);
  });

  test('only where the shipment alone says that it may become one', () =>
    holds(
      fc.property(
        fc.constantFrom(...shipmentPositions),
        fc.constantFrom(...recalls),
        fc.constantFrom<RecallKind>('void_label', 'interception'),
        fc.option(fc.constant(found), { nil: undefined }),
        fc.constantFrom<CancellationStatus>('executing', 'closed', 'in_case', 'undone'),
        (position, recall, kind, failed, status) => {
          const shipment = parcel(position, recall, kind, failed);
          if (exceptionDue(shipment, rule) === undefined) expect(kindsOf(story(shipment, status))).toEqual([]);
        },
      ),
    ));
});

describe('a label that was bought where we cannot ask for it', () => {
  const held: Shipment = { ...parcel('voided', 'accepted', 'void_label'), carrier: 'ups', trackingCode: '1Z1' };
  const cancelled = (shipment: Shipment) =>
    withCancellation(anOrder({ lines: [{ id: '1', quantity: 2 }], shipments: [shipment] }), { units }, 'closed');

  test('is live until somebody has taken it back', () => {
    expect(exceptionsOf(cancelled(held), found.at)).toMatchObject([{ kind: 'label_live', cancellationId: 'can_1' }]);
    expect(exceptionsOf(cancelled({ ...held, settled: settledAs('label_live') }), found.at)).toEqual([]);
  });

  test.each<[string, Partial<Shipment>]>([
    ['whose carrier was asked', { connectionId: 'con_1', providerShipmentRef: '1Z1' }],
    ['that never had a label', { carrier: undefined as never, trackingCode: undefined as never }],
  ])('is no parcel %s', (_what, more) => expect(exceptionsOf(cancelled({ ...held, ...more }), found.at)).toEqual([]));
});

describe('a parcel that is here again', () => {
  const back = (recall: Recall) =>
    anOrder({ lines: [{ id: '1', quantity: 2 }], shipments: [parcel('returned', recall)] });

  test.each<Recall>(['none', 'refused'])('recall %s, with units that are sold, is looked after', (recall) =>
    expect(exceptionsOf(back(recall), found.at)).toMatchObject([{ kind: 'came_back_sold', since: asked }]),
  );

  test('is not, where all that is in it was cancelled, or called back', () => {
    expect(exceptionsOf(withCancellation(back('refused'), { units }, 'closed'), found.at)).toEqual([]);
    expect(exceptionsOf(back('received'), found.at)).toEqual([]);
  });

  test('is, where somebody keeps some of it', () => {
    const half = withCancellation(back('refused'), { units: { '1': [{ from: 0, to: 1 }] } }, 'closed');
    expect(exceptionsOf(half, found.at)).toMatchObject([{ kind: 'came_back_sold' }]);
  });
});
