import { PermanentFault } from '../../domain/faults';
import type { DisputeNotice } from '../../ports/payment-channel';
import { member, text } from '../json-members';

/** https://docs.stripe.com/api/events/types; the events about funds repeat what these say. */
export const disputeEventTypes = ['charge.dispute.created', 'charge.dispute.updated', 'charge.dispute.closed'] as const;

/**
 * The states in which money was not taken back, or is here again: an inquiry moves none, and a full refund ends it.
 * https://docs.stripe.com/disputes/how-disputes-work
 */
const STOPS_NOTHING: ReadonlySet<string> = new Set([
  'won',
  'warning_needs_response',
  'warning_under_review',
  'warning_closed',
]);

/**
 * Reads an event about a dispute: https://docs.stripe.com/api/disputes/object. A state that is not known stops refunds.
 *
 * @throws {PermanentFault} when an authentic one cannot be read: Stripe changed, a person must look
 */
export function disputeOf(event: unknown, type: string): DisputeNotice {
  const dispute = member(member(event, 'data'), 'object');
  const eventId = text(event, 'id');
  const id = text(dispute, 'id');
  const status = text(dispute, 'status');
  const created = member(event, 'created');
  // Charges of older integrations have no PaymentIntent.
  const payment = text(dispute, 'payment_intent') ?? text(dispute, 'charge');
  if (eventId === undefined || id === undefined || payment === undefined || status === undefined) {
    throw new PermanentFault(`stripe: ${type} that names no dispute`);
  }
  if (typeof created !== 'number') throw new PermanentFault(`stripe: ${type} without a time`);
  return { eventId, type, dispute: id, payment, stops: !STOPS_NOTHING.has(status), order: created };
}
