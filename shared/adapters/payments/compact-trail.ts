import { providerKey, refundId } from '../../domain/ids';
import type { NoticeTrail, RefundTrail } from '../../ports/payment-channel';

/**
 * For channels that keep nothing of ours with a refund but one short reference: the reference itself leads back to the
 * leg. At most 62 characters of [0-9a-z-], different for every attempt of every leg, and so the idempotency key as well.
 */
export function compactTrail({ orderId, cancellationId, leg, attempt }: RefundTrail): string {
  return `${orderId.slice(4)}-${cancellationId.slice(4)}-${leg}-${attempt}`;
}

/** @returns undefined for a reference that is not of this form: somebody else made the refund */
export function readCompactTrail(tenant: string, reference: string): NoticeTrail | undefined {
  const [, order, cancellation, leg, attempt] =
    /^([0-9a-z]{26})-([0-9a-z]{26})-(l\d{1,3})-(\d{1,3})$/.exec(reference) ?? [];
  if (order === undefined || cancellation === undefined || leg === undefined) return undefined;
  const cancellationId = `can_${cancellation}`;
  const legId = providerKey(refundId(cancellationId, leg), Number(attempt));
  return { tenant, orderId: `ord_${order}`, cancellationId, legId };
}
