import fc from 'fast-check';
import type { Cancellation, RefundLeg } from '../../shared/domain/cancellation';
import { creditNoteOf, creditReference, reversesSale, type CreditNote } from '../../shared/domain/credit-note';
import { decide } from '../../shared/domain/decide';
import { deductionsOf, type FeeRule } from '../../shared/domain/deduction';
import { sum } from '../../shared/domain/money';
import { components } from '../../shared/domain/order';
import { planRefund } from '../../shared/domain/plan';
import { isRefusal } from '../../shared/domain/refusal';
import {
  accepted,
  afterDecision,
  anOrder,
  aPolicy,
  asking,
  withCancellation,
  type LineSketch,
} from '../support/orders';

const at = '2026-03-01T12:00:00.000Z';
const order = anOrder({ lines: [{ id: 'a', quantity: 3 }, { id: 'b' }] });

/** Two of three units of a line, as they were decided. */
function closed(): Cancellation {
  const wish = { lines: [{ lineId: 'a', quantity: 2 }], reason: { core: 'out_of_stock' as const } };
  const decision = accepted(decide(order, order.order.contract.policy, wish, asking('merchant')));
  const [cancellation] = afterDecision(order, decision, 'closed').cancellations as [Cancellation];
  return { ...cancellation, counted: true };
}

/** A buyer's cancellation of everything that was sold, under fees. */
function reversed(lines: readonly LineSketch[], fees: readonly FeeRule[]): CreditNote {
  const sold = anOrder({ lines, policy: aPolicy({ fees }) });
  const units = Object.fromEntries(sold.order.lines.map(({ id, quantity }) => [id, [{ from: 0, to: quantity }]]));
  const deductions = deductionsOf(sold, fees, units, { role: 'customer', core: 'changed_mind' });
  const plan = planRefund(sold, units, { deductions });
  if (isRefusal(plan)) throw new Error(plan.detail);
  const [cancellation] = withCancellation(sold, { units, legs: plan.legs }, 'closed').cancellations as [Cancellation];
  return creditNoteOf(sold, { ...cancellation, deductions }, 1, at);
}

const feesOf = ({ lines }: CreditNote): readonly number[] => lines.map(({ fee }) => fee);

describe('A credit note', () => {
  test('says of each line what was taken and what every component of it came to', () => {
    const cancellation = closed();
    const note = creditNoteOf(order, cancellation, 7, at);
    expect(note.lines.map(({ lineId, quantity }) => [lineId, quantity])).toEqual([['a', 2]]);
    for (const { net, discount, tax, duty, shipping, shippingTax, amount } of note.lines) {
      expect(net - discount + tax + duty + shipping + shippingTax).toBe(amount);
    }
    expect(note).toMatchObject({ number: 7, issuedAt: at, currency: 'EUR', total: cancellation.refund });
    expect(creditReference(note)).toBe('CN-000007');
  });

  test('speaks of the sale alone: bonus, points, interest and the way of the money are not in it', () => {
    const cancellation = closed();
    const plain = creditNoteOf(order, cancellation, 1, at);
    const legs: RefundLeg[] = cancellation.legs.map((leg) => ({
      ...leg,
      ...{ operation: 'credit', channel: 'store_credit', account: 'c1', bonus: 500, points: 70, status: 'given_up' },
    }));
    expect(creditNoteOf(order, { ...cancellation, legs, interest: 99 }, 1, at)).toEqual(plain);
  });

  test('does not go out with money that the cancellation does not give back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1_000, max: 1_000 }).filter((by) => by !== 0),
        (by) => {
          const cancellation = closed();
          expect(() => creditNoteOf(order, { ...cancellation, refund: cancellation.refund + by }, 1, at)).toThrow(
            'sums to',
          );
        },
      ),
    );
  });
});

