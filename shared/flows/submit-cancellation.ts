import type { OrderAggregate } from '../domain/aggregate';
import { maySee, type Caller } from '../domain/access';
import type { Cancellation, Reason } from '../domain/cancellation';
import { decide, type Decision, type Wish } from '../domain/decide';
import type { EventType } from '../domain/events';
import { cancellationId } from '../domain/ids';
import { isRefusal, refuse, type Refusal } from '../domain/refusal';
import { alive } from '../domain/run';
import { isPast, later, type Instant } from '../domain/time';
import type { Accounts } from '../ports/accounts';
import type { CancellationStore } from '../ports/cancellation-store';
import type { OrderStore } from '../ports/order-store';
import type { Workflow } from '../ports/workflow';

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

/** A request is given up as crashed after this long, in milliseconds; API functions run at most ten seconds. */
const stillRunning = 12_000;
const attempts = 6;

/**
 * Takes a wish to cancel from the door to the workflow: read, decide, take the id, record in one conditional
 * transaction, start. Whoever loses against another write reads and decides again. Safe to repeat at any point: the
 * cancellation's id is derived from caller and key, and its recording is the idempotency record.
 */
export async function submitCancellation(
  ports: SubmitPorts,
  caller: Caller,
  submission: Submission,
  now: Instant,
): Promise<Submitted | Refusal> {
  const { tenant } = caller;
  const { request } = submission;
  const { id, pointer } = await resolveKey(ports.cancellations, caller, submission.idempotencyKey, now);
  if (pointer !== undefined && pointer.request !== request) {
    return refuse('idempotency_key_reused', 'It was used for another cancellation.');
  }
  if (pointer !== undefined) {
    const known = await ports.cancellations.find(tenant, pointer.orderId, id);
    if (known !== undefined) return { cancellation: known, replayed: true };
  }

  const asked = await submission.read();
  if (isRefusal(asked)) return asked;
  const { orderId, wish } = asked;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const aggregate = await ports.orders.find(tenant, orderId);
    if (aggregate === undefined || !maySee(caller, aggregate.order))
      return refuse('not_found', `There is no order ${orderId}.`);
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
    if (stale !== undefined) return stale;
    if (decision.outcome === 'Refused') return decision.because;

    if (attempt === 1) {
      const held = await ports.cancellations.claimId({
        tenant,
        cancellationId: id,
        orderId,
        request,
        at: now,
      });
      if (held.request !== request) return refuse('idempotency_key_reused', 'It was used for another cancellation.');
      const age = Date.parse(now) - Date.parse(held.at);
      if (held.at !== now && age < stillRunning)
        return refuse('request_running', 'The first one has not been answered yet.');
    }
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

/** Answers are repeated for this long; after that the same key is a new one. */
const answersLive = { length: 30, unit: 'days' } as const;

/** The cancellation id that a caller's key stands for now, and what was already claimed under it. */
async function resolveKey(store: CancellationStore, caller: Caller, idempotencyKey: string, now: Instant) {
  let key = idempotencyKey;
  for (;;) {
    const id = cancellationId(caller.tenant, `${caller.role}:${caller.subject}`, key);
    const pointer = await store.locate(caller.tenant, id);
    if (pointer === undefined || !isPast(later(pointer.at, answersLive), now)) return { id, pointer };
    key = `${key}@${pointer.at}`;
  }
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
      refund: decision.plan.refund,
      legs: decision.plan.legs,
      recalls: decision.recalls,
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
  const instant = cancellation.status === 'executing' && cancellation.recalls.length === 0;
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
    recalls: cancellation.recalls.length > 0,
    resume,
  };
}
