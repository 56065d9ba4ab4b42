import type { NamedByWebhook, PaymentNotice } from '../../shared/ports/payment-channel';

/** What was named, where it may be about refunds only. @throws Error for anything else */
export function refundsIn(named: NamedByWebhook): PaymentNotice[] {
  const all = named === undefined ? [] : 'eventId' in named ? [named] : named;
  return all.map((notice) => {
    if ('dispute' in notice) throw new Error(`${notice.type} is about the dispute ${notice.dispute}`);
    return notice;
  });
}

/** The only refund that was named, if any. */
export function refundIn(named: NamedByWebhook): PaymentNotice | undefined {
  const [notice, ...more] = refundsIn(named);
  if (more.length > 0) throw new Error(`${more.length + 1} refunds`);
  return notice;
}
