import type { OrderAggregate } from './aggregate';
import type { Cancellation } from './cancellation';
import type { Deduction } from './deduction';
import type { UnitSelection } from './order';
import type { Refusal } from './refusal';
import { replanned, without } from './replan';
import type { Instant } from './time';

/**
 * A cancellation without units that could not be stopped, in parcels or in the warehouse: they stay sold, and the rest goes on.
 * @param reductions what the shop keeps of units that came back in a worse state
 * @returns undefined where nothing is left of it; a refusal where the payments do not cover the rest
 */
export function narrowed(
  aggregate: OrderAggregate,
  cancellation: Cancellation,
  kept: readonly UnitSelection[],
  now: Instant,
  reductions: readonly Deduction[] = [],
): Cancellation | Refusal | undefined {
  const units = without(cancellation.units, kept);
  if (Object.keys(units).length === 0) return undefined;
  const others = { ...aggregate, cancellations: aggregate.cancellations.filter(({ id }) => id !== cancellation.id) };
  return replanned(others, cancellation, units, now, reductions);
}
