/** How a leg is known at its channel. */
import type { Cancellation, RefundLeg } from '../../../shared/domain/cancellation';
import { providerKey, refundId } from '../../../shared/domain/ids';

/** Whatever its attempt. */
export const referenceOf = (cancellation: Pick<Cancellation, 'id'>, leg: Pick<RefundLeg, 'id'>): string =>
  refundId(cancellation.id, leg.id);

export const attemptOf = (cancellation: Pick<Cancellation, 'id'>, leg: Pick<RefundLeg, 'id' | 'attempt'>): string =>
  providerKey(referenceOf(cancellation, leg), leg.attempt);
