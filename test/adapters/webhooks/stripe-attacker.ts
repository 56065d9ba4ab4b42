/** https://docs.stripe.com/webhooks#verify-manually */
import { createHmac } from 'node:crypto';
import {
  graftedHeaders,
  withoutHeaders,
  type Account,
  type Attacker,
  type Claim,
  type Message,
  type Seal,
} from './attacker';

const secretOf = (account: Account, secret: Seal['secret'] = 0): string =>
  secret === 'none' ? '' : `whsec_${account}_${secret}`;

function sealed(body: string, key: string, { at, hash = 'sha256' }: Seal, scheme = 'v1'): Message {
  const signature = createHmac(hash, key).update(`${at}.${body}`).digest('hex');
  return { body, headers: { 'stripe-signature': `t=${at},${scheme}=${signature}` } };
}

function bodyOf({ eventId, providerRef, trail, amount, padding = '' }: Claim): string {
  const { tenant, orderId: order_id, cancellationId: cancellation_id, legId: leg_id } = trail;
  const metadata = { tenant, order_id, cancellation_id, leg_id };
  const object = { id: providerRef, object: 'refund', amount, currency: 'eur', status: 'succeeded', metadata };
  return JSON.stringify({ id: eventId, object: 'event', type: 'refund.updated', data: { object }, padding });
}

export const stripeAttacker: Attacker = {
  currency: 'EUR',
  signs: 'bytes',
  time: {
    old: 300,
    ahead: 300,
    restamped: ({ body, headers }, at) => {
      const header = (headers['stripe-signature'] ?? '').replace(/t=\d+/, `t=${at}`);
      return { body, headers: { 'stripe-signature': header } };
    },
  },
  connection: (account, secrets) => ({
    apiKey: `sk_test_${account}`,
    webhookSecrets: secrets.map((secret) => secretOf(account, secret)),
  }),
  providerRef: ({ legId }) => `re_${legId}`,
  message: (account, claim, seal) => sealed(bodyOf(claim), secretOf(account, seal.secret), seal),
  grafted: graftedHeaders,
  unsigned: (message) => [
    ...withoutHeaders(message, ['stripe-signature']),
    ['without a signature in the header', { ...message, headers: { 'stripe-signature': 't=1790000000' } }],
  ],
  // The secret is that of one endpoint of one account: what it signs is for nobody else.
  misaddressed: ({ trail, ...claim }, at) => [
    [
      'the tenant in the metadata',
      sealed(bodyOf({ ...claim, trail: { ...trail, tenant: 'rival' } }), secretOf('ours'), { at }),
    ],
  ],
  weaker: (claim, at) => {
    const [body, key] = [bodyOf(claim), secretOf('ours')];
    return [
      ['SHA-1', sealed(body, key, { at, hash: 'sha1' })],
      ['SHA-512', sealed(body, key, { at, hash: 'sha512' })],
      // Stripe sends it beside `v1` for test events, so that nobody relies on it.
      ['the scheme v0', sealed(body, key, { at }, 'v0')],
    ];
  },
};
