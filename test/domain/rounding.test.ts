import * as fc from 'fast-check';
import { packHead, unpackHead } from '../../shared/adapters/dynamodb/packed-credit-note';
import { toUnits } from '../../shared/adapters/payments/units';
import { availableUnits, cancelledUnits, type OrderAggregate } from '../../shared/domain/aggregate';
import { holdsMoney, type CancellationStatus, type RefundLeg } from '../../shared/domain/cancellation';
import { paymentChannels, unitsOf, type PaymentChannelName } from '../../shared/domain/channel';
import { creditNoteOf } from '../../shared/domain/credit-note';
import { decide } from '../../shared/domain/decide';
import { moneyOf, refundOf } from '../../shared/domain/freeze';
import { countOf } from '../../shared/domain/intervals';
import { allocate, knownCurrencies, sum } from '../../shared/domain/money';
import type { Payment } from '../../shared/domain/order';
import { planLatePayment, planRefund, type RefundPlan } from '../../shared/domain/plan';
import { isRefusal } from '../../shared/domain/refusal';
import { coarsestStep, stepOf } from '../../shared/domain/rounding';
import { splitStrategies } from '../../shared/domain/split';
import { accepted, afterDecision, anOrder, aPayment, asking, aPolicy, withCancellation } from '../support/orders';
import { holds } from '../support/property';

const now = '2026-03-01T12:00:00.000Z';

/** Every channel and currency where not every minor unit can be stated. */
const odd: [PaymentChannelName, string][] = paymentChannels.flatMap((channel) =>
  knownCurrencies.filter((currency) => stepOf(channel, currency) > 1).map((currency) => [channel, currency] as never),
);

/** Three units of one line, paid with one capture. */
const paidWith = (channel: PaymentChannelName, currency: string, total: number): OrderAggregate =>
  anOrder({
    lines: [{ id: 'a', quantity: 3, net: total }],
    currency,
    payments: [{ ...aPayment('p', total, [total]), channel }],
  });

function plan(order: OrderAggregate, unit: number): RefundPlan {
  const planned = planRefund(order, { a: [{ from: unit, to: unit + 1 }] });
  if (isRefusal(planned)) throw new Error(`refused: ${planned.detail}`);
  return planned;
}

const after = (order: OrderAggregate, unit: number, status: CancellationStatus = 'closed'): OrderAggregate =>
  withCancellation(order, { units: { a: [{ from: unit, to: unit + 1 }] }, legs: plan(order, unit).legs }, status);

describe('the step of a channel', () => {
  test.each<[PaymentChannelName, string, number]>([
    ['paypal', 'HUF', 100],
    ['paypal', 'TWD', 100],
    ['paypal', 'EUR', 1],
    ['stripe', 'KWD', 10],
    ['stripe', 'ISK', 1],
    ['stripe', 'MGA', 100],
    ['adyen', 'IDR', 100],
    ['adyen', 'CVE', 100],
    ['adyen', 'CLP', 1],
    ['gift_card', 'HUF', 1],
    ['wechat_pay', 'EUR', 1],
  ])('%s %s is %i', (channel, currency, step) => expect(stepOf(channel, currency)).toBe(step));

  test.each(paymentChannels)('%s: the least amount that it can state, and it states its multiples only', (channel) => {
    for (const currency of knownCurrencies.filter((each) => unitsOf(channel, each) !== undefined)) {
      const step = stepOf(channel, currency);
      expect(() => toUnits(channel, 3 * step, currency)).not.toThrow();
      for (const between of [1, Math.ceil(step / 2), step - 1].filter((part) => part > 0 && part < step))
        expect(() => toUnits(channel, 3 * step + between, currency)).toThrow('amount_not_representable');
      expect(coarsestStep(currency)).toBeGreaterThanOrEqual(step);
    }
  });
});

