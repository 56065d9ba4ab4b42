/** A mixed cancellation: what need not wait goes on, and both parts together are what the one was. */
import * as fc from 'fast-check';
import type { OrderAggregate } from '../../shared/domain/aggregate';
import type { Cancellation } from '../../shared/domain/cancellation';
import { divided, type Divided } from '../../shared/domain/divide';
import { countOf } from '../../shared/domain/intervals';
import { sum } from '../../shared/domain/money';
import { narrowed } from '../../shared/domain/narrow';
import type { UnitSelection } from '../../shared/domain/order';
import { planRefund } from '../../shared/domain/plan';
import { isRefusal } from '../../shared/domain/refusal';
import { deductionsOf, type FeeRule } from '../../shared/domain/deduction';
import { holdReleased, type WarehouseStop } from '../../shared/domain/warehouse';
import { anOrder, aPayment, aPolicy, aShipment, withCancellation, type OrderSketch } from '../support/orders';
import { holds } from '../support/property';

const now = '2026-03-01T12:00:00.000Z';
const one = (line: string, from = 0, to = from + 1): UnitSelection => ({ [line]: [{ from, to }] });

/** An order of which the buyer has cancelled everything, with parcels that have to be stopped. */
function cancelled(sketch: OrderSketch, more: Partial<Cancellation> = {}): [OrderAggregate, Cancellation] {
  const order = anOrder(sketch);
  const units = Object.fromEntries(order.order.lines.map(({ id, quantity }) => [id, [{ from: 0, to: quantity }]]));
  const wanted = { role: 'customer', core: 'changed_mind' } as const;
  const deductions = deductionsOf(order, order.order.contract.policy.fees ?? [], units, wanted);
  const plan = planRefund(order, units, { deductions });
  if (isRefusal(plan)) throw new Error(plan.detail);
  const held = withCancellation(order, { units, legs: plan.legs, deductions }, 'executing');
  const cancellation = {
    ...(held.cancellations[0] as Cancellation),
    ...{ initiator: 'customer', reason: { core: 'changed_mind' }, recalls: held.shipments.map(({ id }) => id) },
    ...more,
  } as Cancellation;
  return [{ ...held, cancellations: [cancellation] }, cancellation];
}

function both(sketch: OrderSketch, stopped: readonly string[], more: Partial<Cancellation> = {}): Divided {
  const found = divided(...cancelled(sketch, more), stopped, now);
  if (found === undefined) throw new Error('it goes on as one');
  return found;
}

const mugAndFile: OrderSketch = {
  lines: [{ id: 'mug' }, { id: 'file', kind: 'digital' }],
  shipments: [aShipment('p1', 'in_transit', one('mug'))],
};
const twoParcels: OrderSketch = {
  lines: [{ id: 'a', quantity: 3 }],
  shipments: [aShipment('p1', 'in_transit', one('a')), aShipment('p2', 'in_transit', one('a', 1))],
};

