/**
 * Our reading of PayPal's webhooks, and our stand-in's and attacker's writing of them, against `paypal-rest-sdk` 1.6.9: the
 * last of PayPal's packages that verifies by itself. From 1.7 on it asks PayPal, and `@paypal/paypal-server-sdk` knows no
 * webhooks. It verifies and does not sign, so what is signed for it is signed by hand. Where it gets the certificate is
 * played here: it takes any from anywhere, and does not ask who issued it.
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import { EventEmitter } from 'node:events';
import https from 'node:https';
import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { notification } from 'paypal-rest-sdk';
import { paypalChannel } from '../../../shared/adapters/payments/paypal';
import { paypalWebhook } from '../../../shared/adapters/payments/paypal-webhook';
import { issueCertificate } from '../../../infra/local/stand-ins/certificate-authority';
import { paypalStandIn } from '../../../infra/local/stand-ins/paypal';
import { paypalAuthority, paypalSigner } from '../../../infra/local/stand-ins/paypal-signer';
import { mount, rawServer } from '../../support/mounted-stand-in';
import { holdsAsync } from '../../support/property';
import { leg } from '../payment-channel.suite';
import { paypalAttacker } from '../webhooks/paypal-attacker';
import { believed } from './believed';
import { anyText, tampered, tampering } from './tampering';

const NOW = 1_790_000_000;
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const certificate = issueCertificate(
  { commonName: 'messageverificationcerts.paypal.com', publicKey: pair.publicKey, authority: false },
  paypalAuthority,
);

/** What is at every address of a certificate, for the package and for us. */
let served = certificate;
let server: Awaited<ReturnType<typeof rawServer>>;
beforeAll(async () => {
  server = await rawServer((_incoming, outgoing) => outgoing.writeHead(200).end(served));
  jest.spyOn(https, 'get').mockImplementation(((_url: string, heard: (response: EventEmitter) => void) => {
    const response = new EventEmitter();
    heard(response);
    response.emit('data', served);
    response.emit('end');
  }) as unknown as typeof https.get);
});
afterAll(() => server.close());
beforeEach(() => (served = certificate));

type Headers = Record<string, string>;

const connection = (webhookId: string, baseUrl: string) => ({
  id: 'con_paypal',
  tenant: 'acme',
  provider: 'paypal',
  apiKey: 'secret',
  settings: { clientId: 'client', webhookCa: paypalAuthority.certificate },
  webhookSecrets: [webhookId],
  baseUrl,
});

async function ours(body: string, headers: Headers, webhookId: string, now = NOW): Promise<boolean> {
  const account = connection(webhookId, server.baseUrl);
  await paypalWebhook.prepare?.(account, headers);
  return believed(() => paypalWebhook.read(account, Buffer.from(body), headers, now));
}
const theirs = (body: string | Buffer, headers: Headers, webhookId: string): Promise<boolean> =>
  new Promise((resolve) => {
    // It writes into the headers.
    notification.webhookEvent.verify({ ...headers }, body, webhookId, (error, verified) => resolve(!error && verified));
  });

function signed(body: string, webhookId: string, hash = 'sha256', algorithm = 'SHA256withRSA'): Headers {
  const time = new Date(NOW * 1000).toISOString().replace('.000Z', 'Z');
  const text = `69cd13f0-d67a-11e5-baa3-778b53f4ae55|${time}|${webhookId}|${crc32(body)}`;
  return {
    'paypal-transmission-id': '69cd13f0-d67a-11e5-baa3-778b53f4ae55',
    'paypal-transmission-time': time,
    'paypal-transmission-sig': sign(hash, Buffer.from(text), pair.privateKey).toString('base64'),
    'paypal-cert-url': 'https://api.paypal.com/v1/notifications/certs/CERT-1',
    'paypal-auth-algo': algorithm,
  };
}

test('we believe what the package believes, and nothing else', async () => {
  const webhook = fc.stringMatching(/^[0-9A-Z]{17}$/);
  let refused = 0;
  const property = fc.asyncProperty(anyText, webhook, tampering, async (text, webhookId, how) => {
    const genuine = signed(text, webhookId);
    const signature = tampered(genuine['paypal-transmission-sig'] ?? '', how, 'signature');
    // What cannot be base64 at all we do not hand on, whatever Node would make of it.
    const legible = /^[A-Za-z0-9+/]+={0,2}$/.test(signature);
    const headers = { ...genuine, 'paypal-transmission-sig': signature };
    const [body, id] = [tampered(text, how, 'text'), how.what === 'key' ? `${webhookId}0` : webhookId];
    const verdict = await ours(body, headers, id).catch(() => false);
    expect(verdict).toBe(legible && (await theirs(body, headers, id)));
    if (how.what === 'nothing') expect(verdict).toBe(true);
    refused += verdict ? 0 : 1;
  });
  await holdsAsync(property, 150);
  expect(refused).toBeGreaterThan(50);
});

test('the package lets the message choose the algorithm; we do not', async () => {
  const weaker = signed('{}', 'W', 'sha1', 'SHA1withRSA');
  expect(await theirs('{}', weaker, 'W')).toBe(true);
  await expect(ours('{}', weaker, 'W')).rejects.toThrow('another algorithm');
});

test('the package believes what our attacker signs', async () => {
  const down = await paypalAttacker.open?.();
  const claim = { eventId: 'WH-1', providerRef: 'R', trail: leg().trail, amount: 500, padding: '退款' };
  const { body, headers } = paypalAttacker.message('ours', claim, { at: NOW });
  const { webhookSecrets, baseUrl = '' } = paypalAttacker.connection('ours', [0]);
  served = await (await fetch(baseUrl)).text();
  expect(await theirs(body, headers, webhookSecrets[0] ?? '')).toBe(true);
  expect(await theirs(body, headers, 'OTHER')).toBe(false);
  await down?.();
});

test('the package believes what our stand-in sends', async () => {
  const account = connection('1JE4291016473214C', '');
  const party = await mount(paypalStandIn({ accounts: () => Promise.resolve([account]) }));
  await party.control('seed', { seed: [{ order: 'ORDER1', capture: 'CAPTURE1', amount: '20.00', currency: 'EUR' }] });
  await paypalChannel().refund({
    connection: { ...account, baseUrl: party.baseUrl },
    paymentRef: 'ORDER1',
    captureRef: 'CAPTURE1',
    amount: 500,
    currency: 'EUR',
    ...leg(),
  });
  await party.idle();
  served = (await paypalSigner()).certificate;
  expect(party.deliveries.length).toBeGreaterThan(0);
  for (const { rawBody, headers } of party.deliveries) {
    expect(await theirs(rawBody, headers as Headers, '1JE4291016473214C')).toBe(true);
    expect(await theirs(rawBody, headers as Headers, 'OTHER')).toBe(false);
    expect(await theirs(Buffer.concat([rawBody, Buffer.from(' ')]), headers as Headers, '1JE4291016473214C')).toBe(
      false,
    );
  }
  await party.close();
});
