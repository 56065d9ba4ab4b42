import type { CancellationStatus, RefundLeg } from '../../shared/domain/cancellation';
import type { PaymentChannelName } from '../../shared/domain/channel';
import { heldUntil } from '../../shared/domain/leg';
import { spaced } from '../../shared/domain/spacing';
import { anOrder, withCancellation } from '../support/orders';

const now = '2026-03-05T12:00:30.000Z';

const aLeg = (more: Partial<RefundLeg> = {}): RefundLeg => ({
  id: 'l1',
  paymentRef: 'p1',
  channel: 'wechat_pay',
  connectionId: 'con_1',
  captureRef: 'p1',
  operation: 'refund',
  amount: 100,
  status: 'planned',
  attempt: 1,
  ...more,
});

const before = (leg: Partial<RefundLeg>, status: CancellationStatus = 'closed') =>
  withCancellation(anOrder({ lines: [{ id: 'a' }] }), { units: {}, legs: [aLeg(leg)] }, status);
const notBefore = (legs: RefundLeg[]): (string | undefined)[] => legs.map((leg) => leg.notBefore);

describe('the next refund of a payment by WeChat Pay, which wants a minute between two,', () => {
  test.each<[string, Partial<RefundLeg>, CancellationStatus, string | undefined]>([
    ['a minute after a success', { status: 'succeeded', settledAt: '2026-03-05T11:59:30.000Z' }, 'closed', undefined],
    [
      'less than that',
      { status: 'succeeded', settledAt: '2026-03-05T12:00:10.500Z' },
      'closed',
      '2026-03-05T12:01:11.000Z',
    ],
    ['while one is under way', { status: 'pending' }, 'refund_pending', '2026-03-05T12:01:30.000Z'],
    [
      'while one is being sent',
      { status: 'submitting', since: '2026-03-05T12:00:20.000Z' },
      'executing',
      '2026-03-05T12:01:20.000Z',
    ],
    ['while one is about to be', {}, 'executing', '2026-03-05T12:01:30.000Z'],
    [
      'behind one that waits itself',
      { notBefore: '2026-03-05T12:01:00.000Z' },
      'executing',
      '2026-03-05T12:02:00.000Z',
    ],
    ['beside one that nobody has decided yet', {}, 'awaiting_answer', undefined],
    ['beside one of another payment', { paymentRef: 'p2', status: 'pending' }, 'refund_pending', undefined],
    ['beside an authorization that was voided', { operation: 'void', status: 'pending' }, 'refund_pending', undefined],
  ])('%s', (_when, leg, status, expected) =>
    expect(notBefore(spaced([aLeg()], before(leg, status), now))).toEqual([expected]),
  );

  test('waits for the later of two', () => {
    const one = before({ status: 'succeeded', settledAt: '2026-03-05T12:00:20.000Z' });
    const two = withCancellation(
      one,
      { units: {}, legs: [aLeg({ status: 'succeeded', settledAt: '2026-03-05T12:00:05.000Z' })] },
      'closed',
    );
    expect(notBefore(spaced([aLeg()], two, now))).toEqual(['2026-03-05T12:01:20.000Z']);
  });
});

test('two refunds of one payment in one plan keep their distance', () => {
  const legs = ['l1', 'l2', 'l3'].map((id) => aLeg({ id }));
  expect(notBefore(spaced(legs, anOrder({ lines: [{ id: 'a' }] }), now))).toEqual([
    undefined,
    '2026-03-05T12:01:30.000Z',
    '2026-03-05T12:02:30.000Z',
  ]);
});

test.each<[PaymentChannelName]>([['stripe'], ['paypal'], ['gift_card']])(
  '%s, of which no distance is known or which needs none, is not waited for',
  (channel) =>
    expect(notBefore(spaced([aLeg({ channel })], before({ channel, status: 'pending' }), now))).toEqual([undefined]),
);

test('a leg that may not be sent yet is held until then, and no other that is planned', () => {
  expect(heldUntil(aLeg({ notBefore: now }))).toBe(now);
  expect(heldUntil(aLeg())).toBeUndefined();
});
