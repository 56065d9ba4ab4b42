import type { Cancellation, RefundLeg } from '../../shared/domain/cancellation';
import { interestOwed } from '../../shared/domain/late-interest';
import { anOrder, withCancellation } from '../support/orders';

const requestedAt = '2026-03-01T12:00:00.000Z';
const now = '2026-03-05T00:00:00.000Z';
const settledAt = '2026-03-14T12:00:00.000Z';

/** Settled ten days after a limit of three, unless said. */
const leg = (more: Partial<RefundLeg>): RefundLeg => ({
  id: 'l1',
  paymentRef: 'p',
  channel: 'stripe',
  captureRef: 'p-1',
  operation: 'refund',
  amount: 10_000,
  status: 'succeeded',
  settledAt,
  attempt: 1,
  ...more,
});

function owed(legs: readonly RefundLeg[], basisPointsPerYear = 1_500): number {
  const { cancellations } = withCancellation(anOrder({ lines: [{ id: 'a' }] }), { units: {}, legs }, 'executing');
  const lateInterest = { afterDays: 3, basisPointsPerYear };
  return interestOwed({ ...(cancellations[0] as Cancellation), requestedAt, lateInterest }, now);
}

describe('interest on late refunds', () => {
  test.each<[string, Partial<RefundLeg>, number]>([
    ['money', {}, 42],
    ['money that became store credit', { operation: 'credit', channel: 'store_credit', account: 'c1' }, 42],
    ['a bonus, of which none is owed', { operation: 'credit', channel: 'store_credit', bonus: 5_000 }, 42],
    ['a gift card', { channel: 'gift_card' }, 0],
    ['points', { channel: 'loyalty_points', points: 3 }, 0],
    ['an authorization that was released', { operation: 'void' }, 0],
    ['what is captured less', { operation: 'decrease' }, 0],
    ['money that a person gave up on', { status: 'given_up' }, 0],
  ])('is owed on %s', (_, more, expected) => expect(owed([leg(more)])).toBe(expected));

  test('is rounded up once: a fraction of a year is no second reason to round', () => {
    // 0.0055 of a minor unit a year are 1.1 in two hundred years and a day; rounded in each year it would be 201.
    expect(owed([leg({ amount: 55, settledAt: '2226-01-16T12:00:00.000Z' })], 1)).toBe(2);
    // 10.01 at 4.99 % are 49.9499 a year: 49.9499 * 10 / 365 = 1.37; 36,500 days are 4994.99.
    expect(owed([leg({ amount: 1_001 })], 499)).toBe(2);
    expect(owed([leg({ amount: 1_001, settledAt: '2126-02-08T12:00:00.000Z' })], 499)).toBe(4_995);
  });
});
