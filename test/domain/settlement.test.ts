import type { RefundLeg } from '../../shared/domain/cancellation';
import { hear, type LegNews } from '../../shared/domain/leg';
import { arrivalOf } from '../../shared/domain/settlement';

/** A Friday. */
const now = '2026-11-20T22:00:00.000Z';
const leg = (more: Partial<RefundLeg> = {}): RefundLeg => ({
  id: 'l1',
  paymentRef: 'p',
  channel: 'stripe',
  captureRef: 'p-1',
  operation: 'refund',
  amount: 1_000,
  status: 'succeeded',
  attempt: 1,
  providerRef: 're_1',
  settledAt: now,
  ...more,
});

describe('when a refund arrives', () => {
  test.each<[string, Partial<RefundLeg>, object | undefined]>([
    ['five to ten business days, weekends left out', {}, { from: '2026-11-27', to: '2026-12-04' }],
    ['calendar days', { channel: 'paypal' }, { from: '2026-11-20', to: '2026-12-20' }],
    [
      'at once on our own ledger',
      { channel: 'store_credit', operation: 'credit' },
      { from: '2026-11-20', to: '2026-11-20' },
    ],
    ['unknown where nobody has verified it', { channel: 'klarna' }, undefined],
    ['not before it was carried out', { status: 'pending' }, undefined],
    ['never where nothing was taken', { operation: 'void' }, undefined],
    ['never where a person sent it in another way', { status: 'settled_by_hand' }, undefined],
  ])('%s', (_, more, expected) => expect(arrivalOf(leg(more))).toEqual(expected));
});

describe("the bank's reference of a refund", () => {
  const news = (more: Partial<LegNews> = {}): LegNews => ({ status: 'succeeded', providerRef: 're_1', ...more });

  test('is kept when it comes with the success', () =>
    expect(hear(leg({ status: 'pending' }), news({ trace: '74123450001' }), now)).toMatchObject({
      trace: '74123450001',
    }));

  test('that comes days later is added, and changes nothing else', () => {
    const heard = hear(leg(), news({ trace: '74123450001' }), '2026-11-24T00:00:00.000Z');
    expect(heard).toEqual({ ...leg(), trace: '74123450001' });
    expect(hear(heard as RefundLeg, news({ trace: '74123450001' }), now)).toBeUndefined();
  });

  test('of another refund is none of this one', () =>
    expect(hear(leg(), news({ trace: '1', providerRef: 're_2' }), now)).toBeUndefined());
});
