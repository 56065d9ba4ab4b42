import { explore, isSameAsAnother } from './explore';
import { planText, type Plan } from './plan';
import { prepare, run } from './run';
import { instant } from './scenarios/plain';
import { loadProduction } from './world/production';

test('a plan that is left out leads where another has led', async () => {
  const production = await loadProduction();
  const ready = await prepare(production, instant);
  const passed = await run(production, ready, { plan: [] });
  const plans = passed.calls.flatMap(({ kinds }, index) => kinds.map((kind) => ({ at: index + 1, kind })));
  const leftOut = plans.filter(({ at, kind }) => isSameAsAnother(kind, at, passed, 1, false));
  expect(leftOut.length).toBeGreaterThan(plans.length / 10);

  const states = new Set<number>();
  const goOn = (digest: number): boolean => (states.add(digest), false);
  await run(production, ready, { plan: [], seen: goOn });
  for (const fault of plans) if (!leftOut.includes(fault)) await run(production, ready, { plan: [fault], seen: goOn });
  const unknown = [];
  for (const fault of leftOut) {
    let first: number | undefined;
    await run(production, ready, { plan: [fault], seen: (digest) => ((first = digest), true) });
    if (first !== undefined && !states.has(first)) unknown.push(fault);
  }
  expect(unknown).toEqual([]);
});

test('a plan that is tried behind others in one run leads where it leads alone', async () => {
  const production = await loadProduction();
  const ready = await prepare(production, instant);
  const led: { plan: Plan; digest: number }[] = [];
  let runs = 0;
  const { failures } = await explore(production, ready, {
    depth: { anywhere: 1, effects: 2 },
    led: (plan, digest) => led.push({ plan, digest }),
    ran: () => void (runs += led.length > 0 ? 1 : 0),
    enough: () => led.length >= 150,
  });
  expect(failures).toEqual([]);
  expect(new Set(led.map(({ plan }) => planText(plan))).size).toBe(led.length);
  expect(runs).toBeLessThan(0.8 * led.length);

  const elsewhere = [];
  for (const { plan, digest } of led.filter((_, index) => index % 5 === 0)) {
    let first: number | undefined;
    await run(production, ready, { plan, seen: (state) => ((first = state), true) });
    if (first !== digest) elsewhere.push(planText(plan));
  }
  expect(elsewhere).toEqual([]);
});
