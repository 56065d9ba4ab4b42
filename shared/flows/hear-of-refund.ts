import { isWaiting, type Cancellation, type RefundLeg } from '../domain/cancellation';
import { caseId } from '../domain/ids';
import { hear, withLeg } from '../domain/leg';
import { isRefusal } from '../domain/refusal';
import { toBeTakenUp } from '../domain/run';
import type { Instant } from '../domain/time';
import type { CancellationStore } from '../ports/cancellation-store';
import type { Connection, Connections } from '../ports/connections';
import type { PaymentNotice } from '../ports/payment-channel';
import type { Workflow } from '../ports/workflow';
import { askProvider, legReference, type RefundPorts } from './carry-out-leg';
import { changeCancellation, type Change } from './change-cancellation';

/**
 * A notice only names a refund: what became of it is asked from the provider, under the connection whose secret signed
 * it, and matched to the leg that we intended. What matches nothing of ours changes nothing.
 */
export async function hearOfRefund(
  ports: RefundPorts & { cancellations: CancellationStore; connections: Connections; workflow: Workflow },
  connection: Connection,
  notice: PaymentNotice,
  now: Instant,
): Promise<'heard' | 'known' | 'not_ours'> {
  const { trail } = notice;
  if (trail === undefined || trail.tenant !== connection.tenant) return 'not_ours';
  const at = { tenant: trail.tenant, orderId: trail.orderId, cancellationId: trail.cancellationId };
  const known = await ports.cancellations.find(at.tenant, at.orderId, at.cancellationId);
  const leg = known?.legs.find((candidate) => legReference(known, candidate) === trail.legId);
  if (known === undefined || leg === undefined || leg.connectionId !== connection.id) return 'not_ours';

  // Told of what is known already: nothing to ask, the common case of a refund that succeeded at once.
  if (leg.status === 'succeeded' && notice.type === 'refund.created') return 'known';

  const answer = await askProvider(ports, known, { ...leg, providerRef: notice.providerRef }, connection);
  if (answer === undefined || answer.amount !== leg.amount) return 'not_ours';
  const after = await changeCancellation(ports.cancellations, at, (before) => {
    const current = before.legs.find(({ id }) => id === leg.id);
    if (current === undefined || current.attempt !== leg.attempt) return undefined;
    const heard = hear(current, answer, now);
    return heard && news(before, heard, now);
  });
  if (!isRefusal(after) && after.status === 'refund_pending' && !after.legs.some(isWaiting)) {
    const token = await ports.cancellations.token(at.tenant, at.cancellationId, 'refunds');
    if (token !== undefined) await ports.workflow.wake(token);
  }
  return 'heard';
}

/** Money that came back after success re-opens what was closed, for a person; everything else is one leg's progress. */
function news(before: Cancellation, heard: RefundLeg, now: Instant): Change {
  const changed = withLeg(before, heard);
  const entry = { actor: 'provider', step: 'payment-result', outcome: heard.status, at: now, detail: heard.id };
  if (heard.status === 'bounced' && before.status === 'closed') {
    const failure = heard.failure ?? 'the refund came back';
    const after = { ...changed, status: 'in_case' as const, caseId: caseId(before.id), failure };
    return { after, entry, events: ['refund.bounced', 'case.opened'] };
  }
  // A webhook is no sign of life of the run: only when it was the last one awaited is anybody to act on it.
  return { after: changed.legs.some(isWaiting) ? changed : toBeTakenUp(changed, now), entry };
}
