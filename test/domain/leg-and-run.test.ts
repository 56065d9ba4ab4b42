import { maySee, type Caller } from '../../shared/domain/access';
import {
  legStatuses,
  legTransitions,
  type Cancellation,
  type CancellationStatus,
  type LegStatus,
  type RefundLeg,
} from '../../shared/domain/cancellation';
import {
  answerSaved,
  hasFailed,
  hear,
  heldUntil,
  mayBeOnItsWay,
  mayBeRepeated,
  withLeg,
  type LegNews,
} from '../../shared/domain/leg';
import {
  alive,
  isPendingTooLong,
  leaseFor,
  mustShowItself,
  nextRun,
  pendingDays,
  secondsToPoll,
  toBeTakenUp,
} from '../../shared/domain/run';
import { later, type Instant } from '../../shared/domain/time';
import { anOrder, withCancellation } from '../support/orders';

const now = '2026-03-01T12:00:00.000Z';
const leg = (status: LegStatus, more: Partial<RefundLeg> = {}): RefundLeg => ({
  id: 'l1',
  paymentRef: 'p1',
  channel: 'stripe',
  operation: 'refund',
  amount: 100,
  status,
  attempt: 1,
  ...more,
});
const news = (status: LegNews['status'], providerRef = 're_1'): LegNews => ({ status, providerRef });

test('money that has failed is not with the customer', () => {
  expect(legStatuses.filter((status) => hasFailed(leg(status)))).toEqual(['failed', 'canceled', 'bounced']);
});

describe('the same attempt may be sent once more', () => {
  const since = now;
  const week = { length: 7, unit: 'days' } as const;
  const at = (days: number): string => later(since, { length: days, unit: 'days' });

  test.each<[string, LegStatus, Partial<RefundLeg>, typeof week | undefined, string, boolean]>([
    ['sent just now', 'submitting', { since }, week, at(0), true],
    ['with a lost answer', 'unknown', { since }, week, at(6), true],
    ['when the time is over', 'unknown', { since }, week, at(7), false],
    ['of a provider that can be asked', 'unknown', { since }, undefined, at(0), false],
    ['sent nobody knows when', 'unknown', {}, week, at(0), false],
    ['whose provider repeats a failure', 'unknown', { since, failure: answerSaved }, week, at(0), false],
    ['that was answered', 'pending', { since }, week, at(0), false],
    ['that has failed', 'failed', { since }, week, at(0), false],
  ])('one %s (%s)', (_which, status, more, repeatableFor, when, may) => {
    expect(mayBeRepeated(leg(status, more), repeatableFor, when)).toBe(may);
  });
});

