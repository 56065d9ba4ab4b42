import type { Flow, MapState, ParallelState } from './definition';
import { EvaluationFailure, StateFailure } from './errors';
import { enteredText, unexpectedType } from './expressions';
import { withRetryAndCatch } from './protected-states';
import type { Exit, Frame, Visit } from './visit';
import { childOf } from './waiting';

/** Runs a flow in a frame from its start; the interpreter's own loop, handed in to keep the files apart. */
export type RunInner = (visit: Visit, flow: Flow, frame: Frame, input: unknown) => Promise<unknown>;

/** Items of an inline Map that AWS works on at the same time, at most. */
const MAX_CONCURRENCY = 40;

export function runParallel(visit: Visit<ParallelState>, runInner: RunInner): Promise<Exit> {
  const giveUp = (): void => void visit.event('ParallelStateFailed');
  return withRetryAndCatch(visit, () => branches(visit, runInner), giveUp);
}

async function branches(visit: Visit<ParallelState>, runInner: RunInner): Promise<Exit> {
  const { state } = visit;
  const input = 'Arguments' in state ? await visit.fill(state.Arguments, 'Arguments') : visit.input;
  visit.event('ParallelStateStarted');
  const results = await together(visit, state.Branches.length, state.Branches.length, async (index, signal) => {
    const branch = state.Branches[index];
    if (!branch) throw new RangeError(`There is no branch ${index}.`);
    const frame = innerFrame(visit, index, signal);
    try {
      return await runInner(visit, branch, frame, input);
    } catch (error) {
      // Each branch that did not end says where it was cut off, the failed one too; not when all is being stopped.
      if (frame.at !== undefined && !visit.frame.signal.aborted) visit.event(`${frame.at}StateAborted`);
      throw error;
    }
  });
  visit.event('ParallelStateSucceeded');
  return visit.leave(state, results, { result: results });
}

export function runMap(visit: Visit<MapState>, runInner: RunInner): Promise<Exit> {
  return withRetryAndCatch(
    visit,
    () => iterations(visit, runInner),
    () => void visit.event('MapStateFailed'),
  );
}

async function iterations(visit: Visit<MapState>, runInner: RunInner): Promise<Exit> {
  const { state } = visit;
  const items = await itemsOf(visit);
  const limit = (await visit.number(state.MaxConcurrency, 'MaxConcurrency', 0)) ?? 0;
  const tolerated = await toleratedFailures(visit, items.length);
  visit.event('MapStateStarted', { mapStateStartedEventDetails: { length: items.length } });

  let failures = 0;
  const workers = Math.min(limit === 0 ? MAX_CONCURRENCY : limit, MAX_CONCURRENCY);
  const results = await together(visit, items.length, workers, async (index, signal) => {
    const item = { Index: index, Value: items[index] };
    const details = { name: visit.name, index };
    visit.event('MapIterationStarted', { mapIterationStartedEventDetails: details });
    try {
      const input =
        'ItemSelector' in state ? await visit.fill(state.ItemSelector, 'ItemSelector', {}, item) : item.Value;
      const output = await runInner(visit, state.ItemProcessor, { ...innerFrame(visit, index, signal), item }, input);
      visit.event('MapIterationSucceeded', { mapIterationSucceededEventDetails: details });
      return output;
    } catch (error) {
      if (!(error instanceof StateFailure)) {
        if (!visit.frame.signal.aborted) {
          visit.event('MapIterationAborted', { mapIterationAbortedEventDetails: details });
        }
        throw error;
      }
      visit.event('MapIterationFailed', { mapIterationFailedEventDetails: details });
      failures += 1;
      if (tolerated === undefined || error.error === 'States.Runtime') throw error;
      if (failures > tolerated) {
        throw new StateFailure(
          'States.ExceedToleratedFailureThreshold',
          'The specified tolerated failure threshold was exceeded',
        );
      }
      return { Error: error.error ?? null, Cause: error.cause ?? null };
    }
  });
  visit.event('MapStateSucceeded');
  return visit.leave(state, results, { result: results });
}

async function itemsOf(visit: Visit<MapState>): Promise<readonly unknown[]> {
  const { state, asker } = visit;
  const declared = 'Items' in state;
  const items = declared ? await visit.fill(state.Items, 'Items') : visit.input;
  if (Array.isArray(items)) return items as unknown[];
  if (declared) throw unexpectedType(asker, state.Items, 'Items', 'array', items);
  if (!visit.usesJsonata) {
    throw new StateFailure('States.Runtime', `${enteredText(asker)}Reference path "$" must point to array.`);
  }
  throw new EvaluationFailure(
    `${enteredText(asker)}Map state input must be an array but was: ${JSON.stringify(items)}`,
    undefined,
  );
}

/** How many items may fail; undefined when the definition says nothing about it. */
async function toleratedFailures(visit: Visit<MapState>, length: number): Promise<number | undefined> {
  const { state } = visit;
  const count = await visit.number(state.ToleratedFailureCount, 'ToleratedFailureCount', 0);
  const share = await visit.number(state.ToleratedFailurePercentage, 'ToleratedFailurePercentage', 0, false);
  if (count === undefined && share === undefined) return undefined;
  return Math.min(count ?? Infinity, share === undefined ? Infinity : Math.floor((length * share) / 100));
}

function innerFrame(visit: Visit, index: number, signal: AbortSignal): Frame {
  return {
    path: `${visit.path}#${visit.mark.attempt}/${index}`,
    signal,
    variables: visit.frame.variables,
    lastEventId: visit.frame.lastEventId,
    ...(visit.frame.item === undefined ? {} : { item: visit.frame.item }),
  };
}

/**
 * The results of `count` pieces of work, `workers` of them at a time, in their order. The first failure stops the
 * others, and is what this rejects with once they have stopped.
 */
async function together(
  visit: Visit,
  count: number,
  workers: number,
  work: (index: number, signal: AbortSignal) => Promise<unknown>,
): Promise<unknown[]> {
  const { controller, release } = childOf(visit.frame.signal);
  const results = new Array<unknown>(count);
  let next = 0;
  let failed = false;
  let failure: unknown;
  const worker = async (): Promise<void> => {
    while (next < count && !controller.signal.aborted) {
      const index = next;
      next += 1;
      try {
        results[index] = await work(index, controller.signal);
      } catch (error) {
        if (!failed) failure = error;
        failed = true;
        controller.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, count) }, worker));
  release();
  if (failed) throw failure;
  return results;
}
