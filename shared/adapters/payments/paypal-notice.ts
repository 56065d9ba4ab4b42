import { PermanentFault } from '../../domain/faults';
import type { PaymentNotice } from '../../ports/payment-channel';
import { member, text } from '../json-members';
import { readLongTrail } from './long-trail';
import { idOf, refundStatusOf } from './paypal-answer';

/**
 * The events of refunds; their resource is the refund. https://developer.paypal.com/api/rest/webhooks/event-names
 * (`PAYMENT.CAPTURE.REVERSED` is a reversal that PayPal made, not a refund of ours.)
 */
export const refundEventTypes = [
  'PAYMENT.CAPTURE.REFUNDED',
  'PAYMENT.REFUND.PENDING',
  'PAYMENT.REFUND.FAILED',
] as const;

/**
 * Reads one of PayPal's events, wherever it came from: a webhook's body and an item of the list are the same object.
 *
 * @returns undefined for an event that does not concern a refund
 * @throws {PermanentFault} when an authentic refund event cannot be read: PayPal changed, a person must look
 */
export function noticeOf(tenant: string, event: unknown): PaymentNotice | undefined {
  const type = text(event, 'event_type');
  // `PAYMENT.REFUND.COMPLETED` is seen in the field, though not in the vendor's list.
  if (type !== 'PAYMENT.CAPTURE.REFUNDED' && !type?.startsWith('PAYMENT.REFUND.')) return undefined;
  const refund = member(event, 'resource');
  const eventId = text(event, 'id');
  const providerRef = idOf(refund);
  if (eventId === undefined || providerRef === undefined) {
    throw new PermanentFault(`paypal: ${type} that names no refund`);
  }
  const claims = refundStatusOf(refund);
  return {
    eventId,
    type,
    providerRef,
    trail: readLongTrail(tenant, text(refund, 'custom_id')),
    ...(claims === undefined ? {} : { claims }),
  };
}
