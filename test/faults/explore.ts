/**
 * Every plan of a scenario up to a number of faults. Adaptive: which calls there are to strike is learnt from the run that
 * the plan extends. Pruned: a run ends where the state of the whole has been seen with as many faults still to come, for
 * everything that could follow was tried from there.
 */
import { Circle, goesInCircles, tryLeaves } from './leaves';
import { aloneOrBySeed, notAmongEffects, type FaultKind, type Plan } from './plan';
import { run, type Ready, type RunResult, type Violation } from './run';
import { Stem, Ways } from './stem';
import type { Production } from './world/cloud';
import type { Call, Moment } from './world/world';

export interface Depth {
  /** Faults of any kind at any call. */
  readonly anywhere: number;
  /** Faults at calls that carry an effect. */
  readonly effects: number;
  /** At a place that carries an effect only one of the kinds that fit there, by turns: a sample for stories not in depth. */
  readonly byTurns?: true;
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
  readonly progress?: (done: number, known: number) => void;
  /** Told of plans behind which nothing is to come: the first state behind the last fault. */
  readonly led?: (plan: Plan, digest: number) => void;
  /** Asked now and then; true ends the exploration where it is. */
  readonly enough?: (failures: number) => boolean;
}

export async function explore(production: Production, ready: Ready, options: ExploreOptions): Promise<Exploration> {
  const began = performance.now();
  const { depth, condition } = options;
  const seen = new Seen();
  const ways = new Ways();
  const failures: Failure[] = [];
  const plans: number[] = [];
  const root = Stem.root();
  let [known, pruned, calls, effects] = [1, 0, 0, 0];
  const enough = (): boolean => options.enough?.(failures.length) === true;
  const tried = (prunedOfThese: number, found: readonly Failure[], ...faults: readonly number[]): void => {
    for (const count of faults) plans[count] = (plans[count] ?? 0) + 1;
    pruned += prunedOfThese;
    failures.push(...found.slice(0, Math.max(0, MOST_FAILURES - failures.length)));
    const done = sum(plans);
    if (Math.floor(done / 64) > Math.floor((done - faults.length) / 64)) options.progress?.(done, known);
  };

  // All that others extend comes first, shortest plans first: then most of where their leaves lead is known.
  for (let level = [root]; level.length > 0 && !enough(); level = level.flatMap(({ branches }) => branches)) {
    for (const stem of level) {
      const { plan } = stem;
      const left = leftOf(depth, plan.length, stem.onlyEffects);
      const circle = new Circle();
      const path: { digest: number; count: number }[] = [];
      const result = await run(production, ready, {
        plan,
        ...(condition === undefined ? {} : { condition }),
        seen: (digest, { count }) => {
          if (circle.closes(digest)) return true;
          if (seen.covers(digest, left)) {
            stem.end = { digest, count };
            return true;
          }
          path.push({ digest, count });
          return false;
        },
      });
      options.ran?.(result.calls, result.struck);
      if (stem === root) {
        calls = result.calls.length;
        effects = result.calls.filter(({ effect }) => effect).length;
        options.begun?.(calls, effects);
      }
      const violations = circle.closed ? [goesInCircles] : result.violations;
      if (violations.length === 0) {
        ways.add(stem, path);
        known += grow(stem, depth, result);
      }
      const found = violations.length === 0 ? [] : [{ scenario: ready.scenario.name, plan, violations }];
      tried(stem.end === undefined ? 0 : 1, found, plan.length);
      if (enough()) break;
    }
  }
  if (!enough()) {
    await tryLeaves(production, ready, root, ways, {
      known: (digest) => seen.covers(digest, { anywhere: 0, effects: 0 }),
      ...(condition === undefined ? {} : { condition }),
      ran: (result) => options.ran?.(result.calls, result.struck),
      ...(options.led === undefined ? {} : { led: options.led }),
      tried: (ofRun, prunedOfThese, found) => tried(prunedOfThese, found, ...ofRun.map(({ length }) => length)),
      enough,
    });
  }
  const seconds = (performance.now() - began) / 1_000;
  return { scenario: ready.scenario.name, calls, effects, plans, pruned, failures, seconds };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** Faults that may still be added: to any call, and to calls with an effect. */
interface Left {
  readonly anywhere: number;
  readonly effects: number;
}

function leftOf(depth: Depth, faults: number, onlyEffects: boolean): Left {
  const anywhere = Math.max(0, depth.anywhere - faults);
  return { anywhere, effects: onlyEffects ? Math.max(anywhere, depth.effects - faults) : anywhere };
}

/** Lets the plans grow that go on with one fault more. @returns how many */
function grow(stem: Stem, depth: Depth, { calls, moments, prunedAt }: RunResult): number {
  const { plan, onlyEffects } = stem;
  const left = leftOf(depth, plan.length, onlyEffects);
  if (left.effects === 0) return 0;
  let grown = 0;
  const from = (plan.at(-1)?.at ?? 0) + 1;
  for (let at = from; at <= (prunedAt ?? calls.length); at += 1) {
    const { kinds, effect } = calls[at - 1] as Call;
    const isAmong = (kind: FaultKind): boolean => onlyEffects && effect && !notAmongEffects.has(kind);
    const fitting = kinds.filter(
      (kind) =>
        !(plan.length > 0 && aloneOrBySeed.has(kind)) &&
        (left.anywhere > 0 || isAmong(kind)) &&
        !isSameAsAnother(kind, at, { calls, moments }, from, isAmong(kind)),
    );
    const turn = grown % fitting.length;
    for (const kind of depth.byTurns === true ? fitting.slice(turn, turn + 1) : fitting) {
      const among = isAmong(kind);
      grown += 1;
      const isLast = aloneOrBySeed.has(kind) || leftOf(depth, plan.length + 1, among).effects === 0;
      if (isLast) stem.leaf({ at, kind });
      else stem.branch({ at, kind }, among);
    }
  }
  return grown;
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
