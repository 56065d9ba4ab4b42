import { isOpen } from '../../shared/domain/cancellation';
import { isRefusal } from '../../shared/domain/refusal';
import { nextRun } from '../../shared/domain/run';
import { isPast, later } from '../../shared/domain/time';
import { scheduleHandler } from '../../shared/edge/schedule';
import { metric } from '../../shared/edge/metric';
import { changeCancellation } from '../../shared/flows/change-cancellation';
import { storyOf } from '../../shared/flows/submit-cancellation';
import { cancellationStore, workflow } from '../../shared/wiring';

/** How late a cancellation may be before somebody is told. */
const overdueAfter = { length: 15, unit: 'minutes' } as const;

/** Starts every recorded cancellation whose run is missing or dead: a younger run takes over, the old one can write no more. */
export const handler = scheduleHandler({
  ports: () => ({ cancellations: cancellationStore(), workflow: workflow() }),
  async handle({ cancellations, workflow }, now) {
    const due = await cancellations.listDue(now, 100);
    let started = 0;
    let overdue = 0;
    for (const pointer of due) {
      let taken = false;
      const cancellation = await changeCancellation(cancellations, pointer, (before) => {
        taken = false;
        if (!isOpen(before.status) || before.status === 'in_case' || !isPast(before.run.leaseUntil, now))
          return undefined;
        taken = true;
        const entry = { actor: 'system', step: 'start-missed', outcome: `run ${before.run.generation + 1}`, at: now };
        return { after: nextRun(before, now), entry };
      });
      if (isRefusal(cancellation) || !taken) continue;
      const waiting = cancellation.status === 'executing' || cancellation.status === 'refund_pending';
      await workflow.startStory(storyOf(cancellation, waiting));
      started += 1;
      if (isPast(later(cancellation.requestedAt, overdueAfter), now) && waiting) overdue += 1;
    }
    metric('CancellationsOverdue', overdue, now);
    return { started, overdue };
  },
});
