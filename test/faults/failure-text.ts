import type { Failure } from './explore';
import { planText } from './plan';

/** What was broken, headed by the command that shows it again. */
export function failureText({ scenario, plan, violations, seed }: Failure): string {
  const again =
    seed === undefined
      ? `--scenario '${scenario}' --plan ${planText(plan)}`
      : `--seed ${seed} --plan ${planText(plan)}`;
  return [
    `BROKEN: npm run faults -- ${again}`,
    ...violations.map(({ invariant, what }) => `  ${invariant}: ${what}`),
  ].join('\n');
}
