/**
 * Our reading of Square's webhooks, and our stand-in's and attacker's writing of them, against the helper of Square's own
 * package. It verifies and does not sign, so what is signed for it is signed by hand.
 */
import { createHmac } from 'node:crypto';
import { WebhooksHelper } from 'square';
import * as fc from 'fast-check';
import { squareChannel } from '../../../shared/adapters/payments/square';
import { squareWebhook } from '../../../shared/adapters/payments/square-webhook';
import { squareStandIn } from '../../../infra/local/stand-ins/square';
import { mount } from '../../support/mounted-stand-in';
import { holds } from '../../support/property';
import { leg } from '../payment-channel.suite';
import { squareAttacker } from '../webhooks/square-attacker';
import { believed } from './believed';
import { anyText, tampered, tampering } from './tampering';

const HEADER = 'x-square-hmacsha256-signature';
const URL_REGISTERED = 'https://shop.example/webhooks/payments/square/con_square?läden=1';

const connection = (key: string, notificationUrl: string) => ({
  id: 'con_square',
  tenant: 'acme',
  provider: 'square',
  apiKey: 'EAAA-square-token',
  settings: { notificationUrl },
  webhookSecrets: [key],
});
const ours = (body: string, signature: string, key: string, url: string): boolean =>
  believed(() => squareWebhook.read(connection(key, url), Buffer.from(body), { [HEADER]: signature }, 0));
const theirs = (body: string, signature: string, key: string, url: string): boolean =>
  WebhooksHelper.isValidWebhookEventSignature(body, signature, key, url);

test('we believe what the helper believes, and nothing else', () => {
  const url = fc.oneof(fc.webUrl({ withQueryParameters: true }), fc.constant(URL_REGISTERED));
  const key = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
  let refused = 0;
  const property = fc.property(anyText, key, url, tampering, (text, secret, address, how) => {
    const genuine = createHmac('sha256', secret)
      .update(address + text)
      .digest('base64');
    const signature = tampered(genuine, how, 'signature');
    const [body, opener] = [tampered(text, how, 'text'), how.what === 'key' ? `${secret}0` : secret];
    const verdict = ours(body, signature, opener, address);
    expect(verdict).toBe(theirs(body, signature, opener, address));
    if (how.what === 'nothing') expect(verdict).toBe(true);
    refused += verdict ? 0 : 1;
  });
  holds(property, 300);
  expect(refused).toBeGreaterThan(100);
});

test('both want the address as it is registered, letter by letter', () => {
  const body = '{"type":"refund.updated"}';
  const signature = createHmac('sha256', 'key')
    .update(URL_REGISTERED + body)
    .digest('base64');
  for (const url of [`${URL_REGISTERED}/`, URL_REGISTERED.replace('https', 'http'), encodeURI(URL_REGISTERED)]) {
    expect([url, ours(body, signature, 'key', url), theirs(body, signature, 'key', url)]).toEqual([url, false, false]);
  }
});

test('the helper believes what our attacker signs', () => {
  const { trail } = leg();
  const { webhookSecrets, settings } = squareAttacker.connection('ours', [0]);
  const claim = { eventId: 'evt_1', providerRef: 'r', trail, amount: 500, padding: '退款' };
  const { body, headers } = squareAttacker.message('ours', claim, { at: 0 });
  expect(theirs(body, headers[HEADER] ?? '', webhookSecrets[0] ?? '', settings?.['notificationUrl'] ?? '')).toBe(true);
});

test('the helper believes what our stand-in sends', async () => {
  const account = connection('key-one', URL_REGISTERED);
  const party = await mount(squareStandIn({ accounts: () => Promise.resolve([account]) }));
  await party.control('seed', { seed: [{ payment: 'payment1', amount: 2_000, currency: 'EUR' }] });
  const refs = { paymentRef: 'payment1', captureRef: 'payment1', currency: 'EUR' };
  await squareChannel().refund({ connection: { ...account, baseUrl: party.baseUrl }, ...refs, amount: 500, ...leg() });
  await party.control('settle', {});
  await party.idle();
  expect(party.deliveries.length).toBeGreaterThan(1);
  for (const { rawBody, headers } of party.deliveries) {
    const signed = [rawBody.toString(), headers[HEADER] ?? ''] as const;
    expect(theirs(...signed, 'key-one', URL_REGISTERED)).toBe(true);
    expect(theirs(...signed, 'key-two', URL_REGISTERED)).toBe(false);
  }
  await party.close();
});
