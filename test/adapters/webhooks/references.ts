/** What several providers have alike. */
import type { RefundTrail } from '../../../shared/ports/payment-channel';
import type { Account, Seal } from './attacker';

/** Our number of a refund where a provider keeps one short text, as docs/decisions/0007 and 0008 have it. */
export const compactReference = ({ orderId, cancellationId, leg, attempt }: RefundTrail): string =>
  [orderId.slice(4), cancellationId.slice(4), leg, attempt].join('-');

/** An HMAC key of Adyen's, as its Customer Area shows it. */
export function hexKey(account: Account, secret: Seal['secret'] = 0): string {
  if (secret === 'none') return '';
  return (account === 'ours' ? '0f' : 'f0').repeat(31) + `0${secret}`;
}
