import { countOf, firstOf, freeOf, overlapOf, type Range } from './intervals';
import { unitsOfLine, type UnitSelection } from './order';
import { refuse, type Refusal } from './refusal';

/**
 * Units by quantities: the first ones of each line that are not gone. @returns a refusal for what is not there
 * @param place of the first line in the request
 */
export function taken(
  from: UnitSelection,
  lines: readonly { lineId: string; quantity: number }[],
  gone: UnitSelection = {},
  place = 0,
): UnitSelection | Refusal {
  const units: Record<string, readonly Range[]> = Object.create(null) as Record<string, readonly Range[]>;
  if (lines.length === 0) return refuse('invalid_field', 'It names no units.', { param: '/lines' });
  for (const [index, { lineId, quantity }] of lines.entries()) {
    const param = `/lines/${index + place}`;
    if (!Number.isSafeInteger(quantity) || quantity < 1)
      return refuse('invalid_field', 'A quantity is a whole number from 1.', { param: `${param}/quantity` });
    if (Object.hasOwn(units, lineId))
      return refuse('invalid_field', `Line ${lineId} is named twice.`, { param: `${param}/lineId` });
    const left = without(unitsOfLine(from, lineId), unitsOfLine(gone, lineId));
    if (countOf(left) < quantity)
      return refuse('units_not_in_return', `Of line ${lineId} there are ${countOf(left)} units, not ${quantity}.`, {
        param: countOf(left) === 0 ? `${param}/lineId` : `${param}/quantity`,
        facts: { available: countOf(left) },
      });
    units[lineId] = firstOf(left, quantity);
  }
  return units;
}

export function without(ranges: readonly Range[], gone: readonly Range[]): Range[] {
  const end = Math.max(0, ...ranges.map(({ to }) => to));
  return overlapOf(ranges, freeOf(end, gone));
}

export function selectionOf(parts: readonly { lineId: string; ranges: readonly Range[] }[]): UnitSelection {
  const units: Record<string, Range[]> = Object.create(null) as Record<string, Range[]>;
  for (const { lineId, ranges } of parts) (units[lineId] ??= []).push(...ranges);
  return units;
}
