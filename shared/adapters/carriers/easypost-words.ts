import type { CarrierView, ParcelPosition } from '../../ports/carrier';
import { member, text } from '../json-members';

/**
 * EasyPost's words in ours. Source: https://docs.easypost.com/docs/trackers (tracker status) and
 * https://docs.easypost.com/docs/shipments/shipping-refund (refund_status), as read on 2026-11-22.
 */
const POSITIONS: ReadonlyMap<string, ParcelPosition> = new Map([
  // The label exists and no carrier has scanned it.
  ['unknown', 'label_created'],
  ['pre_transit', 'label_created'],
  ['in_transit', 'in_transit'],
  ['out_for_delivery', 'out_for_delivery'],
  ['available_for_pickup', 'awaiting_pickup'],
  ['delivered', 'delivered'],
  ['return_to_sender', 'returning'],
  ['failure', 'exception'],
  ['error', 'exception'],
  ['cancelled', 'voided'],
]);

/** `not_applicable` is a label that is billed when scanned: nothing was voided, and the parcel can still leave. */
const VOIDS: ReadonlyMap<string, CarrierView['void']> = new Map([
  ['submitted', 'accepted'],
  ['refunded', 'accepted'],
  ['rejected', 'refused'],
  ['not_applicable', 'refused'],
]);

/** @returns undefined for a word that EasyPost has added since */
export function positionOf(tracker: unknown): ParcelPosition | undefined {
  const position = POSITIONS.get(text(tracker, 'status') ?? '');
  return position === 'in_transit' && isFirstScan(tracker) ? 'handed_over' : position;
}

/** @returns undefined for a word that EasyPost has added since */
export function voidOf(refundStatus: string): CarrierView['void'] | undefined {
  return VOIDS.get(refundStatus);
}

/** EasyPost has no word for the hand-over: it is the first detail of a parcel in transit. */
function isFirstScan(tracker: unknown): boolean {
  const details = member(tracker, 'tracking_details');
  if (!Array.isArray(details)) return false;
  return details.filter((detail) => text(detail, 'status') === 'in_transit').length === 1;
}
