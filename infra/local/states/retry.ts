import type { Retrier } from './definition';

/** Whether one of the names in ErrorEquals stands for `error`. Nothing stands for States.Runtime. */
export function matches(names: readonly string[], error: string | undefined): boolean {
  if (error === 'States.Runtime') return false;
  return names.some(
    (name) => name === 'States.ALL' || name === error || (name === 'States.TaskFailed' && error !== 'States.Timeout'),
  );
}

export interface Retrying {
  /** Milliseconds until the next attempt. */
  readonly delay: number;
  /** The retriers' counters, in their order, with this attempt counted. */
  readonly counters: readonly number[];
}

/**
 * When to try again after `error`, or undefined when no retrier takes it or the one that does is used up.
 * `counters` are the attempts that each retrier has granted so far; `random` answers a number from 0 up to 1.
 */
export function retryAfter(
  retriers: readonly Retrier[],
  error: string | undefined,
  counters: readonly number[],
  random: () => number,
): Retrying | undefined {
  const place = retriers.findIndex((retrier) => matches(retrier.ErrorEquals, error));
  const retrier = retriers[place];
  if (!retrier) return undefined;
  const used = counters[place] ?? 0;
  if (used >= (retrier.MaxAttempts ?? 3)) return undefined;

  const grown = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** used;
  const capped = Math.min(grown, retrier.MaxDelaySeconds ?? Infinity) * 1000;
  const delay = retrier.JitterStrategy === 'FULL' ? random() * capped : capped;
  return { delay, counters: retriers.map((_, index) => (counters[index] ?? 0) + (index === place ? 1 : 0)) };
}
