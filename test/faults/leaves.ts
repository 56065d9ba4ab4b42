/**
 * The last faults of plans. Nothing is to come behind them, so one run can try many: when the whole is where a stem's run has
 * been, it goes on as that run did, and the next leaf is reached from there as it is reached alone. Most of what a run
 * does is the way to its last fault.
 */
import type { Failure } from './explore';
import type { Fault, Plan } from './plan';
import { run, type Ready, type RunResult } from './run';
import type { Stem, Ways } from './stem';
import type { Production } from './world/cloud';

export interface LeavesOptions {
  /** Whether all that may follow from a state was tried; nothing is to follow any more. */
  readonly known: (digest: number) => boolean;
  readonly condition?: (expression: string, held: boolean) => void;
  readonly ran?: (result: RunResult) => void;
  /** Told of each run: the plans that it tried, how many of these ended where another had been, and what it broke. */
  readonly tried: (plans: readonly Plan[], pruned: number, failures: readonly Failure[]) => void;
  /** Told of the first state behind each plan's last fault. */
  readonly led?: (plan: Plan, digest: number) => void;
  readonly enough: () => boolean;
}

/** A longer way than this to the next leaf is gone anew. */
const WITHIN = 40;

interface Tried {
  readonly plan: Plan;
  /** Where its faults were struck in this run. */
  readonly struck: readonly Fault[];
}

/** Tries every leaf of a stem and of all that grows out of it. */
export async function tryLeaves(
  production: Production,
  ready: Ready,
  root: Stem,
  ways: Ways,
  options: LeavesOptions,
): Promise<void> {
  const { condition } = options;
  for (let first = root.pick(0); first !== undefined && !options.enough(); first = root.pick(0)) {
    const tried: Tried[] = [{ plan: first.faults, struck: first.faults }];
    const circle = new Circle();
    let isFirst = true;
    const result = await run(production, ready, {
      plan: first.faults,
      ...(condition === undefined ? {} : { condition }),
      seen: (digest, world) => {
        if (isFirst) options.led?.((tried.at(-1) as Tried).plan, digest);
        isFirst = false;
        if (circle.closes(digest)) return true;
        const next = ways.onward(digest, WITHIN);
        if (next === undefined) return options.known(digest);
        const struck = next.faults.map(({ at, kind }) => ({ at: at + next.shift + world.count, kind }));
        world.strikeAlso(struck);
        const { plan } = next.stem;
        tried.push({ plan: [...plan, next.faults.at(-1) as Fault], struck });
        circle.forget();
        isFirst = true;
        return false;
      },
    });
    options.ran?.(result);
    const lost = tried.filter(({ struck }) => !struck.every((fault) => wasStruck(result, fault)));
    const broken = lost.length > 0 || circle.closed || result.violations.length > 0;
    const failures = broken ? await eachAlone(production, ready, tried) : [];
    if (broken && failures.length === 0) {
      const violations = lost.length > 0 ? [wentOnInTwoWays] : circle.closed ? [goesInCircles] : result.violations;
      failures.push({ scenario: ready.scenario.name, plan: tried.flatMap(({ struck }) => struck), violations });
    }
    // All but the last ended where another had been; the last one may have.
    const pruned = tried.length - (result.prunedAt === undefined || circle.closed ? 1 : 0);
    options.tried(
      tried.map(({ plan }) => plan),
      pruned,
      failures,
    );
  }
}

const wasStruck = ({ struck }: RunResult, { at, kind }: Fault): boolean =>
  struck.some((one) => one.at === at && one.kind === kind);

/** Several were tried in one run, and something is wrong: each once more by itself says which. */
async function eachAlone(production: Production, ready: Ready, tried: readonly Tried[]): Promise<Failure[]> {
  const failures: Failure[] = [];
  for (const { plan } of tried) {
    const circle = new Circle();
    const { violations } = await run(production, ready, { plan, seen: (digest) => circle.closes(digest) });
    const wrong = circle.closed ? [goesInCircles] : violations;
    if (wrong.length > 0) failures.push({ scenario: ready.scenario.name, plan, violations: wrong });
  }
  return failures;
}

export const goesInCircles = { invariant: 'comes to rest', what: 'a state came again: it goes round in circles' };
const wentOnInTwoWays = { invariant: 'the world itself', what: 'the same state went on in two ways' };

/** Notices when a run is where it was before. */
export class Circle {
  private readonly been = new Set<number>();
  closed = false;

  closes(digest: number): boolean {
    if (this.been.has(digest)) this.closed = true;
    this.been.add(digest);
    return this.closed;
  }

  forget(): void {
    this.been.clear();
  }
}
