import type { OrderAggregate } from '../domain/aggregate';
import { maySee, type Caller } from '../domain/access';
import { usedLinesOf } from '../domain/capacity';
import type { Cancellation, Reason } from '../domain/cancellation';
import { decide, type Decision, type Wish } from '../domain/decide';
import type { EventType } from '../domain/events';
import { isRefusal, refusals, refuse, type Refusal } from '../domain/refusal';
import { alive } from '../domain/run';
import type { Instant } from '../domain/time';
import type { Accounts } from '../ports/accounts';
import type { CancellationStore } from '../ports/cancellation-store';
import type { OrderStore } from '../ports/order-store';
import type { Workflow } from '../ports/workflow';
import { RequestKey } from './request-key';

export interface SubmitPorts {
  orders: OrderStore;
  cancellations: CancellationStore;
  accounts: Accounts;
  workflow: Workflow;
}

export interface Submission {
  /** Separates keys of different callers and doors. */
  idempotencyKey: string;
  /** Fingerprint of what was sent: the same key with something else is refused. */
  request: string;
  /** What is asked for. Read only for a new key: what was answered is answered again, however old its quote is by now. */
  read: () => Promise<Asked | Refusal>;
}

export interface Asked {
  orderId: string;
  wish: Wish & { note?: string };
  /** A quote that must still be true. */
  check?: (aggregate: OrderAggregate, decision: Decision) => Promise<Refusal | undefined>;
}

export interface Submitted {
  cancellation: Cancellation;
  /** The same request was answered before. */
  replayed: boolean;
}

const attempts = 6;

/**
 * Takes a wish to cancel from the door to the workflow: read, decide, take the id, record in one conditional
 * transaction, start. Whoever loses against another write reads and decides again. Safe to repeat at any point: the
 * cancellation's id is derived from caller and key, and its recording is the idempotency record. A refusal takes the id
 * too, for as long as a copy of the request may be on its way.
 */
export async function submitCancellation(
  ports: SubmitPorts,
  caller: Caller,
  submission: Submission,
  now: Instant,
): Promise<Submitted | Refusal> {
  const { tenant } = caller;
  const { request } = submission;
  const key = await RequestKey.read(ports.cancellations, caller, submission.idempotencyKey, request, now);
  const id = key.cancellationId;
  const said = key.earlierWord();
  if (said !== undefined) return said;
  if (key.held !== undefined) {
    const known = await ports.cancellations.find(tenant, key.held.orderId, id);
    if (known !== undefined) return { cancellation: known, replayed: true };
  }

  const asked = await submission.read();
  // What is wrong in the request itself is wrong in every copy of it, and need not be remembered.
  if (isRefusal(asked)) return refusals[asked.code].status === 409 ? key.refuse(asked) : asked;
  const { orderId, wish } = asked;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const aggregate = await ports.orders.find(tenant, orderId);
    if (aggregate === undefined || !maySee(caller, aggregate.order))
      return key.refuse(refuse('not_found', `There is no order ${orderId}.`), orderId);
    // The same request, sent twice, may have been recorded by its twin since we looked.
    const twin = aggregate.cancellations.find((known) => known.id === id);
    if (twin !== undefined && twin.request === request) return { cancellation: twin, replayed: true };
    const standing = await ports.accounts.standing(tenant, aggregate.order.customerId);
    const decision = decide(aggregate, aggregate.order.contract.policy, wish, {
      role: caller.role,
      now,
      accountStanding: standing,
    });
    const stale = await asked.check?.(aggregate, decision);
    if (stale !== undefined) return key.refuse(stale, orderId);
    if (decision.outcome === 'Refused') return key.refuse(decision.because, orderId);

    const notOurs = attempt === 1 ? await key.take(orderId) : undefined;
    if (notOurs !== undefined) return notOurs;
    const cancellation = compose(aggregate, caller, id, request, decision, wish, now);
    const outcome = await record(ports, aggregate, cancellation, now);
    if (outcome === 'recorded') return { cancellation: await begin(ports, cancellation), replayed: false };
    if (outcome === 'exists') {
      const known = await ports.cancellations.find(tenant, orderId, id);
      if (known !== undefined) return { cancellation: known, replayed: true };
    }
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * 2 ** attempt));
  }
  return refuse('conflict_try_again', 'The order is being changed by many at once.');
}

