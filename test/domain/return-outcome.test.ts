import * as fc from 'fast-check';
import { moneyOf, refundOf } from '../../shared/domain/freeze';
import { countOf, type Range } from '../../shared/domain/intervals';
import type { OrderLine } from '../../shared/domain/order';
import { isRefusal, type Refusal } from '../../shared/domain/refusal';
import { expire, inspectionReasons, inspectionResults, receive, settle, type Return } from '../../shared/domain/return';
import { inspect, type Inspection } from '../../shared/domain/return-inspection';
import { outcomeOf, type ReturnOutcome } from '../../shared/domain/return-outcome';
import { noRestockReasons } from '../../shared/domain/stock';
import { anOrder } from '../support/orders';
import { holds } from '../support/property';

const at = '2026-03-10T12:00:00.000Z';
const step = { at, by: 'merchant:desk', request: 'r' };
/** Three units of 10.01 in all, the first one a minor unit dearer, and one of 5.00. */
const { lines: sold } = anOrder({
  lines: [
    { id: '1', quantity: 3, net: 1_001 },
    { id: '2', net: 500 },
  ],
}).order;

function authorised(units: Return['units']): Return {
  return {
    id: 'ret_1',
    ...{
      tenant: 't1',
      merchantId: 'm1',
      customerId: 'c1',
      orderId: 'ord_1',
      orderReference: '1',
      cancellationId: 'can_1',
    },
    ...{ shipments: ['p1'], units, status: 'authorised', revision: 1 },
    terms: { sendBackDays: 14, returnDays: 21, inspectDays: 5 },
    ...{ authorisedAt: at, sendBackBy: '2026-03-24T12:00:00.000Z' },
  };
}

function ok(given: Return | Refusal): Return {
  if (isRefusal(given)) throw new Error(`${given.code}: ${given.detail}`);
  return given;
}

const received = (first = 3, second = 1): Return =>
  ok(
    receive(authorised({ '1': [{ from: 0, to: 3 }], '2': [{ from: 0, to: 1 }] }), {
      ...step,
      lines: [{ lineId: '1', quantity: first }, ...(second === 0 ? [] : [{ lineId: '2', quantity: second }])],
    }),
  );
type Part = Inspection['parts'][number];
const part = (lineId: string, quantity: number, more: Partial<Part> = { result: 'full' }): Part => ({
  result: 'full',
  ...{ lineId, quantity },
  ...more,
});
const inspected = (parts: readonly Part[], before = received()) => inspect(before, sold, { ...step, parts });

function outcome(parts: readonly Part[], before = received()): ReturnOutcome {
  const result = outcomeOf(ok(inspected(parts, before)), sold);
  if (result === undefined) throw new Error('it was inspected');
  return result;
}

const whole = { '1': [{ from: 0, to: 3 }], '2': [{ from: 0, to: 1 }] };

