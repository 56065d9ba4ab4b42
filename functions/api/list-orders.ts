import * as z from 'zod/mini';
import { isRefusal } from '../../shared/domain/refusal';
import { httpHandler, ok } from '../../shared/edge/http';
import { page } from '../../shared/edge/fields';
import { showList, showSummary } from '../../shared/flows/show';
import { orderStore, views } from '../../shared/wiring';

/** GET /v1/orders: a customer's own orders. Without `?status=` the active list, which a cancelled order has left. */
export const handler = httpHandler({
  roles: ['customer'],
  query: z.strictObject({ ...page, status: z.optional(z.enum(['open', 'partially_cancelled', 'cancelled', 'all'])) }),
  ports: () => ({ orders: orderStore(), views: views() }),
  async handle({ caller, query }, ports) {
    const { tenant, subject } = caller;
    const wanted = {
      limit: query.limit ?? 20,
      ...(query.starting_after === undefined ? {} : { startingAfter: query.starting_after }),
    };
    const listed =
      query.status === undefined
        ? await ports.orders.listActive(tenant, subject, wanted)
        : await ports.views.listOrders(tenant, subject, query.status === 'all' ? undefined : query.status, wanted);
    if (isRefusal(listed)) return listed;
    const { items, next } = listed;
    return ok(showList(items.map(showSummary), next));
  },
});
