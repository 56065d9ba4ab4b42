import * as z from 'zod/mini';
import { maySee } from '../../shared/domain/access';
import { isRefusal } from '../../shared/domain/refusal';
import { unitsOfOrder } from '../../shared/domain/units-of-order';
import { httpHandler, notFound, ok } from '../../shared/edge/http';
import { resolveOrderId } from '../../shared/flows/resolve-order';
import { showUnits } from '../../shared/flows/show-goods';
import { waitingUnits } from '../../shared/flows/waiting-units';
import { orderStore, stock } from '../../shared/wiring';

/** GET /v1/orders/{id}/units: where every unit of an order is, and why. */
export const handler = httpHandler({
  roles: ['customer', 'merchant', 'support', 'platform', 'system'],
  query: z.strictObject({ merchant: z.optional(z.string()) }),
  ports: () => ({ orders: orderStore(), stock: stock() }),
  async handle({ caller, params, query }, ports) {
    const id = resolveOrderId(caller, params['id'] ?? '', query.merchant);
    if (isRefusal(id)) return id;
    const aggregate = await ports.orders.find(caller.tenant, id);
    if (aggregate === undefined || !maySee(caller, aggregate.order)) return notFound('order', params['id'] ?? '');
    const waiting = await waitingUnits(ports.stock, aggregate.order);
    return ok(showUnits(aggregate.order, unitsOfOrder(aggregate, waiting)));
  },
});
