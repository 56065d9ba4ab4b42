import { countOf } from './intervals';
import { unitsOfLine, type OrderLine } from './order';
import { isRefusal, refuse, type Refusal } from './refusal';
import { stepTo, type InspectedPart, type Return, type Step } from './return';
import { costOf, keptOf } from './return-outcome';
import { selectionOf, taken } from './return-units';

/** What an inspector has found, by quantities of a line; a line may stand several times. */
export interface Inspection extends Step {
  parts: readonly (Omit<InspectedPart, 'ranges'> & { quantity: number })[];
  note?: string;
}

/**
 * Says of every unit that has arrived what of its money goes back and whether it can be sold again. The same request again is
 * the same step.
 * @param sold the lines of the order, by which a reduction is measured
 * @returns `inspection_incomplete` where units are left out, `reduction_too_high` where nothing or less would go back
 */
export function inspect(before: Return, sold: readonly OrderLine[], inspection: Inspection): Return | Refusal {
  const { parts, note, at, by, request } = inspection;
  if (before.inspected?.request === request) return before;
  return stepTo(before, 'inspected', () => {
    const arrived = before.received?.units ?? {};
    const found: InspectedPart[] = [];
    for (const [index, { quantity, ...part }] of parts.entries()) {
      const wrong = partProblem(part, `/lines/${index}`);
      if (wrong !== undefined) return wrong;
      const units = taken(arrived, [{ lineId: part.lineId, quantity }], selectionOf(found), index);
      if (isRefusal(units)) return units;
      const whole = { ...part, ranges: unitsOfLine(units, part.lineId) };
      const cost = costOf(sold, whole);
      if (part.keep !== undefined && 'amount' in part.keep && keptOf(sold, whole) >= cost)
        return refuse('reduction_too_high', `The units of line ${part.lineId} cost ${cost}.`, {
          param: `/lines/${index}/keep`,
          facts: { cost },
        });
      found.push(whole);
    }
    const missing = Object.keys(arrived).find(
      (lineId) => countOf(unitsOfLine(arrived, lineId)) > countIn(found, lineId),
    );
    if (missing !== undefined)
      return refuse('inspection_incomplete', `Units of line ${missing} have arrived and are not inspected.`, {
        param: '/lines',
        facts: {
          lineId: missing,
          received: countOf(unitsOfLine(arrived, missing)),
          inspected: countIn(found, missing),
        },
      });
    return { inspected: { at, by, request, parts: found, ...(note === undefined ? {} : { note }) } };
  });
}

function partProblem(part: Omit<InspectedPart, 'ranges'>, param: string): Refusal | undefined {
  const { result, reason, keep } = part;
  const wrong = (field: string, why: string) => refuse('invalid_field', why, { param: `${param}/${field}` });
  if ((result === 'full') === (reason !== undefined))
    return wrong('reason', 'A full result has no reason, every other has one.');
  if ((result === 'reduced') !== (keep !== undefined))
    return wrong('keep', 'A reduced result keeps something, no other does.');
  if (keep === undefined) return undefined;
  const [figure, most] = 'amount' in keep ? [keep.amount, Number.MAX_SAFE_INTEGER] : [keep.basisPoints, 9_999];
  return Number.isSafeInteger(figure) && figure >= 1 && figure <= most
    ? undefined
    : wrong('keep', 'It is a whole number above zero, and less than all.');
}

const countIn = (parts: readonly InspectedPart[], lineId: string): number =>
  parts.filter((part) => part.lineId === lineId).reduce((sum, { ranges }) => sum + countOf(ranges), 0);
