import fc from 'fast-check';
import { decode, encode } from './explore';
import { faultKinds } from './plan';

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
