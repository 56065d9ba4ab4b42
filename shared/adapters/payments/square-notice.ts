import { PermanentFault } from '../../domain/faults';
import type { PaymentNotice } from '../../ports/payment-channel';
import { member, text } from '../json-members';
import { readLongTrail } from './long-trail';
import { idOf, refundStatusOf } from './square-answer';

const TYPES: ReadonlySet<string> = new Set(['refund.created', 'refund.updated']);

/**
 * Reads one of Square's events: https://developer.squareup.com/reference/square/refunds/webhooks/refund.updated
 *
 * @returns undefined for an event that does not concern a refund
 * @throws {PermanentFault} when an authentic refund event cannot be read: Square changed, a person must look
 */
export function noticeOfEvent(tenant: string, event: unknown): PaymentNotice | undefined {
  const type = text(event, 'type');
  if (type === undefined || !TYPES.has(type)) return undefined;
  const refund = member(member(member(event, 'data'), 'object'), 'refund');
  const eventId = text(event, 'event_id');
  if (eventId === undefined || idOf(refund) === undefined)
    throw new PermanentFault(`square: ${type} that names no refund`);
  return noticeOf(tenant, refund, eventId, type);
}

/**
 * A refund from Square's list, as if it had been told by webhook. The list knows no events: the same state of a refund is
 * the same event.
 *
 * @throws {PermanentFault} when it cannot be read
 */
export function noticeOfListed(tenant: string, refund: unknown): PaymentNotice {
  const updatedAt = text(refund, 'updated_at');
  const id = idOf(refund);
  if (id === undefined || updatedAt === undefined) throw new PermanentFault('square: a refund without id or time');
  return noticeOf(tenant, refund, `${id}@${updatedAt}`, 'refund.listed');
}

function noticeOf(tenant: string, refund: unknown, eventId: string, type: string): PaymentNotice {
  const claims = refundStatusOf(refund);
  return {
    eventId,
    type,
    providerRef: idOf(refund) ?? '',
    trail: readLongTrail(tenant, text(refund, 'reason')),
    ...(claims === undefined ? {} : { claims }),
  };
}
