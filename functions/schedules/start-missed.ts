import { isOpen, type Cancellation } from '../../shared/domain/cancellation';
import { isRefusal } from '../../shared/domain/refusal';
import { begunAt, nextRun } from '../../shared/domain/run';
import { isPast, later, type Instant } from '../../shared/domain/time';
import { log } from '../../shared/edge/log';
import { metric } from '../../shared/edge/metric';
import { scheduleHandler } from '../../shared/edge/schedule';
import { changeCancellation } from '../../shared/flows/change-cancellation';
import { storyOf } from '../../shared/flows/submit-cancellation';
import type { CancellationPointer, CancellationStore } from '../../shared/ports/cancellation-store';
import type { Workflow } from '../../shared/ports/workflow';
import { cancellationStore, workflow } from '../../shared/wiring';

/** How late a cancellation may be before somebody is told. */
const overdueAfter = { length: 15, unit: 'minutes' } as const;
/** At most so many are looked at in one round; the next round is a minute away. */
const perRound = 2_000;

/** Starts every recorded cancellation whose run is missing or dead: a younger run takes over, the old one can write no more. */
export const handler = scheduleHandler({
  ports: () => ({ cancellations: cancellationStore(), workflow: workflow() }),
  async handle(ports, now) {
    let started = 0;
    let overdue = 0;
    let failed = 0;
    for (const pointer of await ports.cancellations.listDue(now, perRound)) {
      try {
        const { cancellation, taken } = await takeOver(ports, pointer, now);
        if (taken) started += 1;
        if (isStuck(cancellation, now)) overdue += 1;
      } catch (error) {
        // One that cannot be read or started must not keep the others from being saved; it counts as stuck.
        failed += 1;
        log('error', { event: 'not_started', cancellation: pointer.cancellationId, error });
      }
    }
    metric('CancellationsOverdue', overdue + failed, now);
    return { started, overdue, failed };
  },
});

async function takeOver(
  ports: { cancellations: CancellationStore; workflow: Workflow },
  pointer: CancellationPointer,
  now: Instant,
): Promise<{ cancellation: Cancellation; taken: boolean }> {
  let taken = false;
  const cancellation = await changeCancellation(ports.cancellations, pointer, (before) => {
    taken = isOpen(before.status) && before.status !== 'in_case' && isPast(before.run.leaseUntil, now);
    if (!taken) return undefined;
    const entry = { actor: 'system', step: 'start-missed', outcome: `run ${before.run.generation + 1}`, at: now };
    return { after: nextRun(before, now), entry };
  });
  if (isRefusal(cancellation)) throw new Error(cancellation.detail);
  if (taken) await ports.workflow.startStory(storyOf(cancellation, isUnderWay(cancellation)));
  return { cancellation, taken };
}

const isUnderWay = ({ status }: Cancellation): boolean => status === 'executing' || status === 'refund_pending';

/** Carrying it out should take seconds; pending refunds and parcels that are waited for have their own time. */
function isStuck(cancellation: Cancellation, now: Instant): boolean {
  const since = cancellation.goodsUntil ?? begunAt(cancellation);
  return cancellation.status === 'executing' && isPast(later(since, overdueAfter), now);
}
