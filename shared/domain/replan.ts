import { holdingCancellations, type OrderAggregate } from './aggregate';
import type { Cancellation, RefundLeg } from './cancellation';
import { deductionsOf, type Deduction } from './deduction';
import { paymentDisputed } from './dispute';
import { countOf, freeOf, overlapOf, type Range } from './intervals';
import { sum } from './money';
import { unitsOfLine, type Shipment, type UnitSelection } from './order';
import { planRefund } from './plan';
import { isRefusal, type Refusal } from './refusal';
import { spaced } from './spacing';
import type { Instant } from './time';

/**
 * A cancellation with other units than it had: what it gives back is planned anew, so nothing of it may have been sent yet. Parts of
 * one cancellation owe its fees together once, whatever part is carried out first.
 * @param others the order without this cancellation
 * @param reductions what the shop keeps of units that came back in a worse state
 * @returns a refusal where the payments do not cover the units
 */
export function replanned(
  others: OrderAggregate,
  cancellation: Cancellation,
  units: UnitSelection,
  now: Instant,
  reductions: readonly Deduction[] = [],
): Cancellation | Refusal {
  const deductions = [...feesOfPart(others, cancellation, units), ...reductions];
  const credited = cancellation.legs.some(({ operation }) => operation === 'credit');
  const plan = planRefund(others, units, { deductions, destination: credited ? 'store_credit' : undefined });
  if (isRefusal(plan)) return plan;
  const { deductions: _deductions, usedLines = [], ...rest } = cancellation;
  const used = usedLines.filter((lineId) => units[lineId] !== undefined);
  return {
    ...rest,
    units,
    money: plan.money,
    ...(plan.deductions.length === 0 ? {} : { deductions: plan.deductions }),
    refund: plan.refund,
    legs: spaced(plan.legs, others, now),
    ...(used.length === 0 ? {} : { usedLines: used }),
    recalls: cancellation.recalls.filter((id) =>
      others.shipments.some((parcel) => parcel.id === id && holdsAny(parcel, units)),
    ),
  };
}

/**
 * Whether nothing of its plan has been begun: a leg that was sent, or decided on by a person, keeps its amount, way and attempt,
 * since its provider may know them. A cancellation that was carried out once, or worked on as a case, is not planned anew.
 */
export function mayBeReplanned({ legs, counted, undo, resumedAt }: Cancellation): boolean {
  return counted === undefined && undo === undefined && resumedAt === undefined && legs.every(isUntouched);
}

function isUntouched({ operation, status, attempt, since, failure }: RefundLeg): boolean {
  if (operation === 'decrease') return true;
  const waits = status === 'planned' || (status === 'failed' && failure === paymentDisputed);
  return waits && attempt === 1 && since === undefined;
}

/** What these units owe of the fees that all parts owe together; never more than they would owe alone. */
function feesOfPart(others: OrderAggregate, cancellation: Cancellation, units: UnitSelection): Deduction[] {
  const { fees = [] } = others.order.contract.policy;
  const wanted = { role: cancellation.initiator, core: cancellation.reason.core };
  const alone = deductionsOf(others, fees, units, wanted);
  const family = holdingCancellations(others).filter((other) => rootOf(other) === rootOf(cancellation));
  if (family.length === 0) return alone;
  const together = family.reduce((all, other) => withAll(all, other.units), units);
  const owed = deductionsOf(others, fees, together, wanted);
  const taken = family.flatMap(({ deductions = [] }) => deductions);
  return alone.reduce<Deduction[]>((mine, { code, amount }) => {
    const rest = sum(amountsOf(owed, code)) - sum(amountsOf([...taken, ...mine], code));
    return rest > 0 ? [...mine, { code, amount: Math.min(amount, rest) }] : mine;
  }, []);
}

const amountsOf = (deductions: readonly Deduction[], code: string): number[] =>
  deductions.filter((deduction) => deduction.code === code).map(({ amount }) => amount);

/** The cancellation that was asked for: itself, or the one that it is a part of. */
const rootOf = ({ id, part }: Cancellation): string => part?.of ?? id;

function withAll(units: UnitSelection, more: UnitSelection): UnitSelection {
  const lines = [...new Set([...Object.keys(units), ...Object.keys(more)])];
  return Object.fromEntries(lines.map((id) => [id, [...unitsOfLine(units, id), ...unitsOfLine(more, id)]]));
}

/** A selection without the units of others. */
export function without(units: UnitSelection, taken: readonly UnitSelection[]): UnitSelection {
  return Object.fromEntries(
    Object.entries(units).flatMap(([lineId, ranges]): [string, Range[]][] => {
      const end = Math.max(...ranges.map(({ to }) => to));
      const others = freeOf(
        end,
        taken.flatMap((selection) => unitsOfLine(selection, lineId)),
      );
      const left = overlapOf(ranges, others);
      return countOf(left) === 0 ? [] : [[lineId, left]];
    }),
  );
}

const holdsAny = (parcel: Shipment, units: UnitSelection): boolean =>
  Object.entries(units).some(([lineId, ranges]) => overlapOf(ranges, unitsOfLine(parcel.units, lineId)).length > 0);
