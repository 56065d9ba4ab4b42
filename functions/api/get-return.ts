import { isRefusal } from '../../shared/domain/refusal';
import { httpHandler, ok } from '../../shared/edge/http';
import { showReturn } from '../../shared/flows/show-goods';
import { findReturn } from '../../shared/flows/work-return';
import { cancellationStore, returns, views } from '../../shared/wiring';

/** GET /v1/returns/{id}: where a return is, until when what has to happen, and what was found. */
export const handler = httpHandler({
  roles: ['customer', 'merchant', 'support', 'platform', 'system'],
  ports: () => ({ cancellations: cancellationStore(), returns: returns(), views: views() }),
  async handle({ caller, params }, ports) {
    const found = await findReturn(ports, caller, params['id'] ?? '');
    if (isRefusal(found)) return found;
    return ok(showReturn(found, caller.role, await ports.views.history(caller.tenant, found.id)));
  },
});
