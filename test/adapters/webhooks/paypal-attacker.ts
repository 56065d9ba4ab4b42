/** https://developer.paypal.com/api/rest/webhooks/rest/#link-selfverificationmethod */
import { generateKeyPairSync, sign } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { issueCertificate } from '../../../infra/local/stand-ins/certificate-authority';
import { paypalAuthority } from '../../../infra/local/stand-ins/paypal-signer';
import { rawServer } from '../../support/mounted-stand-in';
import {
  decimal,
  graftedHeaders,
  withoutHeaders,
  type Account,
  type Attacker,
  type Claim,
  type Message,
  type Seal,
} from './attacker';

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const TRANSMISSION = '69cd13f0-d67a-11e5-baa3-778b53f4ae55';
let certificatesAt = '';

/** The id of a webhook at PayPal: no secret, but part of what is signed. */
const webhookOf = (account: Account, secret: Seal['secret'] = 0): string =>
  secret === 'none' ? '' : `${account.toUpperCase()}${secret}`;

const timeOf = (at: number): string => new Date(at * 1000).toISOString().replace('.000Z', 'Z');

function sealed(body: string, webhookId: string, { at, hash = 'sha256' }: Seal, algorithm = 'SHA256withRSA'): Message {
  const text = `${TRANSMISSION}|${timeOf(at)}|${webhookId}|${crc32(body)}`;
  return {
    body,
    headers: {
      'paypal-transmission-id': TRANSMISSION,
      'paypal-transmission-time': timeOf(at),
      'paypal-transmission-sig': sign(hash, Buffer.from(text), pair.privateKey).toString('base64'),
      'paypal-cert-url': 'https://api.paypal.com/v1/notifications/certs/CERT-1',
      'paypal-auth-algo': algorithm,
    },
  };
}

function bodyOf({ eventId, providerRef, trail, amount, padding = '' }: Claim): string {
  const custom_id = `${trail.orderId}.${trail.cancellationId}.${trail.legId}`;
  const money = { currency_code: 'EUR', value: decimal(amount) };
  const resource = { id: providerRef, status: 'COMPLETED', amount: money, custom_id };
  return JSON.stringify({ id: eventId, event_type: 'PAYMENT.CAPTURE.REFUNDED', resource, summary: padding });
}

export const paypalAttacker: Attacker = {
  currency: 'EUR',
  signs: 'bytes',
  time: {
    old: 3 * 86_400 + 3_600,
    ahead: 300,
    restamped: ({ body, headers }, at) => ({
      body,
      headers: { ...headers, 'paypal-transmission-time': timeOf(at) },
    }),
  },
  connection: (account, secrets) => ({
    apiKey: `secret-${account}`,
    settings: { clientId: account, webhookCa: paypalAuthority.certificate },
    webhookSecrets: secrets.map((secret) => webhookOf(account, secret)),
    baseUrl: certificatesAt,
  }),
  providerRef: ({ legId }) => legId.replace(/[^0-9A-Za-z]/g, '').toUpperCase(),
  message: (account, claim, seal) => sealed(bodyOf(claim), webhookOf(account, seal.secret), seal),
  grafted: graftedHeaders,
  unsigned: (message) => withoutHeaders(message, Object.keys(message.headers)),
  misaddressed: (claim, at) => [['the webhook', sealed(bodyOf(claim), webhookOf('theirs'), { at })]],
  weaker: (claim, at) => {
    const [body, webhookId] = [bodyOf(claim), webhookOf('ours')];
    return [
      ['SHA-1', sealed(body, webhookId, { at, hash: 'sha1' })],
      ['SHA-1 that says so', sealed(body, webhookId, { at, hash: 'sha1' }, 'SHA1withRSA')],
      ['SHA-512 that says so', sealed(body, webhookId, { at, hash: 'sha512' }, 'SHA512withRSA')],
      ['the name of another algorithm', sealed(body, webhookId, { at }, 'SHA1withRSA')],
      ['no algorithm', sealed(body, webhookId, { at }, 'none')],
    ];
  },
  open: async () => {
    const commonName = 'messageverificationcerts.paypal.com';
    const certificate = issueCertificate({ commonName, publicKey: pair.publicKey, authority: false }, paypalAuthority);
    const server = await rawServer((_incoming, outgoing) => outgoing.writeHead(200).end(certificate));
    certificatesAt = server.baseUrl;
    return () => server.close();
  },
};
