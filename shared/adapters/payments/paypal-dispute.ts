import { PermanentFault } from '../../domain/faults';
import type { DisputeNotice } from '../../ports/payment-channel';
import { member, text } from '../json-members';

/** https://developer.paypal.com/docs/disputes/webhooks */
export const disputeEventTypes = [
  'CUSTOMER.DISPUTE.CREATED',
  'CUSTOMER.DISPUTE.UPDATED',
  'CUSTOMER.DISPUTE.RESOLVED',
] as const;

const TYPES: ReadonlySet<string> = new Set(disputeEventTypes);

/** Outcomes with which the shop keeps the money: https://developer.paypal.com/api/customer-disputes/v1/ */
const STOPS_NOTHING: ReadonlySet<string> = new Set(['RESOLVED_SELLER_FAVOUR', 'CANCELED_BY_BUYER', 'DENIED']);

/**
 * Reads an event about a dispute, which may be about several captures. One that is over without an outcome that is known
 * stops refunds.
 *
 * @returns undefined for an event that does not concern one
 * @throws {PermanentFault} when an authentic one cannot be read: PayPal changed, a person must look
 */
export function disputesOf(event: unknown): DisputeNotice[] | undefined {
  const type = text(event, 'event_type');
  if (type === undefined || !TYPES.has(type)) return undefined;
  const resource = member(event, 'resource');
  const eventId = text(event, 'id');
  const dispute = text(resource, 'dispute_id');
  const order = Date.parse(text(event, 'create_time') ?? '');
  const captures = member(resource, 'disputed_transactions');
  if (eventId === undefined || dispute === undefined || !Array.isArray(captures) || Number.isNaN(order)) {
    throw new PermanentFault(`paypal: ${type} that names no dispute`);
  }
  const outcome = text(member(resource, 'dispute_outcome'), 'outcome_code') ?? '';
  const stops = text(resource, 'status') !== 'RESOLVED' || !STOPS_NOTHING.has(outcome);
  return captures.map((capture: unknown) => {
    const payment = text(capture, 'seller_transaction_id');
    if (payment === undefined) throw new PermanentFault(`paypal: ${type} that names no capture`);
    return { eventId, type, dispute, payment, stops, order };
  });
}

/**
 * What a webhook may say of disputes. Its body is covered by a checksum only, which whoever has one signed message can keep
 * while he changes the rest: so it may stop refunds, and what would let them go again is left to the list of events, which we
 * fetch from PayPal ourselves. Nor is it later than the message, whose time is signed: a stop from the far future would outlast
 * everything that PayPal tells after it.
 *
 * @param sent when the message was sent, milliseconds since epoch, UTC
 */
export function stopsOf(notices: readonly DisputeNotice[], sent: number): DisputeNotice[] {
  return notices.filter(({ stops }) => stops).map((notice) => ({ ...notice, order: Math.min(notice.order, sent) }));
}
