/**
 * Our requests to WeChat Pay and our reading of its answers and notices, and our stand-in's and attacker's side of them,
 * against `wechatpay-axios-plugin`. WeChat Pay publishes no package of its own for Node; this one is by the author of its
 * package for PHP.
 */
import { generateKeyPairSync } from 'node:crypto';
import * as fc from 'fast-check';
import { Aes, Formatter, Rsa, Wechatpay } from 'wechatpay-axios-plugin';
import { wechatPayChannel } from '../../../shared/adapters/payments/wechat-pay';
import { openResource } from '../../../shared/adapters/payments/wechat-pay-resource';
import { authorization } from '../../../shared/adapters/payments/wechat-pay-signature';
import { wechatPayWebhook } from '../../../shared/adapters/payments/wechat-pay-webhook';
import { wechatPayStandIn } from '../../../infra/local/stand-ins/wechat-pay';
import { readAuthorization, sealed } from '../../../infra/local/stand-ins/wechat-pay-wire';
import { mount, type Mounted } from '../../support/mounted-stand-in';
import { holds } from '../../support/property';
import { leg } from '../payment-channel.suite';
import { compactReference } from '../webhooks/references';
import { wechatPayAttacker } from '../webhooks/wechat-pay-attacker';
import { believed } from './believed';
import { anyText, tampered, tampering } from './tampering';

const pair = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
const merchant = pair();
const platform = pair();
const nobodys = pair();
const SERIAL = 'PUB_KEY_ID_0114000000012026112300000001';
const KEY = '0123456789abcdef0123456789abcdef';
const NOW = 1_790_000_000;
const NONCE = 'fdasflkja484';

const ACCOUNT = {
  id: 'con_wechat_pay',
  apiKey: '1900000109',
  webhookSecrets: [KEY],
  settings: {
    privateKey: merchant.privateKey,
    serial: '5157F09EFDC096DE15EBE81A47057A7232F1B8E1',
    [`platformKey.${SERIAL}`]: platform.publicKey,
  },
};
const connection = { ...ACCOUNT, tenant: 'acme', provider: 'wechat_pay' };
const trail = { ...leg().trail, orderId: `ord_${'a'.repeat(26)}`, cancellationId: `can_${'b'.repeat(26)}`, attempt: 1 };

type Headers = Readonly<Record<string, string | undefined>>;
const header = (headers: Headers, name: string): string => headers[`wechatpay-${name}`] ?? '';

/** Whether the package believes a message of the platform. */
const theirs = (headers: Headers, body: string, key = platform.publicKey): boolean =>
  Rsa.verify(
    Formatter.response(header(headers, 'timestamp'), header(headers, 'nonce'), body),
    header(headers, 'signature'),
    key,
  );
const ours = (headers: Headers, body: string): boolean =>
  believed(() => wechatPayWebhook.read(connection, Buffer.from(body), headers, NOW));

/** A message of the platform, signed by the package. */
function signed(body: string, key = platform.privateKey): Record<string, string> {
  const nonce = Formatter.nonce();
  return {
    'wechatpay-timestamp': String(NOW),
    'wechatpay-nonce': nonce,
    'wechatpay-serial': SERIAL,
    'wechatpay-signature': Rsa.sign(Formatter.response(NOW, nonce, body), key),
  };
}

