/** What a quote says is what then happens: the same legs, and at each channel the same money. */
import * as fc from 'fast-check';
import { toUnits } from '../../shared/adapters/payments/units';
import { availableUnits, type OrderAggregate } from '../../shared/domain/aggregate';
import type { Cancellation } from '../../shared/domain/cancellation';
import { paymentChannels, unitsOf, type PaymentChannelName } from '../../shared/domain/channel';
import { decide } from '../../shared/domain/decide';
import type { Deduction, FeeRule } from '../../shared/domain/deduction';
import { countOf } from '../../shared/domain/intervals';
import { sum } from '../../shared/domain/money';
import type { Payment } from '../../shared/domain/order';
import { isRefusal } from '../../shared/domain/refusal';
import { coarsestStep, stepOf } from '../../shared/domain/rounding';
import { splitStrategies } from '../../shared/domain/split';
import { later } from '../../shared/domain/time';
import { carryOutLeg, type SendingPorts } from '../../shared/flows/carry-out-leg';
import { quoteOf } from '../../shared/flows/quote';
import { submitCancellation, type SubmitPorts } from '../../shared/flows/submit-cancellation';
import type { RefundRequest } from '../../shared/ports/payment-channel';
import { soldOrders } from '../support/arbitraries';
import { afterDecision, asking } from '../support/orders';
import { holdsAsync } from '../support/property';
import { noDisputes } from '../support/no-disputes';

const { now } = asking('customer');
const customer = { tenant: 't1', role: 'customer', subject: 'c1' } as const;
const reason = { core: 'changed_mind' } as const;

/** The tenders of an order, by their place; what a currency is not taken by is paid from store credit. */
type Tenders = readonly PaymentChannelName[];
const tenders: fc.Arbitrary<Tenders> = fc.array(
  fc.constantFrom('stripe', 'paypal', 'adyen', 'wechat_pay', 'gift_card', 'loyalty_points'),
  { minLength: 3, maxLength: 3 },
);

/** What was cancelled before: thousandths of each line, and how it stands. */
interface Earlier {
  wants: number;
  status: 'closed' | 'refund_pending' | 'withdrawn' | 'in_case';
}
const earlier: fc.Arbitrary<Earlier | null> = fc.option(
  fc.record({
    wants: fc.integer({ min: 1, max: 700 }),
    status: fc.constantFrom<Earlier['status']>('closed', 'refund_pending', 'withdrawn', 'in_case'),
  }),
  { nil: null },
);

interface Terms {
  refundFrom: (typeof splitStrategies)[number];
  fees: FeeRule[];
  storeCreditBonus: number;
  destination: 'store_credit' | undefined;
}

const terms: fc.Arbitrary<Terms> = fc.record({
  refundFrom: fc.constantFrom(...splitStrategies),
  fees: fc.array(
    fc.record({
      code: fc.constantFrom('cancellation_fee', 'handling_fee'),
      basisPoints: fc.integer({ min: 0, max: 6_000 }),
    }),
    { maxLength: 2 },
  ),
  storeCreditBonus: fc.integer({ min: 0, max: 2_000 }),
  destination: fc.constantFrom(undefined, 'store_credit' as const),
});

function under({ order, ...rest }: OrderAggregate, { refundFrom, fees, storeCreditBonus }: Terms): OrderAggregate {
  const policy = { ...order.contract.policy, refundFrom, fees, storeCreditBonus };
  return { ...rest, order: { ...order, contract: { ...order.contract, policy } } };
}

