import * as fc from 'fast-check';
import type { OrderAggregate } from '../../shared/domain/aggregate';
import { cancelledUnits } from '../../shared/domain/aggregate';
import type { CancellationStatus } from '../../shared/domain/cancellation';
import { countOf, overlapOf } from '../../shared/domain/intervals';
import { shipmentPositions, type Recall, type Shipment, type ShipmentPosition } from '../../shared/domain/order';
import type { Return, ReturnStatus } from '../../shared/domain/return';
import { placedWithin, unitPlaces, unitsOfOrder, type PlacedUnits } from '../../shared/domain/units-of-order';
import { soldOrders } from '../support/arbitraries';
import { anOrder, aShipment, withCancellation } from '../support/orders';
import { holds } from '../support/property';

const units = { '1': [{ from: 0, to: 2 }] };
const parcel = (position: ShipmentPosition, recall: Recall = 'none'): Shipment => ({
  ...aShipment('p1', position, units),
  recall,
});
const toSendBack = (position: ShipmentPosition): Shipment => ({ ...parcel(position, 'refused'), sentBack: true });
const order = (...shipments: Shipment[]): OrderAggregate => anOrder({ lines: [{ id: '1', quantity: 2 }], shipments });

/** The one thing that is said of both units. */
function said(aggregate: OrderAggregate, waiting?: number): Omit<PlacedUnits, 'from' | 'to'> {
  const [line] = unitsOfOrder(aggregate, new Map(waiting === undefined ? [] : [['1', waiting]]));
  const [run, ...others] = line?.units ?? [];
  if (run === undefined || others.length > 0) throw new Error(`not one run: ${JSON.stringify(line)}`);
  const { from, to, ...saying } = run;
  expect({ from, to }).toEqual({ from: 0, to: 2 });
  return saying;
}

function cancelledAs(aggregate: OrderAggregate, status: CancellationStatus, recalls: string[] = []): OrderAggregate {
  const held = withCancellation(aggregate, { units }, status);
  return { ...held, cancellations: held.cancellations.map((each) => ({ ...each, recalls })) };
}

describe('units that nobody has cancelled', () => {
  test.each<[ShipmentPosition, string]>([
    ['label_created', 'in_parcel'],
    ['handed_over', 'in_parcel'],
    ['in_transit', 'in_parcel'],
    ['out_for_delivery', 'in_parcel'],
    ['delivered', 'delivered'],
    ['returning', 'returning'],
    ['returned', 'returned'],
    ['lost', 'lost'],
  ])('in a parcel that is %s are %s, because of it', (position, place) =>
    expect(said(order(parcel(position)))).toEqual({
      place,
      because: { rule: `parcel.${position}`, id: 'p1' },
      parcel: { id: 'p1', ref: 'p1', position, recall: 'none', calledBack: false },
    }),
  );

  test('in no parcel are not shipped', () =>
    expect(said(order())).toEqual({ place: 'not_shipped', because: { rule: 'parcel.none' } }));

  test('whose label is void are not shipped, because of that', () =>
    expect(said(order(parcel('voided', 'accepted')))).toEqual({
      place: 'not_shipped',
      because: { rule: 'parcel.voided', id: 'p1' },
    }));

  test('whose label is void lie in the parcel that was made after it', () => {
    const again = { ...aShipment('p2', 'in_transit', units), ref: 'second' };
    expect(said(order(parcel('voided', 'accepted'), again))).toMatchObject({
      place: 'in_parcel',
      because: { id: 'p2' },
      parcel: { ref: 'second' },
    });
  });

  test('for which nothing is on the shelf wait', () =>
    expect(said(order(), 2)).toEqual({ place: 'waiting_for_stock', because: { rule: 'stock.waiting' } }));

  test.each([
    [undefined, 'placed'],
    ['accepted' as const, 'accepted'],
  ])('of a line that is served are at its stage', (stage, shown) => {
    const meal = anOrder({ lines: [{ id: '1', quantity: 2, kind: 'prepared', ...(stage && { stage }) }] });
    expect(said(meal)).toEqual({ place: 'at_stage', stage: shown, because: { rule: 'line.stage' } });
  });

  test.each<CancellationStatus>(['declined', 'withdrawn', 'undone'])('any more, because it was %s, say so', (status) =>
    expect(said(cancelledAs(order(), status))).toEqual({
      place: 'not_shipped',
      because: { rule: `cancellation.${status}`, id: 'can_1' },
    }),
  );

  test('in a parcel that could not be stopped go on because that cancellation was undone', () =>
    expect(said(cancelledAs(order(toSendBack('delivered')), 'undone', ['p1']))).toEqual({
      place: 'delivered',
      because: { rule: 'cancellation.undone', id: 'can_1' },
      parcel: {
        ...{ id: 'p1', ref: 'p1', position: 'delivered', recall: 'refused', calledBack: true },
        advice: 'return_it',
      },
    }));

  test.each<[ShipmentPosition, string | undefined]>([
    ['in_transit', 'refuse_delivery'],
    ['delivered', 'return_it'],
    ['lost', undefined],
  ])('in a parcel that could not be stopped and is %s say what their buyer can do: %s', (position, advice) =>
    expect(said(cancelledAs(order(toSendBack(position)), 'undone', ['p1'])).parcel?.advice).toBe(advice),
  );

  test('in a parcel that was claimed after a withdrawal are there because of the parcel', () =>
    expect(said(cancelledAs(order(parcel('in_transit')), 'withdrawn'))).toMatchObject({
      place: 'in_parcel',
      because: { rule: 'parcel.in_transit', id: 'p1' },
    }));
});

