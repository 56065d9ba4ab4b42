import * as fc from 'fast-check';
import { paymentChannels } from '../../shared/domain/channel';
import { sum } from '../../shared/domain/money';
import { split, splitStrategies, type Part, type SplitStrategy } from '../../shared/domain/split';
import { aPayment } from '../support/orders';
import { holds } from '../support/property';

const nobody = new Map<string, number>();

/** Captures by their rests, each of a payment of its own: `a`, `b`, ... */
const rests = (...amounts: readonly (number | [number, Part['payment']['channel']])[]): Part[] =>
  amounts.map((wish, place) => {
    const [amount, channel] = typeof wish === 'number' ? [wish, 'stripe' as const] : wish;
    const ref = 'abcdef'.charAt(place);
    return { payment: { ...aPayment(ref, amount), channel }, captureRef: `${ref}1`, amount };
  });

const given = (parts: readonly Part[]): Record<string, number> =>
  Object.fromEntries(parts.map(({ payment, amount }) => [payment.ref, amount]));

describe('a refund over several captures', () => {
  test.each<[SplitStrategy, Record<string, number>]>([
    ['oldest_first', { a: 1_000, b: 200 }],
    ['newest_first', { b: 200, c: 1_000 }],
    ['proportional', { a: 480, b: 240, c: 480 }],
  ])('%s', (strategy, expected) => {
    expect(given(split(1_200, rests(1_000, 500, 1_000), strategy, nobody))).toEqual(expected);
  });

  test('by the least fee: where the shop loses none, before where it loses all', () => {
    const captures = rests(1_000, [1_000, 'store_credit']);
    expect(given(split(1_200, captures, 'least_fee', nobody))).toEqual({ a: 200, b: 1_000 });
  });

  test('what is known to have paid for the units comes before any strategy', () => {
    const paid = new Map([['b', 300]]);
    expect(given(split(700, rests(1_000, 500, 1_000), 'oldest_first', paid))).toEqual({ a: 400, b: 300 });
    expect(given(split(700, rests(1_000, 500, 1_000), 'newest_first', paid))).toEqual({ b: 300, c: 400 });
  });

  test('a tender that is known but has given everything back already leaves the rest to the others', () => {
    expect(given(split(700, rests(1_000, 100), 'oldest_first', new Map([['b', 700]])))).toEqual({ a: 600, b: 100 });
  });

  test('a tender of two captures gives from both', () => {
    const [one, other] = rests(400, 400) as [Part, Part];
    const second = { ...other, payment: one.payment };
    expect(split(600, [one, second], 'oldest_first', new Map([['a', 600]])).map(({ amount }) => amount)).toEqual([
      400, 200,
    ]);
  });

  test('more than there is stops everything', () => {
    expect(() => split(1_501, rests(1_000, 500), 'oldest_first', nobody)).toThrow(RangeError);
  });

  test('it always sums exactly, and never takes more than a rest, by every strategy', () => {
    const amounts = fc.array(fc.integer({ min: 0, max: 5_000_000 }), { minLength: 1, maxLength: 6 });
    const channel = fc.constantFrom(...paymentChannels);
    holds(
      fc.property(
        amounts.chain((list) =>
          fc.record({
            list: fc.constant(list),
            channels: fc.array(channel, { minLength: list.length, maxLength: list.length }),
            amount: fc.integer({ min: 0, max: sum(list) }),
            paid: fc.array(fc.integer({ min: 0, max: 5_000_000 }), { minLength: list.length, maxLength: list.length }),
            strategy: fc.constantFrom(...splitStrategies),
          }),
        ),
        ({ list, channels, amount, paid, strategy }) => {
          const captures = rests(...list.map((one, place) => [one, channels[place] ?? 'stripe'] as [number, 'stripe']));
          const known = new Map(paid.map((one, place) => ['abcdef'.charAt(place), one]));
          const parts = split(amount, captures, strategy, known);
          expect(sum(parts.map((part) => part.amount))).toBe(amount);
          for (const part of parts) {
            expect(part.amount).toBeGreaterThan(0);
            const rest = captures.find(({ captureRef }) => captureRef === part.captureRef);
            expect(part.amount).toBeLessThanOrEqual(rest?.amount ?? 0);
          }
        },
      ),
    );
  });
});