describe('what an inspection lets go', () => {
  test('full: all that the units cost, and they are sold again', () =>
    expect(outcome([part('1', 3), part('2', 1)])).toEqual({
      ...{ units: whole, deductions: [], refund: 1_501, kept: [], restock: whole, noRestock: [] },
    }));

  test('reduced by a share: rounded down, in the buyer’s favour', () =>
    expect(
      outcome([part('1', 3, { result: 'reduced', reason: 'worn', keep: { basisPoints: 1_500 } }), part('2', 1)]),
    ).toMatchObject({
      units: whole,
      deductions: [{ code: 'return_reduction', amount: 150 }],
      refund: 1_351,
    }));

  test('reduced by an amount', () =>
    expect(
      outcome([part('1', 3), part('2', 1, { result: 'reduced', reason: 'incomplete', keep: { amount: 499 } })]),
    ).toMatchObject({ deductions: [{ amount: 499 }], refund: 1_002 }));

  test('none: nothing of these units', () =>
    expect(
      outcome([part('1', 3), part('2', 1, { result: 'none', reason: 'another_article', noRestock: 'other' })]),
    ).toEqual({
      units: { '1': [{ from: 0, to: 3 }] },
      ...{ deductions: [], refund: 1_001 },
      kept: [{ lineId: '2', ranges: [{ from: 0, to: 1 }], because: 'another_article' }],
      restock: { '1': [{ from: 0, to: 3 }] },
      noRestock: [{ lineId: '2', ranges: [{ from: 0, to: 1 }], reason: 'other' }],
    }));

  test('of one line several things, unit by unit', () => {
    const worn = { result: 'reduced', reason: 'worn', keep: { basisPoints: 5_000 }, noRestock: 'damaged' } as const;
    const gone = { result: 'none', reason: 'damaged', noRestock: 'damaged' } as const;
    expect(outcome([part('1', 1), part('1', 1, worn), part('1', 1, gone), part('2', 1)])).toMatchObject({
      // 334 + 334 - 167 + 500
      refund: 1_001,
      units: {
        '1': [
          { from: 0, to: 1 },
          { from: 1, to: 2 },
        ],
      },
      kept: [{ lineId: '1', ranges: [{ from: 2, to: 3 }], because: 'damaged' }],
      restock: { '1': [{ from: 0, to: 1 }], '2': [{ from: 0, to: 1 }] },
    });
  });

  test('nothing of what has not arrived', () =>
    expect(outcome([part('1', 2)], received(2, 0))).toMatchObject({
      refund: 668,
      kept: [
        { lineId: '1', ranges: [{ from: 2, to: 3 }], because: 'not_received' },
        { lineId: '2', ranges: [{ from: 0, to: 1 }], because: 'not_received' },
      ],
      restock: { '1': [{ from: 0, to: 2 }] },
    }));

  test('nothing of what was sent back too late or never', () =>
    expect(outcomeOf(ok(expire(authorised(whole), '2026-03-24T12:00:00.000Z')), sold)).toEqual({
      ...{ units: {}, deductions: [], refund: 0, restock: {}, noRestock: [] },
      kept: [
        { lineId: '1', ranges: [{ from: 0, to: 3 }], because: 'expired' },
        { lineId: '2', ranges: [{ from: 0, to: 1 }], because: 'expired' },
      ],
    }));

  test('is not known before', () => {
    expect(outcomeOf(authorised(whole), sold)).toBeUndefined();
    expect(outcomeOf(received(), sold)).toBeUndefined();
  });

  test('stays so when the units are back in stock', () => {
    const before = ok(inspected([part('1', 3), part('2', 1)]));
    expect(outcomeOf(ok(settle(before, at)), sold)).toEqual(outcomeOf(before, sold));
  });
});

describe('a return ends', () => {
  const away = { result: 'full', noRestock: 'perishable' } as const;
  test.each<[string, readonly Part[], string]>([
    ['all of it can be sold again', [part('1', 3), part('2', 1)], 'restocked'],
    ['some of it can', [part('1', 3, away), part('2', 1)], 'restocked'],
    ['none of it can', [part('1', 3, away), part('2', 1, away)], 'written_off'],
  ])('when %s', (_what, parts, status) => expect(ok(settle(ok(inspected(parts)), at)).status).toBe(status));
});

