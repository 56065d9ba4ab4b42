import * as fc from 'fast-check';
import {
  allocate,
  exponentOf,
  knownCurrencies,
  percentOf,
  proportionOf,
  shareOf,
  sum,
  type Rounding,
} from '../../shared/domain/money';
import { holds } from '../support/property';

const amounts = fc.maxSafeNat();
const weights = fc.array(fc.oneof(fc.nat(20), fc.maxSafeNat()), { minLength: 1, maxLength: 30 });

describe('exponents of ISO 4217', () => {
  const without = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'.split(' ');
  const three = 'BHD IQD JOD KWD LYD OMR TND'.split(' ');

  test.each(without)('%s has no decimals', (currency) => expect(exponentOf(currency)).toBe(0));
  test.each(three)('%s has three decimals', (currency) => expect(exponentOf(currency)).toBe(3));

  const two = knownCurrencies.filter((currency) => !without.includes(currency) && !three.includes(currency));
  test.each(two)('%s has two decimals', (currency) => expect(exponentOf(currency)).toBe(2));

  test.each([
    ['Europe', 'EUR GBP CHF SEK NOK DKK PLN CZK HUF RON BGN RSD ALL BAM MKD MDL UAH TRY GEL AMD AZN ISK'],
    ['the Americas', 'USD CAD MXN BRL ARS CLP COP PEN UYU PYG BOB CRC DOP GTQ HNL NIO PAB JMD TTD'],
    ['Asia', 'CNY JPY KRW INR IDR THB VND MYR SGD PHP HKD TWD PKR BDT LKR NPR KZT UZS'],
    ['the Middle East', 'AED SAR ILS QAR KWD BHD OMR JOD IQD EGP LBP'],
    ['Africa', 'ZAR NGN KES MAD TND GHS TZS UGX XOF XAF ETB DZD RWF SCR SLE ZMW'],
    ['Oceania', 'AUD NZD FJD PGK XPF'],
  ])('the currencies of %s are known', (_, codes) =>
    expect(codes.split(' ').filter((code) => exponentOf(code) === undefined)).toEqual([]),
  );

  test('a code is three capital letters', () =>
    expect(knownCurrencies.filter((code) => !/^[A-Z]{3}$/.test(code))).toEqual([]));

  test('every currency is listed once', () => expect(new Set(knownCurrencies).size).toBe(knownCurrencies.length));

  test.each([
    ['HUF', 2],
    ['IDR', 2],
    ['COP', 2],
    ['MGA', 2],
    ['MRU', 2],
    ['XCG', 2],
    ['ZWG', 2],
  ])('%s has %i decimals, whatever is usual on price tags', (currency, exponent) =>
    expect(exponentOf(currency)).toBe(exponent),
  );

  test.each(['', 'eur', 'EURO', 'XXX', 'XTS', 'XAU', 'BTC', 'ANG', 'HRK', 'CLF', 'toString', '__proto__'])(
    '%p is not a currency of ours',
    (currency) => expect(exponentOf(currency)).toBeUndefined(),
  );
});

