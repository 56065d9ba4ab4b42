import { PermanentFault } from '../../domain/faults';
import type { DisputeNotice } from '../../ports/payment-channel';
import { member, text } from '../json-members';

const TYPES: ReadonlySet<string> = new Set(['dispute.created', 'dispute.state.updated']);

/** States in which the bank has not taken the money back, or has given it back. */
const STOPS_NOTHING: ReadonlySet<string> = new Set([
  'WON',
  'INQUIRY_EVIDENCE_REQUIRED',
  'INQUIRY_PROCESSING',
  'INQUIRY_CLOSED',
]);

/**
 * Reads an event about a dispute: https://developer.squareup.com/reference/square/disputes/webhooks. A state that is not known
 * stops refunds. Each change of the dispute raises its version.
 *
 * @returns undefined for an event that does not concern one
 * @throws {PermanentFault} when an authentic one cannot be read: Square changed, a person must look
 */
export function disputeOfEvent(event: unknown): DisputeNotice | undefined {
  const type = text(event, 'type');
  if (type === undefined || !TYPES.has(type)) return undefined;
  const dispute = member(member(member(event, 'data'), 'object'), 'dispute');
  const eventId = text(event, 'event_id');
  const id = text(dispute, 'id') ?? text(dispute, 'dispute_id');
  const payment = text(member(dispute, 'disputed_payment'), 'payment_id');
  const state = text(dispute, 'state');
  const version = member(dispute, 'version');
  if (eventId === undefined || id === undefined || payment === undefined || state === undefined) {
    throw new PermanentFault(`square: ${type} that names no dispute`);
  }
  if (typeof version !== 'number') throw new PermanentFault(`square: ${type} without a version`);
  return { eventId, type, dispute: id, payment, stops: !STOPS_NOTHING.has(state), order: version };
}
