import type { Shipment } from './order';

/** What the buyer of a parcel that could not be stopped can do about it. */
export const advices = ['refuse_delivery', 'return_it'] as const;
export type Advice = (typeof advices)[number];

/**
 * What its buyer is told about a parcel that could not be stopped. One that has something in it which he keeps is not refused
 * at the door.
 * @returns undefined where there is nothing that he could do
 */
export function adviceOn({
  position,
  recall,
  partlyKept,
}: Pick<Shipment, 'position' | 'recall' | 'partlyKept'>): Advice | undefined {
  if (recall !== 'refused') return undefined;
  switch (position) {
    case 'returning':
    case 'returned':
    case 'lost':
    case 'voided':
      return undefined;
    case 'delivered':
      return 'return_it';
    default:
      return partlyKept === true ? 'return_it' : 'refuse_delivery';
  }
}
