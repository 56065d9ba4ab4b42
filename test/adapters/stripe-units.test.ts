import { fromStripeUnits, toStripeUnits } from '../../shared/adapters/payments/stripe-units';
import { PermanentFault } from '../../shared/domain/faults';

describe("Stripe's units", () => {
  test.each([
    ['EUR', 1_234, 1_234],
    ['JPY', 500, 500],
    ['HUF', 1_045, 1_045],
    ['IDR', 150_000, 150_000],
    ['COP', 100, 100],
    ['ISK', 5, 500],
    ['UGX', 7, 700],
    ['MGA', 300, 3],
    ['KWD', 5_120, 5_120],
  ])('%s: %d of ours are %d of theirs, and back', (currency, ours, theirs) => {
    expect(toStripeUnits(ours, currency)).toBe(theirs);
    expect(fromStripeUnits(theirs, currency)).toBe(ours);
  });

  test.each([
    ['KWD', 5_124],
    ['BHD', 1],
    ['MGA', 50],
    ['EUR', 0],
    ['EUR', -1],
    ['EUR', 1.5],
    ['ISK', Number.MAX_SAFE_INTEGER],
    ['XTS', 1],
    ['eur', 1],
    ['__proto__', 1],
  ])('%s %d is refused, never rounded', (currency, amount) => {
    expect(() => toStripeUnits(amount, currency)).toThrow(PermanentFault);
  });

  test('an amount of theirs that ours cannot state is not believed', () => {
    expect(fromStripeUnits(550, 'ISK')).toBeUndefined();
    expect(fromStripeUnits(0.5, 'EUR')).toBeUndefined();
  });
});
