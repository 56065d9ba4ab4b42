import * as z from 'zod/mini';
import { isSettled, isWaiting, type Cancellation } from '../../shared/domain/cancellation';
import { countOf } from '../../shared/domain/intervals';
import { interestOwed } from '../../shared/domain/late-interest';
import { toBeTakenUp } from '../../shared/domain/run';
import { runSchema, stepHandler } from '../../shared/edge/step';
import { changeInRun } from '../../shared/flows/change-cancellation';
import { giveBackLate } from '../../shared/flows/give-back-late';
import { storyOf } from '../../shared/flows/submit-cancellation';
import { cancellationStore, orderStore, workflow } from '../../shared/wiring';

/**
 * The last step, idempotent: every leg settled closes the cancellation, counts its units on the order and, when those
 * were the last, closes the order as CANCELLED, which leaves the customer's active list. A leg that still waits parks it.
 * Money that came in meanwhile is sent on its way back first.
 */
export const handler = stepHandler({
  input: z.extend(runSchema, { released: z.optional(z.number()), unmatched: z.optional(z.array(z.string())) }),
  ports: () => ({ cancellations: cancellationStore(), orders: orderStore(), workflow: workflow() }),
  async handle(input, ports, now) {
    const stock = input.released === undefined ? {} : { detail: `stock: ${input.released} lines released` };
    const late = async (): Promise<number> => {
      const { recorded, seenAt } = await giveBackLate(ports, input, 'close-order', now, input.cancellationId);
      for (const cancellation of recorded) await ports.workflow.startStory(storyOf(cancellation, false));
      return seenAt;
    };
    const closed = await changeInRun(ports.cancellations, input, (before) => {
      if (before.status !== 'executing' && before.status !== 'refund_pending') return undefined;
      const discrepancies = input.unmatched ?? [];
      const noted: Cancellation = discrepancies.length === 0 ? before : { ...before, discrepancies };
      if (before.legs.every(isSettled)) {
        const interest = interestOwed(before, now);
        const owed = interest > 0 ? { interest } : {};
        const after = { ...noted, ...owed, status: 'closed' as const, closedAt: now, counted: true as const };
        const closesUnits =
          before.counted === true ? 0 : Object.values(before.units).reduce((sum, ranges) => sum + countOf(ranges), 0);
        return {
          after,
          entry: { actor: 'system', step: 'close-order', outcome: 'closed', at: now, ...stock },
          events: interest > 0 ? ['cancellation.closed', 'refund.interest_owed'] : ['cancellation.closed'],
          closesUnits,
          giveBackLate: late,
        };
      }
      if (before.status === 'refund_pending' || !before.legs.every((leg) => isSettled(leg) || isWaiting(leg)))
        return undefined;
      const after = toBeTakenUp({ ...noted, status: 'refund_pending' as const }, now);
      const entry = { actor: 'system', step: 'close-order', outcome: 'refund_pending', at: now, ...stock };
      return { after, entry, events: ['cancellation.refund_pending'] };
    });
    return { outcome: closed.status };
  },
});
