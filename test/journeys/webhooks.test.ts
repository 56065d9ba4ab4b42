/**
 * The doors of the payment webhooks as a stranger finds them, through the gateway. What is tried with messages that are well
 * signed is in `test/adapters/webhook-attacks.test.ts`.
 */
import { paymentWebhooks } from '../../shared/wiring';
import { ask } from '../support/api-client';
import { onLaptop, useService } from '../support/service';

const service = useService();
const channels = Object.keys(paymentWebhooks());
const demo = (channel: string): string => `con_${channel}_demo`;

const send = (channel: string, connection: string, body: string) =>
  ask<{ code?: string }>(service.baseUrl, {
    method: 'POST',
    path: `/webhooks/payments/${channel}/${connection}`,
    body,
  });

describe('A stranger at the door of a payment webhook', () => {
  onLaptop.each(channels)('of %s is told that nobody has signed what he brings', async (channel) => {
    for (const body of ['{}', '', 'a=b&sign=x', '{"notificationItems":[{}]}']) {
      expect(await send(channel, demo(channel), body)).toMatchObject({
        status: 401,
        body: { code: 'signature_invalid' },
      });
    }
  });

  onLaptop.each(channels)('of %s does not get in with more than 256 KB', async (channel) => {
    const reply = await send(channel, demo(channel), 'x'.repeat(256 * 1024 + 1));
    expect(reply).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  });

  onLaptop.each(channels)('of %s finds no other connection behind it', async (channel) => {
    const other = channels.find((each) => each !== channel) ?? '';
    for (const connection of ['con_nobody', demo(other), demo('klarna'), demo('easypost'), 'constructor']) {
      expect(await send(channel, connection, '{}')).toMatchObject({ status: 404, body: { code: 'not_found' } });
    }
  });

  onLaptop('of a provider that sends none finds none', async () => {
    expect((await send('klarna', demo('klarna'), '{}')).status).toBe(404);
  });
});
