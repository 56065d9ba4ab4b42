import { derivedId } from '../../domain/ids';
import type { StockMovementSource, StockRelease } from '../../ports/stock-keeper';

/** Derived, so that a movement made again is the same movement. */
export function givenBackId(
  type: 'release' | 'reserve',
  { cancellationId }: StockMovementSource,
  { lineId, component, sku, location }: StockRelease,
  round: number,
): string {
  return component === undefined
    ? derivedId('mov', type, cancellationId, lineId, round)
    : derivedId('mov', type, cancellationId, lineId, round, sku, location);
}