describe('a notice of WeChat Pay', () => {
  test('that the package signs we believe, and disbelieve where the package does', () => {
    let refused = 0;
    const property = fc.property(anyText, tampering, (text, how) => {
      const genuine = signed(text, how.what === 'key' ? nobodys.privateKey : platform.privateKey);
      const signature = tampered(genuine['wechatpay-signature'] ?? '', how, 'signature');
      const [body, headers] = [tampered(text, how, 'text'), { ...genuine, 'wechatpay-signature': signature }];
      const verdict = ours(headers, body);
      expect(verdict).toBe(theirs(headers, body));
      if (how.what === 'nothing') expect(verdict).toBe(true);
      refused += verdict ? 0 : 1;
    });
    holds(property, 150);
    expect(refused).toBeGreaterThan(50);
  });

  test('that the package seals and signs is a refund that we read', () => {
    const refund = {
      mchid: ACCOUNT.apiKey,
      out_trade_no: 'shop_1',
      out_refund_no: compactReference(trail),
      refund_status: 'SUCCESS',
      user_received_account: '招商银行信用卡0403',
      amount: { total: 2_000, refund: 500 },
    };
    const ciphertext = Aes.AesGcm.encrypt(JSON.stringify(refund), KEY, NONCE, 'refund');
    const resource = { algorithm: 'AEAD_AES_256_GCM', ciphertext, associated_data: 'refund', nonce: NONCE };
    const body = JSON.stringify({ id: 'EV-1', event_type: 'REFUND.SUCCESS', resource });
    expect(wechatPayWebhook.read(connection, Buffer.from(body), signed(body), NOW)).toMatchObject({
      eventId: 'EV-1',
      providerRef: compactReference(trail),
      claims: 'succeeded',
    });
  });

  test('of our attacker is signed and sealed as the package wants it', () => {
    const claim = { eventId: 'EV-1', providerRef: compactReference(trail), trail, amount: 500 };
    const { body, headers } = wechatPayAttacker.message('ours', claim, { at: NOW });
    const { webhookSecrets, settings } = wechatPayAttacker.connection('ours', [0]);
    expect(theirs(headers, body, settings?.[`platformKey.${header(headers, 'serial')}`])).toBe(true);
    const { ciphertext, nonce, associated_data } = JSON.parse(body).resource;
    const opened = Aes.AesGcm.decrypt(ciphertext, webhookSecrets[0] ?? '', nonce, associated_data);
    expect(JSON.parse(opened)).toMatchObject({ out_refund_no: compactReference(trail) });
  });
});

describe('what is sealed', () => {
  const open = (content: object, secret = KEY) =>
    openResource({ algorithm: 'AEAD_AES_256_GCM', ...content }, { ...connection, webhookSecrets: [secret] });

  test('by the package we open, and by our stand-in the package opens', () => {
    const key = fc.stringMatching(/^[0-9A-Za-z]{32}$/);
    const nonce = fc.stringMatching(/^[0-9A-Za-z]{12}$/);
    const property = fc.property(
      anyText,
      key,
      nonce,
      fc.constantFrom('refund', '', '退款'),
      (text, secret, iv, data) => {
        const ciphertext = Aes.AesGcm.encrypt(text, secret, iv, data);
        // An empty text is nothing but its tag; no notice is empty.
        expect(open({ ciphertext, nonce: iv, associated_data: data }, secret)).toBe(text === '' ? undefined : text);
        expect(open({ ciphertext, nonce: iv, associated_data: `${data}x` }, secret)).toBeUndefined();
        const box = sealed({ text }, secret);
        const opened = Aes.AesGcm.decrypt(box['ciphertext'] ?? '', secret, box['nonce'] ?? '', box['associated_data']);
        expect(JSON.parse(opened)).toEqual({ text });
      },
    );
    holds(property, 200);
  });
});

describe('a request', () => {
  const verified = (request: { method: string; path: string; body: string }, token: ReadonlyMap<string, string>) =>
    Rsa.verify(
      Formatter.request(
        request.method,
        request.path,
        token.get('timestamp') ?? '',
        token.get('nonce_str') ?? '',
        request.body,
      ),
      token.get('signature') ?? '',
      merchant.publicKey,
    );

  test('of ours carries the token that the package would verify', () => {
    const method = fc.constantFrom('GET', 'POST');
    const path = fc.webPath().map((one) => `/v3${one}?mchid=1900000109`);
    const property = fc.property(method, path, anyText, (verb, place, body) => {
      const request = { method: verb, path: place, body };
      const token = readAuthorization(authorization(connection, request, NOW));
      expect([...token.keys()].sort()).toEqual(['mchid', 'nonce_str', 'serial_no', 'signature', 'timestamp']);
      expect(verified(request, token)).toBe(true);
      expect(verified({ ...request, body: `${body} ` }, token)).toBe(false);
    });
    holds(property, 100);
  });

  test('is written in the form in which the package writes it', () => {
    const [mine, made] = [
      authorization(connection, { method: 'GET', path: '/v3/certificates', body: '' }, NOW),
      Formatter.authorization(ACCOUNT.apiKey, 'n', 's', NOW, ACCOUNT.settings.serial),
    ].map((one) => [one.split(' ')[0], [...readAuthorization(one)].map(([name]) => name).sort()]);
    expect(mine).toEqual(made);
  });
});