describe('what a channel cannot state', () => {
  test.each<[PaymentChannelName, string, number, number[]]>([
    ['paypal', 'HUF', 1_000_000, [333_400, 333_300, 333_300]],
    ['stripe', 'KWD', 10_000, [3_340, 3_330, 3_330]],
    ['adyen', 'IDR', 100, [100]],
    ['paypal', 'EUR', 10_000, [3_334, 3_333, 3_333]],
  ])('%s %s %i in three units is rounded up, and evened out by the next', (channel, currency, total, expected) => {
    const whole = [0, 1, 2].reduce((order, unit) => after(order, unit), paidWith(channel, currency, total));
    expect(whole.cancellations.flatMap(({ legs }) => legs.map(({ amount }) => amount))).toEqual(expected);
  });

  test('a gift card can state it: then nothing is rounded', () => {
    const gift = { ...aPayment('gift', 200_050, [200_050]), channel: 'gift_card' as const };
    const paypal = { ...aPayment('p', 800_000, [800_000]), channel: 'paypal' as const };
    const order = anOrder({
      lines: [{ id: 'a', quantity: 3, net: 1_000_050, paidBy: 'p' }],
      currency: 'HUF',
      payments: [gift, paypal],
    });
    const { refund, legs } = plan(order, 0);
    expect(refund).toBe(333_350);
    expect(legs.map(({ paymentRef, amount }) => [paymentRef, amount])).toEqual([
      ['gift', 50],
      ['p', 333_300],
    ]);
  });

  test('a withdrawn cancellation leaves nothing behind: what the next got less, a later one gets more', () => {
    const first = after(paidWith('paypal', 'HUF', 1_000_000), 0, 'withdrawn');
    const second = after(first, 1);
    const third = after(second, 2);
    expect(third.cancellations.slice(1).map(({ refund }) => refund)).toEqual([333_400, 333_300]);
    expect(plan(third, 0).refund).toBe(333_300);
  });

  test('a cancellation of an order that nobody had paid has rounded nothing', () => {
    const unpaid = after({ ...paidWith('paypal', 'HUF', 1_000_000), payments: [] }, 0);
    const paid = { ...unpaid, payments: paidWith('paypal', 'HUF', 666_600).payments };
    expect(plan(paid, 1).refund).toBe(333_400);
  });

  test('what is missing beyond a rounding is refused as ever', () => {
    const order = { ...paidWith('paypal', 'HUF', 1_000_000), payments: paidWith('paypal', 'HUF', 300_000).payments };
    expect(planRefund(order, { a: [{ from: 0, to: 1 }] })).toMatchObject({
      code: 'exceeds_captured',
      facts: { missing: 33_334 },
    });
  });

  test('of a surplus that came late only what can be stated goes back, and all of it with the order', () => {
    const order = after(paidWith('paypal', 'HUF', 1_000_000), 0);
    const late = { ...aPayment('late', 500, [500]), channel: 'paypal' as const };
    const paid = { ...order, payments: [...order.payments, late] };
    // 666,600 and 500 are left, and 666,666 are kept: 434 too much.
    expect(planLatePayment(paid).legs.map(({ amount }) => amount)).toEqual([400]);
  });
});

interface Sold {
  order: OrderAggregate;
  steps: { takes: number[]; ends: CancellationStatus }[];
  exact: boolean;
}

/** Orders over one or two captures of odd channels and a gift card that pays what they cannot state. */
const sold: fc.Arbitrary<Sold> = fc.constantFrom(...odd).chain(([channel, currency]) =>
  fc
    .record({
      nets: fc.array(fc.integer({ min: 1, max: 400_000 }), { minLength: 1, maxLength: 3 }),
      quantities: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 3, maxLength: 3 }),
      taxed: fc.nat(999),
      other: fc.constantFrom(...odd.filter(([, same]) => same === currency).map(([name]) => name)),
      weights: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }),
      gift: fc.nat(50_000),
      authorizedOnly: fc.boolean(),
      refundFrom: fc.constantFrom(...splitStrategies),
      fee: fc.option(fc.integer({ min: 1, max: 5_000 })),
      paidBy: fc.constantFrom('p0', 'p1', 'gift', undefined),
      withdraws: fc.boolean(),
      steps: fc.array(
        fc.record({
          takes: fc.array(fc.nat(4), { minLength: 3, maxLength: 3 }),
          ends: fc.constantFrom<CancellationStatus>('closed', 'refund_pending', 'in_grace', 'withdrawn', 'undone'),
        }),
        { maxLength: 6 },
      ),
    })
    .map((made): Sold => {
      const lines = made.nets.map((net, at) => ({
        id: `l${at}`,
        quantity: made.quantities[at] ?? 1,
        net,
        tax: made.taxed,
        ...(made.paidBy === undefined ? {} : { paidBy: made.paidBy }),
      }));
      const total = sum(lines.map(({ net, tax }) => net + tax));
      const step = coarsestStep(currency);
      const stated = Math.floor(Math.max(0, total - made.gift) / step);
      const money = allocate(stated, made.weights).map((amount, at): Payment => {
        const captured = made.authorizedOnly && at === 0 ? [] : [amount * step].filter((part) => part > 0);
        return { ...aPayment(`p${at}`, amount * step, captured), channel: at === 1 ? made.other : channel };
      });
      const rest = total - stated * step;
      const gift = { ...aPayment('gift', rest, rest > 0 ? [rest] : []), channel: 'gift_card' as const };
      const fees = made.fee === null ? [] : [{ code: 'cancellation_fee', basisPoints: made.fee }];
      const policy = aPolicy({ refundFrom: made.refundFrom, fees });
      const steps = made.steps.map(({ takes, ends }) => ({
        takes,
        ends: made.withdraws ? ends : ('closed' as const),
      }));
      return {
        order: anOrder({ lines, currency, policy, payments: [...money, gift] }),
        steps: [...steps, { takes: [99, 99, 99], ends: 'closed' }],
        exact: !made.withdraws,
      };
    }),
);

