import { refuse } from '../../shared/domain/refusal';
import { epochSeconds } from '../../shared/domain/time';
import { webhookHandler } from '../../shared/edge/webhook';
import { log } from '../../shared/edge/log';
import { hearOfParcel } from '../../shared/flows/hear-of-parcel';
import type { CarrierNotice, NamedByCarrier } from '../../shared/ports/carrier';
import {
  cancellationStore,
  carriers,
  carrierWebhooks,
  connections,
  orderStore,
  receipts,
  returns,
  shipmentFinder,
  workflow,
} from '../../shared/wiring';

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
    returns: returns(),
    shipments: shipmentFinder(),
    workflow: workflow(),
  }),
  acknowledgement: ({ provider }, { webhooks }) => webhooks[provider]?.acknowledgement,
  async handle({ connection, rawBody, headers, now }, ports) {
    const webhook = ports.webhooks[connection.provider];
    // Nobody could say who has sent it.
    if (webhook === undefined) return refuse('not_found', 'There is no such connection.');
    await webhook.prepare?.(connection, headers);
    const named = webhook.read(connection, rawBody, headers, epochSeconds(now));
    for (const notice of listed(named)) {
      if (await ports.receipts.seen(connection.tenant, connection.provider, notice.eventId)) continue;
      const outcome = await hearOfParcel(ports, connection, notice, now);
      if (outcome === 'unknown_shipment')
        log('warn', { event: 'webhook_unknown_shipment', connection: connection.id, eventId: notice.eventId });
      await ports.receipts.keep(connection.tenant, connection.provider, notice.eventId, now);
    }
    return undefined;
  },
});

/** In the order in which the carrier tells them. */
function listed(named: NamedByCarrier): readonly CarrierNotice[] {
  if (named === undefined) return [];
  return 'eventId' in named ? [named] : named;
}
