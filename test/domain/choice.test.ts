import type { Cancellation, LegStatus, RefundLeg } from '../../shared/domain/cancellation';
import { canGoAnotherWay, mayChoose, secondsToChoose } from '../../shared/domain/choice';
import { isDisputed } from '../../shared/domain/dispute';
import { failureCode } from '../../shared/domain/failure';
import { interestOwed } from '../../shared/domain/late-interest';
import { planLatePayment, planRefund } from '../../shared/domain/plan';
import { isRefusal } from '../../shared/domain/refusal';
import { anOrder, aPayment, withCancellation } from '../support/orders';

const now = '2026-03-01T12:00:00.000Z';
const leg = (status: LegStatus, more: Partial<RefundLeg> = {}): RefundLeg => ({
  id: 'l1',
  paymentRef: 'p',
  channel: 'stripe',
  captureRef: 'p-1',
  operation: 'refund',
  amount: 10_000,
  status,
  attempt: 1,
  ...more,
});
const cancellation = (legs: readonly RefundLeg[], more: Partial<Cancellation> = {}): Cancellation => {
  const order = withCancellation(anOrder({ lines: [{ id: 'a' }] }), { units: {}, legs }, 'executing');
  return { ...(order.cancellations[0] as Cancellation), requestedAt: now, ...more } as Cancellation;
};

describe('money that cannot go back the way it came', () => {
  test.each<[string, RefundLeg, boolean]>([
    ['a card that is gone', leg('failed', { failure: 'lost_or_stolen_card' }), true],
    ['a refund that came back', leg('bounced'), true],
    ['a dispute', leg('failed', { failure: 'charge_disputed' }), false],
    ['a dispute that was known before', leg('failed', { failure: 'payment_disputed' }), false],
    ['what was only authorized', leg('failed', { operation: 'void' }), false],
    ['what is on its way', leg('pending'), false],
    ['what waits for money', leg('awaiting_funds'), false],
    ['what a person gave up', leg('given_up'), false],
  ])('%s: may go another way %s', (_, of, expected) => expect(canGoAnotherWay(of)).toBe(expected));

  test.each<[string, Cancellation, number]>([
    [
      'the buyer is asked for as long as the contract says',
      cancellation([leg('failed')], { askBuyerHours: 48 }),
      172_800,
    ],
    ['a contract that does not say so asks nobody', cancellation([leg('failed')]), 0],
    ['nothing is to be chosen', cancellation([leg('pending')], { askBuyerHours: 48 }), 0],
    [
      'he is being asked: what is left of the time',
      cancellation([leg('failed')], { askBuyerHours: 48, choice: { deadline: '2026-03-01T12:00:30.000Z' } }),
      30,
    ],
    ['he has said nothing', cancellation([leg('failed')], { askBuyerHours: 48, choice: { deadline: now } }), 0],
  ])('%s', (_, of, seconds) => expect(secondsToChoose(of, now)).toBe(seconds));

  test('he may choose until the deadline, and not at it', () => {
    const asked = cancellation([leg('failed')], { choice: { deadline: now } });
    expect([mayChoose(asked, '2026-03-01T11:59:59.999Z'), mayChoose(asked, now)]).toEqual([true, false]);
    expect(mayChoose(cancellation([leg('failed')]), now)).toBe(false);
  });
});

describe('a disputed payment', () => {
  const disputed = { ...aPayment('d', 4_000, [4_000]), disputed: true };
  const order = anOrder({ lines: [{ id: 'a', quantity: 10 }], payments: [disputed, aPayment('p', 6_000, [6_000])] });
  const all = { a: [{ from: 0, to: 10 }] };

  test.each([undefined, 'store_credit' as const])(
    'gives nothing back by itself, not even as %s; others do',
    (destination) => {
      const plan = planRefund(order, all, { destination });
      if (isRefusal(plan)) throw new Error(plan.detail);
      expect(plan.refund).toBe(10_000);
      expect(plan.legs.map(({ paymentRef, status, failure }) => [paymentRef, status, failure])).toEqual([
        ['d', 'failed', 'payment_disputed'],
        ['p', 'planned', undefined],
      ]);
      expect(plan.legs.map(isDisputed)).toEqual([true, false]);
    },
  );

  test('that comes late gives nothing back by itself either', () => {
    const closed = withCancellation(
      anOrder({ lines: [{ id: 'a' }], payments: [disputed] }),
      { units: { a: [{ from: 0, to: 1 }] } },
      'closed',
    );
    expect(planLatePayment(closed).legs).toMatchObject([{ status: 'failed', failure: 'payment_disputed' }]);
  });

  test('is told to everybody as what it is', () => {
    const inCase = cancellation([leg('failed', { failure: 'payment_disputed' })], {
      status: 'in_case',
      failure: 'x',
    } as never);
    expect(failureCode(inCase as never)).toBe('payment_disputed');
  });
});

describe('interest on late refunds', () => {
  const terms = { afterDays: 3, basisPointsPerYear: 1_500 };
  const settled = (settledAt: string) => leg('succeeded', { settledAt });
  test.each<[string, readonly RefundLeg[], number]>([
    ['in time', [settled('2026-03-04T11:59:59.000Z')], 0],
    ['a day late: a day of it, rounded up', [settled('2026-03-05T12:00:00.000Z')], 5],
    ['a moment late: a day of it', [settled('2026-03-04T12:00:01.000Z')], 5],
    ['a year late', [settled('2027-03-04T12:00:00.000Z')], 1_500],
    ['not settled yet: until now', [leg('pending')], 5],
    ['each leg for itself', [settled('2026-03-04T11:00:00.000Z'), settled('2026-03-14T12:00:00.000Z')], 42],
    [
      'nothing for what was only released',
      [leg('succeeded', { operation: 'void', settledAt: '2027-03-01T00:00:00.000Z' })],
      0,
    ],
  ])('%s', (_, legs, owed) =>
    expect(interestOwed(cancellation(legs, { lateInterest: terms }), '2026-03-05T00:00:00.000Z')).toBe(owed),
  );

  test('is owed only where the contract says so', () =>
    expect(interestOwed(cancellation([settled('2027-03-04T12:00:00.000Z')]), now)).toBe(0));
});