describe('cancelled units', () => {
  test.each<CancellationStatus>(['in_grace', 'awaiting_answer', 'executing', 'refund_pending', 'closed', 'in_case'])(
    'are cancelled while it is %s',
    (status) =>
      expect(said(cancelledAs(order(), status))).toEqual({
        place: 'cancelled',
        because: { rule: `cancellation.${status}`, id: 'can_1' },
        cancellation: { id: 'can_1', status },
      }),
  );

  test.each<[ShipmentPosition, Recall, boolean]>([
    ['label_created', 'none', false],
    ['label_created', 'requested', true],
    ['in_transit', 'accepted', true],
    ['delivered', 'refused', true],
    ['returning', 'returning', true],
    ['returned', 'received', true],
    ['voided', 'accepted', true],
  ])('in a parcel that is %s, recall %s, say whether it was called back', (position, recall, calledBack) =>
    expect(said(cancelledAs(order(parcel(position, recall)), 'executing', ['p1']))).toMatchObject({
      place: 'cancelled',
      parcel: { id: 'p1', position, recall, calledBack },
    }),
  );

  test('do not lie in a parcel that was void before', () =>
    expect(said(cancelledAs(order(parcel('voided', 'accepted')), 'closed'))).not.toHaveProperty('parcel'));

  test('do not wait for stock', () => expect(said(cancelledAs(order(), 'closed'), 2).place).toBe('cancelled'));
});

