import type { OrderAggregate } from './aggregate';
import type { ReasonCore, Role } from './cancellation';
import { addMoney, moneyOf, noMoney, refundOf } from './freeze';
import { percentOf, sum } from './money';
import { unitsOfLine, type LineKind, type OrderLine, type UnitSelection } from './order';

/** What the shop keeps of what the units cost: a component of its own, never hidden in the price of a unit. */
export interface Deduction {
  /** What it is called towards the buyer, e.g. `cancellation_fee`. */
  code: string;
  /** Minor units, above zero. */
  amount: number;
}

/** A fee of the contract, as data. */
export interface FeeRule {
  code: string;
  /** Of what the units cost the buyer; 1 % = 100. Rounded down, in the buyer's favour. */
  basisPoints?: number;
  /** Beside it or instead of it, minor units by currency. A currency that is not listed owes none. */
  fixed?: Readonly<Record<string, number>>;
  /** Never more than this, by currency. */
  cap?: Readonly<Record<string, number>>;
  /** Only for units of these kinds; absent: of all. */
  kinds?: readonly LineKind[];
}

/** Who wanted it, and why. */
export interface Wanted {
  role: Role;
  core: ReasonCore;
}

/** What is called towards the buyer what was spent of gift cards that he cancels. */
export const giftCardSpent = 'gift_card_spent';

/**
 * What a cancellation of some units keeps back: of gift cards what was spent, whoever cancels them and by whatever right,
 * and the fees of the contract.
 */
export function deductionsOf(
  aggregate: OrderAggregate,
  fees: readonly FeeRule[],
  units: UnitSelection,
  wanted: Wanted,
): Deduction[] {
  const spent = sum(aggregate.order.lines.map((line) => spentOf(line, units)));
  const owed = feesOf(aggregate, fees, units, wanted, costOf(aggregate, units) - spent);
  return spent > 0 ? [{ code: giftCardSpent, amount: spent }, ...owed] : owed;
}

function spentOf({ id, spent = 0, units: runs }: OrderLine, units: UnitSelection): number {
  return Math.min(spent, refundOf(moneyOf(runs, unitsOfLine(units, id))));
}

/**
 * The fees that a cancellation of some units owes. Only a buyer's own wish owes any: what a merchant, the platform or a
 * system cancels costs him nothing, and neither does the exercise of a statutory right.
 * @param atMost what the fees may come to, minor units; the first ones are taken first
 */
function feesOf(
  aggregate: OrderAggregate,
  fees: readonly FeeRule[],
  units: UnitSelection,
  { role, core }: Wanted,
  atMost: number,
): Deduction[] {
  if ((role !== 'customer' && role !== 'support') || core === 'withdrawal') return [];
  const { currency } = aggregate.order;
  let left = atMost;
  return fees.flatMap(({ code, basisPoints = 0, fixed, cap, kinds }) => {
    const base = costOf(aggregate, units, kinds);
    if (base === 0) return [];
    const fee = percentOf(base, basisPoints, 'down') + (fixed?.[currency] ?? 0);
    const amount = Math.min(fee, cap?.[currency] ?? fee, base, left);
    left -= amount;
    return amount > 0 ? [{ code, amount }] : [];
  });
}

/** What units cost the buyer, in minor units. */
function costOf(aggregate: OrderAggregate, units: UnitSelection, kinds?: readonly LineKind[]): number {
  const lines = aggregate.order.lines.filter(({ kind }) => kinds === undefined || kinds.includes(kind));
  return refundOf(
    lines.map((line) => moneyOf(line.units, unitsOfLine(units, line.id))).reduce(addMoney, { ...noMoney }),
  );
}
