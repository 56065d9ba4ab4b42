import type { MapState, ParallelState, TaskState } from './definition';
import { EvaluationFailure, StateFailure } from './errors';
import { matches, retryAfter } from './retry';
import type { Exit, Visit } from './visit';
import { waitUntil } from './waiting';

/** Reports a failure as AWS does: a failed expression is an event of its own. */
export function recordFailure(visit: Visit, failure: StateFailure): void {
  if (!(failure instanceof EvaluationFailure)) return;
  const { error, cause, location } = failure;
  visit.event('EvaluationFailed', {
    evaluationFailedEventDetails: { error, cause, ...(location === undefined ? {} : { location }), state: visit.name },
  });
}

/** Runs attempts until one succeeds, Retry gives up, and Catch does not take the error. */
export async function withRetryAndCatch(
  visit: Visit<TaskState | MapState | ParallelState>,
  attempt: () => Promise<Exit>,
  onGiveUp: () => void = () => undefined,
): Promise<Exit> {
  const { state, mark, frame } = visit;
  const { clock, execution, random } = visit.run;
  for (;;) {
    // After a restart the pause between two attempts goes on, too.
    await waitUntil(clock, mark.attemptAt, frame.signal);
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StateFailure)) throw error;
      recordFailure(visit, error);
      const again = retryAfter(state.Retry ?? [], error.error, mark.counters, random);
      if (!again) {
        onGiveUp();
        return await caught(visit, error);
      }
      mark.counters = again.counters;
      mark.attempt += 1;
      mark.attemptAt = clock.now() + again.delay;
      delete mark.delivered;
      delete mark.answer;
      delete mark.heartbeatAt;
      execution.machine.traffic.retries += 1;
      await execution.checkpoint();
    }
  }
}

async function caught(visit: Visit<TaskState | MapState | ParallelState>, failure: StateFailure): Promise<Exit> {
  const catcher = visit.state.Catch?.find((candidate) => matches(candidate.ErrorEquals, failure.error));
  if (!catcher) throw failure;
  const errorOutput = { Error: failure.error ?? null, Cause: failure.cause ?? null };
  try {
    return await visit.leave(catcher, errorOutput, { errorOutput });
  } catch (error) {
    if (error instanceof StateFailure) recordFailure(visit, error);
    throw error;
  }
}
