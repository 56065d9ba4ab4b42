import { secondsToChoose } from '../../shared/domain/choice';
import { isElsewhere } from '../../shared/domain/dispute';
import { hasFailed, heldUntil } from '../../shared/domain/leg';
import { isSettled, isWaiting, mayHaveMoved, type RefundLeg } from '../../shared/domain/cancellation';
import { isPendingTooLong, secondsToPoll } from '../../shared/domain/run';
import { secondsUntil, type Instant } from '../../shared/domain/time';
import { runSchema, stepHandler } from '../../shared/edge/step';
import { checkRun } from '../../shared/flows/change-cancellation';
import { TransientFault } from '../../shared/domain/faults';
import { cancellationStore } from '../../shared/wiring';

/**
 * Looks at what an unwinding that did not close has left behind, and says how the story goes on: `done`, `close`,
 * `wait` for refunds under way, `again`, `hold` while nothing can be done, `ask` the buyer where his money shall go, `undo`
 * while no money has moved, or `case`. Reads only.
 */
export const handler = stepHandler({
  input: runSchema,
  ports: () => ({ cancellations: cancellationStore() }),
  async handle(input, { cancellations }, now) {
    const cancellation = await cancellations.find(input.tenant, input.orderId, input.cancellationId);
    if (cancellation === undefined) throw new TransientFault(`${input.cancellationId} is not there (yet)`);
    checkRun(cancellation, input);
    const { status, legs, units, counted } = cancellation;
    const pollSeconds = secondsToPoll(cancellation, now);
    if (status === 'in_grace') return { next: 'again', pollSeconds };
    if (status !== 'executing' && status !== 'refund_pending') return { next: 'done', pollSeconds };
    const broken = legs.some(hasFailed);
    // Without units there is nothing to undo: it only gives back money that came late, and the buyer still waits for it.
    // What has closed once stays so: its order counts it, its goods were sold anew, its invoice is reversed.
    const undoable =
      status === 'executing' && !legs.some(mayHaveMoved) && Object.keys(units).length > 0 && counted !== true;
    // Sent, and nobody knows what became of it: that is found out before a person gets what is left.
    const unclear = status === 'executing' && legs.some(({ status: of }) => of === 'submitting' || of === 'unknown');
    const askSeconds = unclear ? 0 : secondsToChoose(cancellation, now);
    if (askSeconds > 0) return { next: 'ask', askSeconds, pollSeconds };
    if (broken && !unclear) return { next: undoable && !legs.some(isElsewhere) ? 'undo' : 'case', pollSeconds };
    if (isPendingTooLong(cancellation, now)) return { next: 'case', pollSeconds };
    if (status === 'refund_pending' && legs.every(isSettled)) return { next: 'close', pollSeconds };
    if (status === 'refund_pending' && legs.some(isWaiting)) return { next: 'wait', pollSeconds };
    const holdSeconds = secondsHeld(legs, now);
    return holdSeconds > 0 ? { next: 'hold', holdSeconds, pollSeconds } : { next: 'again', pollSeconds };
  },
});

/** How long nothing can be done for any leg that is still open; 0 when there is one for which something can. */
function secondsHeld(legs: readonly RefundLeg[], now: Instant): number {
  const open = legs.filter((leg) => !isSettled(leg) && !isWaiting(leg));
  if (open.length === 0) return 0;
  return Math.min(...open.map((leg) => secondsUntil(heldUntil(leg) ?? now, now)));
}
