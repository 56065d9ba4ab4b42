import fc from 'fast-check';
import { decode, encode, isSameAsAnother } from './explore';
import { faultKinds } from './plan';
import { prepare, run } from './run';
import { instant } from './scenarios/plain';
import { loadProduction } from './world/production';

const fault = fc.record({ at: fc.integer({ min: 1, max: 4_095 }), kind: fc.constantFrom(...faultKinds) });

test('a plan of up to three faults is the same plan when it is taken out again', () => {
  fc.assert(
    fc.property(fc.array(fault, { maxLength: 3 }), fc.boolean(), (plan, onlyEffects) => {
      expect(decode(encode(plan, onlyEffects), plan.length)).toEqual({ plan, onlyEffects });
    }),
  );
});

test('a plan that would not fit into its number is refused', () => {
  const plan = [1, 2, 3, 4].map((at) => ({ at, kind: 'conflict' as const }));
  expect(() => encode(plan, true)).toThrow('does not fit');
});

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
