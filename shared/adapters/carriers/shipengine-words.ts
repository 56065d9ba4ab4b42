import rows from '../../domain/carriers/tracking/shipengine.json';
import type { ParcelPosition, PostageRefund } from '../../ports/carrier';
import { text } from '../json-members';
import { positions } from './tracking-words';

const POSITION = positions(rows);

/** States of ShipEngine's Refund Assist; `excluded`: the shop has taken the label out of it. */
const REFUNDS: ReadonlyMap<string, PostageRefund> = new Map([
  ['request_scheduled', 'submitted'],
  ['pending', 'submitted'],
  ['approved', 'refunded'],
  ['rejected', 'rejected'],
  ['excluded', 'none'],
]);

/**
 * Where a tracking object says that the parcel is; its detail says more than its code.
 *
 * @returns undefined for words that say nothing of it
 */
export function positionOf(tracking: unknown): ParcelPosition | undefined {
  return POSITION(text(tracking, 'status_detail_code')) ?? POSITION(text(tracking, 'status_code'));
}

/** @returns undefined where nothing is told of the postage */
export function postageRefundOf(refundDetails: unknown): PostageRefund | undefined {
  return REFUNDS.get(text(refundDetails, 'refund_status') ?? '');
}
