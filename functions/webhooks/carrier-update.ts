import { refuse } from '../../shared/domain/refusal';
import { webhookHandler } from '../../shared/edge/webhook';
import { log } from '../../shared/edge/log';
import { cancellationStore, carriers, carrierWebhooks, connections, receipts } from '../../shared/wiring';
import { hearOfParcel } from '../../shared/flows/hear-of-parcel';
import { orderStore, shipmentFinder } from '../../shared/wiring';

/** POST /webhooks/carriers/{carrier}/{connectionId}: a carrier says where a parcel is or what became of a void. */
export const handler = webhookHandler({
  provider: 'carrier',
  ports: () => ({
    connections: connections(),
    webhooks: carrierWebhooks(),
    receipts: receipts(),
    orders: orderStore(),
    cancellations: cancellationStore(),
    carriers: carriers(),
    shipments: shipmentFinder(),
  }),
  async handle({ connection, rawBody, headers, now }, ports) {
    const webhook = ports.webhooks[connection.provider];
    // Nobody could say who has sent it.
    if (webhook === undefined) return refuse('not_found', 'There is no such connection.');
    const notice = webhook.read(connection, rawBody, headers);
    if (notice === undefined || (await ports.receipts.seen(connection.tenant, connection.provider, notice.eventId)))
      return undefined;
    const outcome = await hearOfParcel(ports, connection, notice, now);
    if (outcome === 'unknown_shipment')
      log('warn', { event: 'webhook_unknown_shipment', connection: connection.id, eventId: notice.eventId });
    await ports.receipts.keep(connection.tenant, connection.provider, notice.eventId, now);
    return undefined;
  },
});
