/** What a quote says is what then happens: the same legs, and at each channel the same money. */
import * as fc from 'fast-check';
import type { OrderAggregate } from '../../shared/domain/aggregate';
import type { Cancellation } from '../../shared/domain/cancellation';
import type { Deduction, FeeRule } from '../../shared/domain/deduction';
import { sum } from '../../shared/domain/money';
import { isRefusal } from '../../shared/domain/refusal';
import { splitStrategies } from '../../shared/domain/split';
import { carryOutLeg, type SendingPorts } from '../../shared/flows/carry-out-leg';
import { quoteOf } from '../../shared/flows/quote';
import { submitCancellation, type SubmitPorts } from '../../shared/flows/submit-cancellation';
import type { RefundRequest } from '../../shared/ports/payment-channel';
import { soldOrders } from '../support/arbitraries';
import { asking } from '../support/orders';
import { holdsAsync } from '../support/property';
import { noDisputes } from '../support/no-disputes';

const { now } = asking('customer');
const customer = { tenant: 't1', role: 'customer', subject: 'c1' } as const;
const reason = { core: 'changed_mind' } as const;

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

/** Carries a cancellation out at once, over channels that do as they are told and keep books. */
class Service {
  cancellation: Cancellation | undefined;
  /** `channel payment capture` -> minor units, in order. */
  readonly moved: [string, number][] = [];

  constructor(private readonly aggregate: OrderAggregate) {}

  get ports(): SubmitPorts & SendingPorts {
    const channel = (name: string) => {
      const move = ({ paymentRef, amount, legId, captureRef }: RefundRequest) => {
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
      channels: { stripe: channel('stripe'), store_credit: channel('store_credit') },
      connections: { find: () => Promise.resolve({ id: 'con_1', tenant: 't1', provider: 'stripe' }) },
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
          for (const leg of this.cancellation?.legs ?? []) await carryOutLeg(this.ports, run, leg.id, now);
          return 'ended';
        },
        startStory: () => Promise.resolve(),
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

test('a quote tells what will be done to the last minor unit, whatever the terms', async () => {
  const tokens = { sign: () => Promise.resolve('quo_1'), verify: () => Promise.resolve(undefined) };
  await holdsAsync(
    fc.asyncProperty(soldOrders(true), terms, async ({ aggregate }, contract) => {
      const order = under(aggregate, contract);
      const wish = { reason, destination: contract.destination };
      const quote = (await quoteOf(tokens, order, wish, asking('customer'))) as Told;

      const service = new Service(order);
      const read = () => Promise.resolve({ orderId: order.order.id, wish });
      const done = await submitCancellation(service.ports, customer, { idempotencyKey: 'k', request: 'r', read }, now);
      if (isRefusal(done)) {
        expect(quote).toMatchObject({ outcome: 'refused', code: done.code });
        return;
      }
      const { cancellation } = done;
      expect(quote.refund?.amount).toBe(cancellation.refund);
      expect(quote.deductions).toEqual(cancellation.deductions ?? []);
      const kept = sum((quote.deductions ?? []).map(({ amount }) => amount));
      const legs = quote.legs ?? [];
      expect(sum(legs.map(({ amount }) => amount))).toBe(cancellation.refund);
      if (order.payments.length > 0) expect(order.order.total - kept).toBeGreaterThanOrEqual(cancellation.refund);

      const promised = legs.filter(({ operation }) => operation !== 'decrease');
      expect(service.moved.map(([, amount]) => amount)).toEqual(
        promised.map(({ amount, bonus = 0 }) => amount + bonus),
      );
      expect(service.moved.map(([where]) => where.split(' ')[0])).toEqual(promised.map(({ channel }) => channel));
    }),
    300,
  );
});
