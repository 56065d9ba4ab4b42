import * as z from 'zod/mini';
import { maySee } from '../../shared/domain/access';
import { isRefusal } from '../../shared/domain/refusal';
import { httpHandler, notFound, ok } from '../../shared/edge/http';
import { resolveOrderId } from '../../shared/flows/resolve-order';
import { showOrder } from '../../shared/flows/show';
import { orderStore } from '../../shared/wiring';

/** GET /v1/orders/{id}: an order with what became of each of its units. */
export const handler = httpHandler({
  roles: ['customer', 'merchant', 'support', 'platform', 'system'],
  query: z.strictObject({ merchant: z.optional(z.string()) }),
  ports: () => ({ orders: orderStore() }),
  async handle({ caller, params, query }, ports) {
    const id = resolveOrderId(caller, params['id'] ?? '', query.merchant);
    if (isRefusal(id)) return id;
    const aggregate = await ports.orders.find(caller.tenant, id);
    if (aggregate === undefined || !maySee(caller, aggregate.order)) return notFound('order', params['id'] ?? '');
    return ok(showOrder(aggregate));
  },
});
