import type { OrderAggregate } from '../../shared/domain/aggregate';
import type { CancellationStatus, RefundLeg } from '../../shared/domain/cancellation';
import { paymentChannels } from '../../shared/domain/channel';
import type { Payment, UnitSelection } from '../../shared/domain/order';
import { balanced, captureRest, planLatePayment, planRefund, type RefundPlan } from '../../shared/domain/plan';
import { isRefusal } from '../../shared/domain/refusal';
import { anOrder, aPayment, withCancellation } from '../support/orders';

/** Ten units of 10.00 each. */
const tens = (payments: readonly Payment[]): OrderAggregate =>
  anOrder({ lines: [{ id: 'a', quantity: 10 }], payments });
const first = (count: number): UnitSelection => ({ a: [{ from: 0, to: count }] });
const last = (count: number): UnitSelection => ({ a: [{ from: 10 - count, to: 10 }] });

function plan(aggregate: OrderAggregate, units: UnitSelection): RefundPlan {
  const planned = planRefund(aggregate, units);
  if (isRefusal(planned)) throw new Error(`refused: ${JSON.stringify(planned)}`);
  return planned;
}
const brief = (legs: readonly RefundLeg[]): string[] =>
  legs.map((leg) => `${leg.operation} ${leg.amount} on ${leg.captureRef ?? leg.paymentRef}`);
const after = (from: OrderAggregate, units: UnitSelection, status: CancellationStatus): OrderAggregate =>
  withCancellation(from, { units, legs: plan(from, units).legs }, status);

describe('a plan whose legs do not sum to its refund', () => {
  test('stops everything', () => {
    const good = plan(tens([aPayment('p', 10_000, [4_000, 6_000])]), first(5));
    expect(balanced(good)).toEqual(good);
    expect(() => balanced({ ...good, refund: 5_001 })).toThrow('the legs sum to 5000, the refund is 5001');
    expect(() => balanced({ ...good, legs: good.legs.slice(1) })).toThrow('the legs sum to 1000');
  });
});

