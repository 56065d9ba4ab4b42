import fc from 'fast-check';
import type { Cancellation } from '../../shared/domain/cancellation';
import { creditNoteOf, creditReference, reversesSale } from '../../shared/domain/credit-note';
import { decide } from '../../shared/domain/decide';
import { accepted, afterDecision, anOrder, asking } from '../support/orders';

const at = '2026-03-01T12:00:00.000Z';
const order = anOrder({ lines: [{ id: 'a', quantity: 3 }, { id: 'b' }] });
/** Two of three units of a line, as they were decided. */
function closed(): Cancellation {
  const wish = { lines: [{ lineId: 'a', quantity: 2 }], reason: { core: 'out_of_stock' as const } };
  const decision = accepted(decide(order, order.order.contract.policy, wish, asking('merchant')));
  const [cancellation] = afterDecision(order, decision, 'closed').cancellations as [Cancellation];
  return cancellation;
}

describe('A credit note', () => {
  test('says of each line what was taken and what every component of it came to', () => {
    const cancellation = closed();
    const note = creditNoteOf(order, cancellation, 7, at);
    expect(note.lines.map(({ lineId, quantity }) => [lineId, quantity])).toEqual([['a', 2]]);
    for (const { net, discount, tax, duty, shipping, shippingTax, amount } of note.lines) {
      expect(net - discount + tax + duty + shipping + shippingTax).toBe(amount);
    }
    expect(note.total).toBe(cancellation.refund);
    expect(creditReference(note)).toBe('CN-000007');
  });

  test('names what was kept, and comes to what is given back', () => {
    const whole = closed();
    const fee = { code: 'cancellation_fee', amount: 1 };
    const note = creditNoteOf(order, { ...whole, refund: whole.refund - 1, deductions: [fee] }, 1, at);
    expect(note.deductions).toEqual([fee]);
    expect(note.total).toBe(whole.refund - 1);
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

describe('A sale is reversed', () => {
  test('by a cancellation that has closed', () => {
    expect(reversesSale(closed())).toBe(true);
    expect(reversesSale({ ...closed(), status: 'executing' } as Cancellation)).toBe(false);
  });

  test('not by money that was paid too much, and not where nobody paid', () => {
    expect(reversesSale({ ...closed(), units: {} })).toBe(false);
    expect(reversesSale({ ...closed(), legs: [] })).toBe(false);
  });
});