describe('an inspection is refused', () => {
  const both = (one: Partial<Part>): readonly Part[] => [part('1', 3, { result: 'full', ...one }), part('2', 1)];
  test.each<[string, readonly Part[], string, string]>([
    ['that finds more than has arrived', [part('1', 4), part('2', 1)], 'units_not_in_return', '/lines/0/quantity'],
    [
      'that finds more in two parts',
      [part('1', 2), part('1', 2), part('2', 1)],
      'units_not_in_return',
      '/lines/1/quantity',
    ],
    ['that finds another line', [part('1', 3), part('2', 1), part('3', 1)], 'units_not_in_return', '/lines/2/lineId'],
    ['that leaves a line out', [part('1', 3)], 'inspection_incomplete', '/lines'],
    ['that leaves a unit out', [part('1', 2), part('2', 1)], 'inspection_incomplete', '/lines'],
    ['that finds nothing', [], 'inspection_incomplete', '/lines'],
    ['of none of a line', [part('1', 0)], 'invalid_field', '/lines/0/quantity'],
    ['of less than none', [part('1', 3), part('2', -1)], 'invalid_field', '/lines/1/quantity'],
    ['of half a unit', [part('1', 0.5)], 'invalid_field', '/lines/0/quantity'],
    ['that is full for a reason', both({ reason: 'worn' }), 'invalid_field', '/lines/0/reason'],
    ['that is none for no reason', both({ result: 'none' }), 'invalid_field', '/lines/0/reason'],
    [
      'that is reduced for no reason',
      both({ result: 'reduced', keep: { amount: 1 } }),
      'invalid_field',
      '/lines/0/reason',
    ],
    ['that is reduced by nothing said', both({ result: 'reduced', reason: 'worn' }), 'invalid_field', '/lines/0/keep'],
    ['that is full and keeps something', both({ keep: { amount: 1 } }), 'invalid_field', '/lines/0/keep'],
    [
      'that keeps a share of none',
      both({ result: 'reduced', reason: 'worn', keep: { basisPoints: 0 } }),
      'invalid_field',
      '/lines/0/keep',
    ],
    [
      'that keeps all of it as a share',
      both({ result: 'reduced', reason: 'worn', keep: { basisPoints: 10_000 } }),
      'invalid_field',
      '/lines/0/keep',
    ],
    [
      'that keeps less than nothing',
      both({ result: 'reduced', reason: 'worn', keep: { amount: -1 } }),
      'invalid_field',
      '/lines/0/keep',
    ],
    [
      'that keeps half a minor unit',
      both({ result: 'reduced', reason: 'worn', keep: { amount: 0.5 } }),
      'invalid_field',
      '/lines/0/keep',
    ],
    [
      'that keeps all that they cost',
      both({ result: 'reduced', reason: 'worn', keep: { amount: 1_001 } }),
      'reduction_too_high',
      '/lines/0/keep',
    ],
    [
      'that keeps more',
      both({ result: 'reduced', reason: 'worn', keep: { amount: 5_000 } }),
      'reduction_too_high',
      '/lines/0/keep',
    ],
  ])('%s', (_what, parts, code, param) => expect(inspected(parts)).toMatchObject({ code, param }));

  test('twice, unless it is the same', () => {
    const once = ok(inspected([part('1', 3), part('2', 1)]));
    expect(inspect(once, sold, { ...step, parts: [part('1', 3)] })).toBe(once);
    const other = inspect(once, sold, { ...step, request: 'other', parts: [part('1', 3), part('2', 1)] });
    expect(other).toMatchObject({ code: 'return_step_not_allowed' });
  });
});