const costOfCancelled = (order: OrderAggregate): number =>
  sum(order.order.lines.map((line) => refundOf(moneyOf(line.units, cancelledUnits(order, line.id)))));

describe('whatever the channel and its odd currency', () => {
  test('every leg can be stated, no prefix is against the buyer, and the sums are exact in the end', () => {
    holds(
      fc.property(sold, ({ order: start, steps, exact }) => {
        let order = start;
        const { policy } = start.order.contract;
        const { currency } = start.order;
        for (const { takes, ends } of steps) {
          const lines = order.order.lines.flatMap((line, at) => {
            const quantity = Math.min(takes[at] ?? 0, countOf(availableUnits(order, line)));
            return quantity > 0 ? [{ lineId: line.id, quantity }] : [];
          });
          if (lines.length === 0) continue;
          const wish = { lines, reason: { core: 'changed_mind' as const } };
          const decision = accepted(decide(order, policy, wish, asking('customer')));
          for (const leg of decision.plan.legs.filter(isSent))
            expect(() => toUnits(leg.channel, leg.amount, currency)).not.toThrow();
          order = afterDecision(order, decision, ends);
          const [last] = order.cancellations.slice(-1);
          if (last === undefined) throw new Error('it was recorded');
          const note = creditNoteOf(order, last, 1, now);
          expect(note.total).toBe(decision.plan.refund);
          expect(unpackHead(packHead(note)).rounding).toBe(note.rounding);
          expect(sum(note.lines.map(({ amount, fee }) => amount - fee)) + (note.rounding ?? 0)).toBe(note.total);

          if (!exact) continue;
          const ahead = givenBack(order) + kept(order) - costOfCancelled(order);
          expect(ahead).toBeGreaterThanOrEqual(0);
          expect(ahead).toBeLessThan(coarsestStep(currency));
        }
        if (kept(order) === 0 && order.cancellations.every(({ status }) => status !== 'in_grace'))
          expect(givenBack(order)).toBe(costOfCancelled(order));
        for (const payment of order.payments)
          expect(
            sum(
              heldLegs(order)
                .filter(on(payment))
                .map(({ amount }) => amount),
            ),
          ).toBeLessThanOrEqual(payment.authorized);
      }),
      1_000,
    );
  });
});

/** A void states its amount, too; a decrease leaves what a later void has to state. */
const isSent = ({ operation }: RefundLeg): boolean => operation !== 'decrease';
const on =
  ({ ref }: Payment) =>
  ({ paymentRef }: RefundLeg): boolean =>
    paymentRef === ref;
const held = ({ cancellations }: OrderAggregate) =>
  cancellations.filter(({ status }) => !['withdrawn', 'undone', 'declined'].includes(status));
const heldLegs = (order: OrderAggregate): RefundLeg[] => held(order).flatMap(({ legs }) => legs.filter(holdsMoney));
const givenBack = (order: OrderAggregate): number => sum(heldLegs(order).map(({ amount }) => amount));
const kept = (order: OrderAggregate): number =>
  sum(held(order).flatMap(({ deductions = [] }) => deductions.map(({ amount }) => amount)));
