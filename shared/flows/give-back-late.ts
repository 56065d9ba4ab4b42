import type { OrderAggregate } from '../domain/aggregate';
import type { Cancellation } from '../domain/cancellation';
import { TransientFault } from '../domain/faults';
import { derivedId, fingerprint } from '../domain/ids';
import { planLatePayment, type RefundPlan } from '../domain/plan';
import { alive } from '../domain/run';
import { spaced } from '../domain/spacing';
import type { Instant } from '../domain/time';
import type { CancellationStore } from '../ports/cancellation-store';
import type { OrderStore } from '../ports/order-store';
import type { Workflow } from '../ports/workflow';
import { begin } from './submit-cancellation';

export interface RefundLatePorts {
  orders: OrderStore;
  cancellations: CancellationStore;
  workflow: Workflow;
}

const attempts = 6;

export interface LateMoney {
  /** What is to be started; recorded, so the scheduler starts it if nobody does. */
  recorded: readonly Cancellation[];
  /** The order's version at which nothing more is to be given back. */
  seenAt: number;
}

/**
 * A payment of a cancelled order: a cancellation without units, one per state of the captures, gives it back. Records
 * until nothing is left to give back. `closing` is a cancellation that can no longer be undone and is about to close.
 */
export async function giveBackLate(
  ports: { orders: OrderStore; cancellations: CancellationStore },
  at: { tenant: string; orderId: string },
  step: string,
  now: Instant,
  closing?: string,
): Promise<LateMoney> {
  const recorded: Cancellation[] = [];
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const aggregate = await ports.orders.find(at.tenant, at.orderId);
    if (aggregate === undefined) throw new TransientFault(`order ${at.orderId} is not there (yet)`);
    const plan = planLatePayment(aggregate, closing);
    if (plan.legs.length === 0) return { recorded, seenAt: aggregate.order.version };
    const cancellation = compose(aggregate, plan, now);
    const { id, orderId, tenant, request } = cancellation;
    await ports.cancellations.takeId({ tenant, cancellationId: id, orderId, request, at: now });
    const entry = { actor: 'system', step, outcome: 'late_payment', at: now };
    const outcome = await ports.cancellations.record(aggregate, cancellation, ['cancellation.requested'], entry);
    if (outcome === 'recorded') recorded.push(cancellation);
  }
  throw new TransientFault(`order ${at.orderId} is being written by others`);
}

/** Gives back what came too late, and begins with it. @returns whether there was anything */
export async function refundLate(
  ports: RefundLatePorts,
  at: { tenant: string; orderId: string },
  step: string,
  now: Instant,
): Promise<boolean> {
  const { recorded } = await giveBackLate(ports, at, step, now);
  for (const cancellation of recorded) await begin(ports, cancellation);
  return recorded.length > 0;
}

function compose(aggregate: OrderAggregate, plan: RefundPlan, now: Instant): Cancellation {
  const { order } = aggregate;
  const { policy } = order.contract;
  const captures = plan.legs.map((leg) => `${leg.paymentRef}/${leg.captureRef ?? ''}/${leg.amount}`);
  // One that was undone, because the provider refused, holds no money; the next try is another cancellation.
  const undone = aggregate.cancellations.filter(({ status, rule }) => status === 'undone' && rule === lateRule);
  const identity = undone.length === 0 ? captures : [...captures, undone.length];
  return alive(
    {
      id: derivedId('can', order.tenant, order.id, 'late_payment', ...identity),
      tenant: order.tenant,
      merchantId: order.merchantId,
      orderId: order.id,
      orderReference: order.reference,
      customerId: order.customerId,
      currency: order.currency,
      initiator: 'system',
      reason: { core: 'late_payment' },
      request: fingerprint('late_payment', ...captures),
      requestedAt: now,
      units: {},
      money: plan.money,
      refund: plan.refund,
      legs: spaced(plan.legs, aggregate, now),
      recalls: [],
      policy: { id: policy.id, version: policy.version },
      ...(policy.askBuyerHours === undefined ? {} : { askBuyerHours: policy.askBuyerHours }),
      ...(policy.lateInterest === undefined ? {} : { lateInterest: policy.lateInterest }),
      rule: lateRule,
      run: { generation: 1, leaseUntil: now },
      revision: 1,
      status: 'executing',
    },
    now,
  );
}

const lateRule = 'payment.after_cancellation';
