import { mayBecome } from '../../shared/domain/cancellation';
import type { EventType } from '../../shared/domain/events';
import { isRefusal, refuse } from '../../shared/domain/refusal';
import { holdReleased } from '../../shared/domain/warehouse';
import { httpHandler, ok } from '../../shared/edge/http';
import { changeCancellation } from '../../shared/flows/change-cancellation';
import { findCancellation } from '../../shared/flows/find-cancellation';
import { showCancellation } from '../../shared/flows/show';
import { cancellationStore, keptAnswers, workflow } from '../../shared/wiring';

/** POST /v1/cancellations/{id}/withdraw: the order stays, while nothing irreversible has begun. Withdrawing twice is withdrawing. */
export const handler = httpHandler({
  roles: ['customer', 'support'],
  answers: keptAnswers,
  ports: () => ({ cancellations: cancellationStore(), workflow: workflow() }),
  async handle({ caller, params, now }, ports) {
    const found = await findCancellation(ports.cancellations, caller, params['id'] ?? '');
    if (isRefusal(found)) return found;
    const at = { tenant: caller.tenant, orderId: found.orderId, cancellationId: found.id };
    const withdrawn = await changeCancellation(ports.cancellations, at, (before) => {
      if (before.status === 'withdrawn') return undefined;
      const over = before.status === 'in_grace' ? before.graceUntil <= now && before.approval === undefined : false;
      if (over || !mayBecome(before.status, 'withdrawn')) {
        return refuse('too_late_to_withdraw', `It is ${before.status}.`, { facts: { status: before.status } });
      }
      const entry = { actor: caller.role, step: 'withdraw-cancellation', outcome: 'withdrawn', at: now };
      const events: EventType[] = ['cancellation.withdrawn', ...holdReleased(before)];
      return { after: { ...before, status: 'withdrawn', closedAt: now }, entry, events };
    });
    if (isRefusal(withdrawn)) return withdrawn;
    const token = await ports.cancellations.token(caller.tenant, found.id, 'answer');
    if (token !== undefined) await ports.workflow.wake(token);
    return ok(showCancellation(withdrawn, caller.role));
  },
});
