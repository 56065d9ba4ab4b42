/** What goes wrong in a run, and where. */

/**
 * - `crash_before`, `crash_after`: the process dies before or after the effect
 * - `timeout_lost`, `timeout_applied`: no answer; nothing happened, or it did
 * - `throttled`: refused for now (an AWS throttle, HTTP 429)
 * - `server_error`: the service answers 500 (Stripe remembers it under the key)
 * - `conflict`: a transaction of somebody else was in the way
 * - `repeated`: the SDK lost the answer and sent the write again by itself; the second answer is what arrives
 * - `stale`: an index or an eventual read shows what was there before the last write, `staler`: before the last three
 * - `slow`: the answer takes two seconds, longer than a caller of the API waits for an instant cancellation
 * - `overtaken`: whoever else is ready goes first, until nobody is
 * - `hung`: the process hangs at this call until its function's time is up, and is killed
 * - of messages `dropped`, `duplicated`, `delayed` (past what comes next), `reordered` (behind the next one),
 *   `replayed` (again after 25 hours); of a batch of the stream also `cut` (only its first record is taken this time)
 *   and `split` (the shard splits: its last record is read again by the child's reader)
 * - `skewed`: this process's clock is two seconds ahead
 */
export const faultKinds = [
  'crash_before',
  'crash_after',
  'timeout_lost',
  'timeout_applied',
  'throttled',
  'server_error',
  'conflict',
  'repeated',
  'stale',
  'staler',
  'slow',
  'overtaken',
  'hung',
  'dropped',
  'duplicated',
  'delayed',
  'reordered',
  'replayed',
  'cut',
  'split',
  'skewed',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/**
 * Left out where several faults are combined exhaustively: what they add to a crash, a lost answer or a stale read is
 * that time passes, so that no two states are ever the same again. Each is tried alone at every place, and in the seeds.
 */
export const aloneOrBySeed: ReadonlySet<FaultKind> = new Set(['slow', 'hung', 'staler']);

/**
 * Also left out where a fault is put at effects only, as the third of three is: beside the others these add an order,
 * which the seeds choose by chance at every call, and a repetition, which all pairs of the scenarios in depth have tried.
 */
export const notAmongEffects: ReadonlySet<FaultKind> = new Set([...aloneOrBySeed, 'overtaken', 'repeated']);

/** A fault at the n-th input or output of a run, from 1. */
export interface Fault {
  readonly at: number;
  readonly kind: FaultKind;
}

/** Faults in the order of their places. */
export type Plan = readonly Fault[];

/** `12:crash_after,31:throttled`; `none` without faults. */
export function planText(plan: Plan): string {
  return plan.length === 0 ? 'none' : plan.map(({ at, kind }) => `${at}:${kind}`).join(',');
}

/** @throws Error naming the part that cannot be read */
export function readPlan(text: string): Plan {
  if (text === 'none' || text === '') return [];
  const faults = text.split(',').map((part) => {
    const [, at, kind] = /^(\d+):([a-z_]+)$/.exec(part.trim()) ?? [];
    const known = faultKinds.find((one) => one === kind);
    if (at === undefined || known === undefined) {
      throw new Error(`'${part}' is no fault; one reads like 12:crash_after, with one of ${faultKinds.join(', ')}`);
    }
    return { at: Number(at), kind: known };
  });
  return faults.sort((one, other) => one.at - other.at);
}