type Accepted = Extract<Decision, { outcome: 'Accepted' }>;

function compose(
  { order }: OrderAggregate,
  caller: Caller,
  id: string,
  request: string,
  decision: Accepted,
  wish: { reason: Reason; note?: string },
  now: Instant,
): Cancellation {
  const { policy } = order.contract;
  const usedLines = usedLinesOf(order.lines, decision.units);
  return alive(
    {
      id,
      tenant: order.tenant,
      merchantId: order.merchantId,
      orderId: order.id,
      orderReference: order.reference,
      customerId: order.customerId,
      currency: order.currency,
      initiator: caller.role,
      reason: wish.reason,
      ...(wish.note === undefined ? {} : { note: wish.note }),
      request,
      requestedAt: now,
      units: decision.units,
      money: decision.plan.money,
      ...(decision.plan.deductions.length === 0 ? {} : { deductions: decision.plan.deductions }),
      refund: decision.plan.refund,
      legs: decision.plan.legs,
      ...(policy.askBuyerHours === undefined ? {} : { askBuyerHours: policy.askBuyerHours }),
      ...(policy.lateInterest === undefined ? {} : { lateInterest: policy.lateInterest }),
      recalls: decision.recalls,
      ...(usedLines.length === 0 ? {} : { usedLines }),
      ...(decision.asksWarehouse ? { warehouse: { askedAt: now } } : {}),
      policy: { id: policy.id, version: policy.version },
      rule: decision.rule,
      run: { generation: 1, leaseUntil: now },
      revision: 1,
      ...decision.state,
    },
    now,
  );
}

function record(ports: SubmitPorts, aggregate: OrderAggregate, cancellation: Cancellation, now: Instant) {
  const events: EventType[] = ['cancellation.requested'];
  if (cancellation.status === 'awaiting_answer') events.push('cancellation.awaiting_answer');
  if (cancellation.warehouse !== undefined) events.push('fulfilment.hold_requested');
  const entry = { actor: cancellation.initiator, step: 'request-cancellation', outcome: cancellation.status, at: now };
  return ports.cancellations.record(aggregate, cancellation, events, entry);
}

/**
 * Starts what was recorded. Nothing to wait for: the fan-out runs at once and the answer can carry its result. What is
 * not started here, because this process dies, is started by the scheduler.
 */
export async function begin(
  ports: Pick<SubmitPorts, 'cancellations' | 'workflow'>,
  cancellation: Cancellation,
): Promise<Cancellation> {
  const { tenant, orderId, id, run } = cancellation;
  const at = { tenant, orderId, cancellationId: id, generation: run.generation };
  const instant = cancellation.status === 'executing' && !stopsGoods(cancellation);
  if (!instant) {
    await ports.workflow.startStory(storyOf(cancellation, false));
    return cancellation;
  }
  const outcome = await ports.workflow.unwindNow(at);
  const after = (await ports.cancellations.find(tenant, orderId, id)) ?? cancellation;
  // Known to have stopped short: refunds that wait, a leg that failed. What may still be running is left to its run.
  const half = outcome !== 'unknown' && (after.status === 'executing' || after.status === 'refund_pending');
  if (half && after.run.generation === run.generation) await ports.workflow.startStory(storyOf(after, true));
  return after;
}

/** What the story is told of a cancellation. */
export function storyOf(cancellation: Cancellation, resume: boolean) {
  const { tenant, orderId, id, run } = cancellation;
  const graceUntil = cancellation.status === 'in_grace' ? cancellation.graceUntil : undefined;
  const approval =
    cancellation.status === 'in_grace'
      ? cancellation.approval
      : cancellation.status === 'awaiting_answer'
        ? cancellation
        : undefined;
  return {
    tenant,
    orderId,
    cancellationId: id,
    generation: run.generation,
    ...(graceUntil === undefined ? {} : { graceUntil }),
    ...(approval === undefined ? {} : { answerBy: approval.deadline }),
    recalls: stopsGoods(cancellation),
    resume,
  };
}

/** Whether parcels or the warehouse have to stop before it can be carried out. */
function stopsGoods({ recalls, warehouse }: Cancellation): boolean {
  return recalls.length > 0 || (warehouse !== undefined && warehouse.answer === undefined);
}