describe('news of a leg', () => {
  test.each<[LegStatus, LegNews['status'], LegStatus | undefined]>([
    ['submitting', 'pending', 'pending'],
    ['submitting', 'succeeded', 'succeeded'],
    ['submitting', 'failed', 'failed'],
    ['unknown', 'succeeded', 'succeeded'],
    ['unknown', 'pending', 'pending'],
    ['pending', 'succeeded', 'succeeded'],
    ['pending', 'requires_action', 'requires_action'],
    ['pending', 'canceled', 'canceled'],
    ['pending', 'pending', undefined],
    ['succeeded', 'succeeded', undefined],
    ['succeeded', 'pending', undefined],
    ['succeeded', 'failed', 'bounced'],
    ['succeeded', 'canceled', 'bounced'],
    ['failed', 'pending', undefined],
    ['failed', 'failed', undefined],
    ['bounced', 'failed', undefined],
    ['settled_by_hand', 'failed', undefined],
    ['given_up', 'succeeded', undefined],
  ])('%s hears %s: %s', (status, told, expected) => {
    expect(hear(leg(status, { providerRef: 're_1' }), news(told), now)?.status).toBe(expected);
  });

  test.each<[LegStatus, LegNews['status'], LegStatus | undefined]>([
    ['pending', 'succeeded', 'succeeded'],
    ['succeeded', 'failed', 'bounced'],
    ['failed', 'succeeded', undefined],
    ['canceled', 'succeeded', undefined],
    ['bounced', 'succeeded', undefined],
  ])('%s, only told that it has %s: %s', (status, told, expected) => {
    expect(hear(leg(status, { providerRef: 're_1' }), { ...news(told), told: true }, now)?.status).toBe(expected);
  });

  test('never takes a way that its table does not know', () => {
    for (const status of legStatuses) {
      for (const told of ['pending', 'requires_action', 'succeeded', 'failed', 'canceled'] as const) {
        const heard = hear(leg(status), news(told), now);
        if (heard !== undefined) expect(legTransitions[status]).toContain(heard.status);
      }
    }
  });

  test.each(['planned', 'awaiting_funds'] as const)(
    '%s, nothing of it is at its provider: no news changes it',
    (status) => {
      for (const told of ['pending', 'succeeded', 'failed', 'canceled'] as const)
        expect(hear(leg(status), news(told), now)).toBeUndefined();
    },
  );

  test('told twice changes nothing the second time', () => {
    const heard = hear(leg('pending', { providerRef: 're_1' }), news('succeeded'), now);
    expect(heard).toMatchObject({ status: 'succeeded', settledAt: now, providerRef: 're_1' });
    expect(heard && hear(heard, news('succeeded'), now)).toBeUndefined();
  });

  test('about an object that is not its own changes nothing', () =>
    expect(hear(leg('pending', { providerRef: 're_2' }), news('failed', 're_1'), now)).toBeUndefined());

  test('about another object than the last is believed while it is being sent: it may be the new one', () =>
    expect(hear(leg('submitting', { providerRef: 're_old' }), news('pending', 're_new'), now)).toMatchObject({
      status: 'pending',
      providerRef: 're_new',
    }));

  test('keeps the failure in the provider words', () =>
    expect(hear(leg('pending'), { ...news('failed'), failureReason: 'lost_or_stolen_card' }, now)?.failure).toBe(
      'lost_or_stolen_card',
    ));

  test('forgets when the attempt was sent, and has settled only when it succeeded', () => {
    const sent = leg('pending', { providerRef: 're_1', since: '2026-03-01T11:00:00.000Z' });
    expect(hear(sent, news('requires_action'), now)).toStrictEqual(leg('requires_action', { providerRef: 're_1' }));
    expect(hear(sent, news('succeeded'), now)).toStrictEqual(leg('succeeded', { providerRef: 're_1', settledAt: now }));
  });
});

describe('a leg whose provider has not said what became of it', () => {
  const since = '2026-03-01T11:55:00.000Z';
  const over = '2026-03-01T12:05:00.000Z';

  test.each<[LegStatus, string | undefined, string, boolean]>([
    ['unknown', since, now, true],
    ['submitting', since, now, true],
    ['unknown', since, '2026-03-01T12:04:59.999Z', true],
    ['unknown', since, over, false],
    ['submitting', undefined, '2027-01-01T00:00:00.000Z', true],
    ['planned', since, now, false],
    ['succeeded', since, now, false],
  ])('%s since %s may be on its way at %s: %p', (status, sent, at, may) =>
    expect(mayBeOnItsWay(leg(status, sent === undefined ? {} : { since: sent }), at)).toBe(may),
  );

  test('is held for ten minutes when the provider repeats a failure', () =>
    expect(heldUntil(leg('unknown', { since, failure: answerSaved }))).toBe(over));

  test.each<[string, RefundLeg]>([
    ['without an answer', leg('unknown', { since })],
    ['with another failure', leg('unknown', { since, failure: 'lost' })],
    ['that is being sent', leg('submitting', { since, failure: answerSaved })],
    ['that was sent nobody knows when', leg('unknown', { failure: answerSaved })],
  ])('%s is not held', (_, open) => expect(heldUntil(open)).toBeUndefined());

  test('forgets the repeated failure when it succeeded', () =>
    expect(hear(leg('unknown', { since, failure: answerSaved }), news('succeeded'), now)).toStrictEqual(
      leg('succeeded', { providerRef: 're_1', settledAt: now }),
    ));

  test('leaves its run the time to wait for it', () => {
    const held = leg('unknown', { id: 'l2', since, failure: answerSaved });
    expect(leaseFor(aCancellation('executing', [leg('succeeded'), held]), now)).toBe('2026-03-01T12:08:00.000Z');
    expect(leaseFor(aCancellation('executing', [held]), '2026-03-01T12:06:00.000Z')).toBe('2026-03-01T12:09:00.000Z');
  });
});

function aCancellation(status: CancellationStatus, legs: readonly RefundLeg[] = []): Cancellation {
  const [only] = withCancellation(anOrder({ lines: [{ id: 'a' }] }), { units: {}, legs }, status).cancellations;
  if (only === undefined) throw new Error('no cancellation');
  return only;
}