describe('which payments give back', () => {
  const authorized = [aPayment('p', 10_000)];
  const captured = [aPayment('p', 10_000, [10_000])];
  const twoCaptures = [aPayment('p', 10_000, [4_000, 6_000])];
  const twoTenders = [aPayment('card', 6_000, [6_000]), aPayment('credit', 4_000, [4_000])];
  const shippedPart = [aPayment('p', 10_000, [4_000])];
  const mixed = [aPayment('card', 5_000, [5_000]), aPayment('later', 5_000)];
  test.each<[string, readonly Payment[], UnitSelection, string[]]>([
    ['captured whole: a refund', captured, first(3), ['refund 3000 on p-1']],
    ['several captures: oldest first', twoCaptures, first(5), ['refund 4000 on p-1', 'refund 1000 on p-2']],
    ['several tenders: oldest first', twoTenders, first(7), ['refund 6000 on card-1', 'refund 1000 on credit-1']],
    ['only authorized, whole order: void', authorized, first(10), ['void 10000 on p']],
    ['only authorized, a part: less is captured', authorized, first(3), ['decrease 3000 on p']],
    [
      'captured as shipped, what is not: less is captured, the shipped part stays paid',
      shippedPart,
      last(6),
      ['decrease 6000 on p'],
    ],
    [
      'captured as shipped, more than is open: the difference is refunded',
      shippedPart,
      last(8),
      ['refund 2000 on p-1', 'decrease 6000 on p'],
    ],
    ['captured as shipped, whole order', shippedPart, first(10), ['refund 4000 on p-1', 'decrease 6000 on p']],
    ['one tender captured, one not, a part', mixed, first(3), ['decrease 3000 on later']],
    ['one tender captured, one not, whole order', mixed, first(10), ['refund 5000 on card-1', 'void 5000 on later']],
    [
      'authorized above the price: what was captured in full is refunded',
      [aPayment('p', 15_000, [10_000])],
      first(2),
      ['refund 2000 on p-1'],
    ],
    ['captured above the price: only the price', [aPayment('p', 12_000, [12_000])], first(10), ['refund 10000 on p-1']],
    ['paid in part, enough for these units', [aPayment('p', 6_000, [6_000])], first(5), ['refund 5000 on p-1']],
    ['never paid', [], first(10), []],
    ['an authorization of nothing', [aPayment('p', 0)], first(10), []],
    ['no units', captured, {}, []],
    ['units of no known line', captured, { x: [{ from: 0, to: 3 }] }, []],
  ])('%s', (_, payments, units, expected) => expect(brief(plan(tens(payments), units).legs)).toEqual(expected));

  test('payments that do not cover the units: nothing is promised', () =>
    expect(planRefund(tens([aPayment('p', 6_000, [6_000])]), first(7))).toMatchObject({
      code: 'exceeds_captured',
      facts: { missing: 1_000 },
    }));

  test('legs carry what the channel needs and start planned; one that moves nothing is done', () => {
    expect(plan(tens(shippedPart), last(8)).legs).toStrictEqual([
      {
        id: 'l1',
        paymentRef: 'p',
        channel: 'stripe',
        connectionId: 'con_1',
        captureRef: 'p-1',
        operation: 'refund',
        amount: 2_000,
        status: 'planned',
        attempt: 1,
      },
      {
        id: 'l2',
        paymentRef: 'p',
        channel: 'stripe',
        connectionId: 'con_1',
        operation: 'decrease',
        amount: 6_000,
        status: 'succeeded',
        attempt: 1,
      },
    ]);
  });

  test('is said by their channel, in the words that stored orders have', () =>
    expect(paymentChannels).toEqual(expect.arrayContaining(['store_credit', 'stripe'])));

  test('a leg on our own ledger names no account at a provider', () => {
    const credit = { ref: 'credit', channel: 'store_credit', authorized: 10_000, captures: [] } as const;
    expect(plan(tens([credit]), first(3)).legs).toStrictEqual([
      {
        id: 'l1',
        paymentRef: 'credit',
        channel: 'store_credit',
        operation: 'decrease',
        amount: 3_000,
        status: 'succeeded',
        attempt: 1,
      },
    ]);
  });

  test('the refusal says to a person what is missing', () =>
    expect(planRefund(tens([aPayment('p', 6_000, [6_000])]), first(7))).toMatchObject({
      detail: 'What is left of the payments is less than these units cost.',
    }));

  test('an authorization beside others is voided only where nothing of it was captured', () => {
    const both = [aPayment('card', 6_000, [1_000]), aPayment('later', 4_000)];
    expect(brief(plan(tens(both), first(10)).legs)).toEqual([
      'refund 1000 on card-1',
      'decrease 5000 on card',
      'void 4000 on later',
    ]);
  });

  test('captured above what was authorized, or released twice: nothing is left, never less', () => {
    const over = tens([aPayment('p', 4_000, [6_000]), aPayment('q', 4_000, [4_000])]);
    expect(brief(plan(over, first(10)).legs)).toEqual(['refund 6000 on p-1', 'refund 4000 on q-1']);
  });

  test('free units refund nothing, and their money still says so', () => {
    const free = anOrder({ lines: [{ id: 'a', quantity: 2, net: 0 }, { id: 'b' }] });
    expect(plan(free, { a: [{ from: 0, to: 2 }] })).toMatchObject({ refund: 0, legs: [] });
  });
});

describe('what is no money', () => {
  const points = { ...aPayment('points', 3_000, [3_000]), channel: 'loyalty_points' as const, points: 1_000 };
  const card = { ...aPayment('card', 5_000, [5_000]) };
  const gift = { ...aPayment('gift', 2_000, [2_000]), channel: 'gift_card' as const, account: 'gc_1' };

  test('goes back first: the gift card, then the points, then money', () => {
    const { legs } = plan(tens([card, points, gift]), first(6));
    expect(legs.map(({ paymentRef, amount }) => [paymentRef, amount])).toEqual([
      ['card', 1_000],
      ['points', 3_000],
      ['gift', 2_000],
    ]);
    expect(legs.find(({ channel }) => channel === 'gift_card')?.account).toBe('gc_1');
  });

  test('points come back as points, and all of them in the end', () => {
    const order = tens([{ ...points, authorized: 10_000, captures: [{ ref: 'points-1', amount: 10_000 }] }]);
    expect(plan(order, first(3)).legs).toMatchObject([{ amount: 3_000, points: 300 }]);
    expect(plan(after(order, first(3), 'closed'), last(7)).legs).toMatchObject([{ amount: 7_000, points: 700 }]);
  });
});

