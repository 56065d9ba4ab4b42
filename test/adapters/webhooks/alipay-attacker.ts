/** https://opendocs.alipay.com/open/270/105902 */
import { generateKeyPairSync, sign } from 'node:crypto';
import { decimal, type Account, type Attacker, type Claim, type Message, type Named, type Seal } from './attacker';
import { compactReference } from './references';

const pair = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
/** Alipay's own, the same for every app. */
const alipays = [pair(), pair()] as const;
const nobodys = pair();
const app = pair();

const appOf = (account: Account): string => (account === 'ours' ? '2021000000000001' : '2021000000000002');
const sellerOf = (account: Account): string => (account === 'ours' ? '2088000000000001' : '2088000000000002');
const keyOf = (secret: Seal['secret'] = 0): string => (secret === 'none' ? nobodys : alipays[secret]).privateKey;

type Form = Readonly<Record<string, string>>;

function formOf(account: Account, { eventId, trail, amount, padding = '' }: Claim) {
  return {
    notify_time: '2026-11-23 12:00:00',
    notify_type: 'trade_status_sync',
    notify_id: eventId,
    charset: 'utf-8',
    version: '1.0',
    app_id: appOf(account),
    seller_id: sellerOf(account),
    trade_no: '2026112322001400000000000001',
    out_trade_no: 'shop_1',
    out_biz_no: compactReference(trail),
    trade_status: 'TRADE_SUCCESS',
    total_amount: '20.00',
    refund_fee: decimal(amount),
    subject: `订单 a+b=c&d/${padding}`,
    gmt_refund: '2026-11-23 12:00:00.340',
  };
}

function sealed(form: Form, key: string, hash = 'sha256', signType = 'RSA2'): Message {
  const content = Object.keys(form)
    .sort()
    .map((name) => `${name}=${form[name]}`)
    .join('&');
  return posted({ ...form, sign_type: signType, sign: sign(hash, Buffer.from(content), key).toString('base64') });
}

function posted(form: Form): Message {
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  return { body: new URLSearchParams(form).toString(), headers };
}

const formIn = ({ body }: Message): Form => Object.fromEntries(new URLSearchParams(body));

export const alipayAttacker: Attacker = {
  currency: 'CNY',
  signs: 'content',
  connection: (account, secrets) => ({
    apiKey: appOf(account),
    settings: { privateKey: app.privateKey, sellerId: sellerOf(account) },
    webhookSecrets: secrets.map((secret) => alipays[secret].publicKey),
  }),
  providerRef: compactReference,
  message: (account, claim, { secret, hash }) => sealed(formOf(account, claim), keyOf(secret), hash),
  grafted: (content, signature) => posted({ ...formIn(content), sign: formIn(signature)['sign'] ?? '' }),
  unsigned: (message): Named<Message>[] => {
    const { sign: _signature, ...form } = formIn(message);
    return [
      ['without sign', posted(form)],
      ['with an empty sign', posted({ ...form, sign: '' })],
    ];
  },
  misaddressed: (claim) => {
    const [ours, theirs] = [formOf('ours', claim), formOf('theirs', claim)];
    const { app_id: _app, ...nobodys } = ours;
    return [
      ['the app', sealed({ ...theirs, seller_id: ours.seller_id }, keyOf())],
      ['the seller', sealed({ ...ours, seller_id: theirs.seller_id }, keyOf())],
      ['no app', sealed(nobodys, keyOf())],
    ];
  },
  weaker: (claim) => {
    const form = formOf('ours', claim);
    return [
      ['SHA-1', sealed(form, keyOf(), 'sha1')],
      ['SHA-1 that says so', sealed(form, keyOf(), 'sha1', 'RSA')],
      ['SHA-512', sealed(form, keyOf(), 'sha512')],
    ];
  },
};