describe('What is kept', () => {
  const two = [
    { id: 'a', net: 900, tax: 100 },
    { id: 'b', kind: 'digital' as const, net: 500 },
  ];

  test('stands beside the lines under its name, and on each line by what it cost', () => {
    const note = reversed(two, [{ code: 'cancellation_fee', fixed: { EUR: 301 } }]);
    expect(note.deductions).toEqual([{ code: 'cancellation_fee', amount: 301 }]);
    expect(feesOf(note)).toEqual([201, 100]);
    expect(note).toMatchObject({ total: 1_199, components: { net: 1_400, tax: 100 } });
  });

  test('stands on the lines that owe it, and no other', () => {
    expect(feesOf(reversed(two, [{ code: 'digital_fee', basisPoints: 1_000, kinds: ['digital'] }]))).toEqual([0, 50]);
  });

  test('goes to other lines only as far as those that owe it have nothing left to give', () => {
    const fees = [
      { code: 'cancellation_fee', fixed: { EUR: 750 } },
      { code: 'digital_fee', basisPoints: 10_000, kinds: ['digital' as const] },
    ];
    expect(feesOf(reversed(two, fees))).toEqual([750, 500]);
  });

  test('of a gift card is what was spent of it, before any fee', () => {
    const card = { id: 'card', kind: 'digital' as const, net: 500, spent: 120 };
    const note = reversed([{ id: 'a', net: 500 }, card], [{ code: 'cancellation_fee', basisPoints: 1_000 }]);
    expect(note.deductions.map(({ code, amount }) => [code, amount])).toEqual([
      ['gift_card_spent', 120],
      ['cancellation_fee', 100],
    ]);
    expect(feesOf(note)).toEqual([57, 163]);
  });

  test('may be all of it', () => {
    const note = reversed(two, [{ code: 'cancellation_fee', basisPoints: 10_000 }]);
    expect(note).toMatchObject({
      total: 0,
      lines: [
        { amount: 1_000, fee: 1_000 },
        { amount: 500, fee: 500 },
      ],
    });
  });

  test('is found on the lines to the minor unit, whatever the fees are, and no line gives less than nothing', () => {
    const aLine = fc.record({
      quantity: fc.integer({ min: 1, max: 4 }),
      net: fc.integer({ min: 0, max: 5_000 }),
      spent: fc.constantFrom(0, 0, 70),
      tax: fc.integer({ min: 0, max: 999 }),
      kind: fc.constantFrom('goods' as const, 'digital' as const, 'service' as const),
    });
    const aFee = fc.record(
      {
        basisPoints: fc.integer({ min: 0, max: 10_000 }),
        fixed: fc.record({ EUR: fc.integer({ min: 0, max: 3_000 }) }),
        kinds: fc.subarray(['goods' as const, 'digital' as const, 'service' as const], { minLength: 1 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(aLine, { minLength: 1, maxLength: 5 }), fc.array(aFee, { maxLength: 4 }), (lines, fees) => {
        const note = reversed(
          lines.map((line, index) => ({ ...line, id: `l${index}` })),
          fees.map((fee, index) => ({ ...fee, code: `fee_${index}` })),
        );
        expect(sum(feesOf(note))).toBe(sum(note.deductions.map(({ amount }) => amount)));
        expect(sum(note.lines.map(({ amount, fee }) => amount - fee))).toBe(note.total);
        for (const { amount, fee } of note.lines) expect(fee >= 0 && fee <= amount).toBe(true);
        for (const component of components)
          expect(note.components[component]).toBe(sum(note.lines.map((line) => line[component])));
      }),
    );
  });
});

describe('A sale is reversed', () => {
  test('by a cancellation that has closed, also when its refund came back since', () => {
    expect(reversesSale(closed())).toBe(true);
    expect(reversesSale({ ...closed(), status: 'in_case' } as Cancellation)).toBe(true);
  });

  test.each(['executing', 'refund_pending', 'in_case', 'declined', 'withdrawn', 'undone'] as const)(
    'not by one that is %s and has never closed',
    (status) => {
      const { counted: _counted, ...never } = closed();
      expect(reversesSale({ ...never, status } as Cancellation)).toBe(false);
    },
  );

  test('not by money that was paid too much, and not where nobody paid', () => {
    expect(reversesSale({ ...closed(), units: {} })).toBe(false);
    expect(reversesSale({ ...closed(), legs: [] })).toBe(false);
  });

  test('where the shop keeps all of it', () => {
    expect(reversesSale({ ...closed(), legs: [], deductions: [{ code: 'fee', amount: 2_000 }] })).toBe(true);
  });
});
