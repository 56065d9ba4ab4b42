import rows from '../../domain/carriers/tracking/easypost.json';
import type { CarrierView, ParcelPosition, PostageRefund } from '../../ports/carrier';
import { member, text } from '../json-members';
import { positions } from './tracking-words';

const POSITION = positions(rows);

/**
 * `not_applicable` is a label that is billed when scanned: nothing was voided, and the parcel can still leave.
 * https://docs.easypost.com/docs/shipments/shipping-refund (refund_status), as read on 2026-11-22.
 */
const VOIDS: ReadonlyMap<string, [CarrierView['void'], PostageRefund]> = new Map([
  ['submitted', ['accepted', 'submitted']],
  ['refunded', ['accepted', 'refunded']],
  ['rejected', ['refused', 'rejected']],
  ['not_applicable', ['refused', 'none']],
]);

/** @returns undefined for a word that EasyPost has added since */
export function positionOf(tracker: unknown): ParcelPosition | undefined {
  const position = POSITION(text(tracker, 'status'));
  return position === 'in_transit' && isFirstScan(tracker) ? 'handed_over' : position;
}

/** @returns undefined for a word that EasyPost has added since */
export function voidOf(refundStatus: string): CarrierView['void'] | undefined {
  return VOIDS.get(refundStatus)?.[0];
}

/** What became of the postage, which EasyPost tells in the same word. @returns as `voidOf` */
export function postageRefundOf(refundStatus: string): PostageRefund | undefined {
  return VOIDS.get(refundStatus)?.[1];
}

/** EasyPost has no word for the hand-over: it is the first detail of a parcel in transit. */
function isFirstScan(tracker: unknown): boolean {
  const details = member(tracker, 'tracking_details');
  if (!Array.isArray(details)) return false;
  return details.filter((detail) => text(detail, 'status') === 'in_transit').length === 1;
}
