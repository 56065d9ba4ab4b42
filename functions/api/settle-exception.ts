import * as z from 'zod/mini';
import { maySee } from '../../shared/domain/access';
import { goodsExceptionKinds } from '../../shared/domain/goods-exception';
import { isRefusal } from '../../shared/domain/refusal';
import { text } from '../../shared/edge/fields';
import { httpHandler, notFound, ok } from '../../shared/edge/http';
import { resolveOrderId } from '../../shared/flows/resolve-order';
import { settleException } from '../../shared/flows/settle-exception';
import { orderStore } from '../../shared/wiring';

/** POST /v1/orders/{id}/shipments/{ref}/settled: a person has seen to a parcel that is on the list of exceptions. */
export const handler = httpHandler({
  roles: ['merchant', 'support'],
  body: z.strictObject({
    kind: z.enum(goodsExceptionKinds),
    note: text(500),
    label: z.optional(z.enum(['void', 'live'])),
  }),
  query: z.strictObject({ merchant: z.optional(z.string()) }),
  ports: () => ({ orders: orderStore() }),
  async handle({ caller, body, params, query, now }, { orders }) {
    const id = resolveOrderId(caller, params['id'] ?? '', query.merchant);
    if (isRefusal(id)) return id;
    const aggregate = await orders.find(caller.tenant, id);
    if (aggregate === undefined || !maySee(caller, aggregate.order)) return notFound('order', params['id'] ?? '');
    const ref = params['ref'] ?? '';
    const at = { tenant: caller.tenant, orderId: id, ref };
    const settled = await settleException(orders, at, body, { actor: caller.role, who: caller.subject, now });
    if (settled !== 'known' && isRefusal(settled)) return settled;
    return ok({ object: 'goods_exception', orderId: id, parcel: { ref }, kind: body.kind, settled: true });
  },
});
