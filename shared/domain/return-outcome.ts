import type { Deduction } from './deduction';
import { moneyOf, refundOf } from './freeze';
import type { Range } from './intervals';
import { percentOf, sum } from './money';
import { unitsOfLine, type OrderLine, type UnitSelection } from './order';
import type { ReturnRefundOn } from './policy';
import type { InspectedPart, InspectionReason, Return } from './return';
import { selectionOf, without } from './return-units';
import type { NoRestockReason } from './stock';

/** What the shop keeps of units that came back in a worse state, as it is called towards the buyer. */
export const returnReduction = 'return_reduction';

export interface ReturnOutcome {
  /** Units whose money goes back, less `deductions`. */
  units: UnitSelection;
  /** In the form in which a cancellation has them; none, or one of code `return_reduction`. */
  deductions: readonly Deduction[];
  /** Minor units: what `units` cost, less `deductions`. Fees of the cancellation itself are not looked at. */
  refund: number;
  /** Units whose money stays with the shop, and why. */
  kept: readonly { lineId: string; ranges: readonly Range[]; because: InspectionReason | 'not_received' | 'expired' }[];
  /** Units that go back on the shelf. */
  restock: UnitSelection;
  /** Units that are here and do not. */
  noRestock: readonly { lineId: string; ranges: readonly Range[]; reason: NoRestockReason }[];
}

/**
 * What a return comes to, once it is inspected or expired: each unit that was sent is in `units` or `kept`, and each that
 * arrived in `restock` or `noRestock`. The refund and the movements of stock are made by whoever waits for it; when they are,
 * `settle` ends the return. Where the terms want less than an inspection, its money is known earlier, whole.
 *
 * @param sold the lines of the order
 * @param refundOn what its money waits for, by the terms
 * @returns undefined while it is not known
 */
export function outcomeOf(
  given: Return,
  sold: readonly OrderLine[],
  refundOn: ReturnRefundOn = 'inspection',
): ReturnOutcome | undefined {
  const expired = given.status === 'expired';
  if (!expired && given.inspected === undefined) return paidBefore(given, sold, refundOn);
  const parts = given.inspected?.parts ?? [];
  const paid = parts.filter(({ result }) => result !== 'none');
  const units = selectionOf(paid);
  const reduction = sum(paid.map((part) => keptOf(sold, part)));
  const cost = sum(paid.map((part) => costOf(sold, part)));
  const absent = Object.entries(given.units).flatMap(([lineId, ranges]) => {
    const left = without(ranges, unitsOfLine(selectionOf(parts), lineId));
    return left.length === 0 ? [] : [{ lineId, ranges: left, because: expired ? 'expired' : 'not_received' } as const];
  });
  const refusedParts = parts.flatMap(({ lineId, ranges, result, reason }) =>
    result === 'none' ? [{ lineId, ranges, because: reason ?? 'other' } as const] : [],
  );
  return {
    units,
    deductions: reduction === 0 ? [] : [{ code: returnReduction, amount: reduction }],
    refund: cost - reduction,
    kept: [...refusedParts, ...absent],
    restock: selectionOf(parts.filter(({ noRestock }) => noRestock === undefined)),
    noRestock: parts.flatMap(({ lineId, ranges, noRestock }) =>
      noRestock === undefined ? [] : [{ lineId, ranges, reason: noRestock }],
    ),
  };
}

/** Of what nobody has looked at yet: all of it that is proved to be sent, or that is here. */
function paidBefore(
  { units: sent, sentBackAt, received }: Return,
  sold: readonly OrderLine[],
  refundOn: ReturnRefundOn,
): ReturnOutcome | undefined {
  const here = received?.units;
  const units = refundOn === 'inspection' ? undefined : (here ?? (refundOn === 'receipt' ? undefined : sent));
  if (units === undefined || (here === undefined && sentBackAt === undefined)) return undefined;
  const lines = Object.entries(sent);
  const refund = sum(lines.map(([lineId]) => costOf(sold, { lineId, ranges: unitsOfLine(units, lineId) })));
  const kept = lines.flatMap(([lineId, ranges]) => {
    const left = without(ranges, unitsOfLine(units, lineId));
    return left.length === 0 ? [] : [{ lineId, ranges: left, because: 'not_received' as const }];
  });
  return { units, deductions: [], refund, kept, restock: {}, noRestock: [] };
}

/** Minor units. A share is rounded down, in the buyer's favour. */
export function keptOf(
  sold: readonly OrderLine[],
  { lineId, ranges, keep }: Pick<InspectedPart, 'lineId' | 'ranges' | 'keep'>,
) {
  if (keep === undefined) return 0;
  return 'amount' in keep ? keep.amount : percentOf(costOf(sold, { lineId, ranges }), keep.basisPoints, 'down');
}

/** What units cost the buyer, in minor units. */
export function costOf(
  sold: readonly OrderLine[],
  { lineId, ranges }: Pick<InspectedPart, 'lineId' | 'ranges'>,
): number {
  const line = sold.find(({ id }) => id === lineId);
  return line === undefined ? 0 : refundOf(moneyOf(line.units, ranges));
}