/** Any lines, any part of which was sent, any part of that arrives, and anything is found. */
const stories = fc
  .array(
    fc.record({
      quantity: fc.integer({ min: 1, max: 9 }),
      net: fc.integer({ min: 0, max: 5_000 }),
      tax: fc.integer({ min: 0, max: 999 }),
      sent: fc.integer({ min: 1, max: 9 }),
      arrives: fc.integer({ min: 1, max: 9 }),
      found: fc.array(
        fc.record({
          quantity: fc.integer({ min: 1, max: 9 }),
          result: fc.constantFrom(...inspectionResults),
          reason: fc.constantFrom(...inspectionReasons),
          keep: fc.oneof(
            fc.record({ basisPoints: fc.integer({ min: 1, max: 9_999 }) }),
            fc.record({ amount: fc.integer({ min: 1, max: 9_000 }) }),
          ),
          noRestock: fc.option(fc.constantFrom(...noRestockReasons), { nil: undefined }),
        }),
        { minLength: 1, maxLength: 5 },
      ),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((sketch) => {
    const lines = anOrder({
      lines: sketch.map(({ quantity, net, tax }, index) => ({ id: `l${index}`, quantity, net, tax })),
    }).order.lines;
    const sent = sketch.map(({ quantity, sent: some }) => Math.min(quantity, some));
    const units = Object.fromEntries(sent.map((to, index) => [`l${index}`, [{ from: 0, to }]]));
    const arrived = sketch.map(({ arrives }, index) => Math.min(arrives, sent[index] ?? 0));
    const before = ok(
      receive(authorised(units), {
        ...step,
        lines: arrived.map((quantity, index) => ({ lineId: `l${index}`, quantity })),
      }),
    );
    const parts = sketch.flatMap(({ found }, index) => {
      let left = arrived[index] ?? 0;
      return found.flatMap(({ quantity, result, reason, keep, noRestock }, place): Part[] => {
        const count = place === found.length - 1 ? left : Math.min(left, quantity);
        left -= count;
        if (count === 0) return [];
        return [
          {
            ...{ lineId: `l${index}`, quantity: count, result },
            ...(result === 'full' ? {} : { reason }),
            ...(result === 'reduced' ? { keep } : {}),
            ...(noRestock === undefined ? {} : { noRestock }),
          },
        ];
      });
    });
    return { lines, sent, arrived, after: inspect(before, lines, { ...step, parts }) };
  });

const costOf = (lines: readonly OrderLine[], units: Readonly<Record<string, readonly Range[]>>): number =>
  lines.reduce((sum, line) => sum + refundOf(moneyOf(line.units, units[line.id] ?? [])), 0);
const total = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0);
const unitNumbers = (entries: readonly (readonly [string, readonly Range[]])[]): string[] =>
  entries.flatMap(([lineId, ranges]) =>
    ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => `${lineId}/${from + index}`)),
  );

describe('of any return', () => {
  test('each unit that was sent is paid back or kept, each that arrived is sold again or not', () =>
    holds(
      fc.property(stories, ({ lines, sent, arrived, after }) => {
        if (isRefusal(after)) return;
        const result = outcomeOf(after, lines);
        if (result === undefined) throw new Error('it was inspected');
        const money = unitNumbers([
          ...Object.entries(result.units),
          ...result.kept.map(({ lineId, ranges }) => [lineId, ranges] as const),
        ]);
        const goods = unitNumbers([
          ...Object.entries(result.restock),
          ...result.noRestock.map(({ lineId, ranges }) => [lineId, ranges] as const),
        ]);
        expect([money.length, new Set(money).size]).toEqual([total(sent), total(sent)]);
        expect([goods.length, new Set(goods).size]).toEqual([total(arrived), total(arrived)]);
        const notHere = result.kept.filter(({ because }) => because === 'not_received');
        expect(countOf(notHere.flatMap(({ ranges }) => ranges))).toBe(total(sent) - total(arrived));
      }),
    ));

  test('never more goes back than the units cost, never less than nothing, and the rest is said to be kept', () =>
    holds(
      fc.property(stories, ({ lines, after }) => {
        if (isRefusal(after)) return;
        const result = outcomeOf(after, lines);
        if (result === undefined) throw new Error('it was inspected');
        const cost = costOf(lines, result.units);
        expect(result.refund).toBeGreaterThanOrEqual(0);
        expect(result.refund + total(result.deductions.map(({ amount }) => amount))).toBe(cost);
        expect(result.deductions.every(({ amount }) => Number.isSafeInteger(amount) && amount > 0)).toBe(true);
      }),
    ));

  test('only a reduction that is too high is refused', () => {
    let refused = 0;
    let taken = 0;
    holds(
      fc.property(stories, ({ after }) => {
        if (isRefusal(after)) expect(after.code).toBe('reduction_too_high');
        if (isRefusal(after)) refused += 1;
        else taken += 1;
      }),
    );
    expect(Math.min(refused, taken)).toBeGreaterThan(20);
  });
});
