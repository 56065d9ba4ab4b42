import { isRefusal } from '../../shared/domain/refusal';
import { httpHandler } from '../../shared/edge/http';
import { findCancellation } from '../../shared/flows/find-cancellation';
import { showCancellation } from '../../shared/flows/show';
import { cancellationStore, views } from '../../shared/wiring';

/** GET /v1/cancellations/{id}: where it is, what comes back, and its story so far. */
export const handler = httpHandler({
  roles: ['customer', 'merchant', 'support', 'platform', 'system'],
  ports: () => ({ cancellations: cancellationStore(), views: views() }),
  async handle({ caller, params }, ports) {
    const cancellation = await findCancellation(ports.cancellations, caller, params['id'] ?? '');
    if (isRefusal(cancellation)) return cancellation;
    const timeline = await ports.views.history(caller.tenant, cancellation.id);
    const settled = ['closed', 'declined', 'withdrawn', 'undone'].includes(cancellation.status);
    const waiting = ['refund_pending', 'awaiting_answer', 'in_grace', 'in_case'].includes(cancellation.status);
    return {
      status: 200,
      body: showCancellation(cancellation, caller.role, timeline),
      headers: settled ? {} : { 'retry-after': waiting ? '30' : '1' },
    };
  },
});
