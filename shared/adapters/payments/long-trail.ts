import type { NoticeTrail, RefundTrail } from '../../ports/payment-channel';

/**
 * For channels that keep one text of ours with a refund, but no record of named values: order, cancellation and leg in
 * full, at most 100 characters of [0-9A-Za-z_.-]. The tenant is that of the connection.
 */
export function longTrail({ orderId, cancellationId, legId }: RefundTrail): string {
  return `${orderId}.${cancellationId}.${legId}`;
}

/** @returns undefined for a text that is not of this form: somebody else made the refund */
export function readLongTrail(tenant: string, text: string | undefined): NoticeTrail | undefined {
  const [, orderId, cancellationId, legId] =
    /^(ord_[0-9a-z]{1,30})\.(can_[0-9a-z]{1,30})\.(rfd_[0-9A-Za-z_-]{1,36})$/.exec(text ?? '') ?? [];
  if (orderId === undefined || cancellationId === undefined || legId === undefined) return undefined;
  return { tenant, orderId, cancellationId, legId };
}