test('a refund that its provider refused to make has no reference there, so that it is looked for by ours', () => {
  const heard = hear(
    leg('submitting'),
    { status: 'failed', failureReason: 'stripe: charge_not_refundable [400]' },
    now,
  );
  expect(heard).toStrictEqual(leg('failed', { failure: 'stripe: charge_not_refundable [400]' }));
});

describe('a leg for which the shop has too little money at its provider', () => {
  const poor = { status: 'failed', failureReason: 'insufficient_funds' } as const;

  test('waits, under the key that it had, when the refund was refused', () => {
    const heard = hear(leg('submitting', { since: now, attempt: 2 }), poor, now);
    expect(heard).toEqual(leg('awaiting_funds', { attempt: 2, since: now, failure: 'insufficient_funds' }));
  });

  test('gets a new key when there is a refund under the old one, which failed', () => {
    const heard = hear(leg('pending', { providerRef: 're_1' }), { ...poor, providerRef: 're_1' }, now);
    expect(heard).toEqual(leg('awaiting_funds', { attempt: 2, since: now, failure: 'insufficient_funds' }));
  });

  test('has bounced when its money had left before', () =>
    expect(hear(leg('succeeded', { providerRef: 're_1' }), { ...poor, providerRef: 're_1' }, now)).toMatchObject({
      status: 'bounced',
    }));

  test('is tried again in an hour, and leaves its run the time', () => {
    const waiting = leg('awaiting_funds', { since: now });
    expect(heldUntil(waiting)).toBe('2026-03-01T13:00:00.000Z');
    const [cancellation] = withCancellation(anOrder({ lines: [] }), { units: {}, legs: [waiting] }, 'executing')
      .cancellations as [Cancellation];
    expect(leaseFor(cancellation, now)).toBe('2026-03-01T13:03:00.000Z');
  });

  test('makes a cancellation whose refunds were under way be carried out again', () => {
    const order = withCancellation(anOrder({ lines: [] }), { units: {}, legs: [leg('pending')] }, 'refund_pending');
    const [cancellation] = order.cancellations as [Cancellation];
    expect(withLeg(cancellation, leg('awaiting_funds')).status).toBe('executing');
    expect(withLeg(cancellation, leg('requires_action')).status).toBe('refund_pending');
  });
});

test('one leg is replaced, the others stay', () => {
  const before = aCancellation('executing', [leg('planned'), leg('planned', { id: 'l2' })]);
  const after = withLeg(before, leg('succeeded', { id: 'l2' }));
  expect(after.legs.map(({ id, status }) => `${id} ${status}`)).toEqual(['l1 planned', 'l2 succeeded']);
});