describe('allocate', () => {
  test.each([
    ['an even split', 90, [1, 1, 1], [30, 30, 30]],
    ['a remainder goes to the earlier of equal parts', 100, [1, 1, 1], [34, 33, 33]],
    ['two left over', 101, [1, 1, 1], [34, 34, 33]],
    ['the larger remainder first', 10, [1, 2, 4], [1, 3, 6]],
    ['nothing to split', 0, [5, 7], [0, 0]],
    ['one part takes all', 17, [3], [17]],
    ['a part without weight gets nothing', 5, [0, 1, 0, 1], [0, 3, 0, 2]],
    ['all weights zero count as equal', 5, [0, 0, 0], [2, 2, 1]],
    ['fewer minor units than parts', 2, [1, 1, 1, 1], [1, 1, 0, 0]],
    [
      'weights that overflow a product',
      Number.MAX_SAFE_INTEGER,
      [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
      [4503599627370496, 4503599627370495],
    ],
  ])('%s', (_, total, parts, expected) => expect(allocate(total, parts)).toEqual(expected));

  test.each([
    ['no weights', 1, [], 'allocate needs at least one weight'],
    ['a negative total', -1, [1], 'not an amount of minor units: -1'],
    ['a fraction', 1.5, [1], 'not an amount of minor units: 1.5'],
    ['not a number', Number.NaN, [1], 'not an amount of minor units: NaN'],
    ['an unsafe total', 2 ** 53, [1], 'not an amount of minor units: 9007199254740992'],
    ['a negative weight', 10, [-1, 2], 'not an amount of minor units: -1'],
    ['a fractional weight', 10, [0.5, 0.5], 'not an amount of minor units: 0.5'],
  ])('%s is refused', (_, total, parts, message) =>
    expect(() => allocate(total, parts)).toThrow(new RangeError(message)),
  );

  test('the parts always sum to the total', () => {
    holds(fc.property(amounts, weights, (total, parts) => expect(sum(allocate(total, parts))).toBe(total)));
  });

  test('a part differs from its exact share by less than one minor unit', () => {
    holds(
      fc.property(amounts, weights, (total, parts) => {
        const effective = parts.some((weight) => weight > 0) ? parts : parts.map(() => 1);
        const all = effective.reduce((so, weight) => so + BigInt(weight), 0n);
        for (const [index, share] of allocate(total, parts).entries()) {
          const distance = BigInt(share) * all - BigInt(total) * BigInt(effective[index] ?? 0);
          expect(distance < all && -distance < all).toBe(true);
        }
      }),
    );
  });

  test('a larger weight never gets less', () => {
    holds(
      fc.property(amounts, weights, (total, parts) => {
        const shares = allocate(
          total,
          [...parts].sort((a, b) => b - a),
        );
        shares.forEach((share, index) => expect(share).toBeLessThanOrEqual(shares[index - 1] ?? share));
      }),
    );
  });
});

describe('percentOf', () => {
  const table: [number, number, Rounding, number][] = [
    [1000, 1900, 'half-up', 190],
    [1050, 1000, 'half-up', 105],
    [105, 5000, 'half-up', 53],
    [105, 5000, 'down', 52],
    [105, 5000, 'up', 53],
    [100, 1, 'half-up', 0],
    [100, 1, 'up', 1],
    [100, 1, 'down', 0],
    [4999, 1, 'half-up', 0],
    [5000, 1, 'half-up', 1],
    [0, 10_000, 'up', 0],
    [777, 10_000, 'up', 777],
    [777, 0, 'up', 0],
    [100, 25_000, 'half-up', 250],
    [Number.MAX_SAFE_INTEGER, 10_000, 'up', Number.MAX_SAFE_INTEGER],
  ];
  test.each(table)('%i at %i basis points, rounded %s, is %i', (amount, points, rounding, expected) =>
    expect(percentOf(amount, points, rounding)).toBe(expected),
  );

  test.each([
    ['a negative amount', -1, 100],
    ['a negative percentage', 100, -1],
    ['half a basis point', 100, 0.5],
    ['a result that no number can hold exactly', Number.MAX_SAFE_INTEGER, 10_001],
  ])('%s is refused', (_, amount, points) => expect(() => percentOf(amount, points, 'down')).toThrow(RangeError));

  test('down, half up and up lie within one minor unit of each other, in this order, and half up is the nearest', () => {
    holds(
      fc.property(amounts, fc.nat(10_000), (amount, points) => {
        const down = percentOf(amount, points, 'down');
        const half = percentOf(amount, points, 'half-up');
        const up = percentOf(amount, points, 'up');
        const exact = BigInt(amount) * BigInt(points);
        expect(BigInt(down)).toBe(exact / 10_000n);
        expect(BigInt(up)).toBe((exact + 9_999n) / 10_000n);
        expect(BigInt(half)).toBe((exact + 5_000n) / 10_000n);
      }),
    );
  });
});

describe('proportionOf', () => {
  test('rounds the exact product once, as named, whatever the whole', () => {
    const wholes = fc.integer({ min: 1, max: 10_000_000 });
    holds(
      fc.property(fc.nat(1_000_000_000_000), fc.nat(5_000), wholes, (amount, part, whole) => {
        const exact = BigInt(amount) * BigInt(part);
        const by = BigInt(whole);
        expect(BigInt(proportionOf(amount, part, whole, 'down'))).toBe(exact / by);
        expect(BigInt(proportionOf(amount, part, whole, 'up'))).toBe((exact + by - 1n) / by);
        expect(BigInt(proportionOf(amount, part, whole, 'half-up'))).toBe((2n * exact + by) / (2n * by));
      }),
    );
  });

  test('more than a number can hold exactly is refused', () =>
    expect(() => proportionOf(Number.MAX_SAFE_INTEGER, 2, 1, 'down')).toThrow(RangeError));
});

describe('sum', () => {
  test('sums to the unit', () => expect(sum([1, 2, 3])).toBe(6));
  test('of nothing is nothing', () => expect(sum([])).toBe(0));
  test.each([
    ['beyond the safe integers', [Number.MAX_SAFE_INTEGER, 1]],
    ['beyond and back, where precision is lost unseen', [Number.MAX_SAFE_INTEGER, 2, -3]],
    ['of fractions', [0.1, 0.2]],
  ])('%s is refused', (_, list) => expect(() => sum(list)).toThrow(new RangeError('sum is outside the safe integers')));
});

describe('shareOf', () => {
  test('whatever the steps, the differences sum to the whole', () => {
    holds(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000_000 }),
        fc.array(fc.integer({ min: 1, max: 50_000_000 }), { minLength: 1, maxLength: 12 }),
        (total, steps) => {
          const whole = sum(steps);
          let part = 0;
          let given = 0;
          for (const step of steps) {
            const share = shareOf(total, part + step, whole) - shareOf(total, part, whole);
            expect(share).toBeGreaterThanOrEqual(0);
            part += step;
            given += share;
          }
          expect(given).toBe(total);
        },
      ),
    );
  });
});
