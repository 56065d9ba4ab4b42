import type { Shipment } from './order';

/** What the buyer of a parcel that could not be stopped can do about it. */
export const advices = ['refuse_delivery', 'return_it'] as const;
export type Advice = (typeof advices)[number];

/**
 * What its buyer is told about a parcel that could not be stopped. One that has something in it which he keeps is not refused
 * at the door.
 * @returns undefined where there is nothing that he could do, and where it stays sold: whoever refused it then would have neither
 *   his goods nor his money. It does not where the terms let him send it back, nor where his cancellation had gone on before
 */
export function adviceOn({
  position,
  recall,
  partlyKept,
  sentBack,
  failed,
}: Pick<Shipment, 'position' | 'recall' | 'partlyKept' | 'sentBack' | 'failed'>): Advice | undefined {
  if (recall !== 'refused' || (sentBack !== true && failed === undefined)) return undefined;
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