describe('units that a buyer is to send back', () => {
  const given = (status: ReturnStatus, arrived?: Return['units']): Return => ({
    id: 'ret_1',
    ...{ tenant: 't1', merchantId: 'm1', customerId: 'c1', orderId: 'ord_1', orderReference: '1001' },
    ...{ cancellationId: 'can_1', shipments: ['p1'], units, status, revision: 1 },
    terms: { sendBackDays: 14, returnDays: 21, inspectDays: 14 },
    ...{ authorisedAt: 'a', sendBackBy: 'b' },
    ...(arrived === undefined ? {} : { received: { at: 'c', by: 'd', request: 'e', units: arrived } }),
  });
  const cancelledParcel = cancelledAs(order(toSendBack('delivered')), 'executing', ['p1']);

  test.each<[ReturnStatus, string, { advice?: 'return_it' }]>([
    ['authorised', 'delivered', { advice: 'return_it' }],
    ['label_sent', 'delivered', { advice: 'return_it' }],
    ['in_transit', 'returning', {}],
    ['received', 'returned', {}],
    ['inspected', 'returned', {}],
    ['restocked', 'returned', {}],
    ['written_off', 'returned', {}],
    ['expired', 'delivered', {}],
  ])('are, while it is %s, %s, and he is told %j', (status, place, advice) => {
    const here = place === 'returned' ? units : undefined;
    expect(said({ ...cancelledParcel, returns: [given(status, here)] })).toEqual({
      place,
      because: { rule: `return.${status}`, id: 'ret_1' },
      return: { id: 'ret_1', status },
      cancellation: { id: 'can_1', status: 'executing' },
      parcel: { id: 'p1', ref: 'p1', position: 'delivered', recall: 'refused', calledBack: true, ...advice },
    });
  });

  test('are where their parcel went as far as they did not arrive', () => {
    const half = given('inspected', { '1': [{ from: 1, to: 2 }] });
    const [line] = unitsOfOrder({ ...cancelledParcel, returns: [half] });
    expect(line?.units.map(({ from, to, place }) => [from, to, place])).toEqual([
      [0, 1, 'delivered'],
      [1, 2, 'returned'],
    ]);
  });

  test('need no parcel that we know, and no cancellation that still holds them', () =>
    expect(said({ ...order(), returns: [given('authorised')] })).toEqual({
      place: 'delivered',
      because: { rule: 'return.authorised', id: 'ret_1' },
      return: { id: 'ret_1', status: 'authorised' },
    }));
});

describe('the units of one line', () => {
  test('are told apart where parcels and cancellations begin and end', () => {
    const first = { ...aShipment('p1', 'delivered', { '1': [{ from: 0, to: 2 }] }), ref: 'one' };
    const second = aShipment('p2', 'in_transit', { '1': [{ from: 5, to: 7 }] });
    const sold = anOrder({ lines: [{ id: '1', quantity: 10 }], shipments: [first, second] });
    const part = withCancellation(
      sold,
      {
        units: {
          '1': [
            { from: 2, to: 4 },
            { from: 6, to: 8 },
          ],
        },
      },
      'closed',
    );
    const [line] = unitsOfOrder(part, new Map([['1', 2]]));
    expect(line?.units.map(({ from, to, place, parcel: held }) => [from, to, place, held?.id])).toEqual([
      [0, 2, 'delivered', 'p1'],
      [2, 4, 'cancelled', undefined],
      [4, 5, 'not_shipped', undefined],
      [5, 6, 'in_parcel', 'p2'],
      [6, 7, 'cancelled', 'p2'],
      [7, 8, 'cancelled', undefined],
      [8, 10, 'waiting_for_stock', undefined],
    ]);
  });

  test('wait from the last one on, as far as any are left', () => {
    const sold = anOrder({ lines: [{ id: '1', quantity: 5 }] });
    const part = withCancellation(sold, { units: { '1': [{ from: 3, to: 4 }] } }, 'closed');
    const places = (waiting: number) =>
      unitsOfOrder(part, new Map([['1', waiting]]))[0]?.units.map(({ from, to, place }) => `${from}-${to} ${place}`);
    expect(places(2)).toEqual(['0-2 not_shipped', '2-3 waiting_for_stock', '3-4 cancelled', '4-5 waiting_for_stock']);
    expect(places(99)).toEqual(['0-3 waiting_for_stock', '3-4 cancelled', '4-5 waiting_for_stock']);
  });

  test('of a line named as an object names its own parts are looked up as any other', () => {
    const odd = anOrder({ lines: [{ id: 'constructor', quantity: 1 }], shipments: [aShipment('p1', 'delivered', {})] });
    expect(unitsOfOrder(odd)).toMatchObject([{ lineId: 'constructor', units: [{ place: 'not_shipped' }] }]);
  });
});

