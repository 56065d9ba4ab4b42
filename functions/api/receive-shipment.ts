import * as z from 'zod/mini';
import { maySee } from '../../shared/domain/access';
import { isRefusal } from '../../shared/domain/refusal';
import { log } from '../../shared/edge/log';
import { httpHandler, notFound, ok } from '../../shared/edge/http';
import { receiveShipment } from '../../shared/flows/receive-shipment';
import { resolveOrderId } from '../../shared/flows/resolve-order';
import { cancellationStore, keptAnswers, orderStore, stock, workflow } from '../../shared/wiring';

/** POST /v1/orders/{id}/shipments/{ref}/received: the warehouse says that a parcel which had left is here again. */
export const handler = httpHandler({
  roles: ['system', 'merchant', 'support'],
  body: z.strictObject({}),
  query: z.strictObject({ merchant: z.optional(z.string()) }),
  answers: keptAnswers,
  ports: () => ({ orders: orderStore(), cancellations: cancellationStore(), workflow: workflow(), stock: stock() }),
  async handle({ caller, params, query, now }, ports) {
    const id = resolveOrderId(caller, params['id'] ?? '', query.merchant);
    if (isRefusal(id)) return id;
    const aggregate = await ports.orders.find(caller.tenant, id);
    if (aggregate === undefined || !maySee(caller, aggregate.order)) return notFound('order', params['id'] ?? '');
    const at = { tenant: caller.tenant, orderId: id, ref: params['ref'] ?? '' };
    const tell = (unmatched: readonly string[]): void =>
      log('error', { event: 'received_not_in_stock', order: id, shipment: at.ref, unmatched });
    const received = await receiveShipment({ ...ports, tell }, at, { actor: caller.role, now });
    if (isRefusal(received)) return received;
    const { ref, position, recall } = received;
    return ok({ id: received.id, object: 'shipment', ref, orderId: id, position, recall });
  },
});
