/**
 * Every plan of a scenario up to a number of faults. Adaptive: which calls there are to strike is learnt from the run that
 * the plan extends. Pruned: a run ends where the state of the whole has been seen with as many faults still to come, for
 * everything that could follow was tried from there.
 */
import { aloneOrBySeed, faultKinds, notAmongEffects, type FaultKind, type Plan } from './plan';
import { run, type Ready, type RunResult, type Violation } from './run';
import type { Production } from './world/cloud';
import type { Call, Moment } from './world/world';

export interface Depth {
  /** Faults of any kind at any call. */
  readonly anywhere: number;
  /** Faults at calls that carry an effect. */
  readonly effects: number;
}

export interface Failure {
  readonly scenario: string;
  readonly plan: Plan;
  readonly violations: readonly Violation[];
  readonly seed?: number;
}

export interface Exploration {
  readonly scenario: string;
  /** Inputs and outputs of the run without faults, and how many of them carry an effect. */
  readonly calls: number;
  readonly effects: number;
  /** Plans that were run, by their number of faults. */
  readonly plans: readonly number[];
  /** Of these, runs that ended where another one had been. */
  readonly pruned: number;
  readonly failures: readonly Failure[];
  readonly seconds: number;
}

/** Plans that break something are kept up to here; one is enough to go on with. */
const MOST_FAILURES = 10;

export interface ExploreOptions {
  readonly depth: Depth;
  readonly condition?: (expression: string, held: boolean) => void;
  /** Told what the run without faults has: its inputs and outputs, and how many of them carry an effect. */
  readonly begun?: (calls: number, effects: number) => void;
  /** Told of each run. */
  readonly ran?: (calls: readonly Call[], struck: readonly { label: string; kind: string }[]) => void;
  readonly progress?: (done: number, known: number, faults: number) => void;
  /** Asked now and then; true ends the exploration where it is. */
  readonly enough?: (failures: number) => boolean;
}

export async function explore(production: Production, ready: Ready, options: ExploreOptions): Promise<Exploration> {
  const began = performance.now();
  const { depth } = options;
  const seen = new Seen();
  const failures: Failure[] = [];
  const plans: number[] = [];
  let pruned = 0;
  let calls = 0;
  let effects = 0;
  let level: number[] = [encode([], true)];
  for (let faults = 0; level.length > 0; faults += 1) {
    const next: number[] = [];
    plans[faults] = 0;
    for (const [done, code] of level.entries()) {
      const { plan, onlyEffects } = decode(code, faults);
      const left = leftOf(depth, faults, onlyEffects);
      const own = new Set<number>();
      let circle = false;
      const result = await run(production, ready, {
        plan,
        ...(options.condition === undefined ? {} : { condition: options.condition }),
        seen: (digest) => {
          if (own.has(digest)) {
            circle = true;
            return true;
          }
          own.add(digest);
          return seen.covers(digest, left);
        },
      });
      plans[faults] = done + 1;
      options.ran?.(result.calls, result.struck);
      if (faults === 0) {
        calls = result.calls.length;
        effects = result.calls.filter(({ effect }) => effect).length;
        options.begun?.(calls, effects);
      }
      if (result.prunedAt !== undefined && !circle) pruned += 1;
      const violations = circle
        ? [{ invariant: 'comes to rest', what: 'a state came again: it goes round in circles' }]
        : result.violations;
      if (violations.length > 0) {
        if (failures.length < MOST_FAILURES) failures.push({ scenario: ready.scenario.name, plan, violations });
        if (options.enough?.(failures.length) === true) break;
      } else if (!plan.some(({ kind }) => aloneOrBySeed.has(kind))) {
        const last = plan.at(-1)?.at ?? 0;
        const end = result.prunedAt ?? result.calls.length;
        extend(next, plan, onlyEffects, result, last + 1, end, left);
      }
      if (done % 64 === 63) options.progress?.(done + 1, level.length, faults);
    }
    if (options.enough?.(failures.length) === true) break;
    level = next;
  }
  return {
    scenario: ready.scenario.name,
    calls,
    effects,
    plans,
    pruned,
    failures,
    seconds: (performance.now() - began) / 1_000,
  };
}

