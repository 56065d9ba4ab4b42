import * as z from 'zod/mini';
import { maySee } from '../../shared/domain/access';
import { isRefusal } from '../../shared/domain/refusal';
import { shipment } from '../../shared/edge/fields';
import { httpHandler, notFound } from '../../shared/edge/http';
import { log } from '../../shared/edge/log';
import { claimShipment } from '../../shared/flows/claim-shipment';
import { noteLostClaim } from '../../shared/flows/note-lost-claim';
import { resolveOrderId } from '../../shared/flows/resolve-order';
import { cancellationStore, configuredConnections, keptAnswers, orderStore } from '../../shared/wiring';

/** POST /v1/orders/{id}/shipments: the warehouse claims units before it hands them over. Loses against an accepted cancellation. */
export const handler = httpHandler({
  roles: ['system', 'merchant'],
  body: shipment,
  query: z.strictObject({ merchant: z.optional(z.string()) }),
  answers: keptAnswers,
  ports: () => ({ cancellations: cancellationStore(), orders: orderStore(), configured: configuredConnections() }),
  async handle({ caller, body, params, query, now }, ports) {
    const id = resolveOrderId(caller, params['id'] ?? '', query.merchant);
    if (isRefusal(id)) return id;
    const aggregate = await ports.orders.find(caller.tenant, id);
    if (aggregate === undefined || !maySee(caller, aggregate.order)) return notFound('order', params['id'] ?? '');
    const claimed = await claimShipment(ports, aggregate, body, { actor: caller.role, now });
    if (isRefusal(claimed)) {
      const lost = { ref: body.ref, actor: caller.role, at: now };
      // The warehouse has to hear that the parcel must stay, whatever becomes of the note.
      await noteLostClaim(ports.cancellations, { tenant: caller.tenant, orderId: id }, claimed, lost).catch(
        (error: unknown) => log('error', { event: 'lost_claim_not_noted', orderId: id, error }),
      );
      return claimed;
    }
    const { shipment: claim, outcome } = claimed;
    return {
      status: outcome === 'claimed' ? 201 : 200,
      body: {
        id: claim.id,
        object: 'shipment',
        ref: claim.ref,
        orderId: id,
        position: claim.position,
        winner: claim.id,
      },
    };
  },
});