/** Points need one capture; an odd currency needs amounts that the channel can state. What cannot be is store credit. */
function tendered(aggregate: OrderAggregate, channels: Tenders): OrderAggregate {
  const { currency } = aggregate.order;
  const payments = aggregate.payments.map((payment, at): Payment => {
    const channel = channels[at] ?? 'stripe';
    const step = stepOf(channel, currency);
    const stated = [payment.authorized, ...payment.captures.map(({ amount }) => amount)].every(
      (amount) => amount % step === 0,
    );
    if (unitsOf(channel, currency) === undefined || !stated) return { ...payment, channel: 'store_credit' };
    if (channel !== 'loyalty_points') return { ...payment, channel, connectionId: channel };
    return payment.captures.length > 1
      ? { ...payment, channel: 'gift_card' }
      : { ...payment, channel, points: 1 + (payment.authorized % 97) };
  });
  return { ...aggregate, payments };
}

/** Rounded to whole steps of the coarsest channel of its currency, so that every tender of it can be. */
function inSteps(aggregate: OrderAggregate): OrderAggregate {
  const step = coarsestStep(aggregate.order.currency);
  const up = (amount: number): number => Math.ceil(amount / step) * step;
  const payments = aggregate.payments.map((payment) => ({
    ...payment,
    authorized: sum([up(payment.authorized), ...payment.captures.map(() => step)]),
    captures: payment.captures.map((capture) => ({ ...capture, amount: up(capture.amount) })),
  }));
  return { ...aggregate, payments };
}

function afterEarlier(order: OrderAggregate, before: Earlier | null): OrderAggregate {
  if (before === null) return order;
  const lines = order.order.lines.flatMap((line) => {
    const quantity = Math.floor((countOf(availableUnits(order, line)) * before.wants) / 1_000);
    return quantity > 0 ? [{ lineId: line.id, quantity }] : [];
  });
  if (lines.length === 0) return order;
  const decision = decide(order, order.order.contract.policy, { lines, reason }, asking('customer'));
  if (decision.outcome === 'Refused') return order;
  const legs = decision.plan.legs.map((leg, at) => ({
    ...leg,
    status: 'succeeded' as const,
    providerRef: `before-${at}`,
  }));
  return afterDecision(order, { ...decision, plan: { ...decision.plan, legs } }, before.status);
}

/** Carries a cancellation out at once, over channels that do as they are told and keep books. */
class Service {
  cancellation: Cancellation | undefined;
  /** `channel payment capture` -> minor units, in order. */
  readonly moved: [string, number][] = [];

  constructor(
    private readonly aggregate: OrderAggregate,
    private readonly at: string,
  ) {}

  /** Each leg as soon as its channel takes it. */
  private async carryOut(run: Parameters<typeof carryOutLeg>[1]): Promise<void> {
    for (const { id, notBefore } of this.cancellation?.legs ?? [])
      await carryOutLeg(this.ports, run, id, notBefore ?? this.at);
  }

  get ports(): SubmitPorts & SendingPorts {
    const channel = (name: PaymentChannelName) => {
      const move = ({ paymentRef, amount, legId, captureRef, currency }: RefundRequest) => {
        toUnits(name, amount, currency);
        this.moved.push([`${name} ${paymentRef} ${captureRef ?? '-'}`, amount]);
        return Promise.resolve({ status: 'succeeded', providerRef: legId, amount });
      };
      return { refund: move, reverse: move };
    };
    const save = (_before: unknown, after: Cancellation) => {
      this.cancellation = { ...after, revision: after.revision + 1 };
      return Promise.resolve('saved');
    };
    return {
      orders: { find: () => Promise.resolve(this.aggregate) },
      accounts: { standing: () => Promise.resolve('good') },
      channels: Object.fromEntries(paymentChannels.map((name) => [name, channel(name)])),
      connections: {
        find: (id: string) => Promise.resolve({ id, tenant: 't1', provider: id === 'con_1' ? 'stripe' : id }),
      },
      disputes: noDisputes,
      cancellations: {
        locate: () => Promise.resolve(undefined),
        takeId: () => Promise.resolve(undefined),
        find: () => Promise.resolve(this.cancellation),
        record: (_aggregate: unknown, cancellation: Cancellation) => {
          this.cancellation = cancellation;
          return Promise.resolve('recorded');
        },
        save,
        saveWithOrder: save,
      },
      workflow: {
        unwindNow: async (run: Parameters<typeof carryOutLeg>[1]) => {
          await this.carryOut(run);
          return 'ended';
        },
        startStory: (run: Parameters<typeof carryOutLeg>[1]) => this.carryOut(run),
      },
    } as unknown as SubmitPorts & SendingPorts;
  }
}