describe('a cancellation of which not all goods are stopped', () => {
  test('lets what is no goods go on: it waits for no parcel', () => {
    const { part, waiting } = both(mugAndFile, []);
    expect([part.units, part.recalls, part.refund]).toEqual([one('file'), [], 1_000]);
    expect([waiting.units, waiting.recalls, waiting.refund]).toEqual([one('mug'), ['p1'], 1_000]);
  });

  test('lets units that lie here and those of stopped parcels go on', () => {
    const { part, waiting } = both(twoParcels, ['p2']);
    expect([part.units, part.recalls]).toEqual([{ a: [{ from: 1, to: 3 }] }, ['p2']]);
    expect([waiting.units, waiting.recalls]).toEqual([one('a'), ['p1']]);
  });

  test('keeps its id, and names the part, which says what it is a part of, since when, and begins with its first run', () => {
    const { part, waiting } = both(mugAndFile, [], { requestedAt: '2026-02-28T09:00:00.000Z', note: 'please' });
    expect(waiting).toMatchObject({ id: 'can_1', parts: [part.id] });
    expect(part).toMatchObject({
      ...{ part: { of: 'can_1', since: now }, run: { generation: 1 }, revision: 1, status: 'executing' },
      ...{ requestedAt: '2026-02-28T09:00:00.000Z', initiator: 'customer', note: 'please' },
    });
    expect(part.id).not.toBe('can_1');
    expect(divided(...cancelled(mugAndFile), [], now)?.part.id).toBe(part.id);
  });

  test('is divided again when another parcel of it is stopped, into another part of the one that was asked for', () => {
    const [aggregate, whole] = cancelled(twoParcels);
    const first = divided(aggregate, whole, [], now) as Divided;
    const after = { ...aggregate, cancellations: [first.waiting, first.part] };
    const second = divided(after, first.waiting, ['p2'], now) as Divided;
    expect([first.part.units, second.part.units, second.waiting.units]).toEqual([one('a', 2), one('a', 1), one('a')]);
    expect(second.waiting.parts).toEqual([first.part.id, second.part.id]);
    expect([first.part.part?.of, second.part.part?.of]).toEqual(['can_1', 'can_1']);
  });

  test.each<[string, OrderSketch, readonly string[], Partial<Cancellation>]>([
    ['all of it waits', { ...mugAndFile, lines: [{ id: 'mug' }] }, [], {}],
    ['nothing of it waits', mugAndFile, ['p1'], {}],
    ['it is not carried out', mugAndFile, [], { status: 'refund_pending' }],
    [
      'money of it may have moved',
      mugAndFile,
      [],
      {
        legs: [
          {
            id: 'l1',
            paymentRef: 'card',
            channel: 'stripe',
            operation: 'refund',
            amount: 2_000,
            status: 'unknown',
            attempt: 1,
          },
        ],
      },
    ],
  ])('goes on as one where %s', (_why, sketch, stopped, more) => {
    expect(divided(...cancelled(sketch, more), stopped, now)).toBeUndefined();
  });

  test.each<[string, Partial<Cancellation['legs'][number]>]>([
    ['was sent again when the shop had no money', { status: 'planned', attempt: 2 }],
    ['waits for the shop’s money', { status: 'awaiting_funds' }],
    ['was given up by a person', { status: 'given_up' }],
    ['was handed to its channel', { status: 'planned', since: now }],
  ])('goes on as one where a leg of it %s: that stays as it is', (_what, leg) => {
    const [aggregate, whole] = cancelled(mugAndFile);
    const legs = whole.legs.map((each) => ({ ...each, ...leg }));
    expect(divided(aggregate, { ...whole, legs }, [], now)).toBeUndefined();
  });

  test('owes two fees of one code once together', () => {
    const goods = { code: 'fee', fixed: { EUR: 300 }, kinds: ['goods'] as const };
    const sketch = { ...twoParcels, policy: aPolicy({ fees: [goods, { code: 'fee', basisPoints: 1_000 }] }) };
    const { part, waiting } = both(sketch, []);
    const owed = [part, waiting].flatMap(({ deductions = [] }) => deductions.map(({ amount }) => amount));
    expect(sum(owed)).toBe(600);
  });

  const warehouse: WarehouseStop = { askedAt: now, deadline: '2026-03-01T13:00:00.000Z' };
  const picking = { ...twoParcels, policy: aPolicy({ warehouse: { answerMinutes: 60, onSilence: 'shipped' } }) };

  test('keeps units of which the warehouse has not said that it has stopped them', () => {
    const { part, waiting } = both(picking, ['p2'], { warehouse });
    expect([part.units, part.warehouse]).toEqual([one('a', 1), undefined]);
    expect([waiting.units, waiting.warehouse]).toEqual([
      {
        a: [
          { from: 0, to: 1 },
          { from: 2, to: 3 },
        ],
      },
      warehouse,
    ]);
    const shipped: WarehouseStop = { ...warehouse, answer: 'shipped', answeredAt: now };
    expect(both(picking, ['p2'], { warehouse: shipped }).part.units).toEqual(one('a', 1));
  });

  test('hands what the warehouse holds to the part: only that one releases it', () => {
    const stopped: WarehouseStop = { ...warehouse, answer: 'stopped', answeredAt: now };
    const { part, waiting } = both(picking, [], { warehouse: stopped });
    expect([part.units, part.warehouse]).toEqual([one('a', 2), stopped]);
    expect(waiting.warehouse).toEqual({ ...stopped, heldBy: part.id });
    expect([holdReleased(part), holdReleased(waiting)]).toEqual([['fulfilment.hold_released'], []]);
  });

  test('owes a fixed fee once, also when the rest of it is narrowed later', () => {
    const fees = [{ code: 'cancellation_fee', fixed: { EUR: 300 } }];
    const sketch = { ...twoParcels, policy: aPolicy({ fees }) };
    const [aggregate] = cancelled(sketch);
    const { part, waiting } = both(sketch, []);
    expect([part.refund, waiting.refund]).toEqual([700, 2_000]);
    const left = narrowed({ ...aggregate, cancellations: [part, waiting] }, waiting, [one('a')], now) as Cancellation;
    expect([left.refund, left.deductions]).toEqual([1_000, undefined]);
    const undone = { ...part, status: 'undone', closedAt: now, failure: 'PermanentFault' } as Cancellation;
    const alone = narrowed({ ...aggregate, cancellations: [undone, waiting] }, waiting, [], now) as Cancellation;
    expect(alone.deductions).toEqual([{ code: 'cancellation_fee', amount: 300 }]);
  });

  test('releases an authorization whole with the last of its parts', () => {
    const sketch = { ...twoParcels, payments: [aPayment('card', 3_000)] };
    const [aggregate] = cancelled(sketch);
    const { part, waiting } = both(sketch, ['p2']);
    expect([part.legs, waiting.legs].map(([leg]) => [leg?.operation, leg?.amount])).toEqual([
      ['decrease', 2_000],
      ['decrease', 1_000],
    ]);
    const closed = { ...part, status: 'closed', closedAt: now } as Cancellation;
    const last = narrowed({ ...aggregate, cancellations: [closed, waiting] }, waiting, [], now) as Cancellation;
    expect(last.legs.map(({ operation, amount }) => [operation, amount])).toEqual([['void', 1_000]]);
  });
});

