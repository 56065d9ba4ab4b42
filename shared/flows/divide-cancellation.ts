import type { Cancellation } from '../domain/cancellation';
import { divided } from '../domain/divide';
import { alive } from '../domain/run';
import type { Instant } from '../domain/time';
import type { CancellationStore } from '../ports/cancellation-store';
import type { OrderStore } from '../ports/order-store';
import type { Run, Workflow } from '../ports/workflow';
import { changeInRun } from './change-cancellation';
import { storyOf } from './submit-cancellation';

/**
 * Lets go on what of a cancellation need not wait for its other parcels: recorded as a cancellation of its own together with what
 * is left of this one, in one transaction, and started. What is not started here, because this process dies, is started by the
 * scheduler.
 * @param stopped parcels of it whose money may go back
 * @returns the cancellation as it goes on waiting
 */
export async function divideCancellation(
  ports: { cancellations: CancellationStore; orders: OrderStore; workflow: Workflow },
  run: Run,
  stopped: readonly string[],
  now: Instant,
): Promise<Cancellation> {
  let begun: Cancellation | undefined;
  const waiting = await changeInRun(ports.cancellations, run, async (before) => {
    const aggregate = await ports.orders.find(run.tenant, run.orderId);
    const both = aggregate && divided(aggregate, before, stopped, now);
    if (aggregate === undefined || both === undefined) return undefined;
    const { part } = both;
    begun = part;
    const { tenant, orderId, request } = part;
    await ports.cancellations.takeId({ tenant, cancellationId: part.id, orderId, request, at: now });
    const by = { actor: 'system', step: 'secure-goods', at: now };
    return {
      after: alive(both.waiting, now),
      entry: { ...by, outcome: 'divided', detail: part.id },
      events: ['cancellation.divided'],
      decidedAt: aggregate.order.version,
      begins: {
        cancellation: part,
        events: ['cancellation.requested'],
        entry: { ...by, outcome: 'executing', detail: `part of ${before.id}` },
      },
    };
  });
  // Also when it was our own write that we lost against: its answer may have been lost.
  if (begun !== undefined && waiting.parts?.includes(begun.id) === true)
    await ports.workflow.startStory(storyOf(begun, false));
  return waiting;
}
