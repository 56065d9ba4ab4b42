import { epochSeconds } from '../../shared/domain/time';
import { webhookHandler } from '../../shared/edge/webhook';
import { hearOfRefund } from '../../shared/flows/hear-of-refund';
import {
  cancellationStore,
  connections,
  paymentChannels,
  paymentWebhooks,
  receipts,
  workflow,
} from '../../shared/wiring';

/** POST /webhooks/payments/{channel}/{connectionId}: a provider says that something became of a refund. */
export const handler = webhookHandler({
  provider: 'channel',
  ports: () => ({
    connections: connections(),
    webhooks: paymentWebhooks(),
    channels: paymentChannels(),
    cancellations: cancellationStore(),
    receipts: receipts(),
    workflow: workflow(),
  }),
  acknowledgement: ({ provider }, { webhooks }) => webhooks[provider]?.acknowledgement,
  async handle({ connection, rawBody, headers, now }, ports) {
    const webhook = ports.webhooks[connection.provider];
    await webhook?.prepare?.(connection, headers);
    const notice = webhook?.read(connection, rawBody, headers, epochSeconds(now));
    if (notice === undefined || (await ports.receipts.seen(connection.tenant, connection.provider, notice.eventId)))
      return undefined;
    // A receipt saves work, so none is written for what was no work.
    const hearing = await hearOfRefund(ports, connection, notice, 'payment-result', now);
    if (hearing !== 'changed' && hearing !== 'heard') return undefined;
    await ports.receipts.keep(connection.tenant, connection.provider, notice.eventId, now);
    return undefined;
  },
});