describe('a second cancellation', () => {
  const paid = tens([aPayment('p', 10_000, [4_000, 6_000])]);

  test.each<[CancellationStatus, string[]]>([
    ['closed', ['refund 1000 on p-1', 'refund 1000 on p-2']],
    ['executing', ['refund 1000 on p-1', 'refund 1000 on p-2']],
    ['in_case', ['refund 1000 on p-1', 'refund 1000 on p-2']],
    ['awaiting_answer', ['refund 1000 on p-1', 'refund 1000 on p-2']],
    ['undone', ['refund 2000 on p-1']],
    ['declined', ['refund 2000 on p-1']],
    ['withdrawn', ['refund 2000 on p-1']],
  ])('after one that is %s finds what is left', (status, expected) =>
    expect(brief(plan(after(paid, first(3), status), last(2)).legs)).toEqual(expected),
  );

  test('lowers the authorization further, and the last one voids what is left of it', () => {
    const open = tens([aPayment('p', 10_000)]);
    const part = after(open, first(3), 'closed');
    expect(brief(plan(part, last(2)).legs)).toEqual(['decrease 2000 on p']);
    expect(brief(plan(part, last(7)).legs)).toEqual(['void 7000 on p']);
  });

  test('finds what is only authorized as it was, whatever of a capture went back', () => {
    const { legs } = plan(tens([aPayment('p', 10_000, [10_000])]), first(1));
    const part = withCancellation(tens([aPayment('p', 10_000, [4_000])]), { units: first(1), legs }, 'closed');
    expect(brief(legs)).toEqual(['refund 1000 on p-1']);
    expect(brief(plan(part, last(6)).legs)).toEqual(['decrease 6000 on p']);
  });

  test.each(['in_grace', 'awaiting_answer', 'executing', 'in_case'] as const)(
    'does not void the authorization while the first is %s and may give its units back',
    (status) => {
      const part = after(tens([aPayment('p', 10_000)]), first(3), status);
      expect(brief(plan(part, last(7)).legs)).toEqual(['decrease 7000 on p']);
    },
  );

  test.each<[RefundLeg['status'], number]>([
    ['planned', 1_000],
    ['failed', 1_000],
    ['unknown', 1_000],
    ['succeeded', 1_000],
    ['bounced', 1_000],
    ['settled_by_hand', 1_000],
    ['given_up', 4_000],
  ])('sees the rest of a capture beside a leg that is %s', (status, rest) => {
    const legs = plan(paid, first(3)).legs.map((leg) => ({ ...leg, status }));
    const held = withCancellation(paid, { units: first(3), legs }, 'executing');
    const [payment] = held.payments;
    if (payment === undefined) throw new Error('an order without payments');
    expect(captureRest(held, payment, 'p-1')).toBe(rest);
    expect(captureRest(held, payment, 'unheard-of')).toBe(0);
  });
});

