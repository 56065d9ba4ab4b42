/** https://developer.squareup.com/docs/webhooks/step3validate */
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

const HEADER = 'x-square-hmacsha256-signature';

/** As it is registered at Square, where nobody of ours can see it. */
const addressOf = (account: Account): string => `https://shop.example/webhooks/payments/square/con_square_${account}`;
const keyOf = (account: Account, secret: Seal['secret'] = 0): string =>
  secret === 'none' ? '' : `key-${account}-${secret}`;

function sealed(
  body: string,
  account: Account,
  { secret, hash = 'sha256' }: Omit<Seal, 'at'>,
  { header = HEADER, address = addressOf(account) } = {},
): Message {
  const hmac = createHmac(hash, keyOf(account, secret)).update(address + body);
  return { body, headers: { [header]: hmac.digest('base64') } };
}

function bodyOf({ eventId, providerRef, trail, amount, padding = '' }: Claim): string {
  const refund = {
    id: providerRef,
    status: 'COMPLETED',
    amount_money: { amount, currency: 'EUR' },
    payment_id: 'payment1',
    reason: `${trail.orderId}.${trail.cancellationId}.${trail.legId}`,
    updated_at: '2026-09-21T14:13:20.000Z',
  };
  const data = { type: 'refund', id: refund.id, object: { refund } };
  return JSON.stringify({ merchant_id: 'MERCHANT1', type: 'refund.updated', event_id: eventId, padding, data });
}

export const squareAttacker: Attacker = {
  currency: 'EUR',
  signs: 'bytes',
  connection: (account, secrets) => ({
    apiKey: `EAAA-${account}`,
    settings: { notificationUrl: addressOf(account) },
    webhookSecrets: secrets.map((secret) => keyOf(account, secret)),
  }),
  providerRef: ({ legId }) => `payment1_${legId.slice(4)}`,
  message: (account, claim, seal) => sealed(bodyOf(claim), account, seal),
  grafted: graftedHeaders,
  unsigned: (message) => withoutHeaders(message, [HEADER]),
  misaddressed: (claim) => [
    ['the address', sealed(bodyOf(claim), 'ours', {}, { address: addressOf('theirs') })],
    ['no address', sealed(bodyOf(claim), 'ours', {}, { address: '' })],
  ],
  weaker: (claim) => {
    const body = bodyOf(claim);
    return [
      ['SHA-1', sealed(body, 'ours', { hash: 'sha1' })],
      ['SHA-1 in the header of old', sealed(body, 'ours', { hash: 'sha1' }, { header: 'x-square-signature' })],
      ['SHA-512', sealed(body, 'ours', { hash: 'sha512' })],
    ];
  },
};
