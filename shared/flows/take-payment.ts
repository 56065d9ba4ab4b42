import type { OrderAggregate } from '../domain/aggregate';
import type { Cancellation } from '../domain/cancellation';
import { derivedId, fingerprint } from '../domain/ids';
import { planLatePayment } from '../domain/plan';
import { refuse, type Refusal } from '../domain/refusal';
import { alive } from '../domain/run';
import type { Instant } from '../domain/time';
import type { CancellationStore } from '../ports/cancellation-store';
import type { OrderStore } from '../ports/order-store';
import type { Workflow } from '../ports/workflow';
import { begin } from './submit-cancellation';
import { mergePayment, toPayment, type IntakePayment } from './take-order';

export interface PaymentPorts {
  orders: OrderStore;
  cancellations: CancellationStore;
  workflow: Workflow;
}

const attempts = 6;

/**
 * Takes in what is known of a payment. Before its order it waits for it; after the order was cancelled, money that still
 * came in goes back by itself. Captures only ever add up: an older view of the payment changes nothing.
 */
export async function takePayment(
  ports: PaymentPorts,
  tenant: string,
  orderId: string,
  intake: IntakePayment,
  now: Instant,
): Promise<'kept_for_order' | 'stored' | 'unchanged' | 'refunding' | Refusal> {
  const news = toPayment(intake);
  if (news.channel === 'stripe' && news.connectionId === undefined) {
    return refuse('invalid_field', 'A stripe payment names its connection.', { param: '/connectionId' });
  }
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const aggregate = await ports.orders.find(tenant, orderId);
    if (aggregate === undefined) {
      const early = await ports.orders.earlyPayments(tenant, orderId);
      const known = early.find(({ ref }) => ref === news.ref);
      await ports.orders.keepEarlyPayment(
        tenant,
        orderId,
        early,
        known === undefined ? news : mergePayment(known, news),
      );
      return 'kept_for_order';
    }
    const known = aggregate.payments.find(({ ref }) => ref === news.ref);
    const merged = known === undefined ? news : mergePayment(known, news);
    const changed = known?.captures.find((old) =>
      news.captures.some(({ ref, amount }) => ref === old.ref && amount !== old.amount),
    );
    if (changed !== undefined)
      return refuse('payment_shrinks', `Capture ${changed.ref} has another amount.`, { param: '/captures' });
    const unchanged = known !== undefined && JSON.stringify(known) === JSON.stringify(merged);
    if (!unchanged) {
      const entry = { actor: 'system', step: 'put-payment', outcome: 'stored', at: now, detail: news.ref };
      if ((await ports.orders.savePayment(aggregate, merged, entry)) === 'lost') continue;
    }
    const ended = aggregate.cancellations.some(({ status }) => status === 'closed' || status === 'refund_pending');
    const late = ended ? await giveBackLate(ports, tenant, orderId, now) : 'unchanged';
    return late === 'unchanged' && !unchanged ? 'stored' : late;
  }
  return refuse('conflict_try_again', 'The order is being changed by many at once.');
}

/** A payment of a cancelled order: a cancellation without units, one per state of the captures, gives it back. */
async function giveBackLate(
  ports: PaymentPorts,
  tenant: string,
  orderId: string,
  now: Instant,
): Promise<'refunding' | 'unchanged' | Refusal> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const aggregate = await ports.orders.find(tenant, orderId);
    const plan = aggregate && planLatePayment(aggregate);
    if (aggregate === undefined || plan === undefined || plan.legs.length === 0) return 'unchanged';
    const cancellation = compose(aggregate, plan, now);
    await ports.cancellations.claimId({
      tenant,
      cancellationId: cancellation.id,
      orderId,
      request: cancellation.request,
      at: now,
    });
    const entry = { actor: 'system', step: 'put-payment', outcome: 'late_payment', at: now };
    const outcome = await ports.cancellations.record(aggregate, cancellation, ['cancellation.requested'], entry);
    if (outcome === 'lost') continue;
    if (outcome === 'recorded') await begin(ports, cancellation);
    return 'refunding';
  }
  return refuse('conflict_try_again', 'The order is being changed by many at once.');
}

function compose({ order }: OrderAggregate, plan: ReturnType<typeof planLatePayment>, now: Instant): Cancellation {
  const captures = plan.legs.map((leg) => `${leg.paymentRef}/${leg.captureRef ?? ''}/${leg.amount}`);
  return alive(
    {
      id: derivedId('can', order.tenant, order.id, 'late_payment', ...captures),
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
      legs: plan.legs,
      recalls: [],
      policy: { id: order.contract.policy.id, version: order.contract.policy.version },
      rule: 'payment.after_cancellation',
      run: { generation: 1, leaseUntil: now },
      revision: 1,
      status: 'executing',
    },
    now,
  );
}
