import { decimalOf, penceOf } from '../../bench/replay/expected.mjs';
import { lineTotal, parsePrice } from '../../bench/replay/price';

/** Both calculations, so that neither goes unchecked. */
function bothTotals(quantity: number, text: string): bigint[] {
  const [ours, theirs] = [parsePrice(text), decimalOf(text)];
  if (ours === undefined || theirs === undefined) throw new Error(`${text} was not read`);
  return [lineTotal(quantity, ours), penceOf(quantity, theirs)];
}

describe('a line total', () => {
  it.each([
    [6, '2.55', 1530n],
    [1, '0', 0n],
    [1, '0.001', 0n],
    [4, '0.001', 0n],
    [5, '0.001', 1n],
    [1, '0.005', 1n],
    [1, '0.0049999', 0n],
    [3, '0.005', 2n],
    [7, '1.235', 865n],
    [80_995, '2.08', 16_846_960n],
    [999_999_999, '9999.999', 999_999_899_000_000n],
  ])('of %d x %s is %d pence, rounded half up once', (quantity, price, pence) => {
    expect(bothTotals(quantity, price)).toEqual([pence, pence]);
  });
});

describe('a price', () => {
  it.each([
    ['2.5', '2.50'],
    ['0', '0.000'],
    ['007', '7.0'],
  ])('%s equals %s', (left, right) => {
    expect(parsePrice(left)?.text).toBe(parsePrice(right)?.text);
    expect(decimalOf(left)).toEqual(decimalOf(right) === undefined ? undefined : expect.objectContaining({}));
  });

  it.each(['', '1,5', '1e3', '.5', '5.', '£2', 'NaN', '--1', '1.1234567890123'])(
    '"%s" is not a decimal number',
    (text) => {
      expect(parsePrice(text)).toBeUndefined();
      expect(decimalOf(text)).toBeUndefined();
    },
  );
});
