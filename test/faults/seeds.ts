/** Runs by seed: a made up story, up to eight faults at places that chance chooses, and chance in who goes next. */
import { chanceOf, upTo } from './chance';
import type { Plan } from './plan';
import { prepare, run, type Ready, type RunResult, type Violation } from './run';
import { seededScenario, shapeOf } from './scenarios/seeded';
import type { Production } from './world/cloud';
import type { FaultKind } from './plan';

interface Shape {
  readonly ready: Ready;
  readonly scenario: ReturnType<typeof seededScenario>;
  /** Calls of a run without faults. */
  readonly calls: number;
}

/** Places orders when a shape is first asked for, and keeps them for all its seeds. */
export class Shapes {
  private readonly known = new Map<number, Promise<Shape>>();

  constructor(private readonly production: Production) {}

  of(shape: number): Promise<Shape> {
    let found = this.known.get(shape);
    if (found === undefined) {
      found = this.make(shape);
      this.known.set(shape, found);
    }
    return found;
  }

  private async make(shape: number): Promise<Shape> {
    const scenario = seededScenario(shape);
    const ready = await prepare(this.production, scenario);
    const { calls } = await run(this.production, ready, { plan: [] });
    return { ready, scenario, calls: calls.length };
  }
}

export interface SeedOptions {
  readonly recording?: boolean;
  /** Instead of the faults that the seed would choose. */
  readonly plan?: Plan;
  readonly condition?: (expression: string, held: boolean) => void;
}

export async function runSeed(
  production: Production,
  shapes: Shapes,
  seed: number,
  options: SeedOptions = {},
): Promise<RunResult> {
  const { ready, scenario, calls } = await shapes.of(shapeOf(seed));
  const choice = chanceOf(seed * 3 + 1);
  const luck = chanceOf(seed * 3 + 2);
  const acting = chanceOf(seed * 3 + 3);
  return run(
    production,
    { ...ready, scenario: { ...scenario, act: (stage, orders) => scenario.actBy(stage, orders, acting) } },
    {
      plan: options.plan ?? [],
      ...(options.plan === undefined ? { anywhere: placesOf(choice, calls) } : {}),
      random: luck,
      ...(options.recording === undefined ? {} : { recording: options.recording }),
      ...(options.condition === undefined ? {} : { condition: options.condition }),
    },
  );
}

/** One to eight places, each with a number that says which of the kinds that fit there it is. */
export function placesOf(choice: () => number, calls: number): ReadonlyMap<number, number> {
  const places = new Map<number, number>();
  const count = 1 + upTo(choice, 8);
  for (let fault = 0; fault < count; fault += 1) places.set(1 + upTo(choice, calls * 1.3), choice());
  return places;
}

export interface ShrunkSeed {
  readonly seed: number;
  readonly plan: Plan;
  readonly violations: readonly Violation[];
}

/** Leaves out one fault after the other for as long as something stays broken. */
export async function shrink(
  plan: Plan,
  again: (plan: Plan) => Promise<readonly Violation[]>,
): Promise<{ plan: Plan; violations: readonly Violation[] }> {
  let best = { plan, violations: await again(plan) };
  for (let smaller = true; smaller;) {
    smaller = false;
    for (let at = 0; at < best.plan.length; at += 1) {
      const without = best.plan.filter((_, place) => place !== at);
      const violations = await again(without);
      if (violations.length === 0) continue;
      best = { plan: without, violations };
      smaller = true;
      break;
    }
  }
  return best;
}

export const struckPlan = ({ struck }: RunResult): Plan =>
  struck.map(({ at, kind }) => ({ at, kind: kind as FaultKind }));
