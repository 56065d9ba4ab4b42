/** One run: a scenario, a plan, a world, and what was wrong at the end. */
import { beforeTime, Cloud, type CloudOptions, type Prepared, type Production } from './world/cloud';
import type { Plan } from './plan';
import { invariants } from './invariants/invariants';
import { aftermathOf } from './invariants/aftermath';
import { Stage, type PlacedOrder, type Scenario } from './scenarios/scenario';
import { letTimePass } from './scenarios/schedules';
import type { Call, Happening, Moment } from './world/world';

/** A scenario whose orders are placed: runs begin here. */
export interface Ready {
  readonly scenario: Scenario;
  readonly orders: readonly PlacedOrder[];
  readonly from: Prepared;
}

export interface Violation {
  /** The invariant's name. */
  readonly invariant: string;
  readonly what: string;
}

export interface RunResult {
  readonly violations: readonly Violation[];
  readonly calls: readonly Call[];
  /** Of each call. */
  readonly moments: readonly Moment[];
  /** Faults of the plan that found something to strike. */
  readonly struck: readonly { at: number; kind: string; label: string }[];
  /** Set when the run ended early because its state was known. */
  readonly prunedAt?: number;
  readonly history: readonly Happening[];
  readonly cloud: Cloud;
}

export async function prepare(production: Production, scenario: Scenario): Promise<Ready> {
  const { providers = [], carriers = [] } = scenario;
  const further = [...providers, ...carriers];
  const cloud = new Cloud({ production, plan: [], startAt: beforeTime, further });
  await cloud.start();
  const orders = await scenario.prepare(new Stage(cloud));
  await cloud.world.rest();
  // The first round of all writes more than those that follow, for each connection; some stories go through it.
  if (scenario.inDepth !== undefined || providers.length > 0) {
    void cloud.invoker.invoke('reconcile', {});
    await cloud.world.rest();
  }
  if (cloud.violations.length > 0) throw new Error(`${scenario.name}: ${cloud.violations.join('\n')}`);
  return { scenario, orders, from: cloud.prepared() };
}

export async function run(
  production: Production,
  { scenario, orders, from }: Ready,
  options: Pick<CloudOptions, 'anywhere' | 'random' | 'recording' | 'seen' | 'condition'> & { plan: Plan },
): Promise<RunResult> {
  // A run never waits for the outside: between two of them messages to other processes get out.
  await new Promise((resolve) => setImmediate(resolve));
  const cloud = new Cloud({ production, from, ...options });
  await cloud.start();
  const stage = new Stage(cloud);
  scenario.act(stage, orders);
  await letTimePass(cloud);
  const { world } = cloud;
  const shared = { calls: world.calls, moments: world.moments, struck: world.struck, history: world.history, cloud };
  const broken = cloud.violations.map((what) => ({ invariant: 'the world itself', what }));
  if (world.endless !== undefined) broken.push({ invariant: 'comes to rest', what: world.endless });
  broken.push(
    ...cloud.leaps.map((what) => ({ invariant: 'a path of the machine', what })),
    ...cloud.crossings.map((what) => ({ invariant: 'tenants are apart', what })),
    ...cloud.tooEarly.map((what) => ({ invariant: 'money of parcels waits', what })),
    ...cloud.unintended.map((what) => ({ invariant: 'intent before effect', what })),
  );
  if (broken.length > 0) return { ...shared, violations: broken };
  if (world.prunedAt !== undefined) return { ...shared, violations: [], prunedAt: world.prunedAt };
  const aftermath = await aftermathOf(cloud, stage, orders);
  const violations = invariants.flatMap(({ name, check }) =>
    check(aftermath).map((what): Violation => ({ invariant: name, what })),
  );
  const expected = scenario.expect?.({
    orders,
    cancellations: aftermath.cancellations,
    shipments: aftermath.orders.flatMap(({ shipments }) => shipments),
    struck: world.struck.length,
  });
  for (const what of expected ?? []) violations.push({ invariant: 'as the scenario says', what });
  return { ...shared, violations };
}