describe('money that comes late', () => {
  const taken = (from: OrderAggregate, amount: number): OrderAggregate => ({
    ...from,
    payments: [aPayment('p', 10_000, [amount])],
  });

  test('to a cancelled order that nobody had paid goes back whole', () =>
    expect(brief(planLatePayment(taken(after(tens([]), first(10), 'closed'), 10_000)).legs)).toEqual([
      'refund 10000 on p-1',
    ]));
  test('on an authorization that was to be voided goes back whole', () =>
    expect(
      brief(planLatePayment(taken(after(tens([aPayment('p', 10_000)]), first(10), 'closed'), 10_000)).legs),
    ).toEqual(['refund 10000 on p-1']));
  test('to an order of which some is kept: only what is above its cost', () =>
    expect(
      brief(planLatePayment(taken(after(tens([aPayment('p', 10_000)]), first(4), 'closed'), 10_000)).legs),
    ).toEqual(['refund 4000 on p-1']));
  test('while a cancellation may still come back: nothing, and all of it once that closes', () => {
    const executing = taken(after(tens([]), first(10), 'executing'), 10_000);
    expect(planLatePayment(executing).legs).toEqual([]);
    expect(brief(planLatePayment(executing, 'can_1').legs)).toEqual(['refund 10000 on p-1']);
    expect(brief(planLatePayment(taken(after(tens([]), first(10), 'in_grace'), 10_000), 'can_1').legs)).toHaveLength(1);
  });
  describe('beside a cancellation of all units', () => {
    const leg = (status: RefundLeg['status']): RefundLeg => ({
      id: 'l1',
      paymentRef: 'p',
      channel: 'stripe',
      captureRef: 'p-1',
      operation: 'refund',
      amount: 4_000,
      status,
      attempt: 1,
    });
    test.each<[CancellationStatus, RefundLeg['status'] | undefined, string[]]>([
      ['in_grace', undefined, []],
      ['awaiting_answer', undefined, []],
      ['executing', undefined, []],
      ['executing', 'planned', []],
      ['executing', 'failed', []],
      ['executing', 'submitting', ['refund 6000 on p-1']],
      ['executing', 'succeeded', ['refund 6000 on p-1']],
      ['refund_pending', 'pending', ['refund 6000 on p-1']],
      ['closed', 'succeeded', ['refund 6000 on p-1']],
      ['in_case', 'failed', ['refund 6000 on p-1']],
      ['undone', 'failed', []],
      ['declined', undefined, []],
    ])('that is %s, its refund %s: %p', (status, refund, expected) => {
      const legs = refund === undefined ? [] : [leg(refund)];
      const late = taken(withCancellation(tens([]), { units: first(10), legs }, status), 10_000);
      expect(brief(planLatePayment(late).legs)).toEqual(expected);
    });

    test('that sends back late money itself: the rest is not kept waiting', () => {
      const closed = taken(after(tens([]), first(10), 'closed'), 10_000);
      const late = withCancellation(closed, { units: {}, legs: [leg('planned')] }, 'executing');
      expect(brief(planLatePayment(late).legs)).toEqual(['refund 6000 on p-1']);
    });

    test('what is already on its way back does not go back a second time', () => {
      const part = taken(withCancellation(tens([]), { units: first(4) }, 'closed'), 10_000);
      const late = withCancellation(part, { units: {}, legs: [leg('planned')] }, 'executing');
      expect(brief(planLatePayment(part).legs)).toEqual(['refund 4000 on p-1']);
      expect(planLatePayment(late).legs).toEqual([]);
    });
  });

  describe('after its authorization was to be released', () => {
    const released = (more: Partial<RefundLeg>, amounts: readonly number[]): OrderAggregate => {
      const leg: RefundLeg = {
        id: 'l1',
        paymentRef: 'p',
        channel: 'stripe',
        operation: 'void',
        amount: 10_000,
        status: 'succeeded',
        attempt: 1,
        ...more,
      };
      return {
        ...withCancellation(tens([]), { units: first(10), legs: [leg] }, 'closed'),
        payments: [aPayment('p', 10_000, amounts)],
      };
    };
    test.each<[string, Partial<RefundLeg>, number[], string[]]>([
      ['was released: it goes back', { providerRef: 'p' }, [10_000], ['refund 10000 on p-1']],
      ['had been captured by then and was refunded: not again', { providerRef: 're_1' }, [10_000], []],
      ['had been captured and is on its way: not again', { providerRef: 're_1', status: 'pending' }, [10_000], []],
      ['had been captured in part: not again', { providerRef: 're_1' }, [6_000], []],
      ['had been captured in two: not again', { providerRef: 're_1' }, [6_000, 4_000], []],
      [
        'names an account and was released: it goes back',
        { account: 'a', providerRef: 'a' },
        [10_000],
        ['refund 10000 on p-1'],
      ],
      ['was not even sent: it goes back', { status: 'planned' }, [10_000], ['refund 10000 on p-1']],
    ])('that %s', (_what, leg, amounts, expected) => {
      expect(brief(planLatePayment(released(leg, amounts)).legs)).toEqual(expected);
    });

    test('more than was refunded then goes back, from the captures that came last', () => {
      const more = released({ providerRef: 're_1', amount: 7_000 }, [6_000, 4_000]);
      expect(brief(planLatePayment(more).legs)).toEqual(['refund 3000 on p-2']);
    });
  });

  test('says what goes back, of no unit in particular', () => {
    const plan = planLatePayment(taken(after(tens([aPayment('p', 10_000)]), first(4), 'closed'), 10_000));
    expect(plan.refund).toBe(4_000);
    expect(plan.money).toEqual({ net: 0, discount: 0, tax: 0, duty: 0, shipping: 0, shippingTax: 0 });
  });

  test('does not go back once a person has given its refund up', () => {
    const cancelled = taken(after(tens([]), first(10), 'closed'), 10_000);
    const legs = planLatePayment(cancelled).legs.map((leg) => ({ ...leg, status: 'given_up' as const }));
    expect(planLatePayment(withCancellation(cancelled, { units: {}, legs }, 'closed')).legs).toEqual([]);
  });
  test('no more than what is kept costs: nothing goes back', () =>
    expect(planLatePayment(taken(after(tens([aPayment('p', 10_000)]), first(4), 'closed'), 6_000)).legs).toEqual([]));
});