const fee: fc.Arbitrary<FeeRule> = fc.record({
  code: fc.constantFrom('cancellation_fee', 'handling'),
  basisPoints: fc.integer({ min: 0, max: 4_000 }),
  fixed: fc.record({ EUR: fc.integer({ min: 0, max: 900 }) }),
});
const line = fc.record({
  quantity: fc.integer({ min: 1, max: 5 }),
  net: fc.integer({ min: 0, max: 9_999 }),
  discount: fc.constant(0),
  tax: fc.integer({ min: 0, max: 999 }),
  digital: fc.boolean(),
});

test('both parts have each unit once, and together give back what the one did; of a percentage a minor unit may go to the buyer', () => {
  holds(
    fc.property(
      fc.array(line, { minLength: 1, maxLength: 4 }),
      fc.array(fee, { maxLength: 1 }),
      fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
      (lines, fees, flips) => {
        const sketch: OrderSketch = {
          lines: lines.map(({ digital, ...rest }, at) => ({
            id: `l${at}`,
            kind: digital ? 'digital' : 'goods',
            ...rest,
          })),
          policy: aPolicy({ fees }),
          shipments: lines.flatMap(({ digital, quantity }, at) =>
            digital || flips[at] === true ? [] : [aShipment(`p${at}`, 'in_transit', one(`l${at}`, 0, quantity))],
          ),
        };
        const stopped = (sketch.shipments ?? []).map(({ id }) => id).filter((_id, at) => flips[at + 6] === true);
        const [aggregate, whole] = cancelled(sketch);
        const found = divided(aggregate, whole, stopped, now);
        if (found === undefined) return;
        const { part, waiting } = found;
        for (const { id, quantity } of aggregate.order.lines) {
          const taken = [...(part.units[id] ?? []), ...(waiting.units[id] ?? [])];
          expect(countOf(taken)).toBe(quantity);
        }
        const owed = (of: Cancellation) => sum((of.deductions ?? []).map(({ amount }) => amount));
        const percentages = fees.some(({ basisPoints = 0 }) => basisPoints > 0) ? 1 : 0;
        // A percentage of each part is rounded down in the buyer's favour before what is left is owed by the other.
        expect(owed(whole) - owed(part) - owed(waiting)).toBeLessThanOrEqual(percentages);
        expect(owed(part) + owed(waiting)).toBeLessThanOrEqual(owed(whole));
        expect(part.refund + waiting.refund + owed(part) + owed(waiting)).toBe(whole.refund + owed(whole));
      },
    ),
    500,
  );
});