interface Told {
  outcome: string;
  code?: string;
  refund?: { amount: number };
  deductions?: readonly Deduction[];
  legs?: readonly { channel: string; payment: string; operation: string; amount: number; bonus?: number }[];
}

const tokens = { sign: () => Promise.resolve('quo_1'), verify: () => Promise.resolve(undefined) };

/** Quotes, asks for it some seconds later, and compares. @returns whether anything was sent */
async function quoteHolds(order: OrderAggregate, { destination }: Terms, seconds: number): Promise<boolean> {
  const wish = { reason, destination };
  const quote = (await quoteOf(tokens, order, wish, asking('customer'))) as Told;
  const at = later(now, { length: seconds, unit: 'seconds' });
  const service = new Service(order, at);
  const read = () => Promise.resolve({ orderId: order.order.id, wish });
  const done = await submitCancellation(service.ports, customer, { idempotencyKey: 'k', request: 'r', read }, at);
  if (isRefusal(done)) {
    expect(quote).toMatchObject({ outcome: 'refused', code: done.code });
    return false;
  }
  const { cancellation } = done;
  expect(quote.refund?.amount).toBe(cancellation.refund);
  expect(quote.deductions).toEqual(cancellation.deductions ?? []);
  const kept = sum((quote.deductions ?? []).map(({ amount }) => amount));
  const legs = quote.legs ?? [];
  expect(sum(legs.map(({ amount }) => amount))).toBe(cancellation.refund);
  const rounding = coarsestStep(order.order.currency) - 1;
  if (order.payments.length > 0)
    expect(order.order.total - kept + rounding).toBeGreaterThanOrEqual(cancellation.refund);

  const promised = legs.filter(({ operation }) => operation !== 'decrease');
  expect(service.moved.map(([, amount]) => amount)).toEqual(promised.map(({ amount, bonus = 0 }) => amount + bonus));
  expect(service.moved.map(([where]) => where.split(' ')[0])).toEqual(promised.map(({ channel }) => channel));
  return promised.length > 0;
}

test('a quote tells what will be done to the last minor unit, whatever the terms', async () => {
  await holdsAsync(
    fc.asyncProperty(soldOrders(true), terms, async ({ aggregate }, contract) => {
      await quoteHolds(under(tendered(aggregate, ['stripe', 'stripe', 'stripe']), contract), contract, 0);
    }),
    300,
  );
});

test('also over several kinds of tender, after an earlier cancellation, and some time later', async () => {
  const sentOver = new Map<string, number>();
  await holdsAsync(
    fc.asyncProperty(
      soldOrders(true),
      terms,
      tenders,
      earlier,
      fc.constantFrom(undefined, 'CNY', 'HUF', 'TWD', 'IDR', 'KWD'),
      fc.integer({ min: 0, max: 120 }),
      async ({ aggregate }, contract, channels, before, currency, seconds) => {
        const priced = { ...aggregate, order: { ...aggregate.order, ...(currency === undefined ? {} : { currency }) } };
        const order = afterEarlier(under(tendered(inSteps(priced), channels), contract), before);
        const sent = await quoteHolds(order, contract, seconds);
        if (sent) for (const { channel } of order.payments) sentOver.set(channel, (sentOver.get(channel) ?? 0) + 1);
      },
    ),
    500,
  );
  // The generator reaches them all, each more than a few times.
  for (const channel of ['stripe', 'paypal', 'adyen', 'wechat_pay', 'gift_card', 'loyalty_points'])
    expect(sentOver.get(channel) ?? 0).toBeGreaterThan(10);
});