describe('a fee', () => {
  const fee = (amount: number) => ({ deductions: [{ code: 'cancellation_fee', amount }] });
  const withFee = (aggregate: OrderAggregate, units: UnitSelection, amount: number): RefundPlan => {
    const planned = planRefund(aggregate, units, fee(amount));
    if (isRefusal(planned)) throw new Error(`refused: ${JSON.stringify(planned)}`);
    return planned;
  };
  /** The order after that cancellation has closed. */
  const kept = (aggregate: OrderAggregate, units: UnitSelection, amount: number): OrderAggregate => {
    const { legs, deductions } = withFee(aggregate, units, amount);
    const closed = withCancellation(aggregate, { units, legs }, 'closed');
    return { ...closed, cancellations: closed.cancellations.map((each) => ({ ...each, deductions })) };
  };
  const captured = tens([aPayment('p', 10_000, [10_000])]);
  const authorized = tens([aPayment('p', 10_000)]);

  test('is kept of what goes back, and is a component of its own', () =>
    expect(withFee(captured, first(3), 500)).toMatchObject({
      refund: 2_500,
      deductions: [{ code: 'cancellation_fee', amount: 500 }],
      money: { net: 3_000 },
      legs: [{ operation: 'refund', amount: 2_500 }],
    }));

  test('that takes all leaves nothing to give back', () =>
    expect(withFee(captured, first(3), 3_000)).toMatchObject({ refund: 0, legs: [] }));

  test('that is still to be captured keeps its authorization', () =>
    expect(brief(withFee(authorized, first(10), 500).legs)).toEqual(['decrease 9500 on p']));

  test('is owed by nobody who paid nothing', () =>
    expect(planRefund(tens([]), first(10), fee(500))).toMatchObject({ refund: 0, deductions: [] }));

  test('that was kept is no money that came late', () =>
    expect(planLatePayment(kept(captured, first(10), 500)).refund).toBe(0));

  test('that was kept is not given back with the rest', () => {
    const rest = planRefund(kept(captured, first(4), 500), last(6));
    expect(rest).toMatchObject({ refund: 6_000, legs: [{ amount: 6_000 }] });
  });

  test('that was kept of an authorization is not released with the rest', () => {
    const rest = planRefund(kept(authorized, first(4), 500), last(6));
    if (isRefusal(rest)) throw new Error(rest.detail);
    expect(brief(rest.legs)).toEqual(['decrease 6000 on p']);
  });
});

describe('store credit that the buyer chose', () => {
  const bonus = (basisPoints: number, payments: readonly Payment[]): OrderAggregate => {
    const aggregate = tens(payments);
    const policy = { ...aggregate.order.contract.policy, storeCreditBonus: basisPoints };
    return { ...aggregate, order: { ...aggregate.order, contract: { ...aggregate.order.contract, policy } } };
  };
  const chosen = (aggregate: OrderAggregate, units: UnitSelection): RefundPlan => {
    const planned = planRefund(aggregate, units, { destination: 'store_credit' });
    if (isRefusal(planned)) throw new Error(planned.detail);
    return planned;
  };
  const card = aPayment('card', 6_000, [6_000]);
  const giftCard: Payment = {
    ref: 'gift',
    channel: 'gift_card',
    account: 'g1',
    authorized: 4_000,
    captures: [{ ref: 'gift-1', amount: 4_000 }],
  };

  test('takes the place of money, names the payment that it gives back, and leaves gift cards theirs', () =>
    expect(chosen(bonus(0, [card, giftCard]), first(10)).legs).toMatchObject([
      { operation: 'credit', channel: 'store_credit', account: 'c1', captureRef: 'card-1', amount: 6_000 },
      { operation: 'refund', channel: 'gift_card', account: 'g1', amount: 4_000 },
    ]));

  test('is worth more by the terms, and what is on top is no part of the refund', () => {
    const plan = chosen(bonus(500, [aPayment('a', 3_334, [3_334]), aPayment('b', 6_666, [6_666])]), first(10));
    expect(plan.refund).toBe(10_000);
    expect(plan.legs.map(({ amount, bonus: more }) => [amount, more])).toEqual([
      [3_334, 167],
      [6_666, 333],
    ]);
  });

  test('never moves what was only authorized', () =>
    expect(brief(chosen(bonus(500, [aPayment('p', 10_000)]), first(10)).legs)).toEqual(['void 10000 on p']));
});
