/** https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures */
import { createHmac } from 'node:crypto';
import type { Account, Attacker, Claim, Message, Named, Seal } from './attacker';
import { compactReference, hexKey } from './references';

const merchantOf = (account: Account): string => `Shop_${account}`;

function itemOf(account: Account, { providerRef, trail, amount, padding = '' }: Claim) {
  return {
    amount: { currency: 'EUR', value: amount },
    eventCode: 'REFUND',
    eventDate: '2026-11-23T12:00:00+01:00',
    merchantAccountCode: merchantOf(account),
    merchantReference: compactReference(trail),
    originalReference: '9913140798220028',
    paymentMethod: 'visa',
    pspReference: providerRef,
    reason: padding,
    success: 'true',
  };
}

function sealed(account: Account, claim: Claim, { hash = 'sha256' }: Omit<Seal, 'at'>, key: Buffer): Message {
  const item = itemOf(account, claim);
  const signed = [
    item.pspReference,
    item.originalReference,
    item.merchantAccountCode,
    item.merchantReference,
    item.amount.value,
    item.amount.currency,
    item.eventCode,
    item.success,
  ].join(':');
  return withItem({
    ...item,
    additionalData: { hmacSignature: createHmac(hash, key).update(signed).digest('base64') },
  });
}

function withItem(item: object): Message {
  return {
    body: JSON.stringify({ live: 'false', notificationItems: [{ NotificationRequestItem: item }] }),
    headers: {},
  };
}

const itemIn = ({ body }: Message): Record<string, unknown> =>
  JSON.parse(body).notificationItems[0].NotificationRequestItem;

const keyOf = (account: Account, secret: Seal['secret']): Buffer => Buffer.from(hexKey(account, secret), 'hex');

export const adyenAttacker: Attacker = {
  currency: 'EUR',
  signs: 'content',
  answersNothing: true,
  connection: (account, secrets) => ({
    apiKey: `AQE_${account}`,
    settings: { merchantAccount: merchantOf(account) },
    webhookSecrets: secrets.map((secret) => hexKey(account, secret)),
  }),
  providerRef: ({ legId }) => legId.slice(4, 20).toUpperCase(),
  message: (account, claim, seal) => sealed(account, claim, seal, keyOf(account, seal.secret)),
  grafted: (content, signature) => {
    const { additionalData } = itemIn(signature);
    return withItem({ ...itemIn(content), additionalData });
  },
  unsigned: (message): Named<Message>[] => {
    const { additionalData: _signature, ...item } = itemIn(message);
    return [
      ['without additionalData', withItem(item)],
      ['without hmacSignature', withItem({ ...item, additionalData: {} })],
      ['with an empty hmacSignature', withItem({ ...item, additionalData: { hmacSignature: '' } })],
    ];
  },
  misaddressed: (claim) => [['the merchant account', sealed('theirs', claim, {}, keyOf('ours', 0))]],
  weaker: (claim) => [
    ['SHA-1', sealed('ours', claim, { hash: 'sha1' }, keyOf('ours', 0))],
    ['SHA-512', sealed('ours', claim, { hash: 'sha512' }, keyOf('ours', 0))],
    ['the key as a text', sealed('ours', claim, {}, Buffer.from(hexKey('ours', 0)))],
  ],
};
