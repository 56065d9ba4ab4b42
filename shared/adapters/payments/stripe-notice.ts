import { PermanentFault } from '../../domain/faults';
import type { NoticeTrail, ProviderNotice } from '../../ports/payment-channel';
import { member, text } from '../json-members';
import { isRefundStatus, traceOf } from './stripe-answer';
import { disputeEventTypes, disputeOf } from './stripe-dispute';

/** `charge.refunded` repeats what these say, without naming the refund: it is ignored. */
export const refundEventTypes = ['refund.created', 'refund.updated', 'refund.failed'] as const;

const TYPES: ReadonlySet<string> = new Set(refundEventTypes);
const DISPUTES: ReadonlySet<string> = new Set(disputeEventTypes);

/**
 * Reads one of Stripe's events, wherever it came from: a webhook's body and an item of the list are the same object.
 *
 * @returns undefined for an event that concerns neither a refund nor a dispute
 * @throws {PermanentFault} when an authentic event of these cannot be read: Stripe changed, a person must look
 */
export function noticeOf(event: unknown): ProviderNotice | undefined {
  const type = text(event, 'type');
  if (type !== undefined && DISPUTES.has(type)) return disputeOf(event, type);
  if (type === undefined || !TYPES.has(type)) return undefined;
  const refund = member(member(event, 'data'), 'object');
  const eventId = text(event, 'id');
  const providerRef = text(refund, 'id');
  if (eventId === undefined || providerRef === undefined || text(refund, 'object') !== 'refund') {
    throw new PermanentFault(`stripe: ${type} that names no refund`);
  }
  const claims = text(refund, 'status');
  const trace = traceOf(refund);
  return {
    eventId,
    type,
    providerRef,
    trail: trailOf(member(refund, 'metadata')),
    ...(isRefundStatus(claims) ? { claims } : {}),
    ...(trace === undefined ? {} : { trace }),
  };
}

/** Undefined for a refund that somebody made elsewhere, e.g. in Stripe's dashboard. */
function trailOf(metadata: unknown): NoticeTrail | undefined {
  const tenant = text(metadata, 'tenant');
  const orderId = text(metadata, 'order_id');
  const cancellationId = text(metadata, 'cancellation_id');
  const legId = text(metadata, 'leg_id');
  if (!tenant || !orderId || !cancellationId || !legId) return undefined;
  return { tenant, orderId, cancellationId, legId };
}
