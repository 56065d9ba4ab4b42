/** https://pay.weixin.qq.com/doc/v3/merchant/4012082053, https://pay.weixin.qq.com/wiki/doc/api_external/en/wechatpay/wechatpay4_1.shtml */
import { createCipheriv, generateKeyPairSync, sign } from 'node:crypto';
import {
  graftedHeaders,
  withoutHeaders,
  type Account,
  type Attacker,
  type Claim,
  type Message,
  type Seal,
} from './attacker';
import { compactReference } from './references';

const pair = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
/** WeChat Pay's own, the same for every merchant. */
const platform = pair();
const merchant = pair();
const SERIAL = 'PUB_KEY_ID_0114000000012026112300000001';

const merchantOf = (account: Account): string => (account === 'ours' ? '1900000109' : '1900000110');
/** The APIv3 key: what it opens is for this merchant. */
const keyOf = (account: Account, secret: Seal['secret'] = 0): string =>
  secret === 'none' ? '\0'.repeat(32) : `${account}-${secret}-apiv3-key`.padEnd(32, '0');

function bodyOf(account: Account, claim: Claim, key: string, algorithm = 'AEAD_AES_256_GCM'): string {
  const { eventId, trail, amount, padding = '' } = claim;
  const refund = {
    mchid: merchantOf(account),
    out_trade_no: 'shop_1',
    transaction_id: '1217752501201407033233368018',
    out_refund_no: compactReference(trail),
    refund_id: '50000000382019052709732678859',
    refund_status: 'SUCCESS',
    user_received_account: '招商银行信用卡0403',
    amount: { total: 2_000, refund: amount, payer_total: 2_000, payer_refund: amount },
  };
  const [nonce, associated_data] = ['fdasflkja484', 'refund'];
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(associated_data));
  const bytes = Buffer.concat([cipher.update(JSON.stringify(refund)), cipher.final(), cipher.getAuthTag()]);
  const resource = {
    original_type: 'refund',
    algorithm,
    ciphertext: bytes.toString('base64'),
    associated_data,
    nonce,
  };
  return JSON.stringify({ id: eventId, event_type: 'REFUND.SUCCESS', summary: `退款成功${padding}`, resource });
}

function sealed(body: string, { at, hash = 'sha256' }: Seal): Message {
  const nonce = 'c5ac7061fccab6bf3e254dcf98995b8c';
  const signature = sign(hash, Buffer.from(`${at}\n${nonce}\n${body}\n`), platform.privateKey).toString('base64');
  return {
    body,
    headers: {
      'wechatpay-timestamp': String(at),
      'wechatpay-nonce': nonce,
      'wechatpay-serial': SERIAL,
      'wechatpay-signature': signature,
    },
  };
}

export const wechatPayAttacker: Attacker = {
  currency: 'CNY',
  signs: 'bytes',
  time: {
    old: 300,
    ahead: 300,
    restamped: ({ body, headers }, at) => ({ body, headers: { ...headers, 'wechatpay-timestamp': String(at) } }),
  },
  connection: (account, secrets) => ({
    apiKey: merchantOf(account),
    settings: {
      privateKey: merchant.privateKey,
      serial: '5157F09EFDC096DE15EBE81A47057A7232F1B8E1',
      [`platformKey.${SERIAL}`]: platform.publicKey,
    },
    webhookSecrets: secrets.map((secret) => keyOf(account, secret)),
  }),
  providerRef: compactReference,
  message: (account, claim, seal) => sealed(bodyOf(account, claim, keyOf(account, seal.secret)), seal),
  grafted: graftedHeaders,
  unsigned: (message) => withoutHeaders(message, Object.keys(message.headers)),
  misaddressed: (claim, at) => [
    ['the merchant', sealed(bodyOf('theirs', claim, keyOf('ours')), { at })],
    ['the APIv3 key', sealed(bodyOf('ours', claim, keyOf('theirs')), { at })],
  ],
  weaker: (claim, at) => [
    ['SHA-1', sealed(bodyOf('ours', claim, keyOf('ours')), { at, hash: 'sha1' })],
    ['SHA-512', sealed(bodyOf('ours', claim, keyOf('ours')), { at, hash: 'sha512' })],
    ['the name of another cipher', sealed(bodyOf('ours', claim, keyOf('ours'), 'AEAD_SM4_GCM'), { at })],
    ['the name of no cipher', sealed(bodyOf('ours', claim, keyOf('ours'), ''), { at })],
  ],
  // https://pay.weixin.qq.com/doc/v3/merchant/4016241880
  probes: ({ body, headers }) => {
    const { 'wechatpay-signature': signature = '' } = headers;
    const probe = (text: string): Message => ({ body, headers: { ...headers, 'wechatpay-signature': text } });
    return [
      ['before the signature', probe(`WECHATPAY/SIGNTEST/${signature}`)],
      ['in the place of its beginning', probe(`WECHATPAY/SIGNTEST/${signature.slice(19)}`)],
    ];
  },
};
