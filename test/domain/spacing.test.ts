import type { OrderAggregate } from '../../shared/domain/aggregate';
import type { Cancellation, CancellationStatus, RefundLeg } from '../../shared/domain/cancellation';
import type { PaymentChannelName } from '../../shared/domain/channel';
import { decide } from '../../shared/domain/decide';
import { heldUntil } from '../../shared/domain/leg';
import { spaced } from '../../shared/domain/spacing';
import { accepted, afterDecision, anOrder, aPayment, aPolicy, asking, withCancellation } from '../support/orders';

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

  describe('that has a grace window of its own', () => {
    const graceUntil = '2026-03-05T12:10:30.000Z';
    /** Beside one that is in grace as well, until then. */
    const beside = (until: string, more: object = {}) => {
      const aggregate = before({}, 'in_grace');
      const others = aggregate.cancellations.map((one) => ({ ...one, graceUntil: until, ...more }) as Cancellation);
      return { ...aggregate, cancellations: others };
    };

    test.each<[string, OrderAggregate, string | undefined]>([
      ['a minute after another', beside('2026-03-05T12:09:30.000Z'), undefined],
      ['less than that', beside('2026-03-05T12:10:00.000Z'), '2026-03-05T12:11:00.000Z'],
      ['together with another', beside(graceUntil), '2026-03-05T12:11:30.000Z'],
      ['shortly before another', beside('2026-03-05T12:11:00.000Z'), '2026-03-05T12:12:00.000Z'],
      ['long before another', beside('2026-03-05T12:11:30.000Z'), undefined],
      [
        'beside one that the merchant may refuse',
        beside(graceUntil, { approval: { deadline: graceUntil, onSilence: 'decline' } }),
        undefined,
      ],
      ['long after one that is under way', before({ status: 'pending' }, 'refund_pending'), undefined],
    ])('%s', (_when, aggregate, expected) =>
      expect(notBefore(spaced([aLeg()], aggregate, now, graceUntil))).toEqual([expected]),
    );

    test('waits from the end of it on, not from when it was asked for', () => {
      const policy = aPolicy({ graceMinutes: 10 });
      const payments = [{ ...aPayment('p1', 1_000, [1_000]), channel: 'wechat_pay' as const }];
      const order = anOrder({ currency: 'CNY', lines: [{ id: 'a', quantity: 2, net: 1_000 }], policy, payments });
      const wish = { reason: { core: 'changed_mind' as const }, lines: [{ lineId: 'a', quantity: 1 }] };
      const first = accepted(decide(order, policy, wish, asking('customer', { now })));
      const known = afterDecision(order, first, 'in_grace');
      const inGrace = known.cancellations.map((one) => ({ ...one, ...first.state }));
      const soon = asking('customer', { now: '2026-03-05T12:00:40.000Z' });
      const second = accepted(decide({ ...known, cancellations: inGrace }, policy, wish, soon));
      expect(notBefore([...first.plan.legs, ...second.plan.legs])).toEqual([undefined, '2026-03-05T12:11:30.000Z']);
    });
  });

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
