import rows from '../../domain/carriers/tracking/ups.json';
import type { ParcelPosition } from '../../ports/carrier';
import { text } from '../json-members';
import { positions } from './tracking-words';

const POSITION = positions(rows);

/**
 * Where a status of UPS says that the parcel is. `D` covers the way from the delivery vehicle to the door; an actual day of
 * delivery tells the door apart.
 *
 * @param detail the finer code beside it: `statusCode` of tracking, `descriptionCode` of Track Alert
 * @returns undefined for words that say nothing of it
 */
export function positionOf(
  status: unknown,
  detail: string | undefined,
  delivered: boolean,
): ParcelPosition | undefined {
  const type = text(status, 'type') ?? '';
  const code = text(status, 'code') ?? '';
  if (type === 'D' && delivered) return POSITION('D delivered');
  return POSITION(`${type} ${code}`) ?? POSITION(detail) ?? POSITION(type);
}
