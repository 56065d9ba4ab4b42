/** https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures, "Platform webhooks" */
import { createHmac } from 'node:crypto';
import { graftedHeaders, withoutHeaders, type Account, type Attacker, type Claim, type Message } from './attacker';
import { compactReference, hexKey } from './references';

const balanceAccountOf = (account: Account): string => `BA000000000000000000${account.toUpperCase()}`;

function bodyOf(account: Account, { providerRef, trail, amount, padding = '' }: Claim): string {
  const data = {
    id: providerRef,
    amount: { currency: 'EUR', value: amount },
    balanceAccount: { id: balanceAccountOf(account) },
    category: 'bank',
    description: padding,
    direction: 'outgoing',
    reference: compactReference(trail),
    sequenceNumber: 3,
    status: 'booked',
    type: 'bankTransfer',
  };
  return JSON.stringify({ data, environment: 'live', type: 'balancePlatform.transfer.updated' });
}

function sealed(body: string, key: string | Buffer, hash = 'sha256', protocol = 'HmacSHA256'): Message {
  const bytes = typeof key === 'string' ? Buffer.from(key, 'hex') : key;
  return { body, headers: { hmacsignature: createHmac(hash, bytes).update(body).digest('base64'), protocol } };
}

export const bankTransferAttacker: Attacker = {
  currency: 'EUR',
  signs: 'bytes',
  connection: (account, secrets) => ({
    apiKey: `AQE_${account}`,
    settings: { balanceAccountId: balanceAccountOf(account) },
    webhookSecrets: secrets.map((secret) => hexKey(account, secret)),
  }),
  providerRef: ({ legId }) => legId.slice(4, 20).toUpperCase(),
  message: (account, claim, { secret }) => sealed(bodyOf(account, claim), hexKey(account, secret)),
  grafted: graftedHeaders,
  unsigned: (message) => withoutHeaders(message, ['hmacsignature']),
  misaddressed: (claim) => [['the balance account', sealed(bodyOf('theirs', claim), hexKey('ours'))]],
  weaker: (claim) => {
    const body = bodyOf('ours', claim);
    return [
      ['SHA-1', sealed(body, hexKey('ours'), 'sha1')],
      ['SHA-512 that says so', sealed(body, hexKey('ours'), 'sha512', 'HmacSHA512')],
      ['the key as a text', sealed(body, Buffer.from(hexKey('ours')))],
    ];
  },
};