describe('a run', () => {
  test.each<[CancellationStatus, string]>([
    ['executing', '2026-03-01T12:03:00.000Z'],
    ['in_grace', '2026-03-02T00:03:00.000Z'],
    ['awaiting_answer', '2026-03-02T00:03:00.000Z'],
    ['refund_pending', '2026-03-01T15:00:00.000Z'],
  ])('%s has its lease until %s', (status, until) => expect(leaseFor(aCancellation(status), now)).toBe(until));

  test('that takes over after the date is given time, not a lease that is over', () =>
    expect(leaseFor(aCancellation('awaiting_answer'), '2026-04-01T00:00:00.000Z')).toBe('2026-04-01T00:03:00.000Z'));

  test.each<[string, string, boolean]>([
    ['with two minutes left', '2026-03-01T12:02:00.000Z', false],
    ['with a millisecond above ninety seconds left', '2026-03-01T12:01:30.001Z', false],
    ['with ninety seconds left', '2026-03-01T12:01:30.000Z', true],
    ['whose lease is over', '2026-03-01T11:59:00.000Z', true],
  ])('%s must show itself: %s, %p', (_, leaseUntil, must) =>
    expect(mustShowItself({ ...aCancellation('executing'), run: { generation: 1, leaseUntil } }, now)).toBe(must),
  );

  test('that shows itself has its lease anew and stays the run that it is', () => {
    const waiting = aCancellation('refund_pending', [leg('pending')]);
    expect(alive(waiting, now)).toEqual({
      ...waiting,
      run: { generation: 1, leaseUntil: '2026-03-01T15:00:00.000Z' },
    });
  });

  test('that somebody is about to go on with has minutes, whatever it waited for', () => {
    const waiting = aCancellation('awaiting_answer');
    expect(toBeTakenUp(waiting, now)).toEqual({
      ...waiting,
      run: { generation: 1, leaseUntil: '2026-03-01T12:03:00.000Z' },
    });
  });

  describe('that waits for a provider', () => {
    const waiting = (channel: RefundLeg['channel'], ...more: RefundLeg[]): Cancellation => ({
      ...aCancellation('refund_pending', [{ ...leg('pending'), channel }, ...more]),
      requestedAt: now,
    });
    const after = (length: number): Instant => later(now, { length, unit: 'days' });

    test.each<[string, number, number]>([
      ['hourly at first', 0, 3_600],
      ['hourly to the end of the first week', 6.99, 3_600],
      ['every six hours then', 7, 6 * 3_600],
    ])('asks %s', (_, days, seconds) => {
      const then = later(now, { length: days * 24 * 60, unit: 'minutes' });
      expect(secondsToPoll(waiting('stripe'), then)).toBe(seconds);
    });

    test('has its lease two hours longer than until the next question', () => {
      expect(leaseFor(waiting('stripe'), now)).toBe(later(now, { length: 3, unit: 'hours' }));
      expect(leaseFor(waiting('stripe'), after(10))).toBe(later(after(10), { length: 8, unit: 'hours' }));
    });

    test('asks nobody where no provider answers, until it is a matter for a person', () => {
      expect(secondsToPoll(waiting('adyen'), after(1))).toBe(59 * 24 * 3_600);
      expect(secondsToPoll(waiting('adyen'), after(61))).toBe(6 * 3_600);
      expect(isPendingTooLong(waiting('adyen'), after(59))).toBe(false);
      expect(isPendingTooLong(waiting('adyen'), after(60))).toBe(true);
    });

    test('asks as ever while another one answers', () =>
      expect(secondsToPoll(waiting('adyen', { ...leg('pending'), id: 'l2' }), now)).toBe(3_600));

    test('asks as often as an execution can count', () => {
      const [mostEvents, ofOneQuestion] = [25_000, 18];
      let asked = 0;
      for (let at = now; !isPendingTooLong(waiting('stripe'), at); asked += 1) {
        at = later(at, { length: secondsToPoll(waiting('stripe'), at), unit: 'seconds' });
      }
      expect(asked * ofOneQuestion).toBeLessThan(mostEvents / 2);
    });
  });

  test('waits longer than the slowest channel, forty business days', () =>
    expect(pendingDays).toBeGreaterThanOrEqual((40 / 5) * 7));

  test('that follows has the next generation and a lease of its own', () =>
    expect(nextRun(aCancellation('executing'), now).run).toEqual({
      generation: 2,
      leaseUntil: '2026-03-01T12:03:00.000Z',
    }));
});

describe('who may see a thing of merchant m1 and customer c1', () => {
  const thing = { merchantId: 'm1', customerId: 'c1' };
  const caller = (more: Partial<Caller>): Caller => ({ tenant: 't1', role: 'customer', subject: 'c1', ...more });
  test.each<[string, Caller, boolean]>([
    ['its customer', caller({}), true],
    ['another customer', caller({ subject: 'c2' }), false],
    ['a customer without a subject', caller({ subject: '' }), false],
    ['staff of its merchant', caller({ role: 'merchant', subject: 's1', merchantId: 'm1' }), true],
    ['staff of another merchant', caller({ role: 'merchant', subject: 's1', merchantId: 'm2' }), false],
    ['staff of no merchant', caller({ role: 'merchant', subject: 'c1' }), false],
    ['staff of an empty merchant', caller({ role: 'merchant', merchantId: '' }), false],
    ['support', caller({ role: 'support', subject: 's1' }), true],
    ['the platform', caller({ role: 'platform', subject: 's1' }), true],
    ['our own systems', caller({ role: 'system', subject: 's1' }), true],
    ['the system of its merchant', caller({ role: 'system', subject: 's1', merchantId: 'm1' }), true],
    ['the system of another merchant', caller({ role: 'system', subject: 's1', merchantId: 'm2' }), false],
  ])('%s: %p', (_, who, expected) => expect(maySee(who, thing)).toBe(expected));

  test('nobody who lacks a name sees a thing that lacks one', () => {
    const nameless = { merchantId: '', customerId: '' };
    expect(maySee(caller({ subject: '' }), nameless)).toBe(false);
    expect(maySee(caller({ role: 'merchant', merchantId: '' }), nameless)).toBe(false);
  });

  test('a thing that was stored without a merchant is not for staff of none', () => {
    const { merchantId: _, ...older } = thing;
    expect(maySee(caller({ role: 'merchant', subject: 's1' }), older as typeof thing)).toBe(false);
  });
});
