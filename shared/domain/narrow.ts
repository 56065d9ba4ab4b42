import type { OrderAggregate } from './aggregate';
import type { Cancellation } from './cancellation';
import { deductionsOf, type Deduction } from './deduction';
import { countOf, freeOf, overlapOf, type Range } from './intervals';
import { unitsOfLine, type Shipment, type UnitSelection } from './order';
import { planRefund } from './plan';
import { isRefusal, type Refusal } from './refusal';
import { spaced } from './spacing';
import type { Instant } from './time';

/**
 * A cancellation without units that could not be stopped, in parcels or in the warehouse: they stay sold, and the rest goes on.
 * What it gives back is planned anew, so nothing of it may have been sent yet.
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
  const { policy } = aggregate.order.contract;
  const { initiator, reason, legs: before } = cancellation;
  const wanted = { role: initiator, core: reason.core };
  const deductions = [...deductionsOf(others, policy.fees ?? [], units, wanted), ...reductions];
  const destination = before.some(({ operation }) => operation === 'credit') ? ('store_credit' as const) : undefined;
  const plan = planRefund(others, units, { deductions, destination });
  if (isRefusal(plan)) return plan;
  const { deductions: _deductions, ...rest } = cancellation;
  return {
    ...rest,
    units,
    money: plan.money,
    ...(plan.deductions.length === 0 ? {} : { deductions: plan.deductions }),
    refund: plan.refund,
    legs: spaced(plan.legs, others, now),
    recalls: cancellation.recalls.filter((id) =>
      aggregate.shipments.some((parcel) => parcel.id === id && holds(parcel, units)),
    ),
  };
}

function without(units: UnitSelection, kept: readonly UnitSelection[]): UnitSelection {
  return Object.fromEntries(
    Object.entries(units).flatMap(([lineId, ranges]): [string, Range[]][] => {
      const end = Math.max(...ranges.map(({ to }) => to));
      const others = freeOf(
        end,
        kept.flatMap((selection) => unitsOfLine(selection, lineId)),
      );
      const left = overlapOf(ranges, others);
      return countOf(left) === 0 ? [] : [[lineId, left]];
    }),
  );
}

const holds = (parcel: Shipment, units: UnitSelection): boolean =>
  Object.entries(units).some(([lineId, ranges]) => overlapOf(ranges, unitsOfLine(parcel.units, lineId)).length > 0);
