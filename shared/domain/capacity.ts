import { stages, type OrderLine, type UnitSelection } from './order';

/**
 * What a line that is not goods takes up (a table, a technician's hour, a place on a course) is kept in stock as goods are: as
 * units of a SKU at a location. Before the work has begun somebody else can have it; from then on it is used.
 */
export const capacityIsUsed = ({ kind, stage }: Pick<OrderLine, 'kind' | 'stage'>): boolean =>
  kind !== 'goods' && stages.indexOf(stage ?? 'placed') >= stages.indexOf('started');

/** Of the lines of a selection, the ids of those whose capacity is used. */
export const usedLinesOf = (lines: readonly OrderLine[], units: UnitSelection): string[] =>
  lines.filter((line) => units[line.id] !== undefined && capacityIsUsed(line)).map(({ id }) => id);