/** Any order with parcels, of which parts were cancelled one after the other, never a unit twice. */
const stories = fc
  .tuple(
    soldOrders(true),
    fc.array(
      fc.record({
        take: fc.integer({ min: 0, max: 1_000 }),
        status: fc.constantFrom<CancellationStatus>('in_grace', 'executing', 'closed', 'declined', 'undone', 'in_case'),
      }),
      { maxLength: 5 },
    ),
    fc.integer({ min: 0, max: 50 }),
  )
  .map(([{ aggregate }, parts, waiting]) => {
    let story = aggregate;
    for (const { take, status } of parts) {
      const taken: Record<string, { from: number; to: number }[]> = {};
      for (const { id, quantity } of story.order.lines) {
        const from = Math.max(0, ...cancelledUnits(story, id).map(({ to }) => to));
        const to = from + Math.floor(((quantity - from) * take) / 1_000);
        if (from < to) taken[id] = [{ from, to }];
      }
      story = withCancellation(story, { units: taken }, status);
    }
    return { story, waiting: new Map(story.order.lines.map(({ id }) => [id, waiting])) };
  });

describe('of any order', () => {
  test('every unit of every line is in exactly one place', () =>
    holds(
      fc.property(stories, ({ story, waiting }) => {
        const placed = unitsOfOrder(story, waiting);
        expect(placed.map(({ lineId }) => lineId)).toEqual(story.order.lines.map(({ id }) => id));
        for (const [index, { units: runs }] of placed.entries()) {
          let next = 0;
          for (const { from, to, place } of runs) {
            expect(from).toBe(next);
            expect(to).toBeGreaterThan(from);
            expect(unitPlaces).toContain(place);
            next = to;
          }
          expect(next).toBe(story.order.lines[index]?.quantity);
        }
      }),
    ));

  test('of any selection the same is said as of the whole, of its units and of no others', () =>
    holds(
      fc.property(stories, ({ story, waiting }) => {
        const placed = unitsOfOrder(story, waiting);
        for (const { units: selection } of story.cancellations) {
          const within = placedWithin(placed, selection);
          expect(within.map(({ lineId }) => lineId).sort()).toEqual(Object.keys(selection).sort());
          for (const { lineId, units: runs } of within) {
            expect(countOf(runs)).toBe(countOf(selection[lineId] ?? []));
            const whole = placed.find((line) => line.lineId === lineId)?.units ?? [];
            for (const { from, to, ...saying } of runs) {
              const around = whole.find((run) => run.from <= from && to <= run.to);
              expect(around).toMatchObject(saying);
              expect(overlapOf(selection[lineId] ?? [], [{ from, to }])).not.toEqual([]);
            }
          }
        }
      }),
    ));

  test('neighbouring runs say different things', () =>
    holds(
      fc.property(stories, ({ story, waiting }) => {
        for (const { units: runs } of unitsOfOrder(story, waiting)) {
          const sayings = runs.map(({ from: _from, to: _to, ...saying }) => JSON.stringify(saying));
          expect(sayings.slice(1).filter((saying, at) => saying === sayings[at])).toEqual([]);
        }
      }),
    ));

  test('exactly the units that a cancellation holds are cancelled', () =>
    holds(
      fc.property(stories, ({ story, waiting }) => {
        for (const { lineId, units: runs } of unitsOfOrder(story, waiting)) {
          const gone = runs.filter(({ place }) => place === 'cancelled');
          expect(countOf(gone)).toBe(countOf(cancelledUnits(story, lineId)));
        }
      }),
    ));

  test('every parcel that has not been voided holds its units, each cancelled or where the parcel is', () =>
    holds(
      fc.property(stories, ({ story }) => {
        const placed = unitsOfOrder(story);
        for (const { id, position, units: held } of story.shipments.filter(({ position }) => position !== 'voided')) {
          expect(shipmentPositions).toContain(position);
          const inIt = placed.flatMap(({ units: runs }) => runs.filter((run) => run.parcel?.id === id));
          expect(countOf(inIt)).toBe(countOf(Object.values(held).flat()));
        }
      }),
    ));
});
