import type { Cancellation } from '../domain/cancellation';
import { TransientFault } from '../domain/faults';
import { alive, mustShowItself } from '../domain/run';
import { isPast, type Instant } from '../domain/time';
import type { Change } from './change-cancellation';

/**
 * From here on it can no longer be withdrawn: a grace window that has ended becomes execution. A run that enters again
 * shows itself when its lease is running out, so that nobody takes over from one that is at work.
 * @throws TransientFault while the window is still open: come again
 */
export function leaveGrace(before: Cancellation, step: string, now: Instant): Change | undefined {
  if (before.status === 'in_grace' && before.approval === undefined) {
    if (!isPast(before.graceUntil, now))
      throw new TransientFault(`the grace window is open until ${before.graceUntil}`);
    const { graceUntil, approval: _approval, ...rest } = before;
    const after = alive({ ...rest, graceEnded: graceUntil, status: 'executing' as const }, now);
    return { after, entry: { actor: 'system', step, outcome: 'executing', at: now } };
  }
  if (before.status !== 'executing' || !mustShowItself(before, now)) return undefined;
  return { after: alive(before, now), entry: { actor: 'system', step, outcome: 'at work', at: now } };
}
