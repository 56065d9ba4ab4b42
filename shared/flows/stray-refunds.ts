import { refuse, type Refusal } from '../domain/refusal';
import { strayId, type StrayClosed, type StrayRefund } from '../domain/stray-refund';
import type { Instant } from '../domain/time';
import type { Connection } from '../ports/connections';
import type { PaymentNotice } from '../ports/payment-channel';
import type { StrayRefunds } from '../ports/stray-refunds';

/**
 * Makes a case of a refund that our books do not have.
 * @param notice with our ids
 * @returns whether it is new: the same refund is told of again and again
 */
export async function openStray(
  strays: StrayRefunds,
  { id: connectionId, tenant, provider }: Connection,
  { providerRef, trail, claims }: PaymentNotice,
  now: Instant,
): Promise<boolean> {
  if (trail === undefined) throw new Error('a refund without our ids is none of ours');
  const { orderId, cancellationId } = trail;
  const id = strayId(tenant, provider, providerRef);
  const found = { id, tenant, connectionId, provider, providerRef, orderId, cancellationId, foundAt: now };
  return (await strays.open({ ...found, ...(claims === undefined ? {} : { claims }) })) === 'opened';
}

/** A person has found out whose it is. Nothing moves by it; the same request twice is one. */
export async function closeStray(
  strays: StrayRefunds,
  stray: StrayRefund,
  closed: Omit<StrayClosed, 'reason'> & { reason?: string | undefined },
): Promise<StrayRefund | Refusal> {
  const { reason } = closed;
  if (reason === undefined) return refuse('invalid_field', 'Closing it needs a reason.', { param: '/reason' });
  if (stray.closed?.request === closed.request) return stray;
  const after = { ...closed, reason };
  if (stray.closed === undefined && (await strays.close(stray, after)) === 'closed') return { ...stray, closed: after };
  return refuse('case_action_not_allowed', 'It is closed.', { facts: { status: 'closed' } });
}