describe('through the API', () => {
  let party: Mounted;
  beforeEach(async () => {
    const accounts = () => Promise.resolve([ACCOUNT]);
    const key = { serial: SERIAL, privateKey: platform.privateKey };
    party = await mount(wechatPayStandIn({ accounts, platform: key }));
    await party.control('rules', { secondsApart: 0 });
    await party.control('seed', { seed: [{ out_trade_no: 'shop_1', amount: 2_000 }] });
  });
  afterEach(() => party.close());

  const client = (privateKey: string, publicKey: string) =>
    new Wechatpay({
      baseURL: party.baseUrl,
      mchid: ACCOUNT.apiKey,
      serial: ACCOUNT.settings.serial,
      privateKey,
      certs: { [SERIAL]: publicKey },
    }).chain('v3/refund/domestic/refunds');
  const wish = {
    out_trade_no: 'shop_1',
    out_refund_no: 'r1',
    reason: '退款',
    amount: { refund: 500, total: 2_000, currency: 'CNY' },
  };
  const refund = () =>
    wechatPayChannel({ now: () => new Date(party.clock.now()).toISOString() }).refund({
      connection: { ...connection, baseUrl: party.baseUrl },
      paymentRef: 'shop_1',
      captureRef: 'shop_1',
      amount: 500,
      currency: 'CNY',
      ...leg(),
      trail,
    });

  test('what the package signs our stand-in takes, and its answers the package believes', async () => {
    const { data } = await client(merchant.privateKey, platform.publicKey).post(wish);
    expect(data).toMatchObject({ out_refund_no: 'r1', status: 'PROCESSING' });
  });

  test('what somebody else signs our stand-in refuses, and its answers nobody else believes', async () => {
    await expect(client(nobodys.privateKey, platform.publicKey).post(wish)).rejects.toMatchObject({
      response: { status: 401 },
    });
    await expect(client(merchant.privateKey, nobodys.publicKey).post(wish)).rejects.toMatchObject({
      code: 'EV3_RES_HEADER_SIGNATURE_DIGEST',
    });
  });

  test('our requests are signed as the package wants it', async () => {
    await refund();
    expect(party.exchanges.length).toBeGreaterThan(0);
    for (const { request } of party.exchanges) {
      const token = readAuthorization(request.headers.authorization);
      const query = request.query.toString();
      const signedText = Formatter.request(
        request.method,
        query === '' ? request.path : `${request.path}?${query}`,
        token.get('timestamp') ?? '',
        token.get('nonce_str') ?? '',
        request.rawBody.toString(),
      );
      expect(Rsa.verify(signedText, token.get('signature') ?? '', merchant.publicKey)).toBe(true);
      expect(Rsa.verify(signedText, token.get('signature') ?? '', nobodys.publicKey)).toBe(false);
    }
  });

  test('its notices the package believes and opens', async () => {
    await party.control('behaviours', { state: 'SUCCESS' });
    await refund();
    await party.idle();
    expect(party.deliveries.length).toBeGreaterThan(0);
    for (const { rawBody, headers } of party.deliveries) {
      const body = rawBody.toString();
      expect([theirs(headers, body), theirs(headers, body, nobodys.publicKey)]).toEqual([true, false]);
      const { ciphertext, nonce, associated_data } = JSON.parse(body).resource;
      const opened = JSON.parse(Aes.AesGcm.decrypt(ciphertext, KEY, nonce, associated_data));
      expect(opened).toMatchObject({ out_refund_no: compactReference(trail), refund_status: 'SUCCESS' });
    }
  });
});