/** Faults that may still be added: to any call, and to calls with an effect. */
interface Left {
  readonly anywhere: number;
  readonly effects: number;
}

function leftOf(depth: Depth, faults: number, onlyEffects: boolean): Left {
  const anywhere = Math.max(0, depth.anywhere - faults);
  return { anywhere, effects: onlyEffects ? Math.max(anywhere, depth.effects - faults) : anywhere };
}

function extend(
  into: number[],
  plan: Plan,
  onlyEffects: boolean,
  passed: Pick<RunResult, 'calls' | 'moments'>,
  from: number,
  to: number,
  left: Left,
): void {
  if (left.effects === 0) return;
  for (let at = from; at <= to; at += 1) {
    const { kinds, effect } = passed.calls[at - 1] as Call;
    for (const kind of kinds) {
      if (plan.length > 0 && aloneOrBySeed.has(kind)) continue;
      const among = onlyEffects && effect && !notAmongEffects.has(kind);
      if (left.anywhere === 0 && !among) continue;
      if (isSameAsAnother(kind, at, passed, from, among)) continue;
      into.push(encode([...plan, { at, kind }], among));
    }
  }
}

const ofOrder: ReadonlySet<FaultKind> = new Set(['overtaken', 'delayed', 'reordered']);

/**
 * Whether a fault leads where another plan, or none, has led: to let everybody else go first where nobody else is ready, and
 * to die before a call when nothing has happened since the process's own last one, after which it has died in another plan.
 */
export function isSameAsAnother(
  kind: FaultKind,
  at: number,
  { calls, moments }: Pick<RunResult, 'calls' | 'moments'>,
  from: number,
  among: boolean,
): boolean {
  const { stretch, alone } = moments[at - 1] as Moment;
  if (ofOrder.has(kind)) return alone;
  if (kind !== 'crash_before') return false;
  for (let before = at - 1; before >= from && moments[before - 1]?.stretch === stretch; before -= 1) {
    const { kinds, effect } = calls[before - 1] as Call;
    // A plan that goes on at effects only has to be covered by one that does.
    if (!among || effect) return kinds.includes(effect ? 'crash_after' : 'crash_before');
  }
  return false;
}

/** Which states were seen, with how much still to come. */
class Seen {
  private readonly known = new Map<number, number>();

  /** Whether everything that may follow was tried from this state; it will have been after this call. */
  covers(digest: number, { anywhere, effects }: Left): boolean {
    const before = this.known.get(digest);
    if (before !== undefined && before >> 3 >= anywhere && (before & 7) >= effects) return true;
    this.known.set(
      digest,
      Math.max(anywhere, (before ?? 0) >> 3) === anywhere ? (anywhere << 3) | effects : (before ?? 0),
    );
    return false;
  }
}

const PLACE = 4_096;
const KINDS = 32;

/** Up to three faults in one number, because there are millions of plans: the place and kind of each, 17 bits of 53. */
export function encode(plan: Plan, onlyEffects: boolean): number {
  let code = onlyEffects ? 1 : 0;
  for (const { at, kind } of [...plan].reverse()) {
    if (at >= PLACE) throw new Error(`a run has more than ${PLACE} calls`);
    code = code * PLACE * KINDS + at * KINDS + faultKinds.indexOf(kind);
  }
  if (!Number.isSafeInteger(code)) throw new Error(`a plan of ${plan.length} faults does not fit into one number`);
  return code;
}

export function decode(code: number, faults: number): { plan: Plan; onlyEffects: boolean } {
  let rest = code;
  const plan: { at: number; kind: FaultKind }[] = [];
  while (plan.length < faults) {
    const one = rest % (PLACE * KINDS);
    rest = Math.floor(rest / (PLACE * KINDS));
    plan.push({ at: Math.floor(one / KINDS), kind: faultKinds[one % KINDS] as FaultKind });
  }
  return { plan, onlyEffects: rest === 1 };
}
