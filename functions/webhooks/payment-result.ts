import { refuse } from '../../shared/domain/refusal';
import { epochSeconds } from '../../shared/domain/time';
import { log } from '../../shared/edge/log';
import { metric } from '../../shared/edge/metric';
import { webhookHandler } from '../../shared/edge/webhook';
import { hearNotices } from '../../shared/flows/hear-notices';
import type { PaymentNotice } from '../../shared/ports/payment-channel';
import {
  cancellationStore,
  connections,
  disputes,
  paymentChannels,
  paymentWebhooks,
  receipts,
  strayRefunds,
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
    strays: strayRefunds(),
    disputes: disputes(),
    workflow: workflow(),
  }),
  acknowledgement: ({ provider }, { webhooks }) => webhooks[provider]?.acknowledgement,
  async handle({ connection, rawBody, headers, now }, ports) {
    const webhook = ports.webhooks[connection.provider];
    // Nobody could say who has sent it.
    if (webhook === undefined) return refuse('not_found', 'There is no such connection.');
    await webhook.prepare?.(connection, headers);
    const named = webhook.read(connection, rawBody, headers, epochSeconds(now));
    const tell = (notice: PaymentNotice): void => {
      log('error', { event: 'refund_unmatched', connection: connection.id, notice });
      metric('RefundsUnmatched', 1, now);
    };
    await hearNotices({ ...ports, tell }, connection, named, now);
    return undefined;
  },
});
