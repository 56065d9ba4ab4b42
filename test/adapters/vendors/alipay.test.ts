/**
 * Our requests to Alipay and our reading of its answers and notices, and our stand-in's and attacker's side of them, against
 * Alipay's own package.
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import { AlipaySdk } from 'alipay-sdk';
import * as fc from 'fast-check';
import { alipayChannel } from '../../../shared/adapters/payments/alipay';
import { alipayWebhook } from '../../../shared/adapters/payments/alipay-webhook';
import { alipayStandIn } from '../../../infra/local/stand-ins/alipay';
import { mount, type Mounted } from '../../support/mounted-stand-in';
import { holds } from '../../support/property';
import { leg } from '../payment-channel.suite';
import { alipayAttacker } from '../webhooks/alipay-attacker';
import { compactReference } from '../webhooks/references';
import { believed } from './believed';
import { anyText, tampered, tampering } from './tampering';

const pair = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
const app = pair();
const alipays = pair();
const nobodys = pair();

const ACCOUNT = {
  id: 'con_alipay',
  apiKey: '2021000000000001',
  webhookSecrets: [alipays.publicKey],
  settings: { privateKey: app.privateKey, sellerId: '2088000000000001' },
};
const connection = { ...ACCOUNT, tenant: 'acme', provider: 'alipay' };
const trail = { ...leg().trail, orderId: `ord_${'a'.repeat(26)}`, cancellationId: `can_${'b'.repeat(26)}`, attempt: 1 };

/** The package in the hands of somebody who signs with this key, and believes that one. */
const packageOf = (privateKey: string, alipayPublicKey: string, gateway?: string): AlipaySdk =>
  new AlipaySdk({
    appId: ACCOUNT.apiKey,
    keyType: 'PKCS8',
    privateKey,
    alipayPublicKey,
    ...(gateway === undefined ? {} : { gateway: `${gateway}/gateway.do` }),
  });
const shops = packageOf(app.privateKey, alipays.publicKey);

type Form = Record<string, string>;
const formIn = (body: Buffer | string): Form => Object.fromEntries(new URLSearchParams(body.toString()));
const ours = (form: Form | string, key = alipays.publicKey): boolean => {
  const body = typeof form === 'string' ? form : new URLSearchParams(form).toString();
  return believed(() => alipayWebhook.read({ ...connection, webhookSecrets: [key] }, Buffer.from(body), {}, 0));
};
const theirs = (form: Form, key = alipays.publicKey): boolean => packageOf(app.privateKey, key).checkNotifySignV2(form);

describe('a notice of Alipay', () => {
  /** By hand: the package verifies notices, and signs none. */
  function signed(form: Form, named: 'with sign_type' | 'without sign_type', hash = 'sha256', type = 'RSA2'): Form {
    const all: Form = { ...form, ...(named === 'with sign_type' ? { sign_type: type } : {}) };
    const content = Object.keys(all)
      .sort()
      .map((name) => `${name}=${all[name]}`)
      .join('&');
    return { ...form, sign_type: type, sign: sign(hash, Buffer.from(content), alipays.privateKey).toString('base64') };
  }
  const notice = (subject: string): Form => ({
    app_id: ACCOUNT.apiKey,
    seller_id: ACCOUNT.settings.sellerId,
    notify_id: 'n1',
    notify_type: 'trade_status_sync',
    out_trade_no: 'shop_1',
    out_biz_no: compactReference(trail),
    total_amount: '20.00',
    refund_fee: '5.00',
    gmt_refund: '2026-11-23 12:00:00.340',
    empty: '',
    subject,
  });

  test('is believed by us where the package believes it, and not elsewhere', () => {
    let refused = 0;
    const kind = fc.constantFrom('with sign_type' as const, 'without sign_type' as const);
    const property = fc.property(anyText, kind, tampering, (subject, named, how) => {
      const genuine = signed(notice(subject), named);
      const key = how.what === 'key' ? nobodys.publicKey : alipays.publicKey;
      const signature = tampered(genuine['sign'] ?? '', how, 'signature');
      const sent = { ...genuine, subject: tampered(subject, how, 'text'), sign: signature };
      const verdict = ours(sent, key);
      expect(verdict).toBe(theirs(sent, key));
      if (how.what === 'nothing') expect(verdict).toBe(true);
      refused += verdict ? 0 : 1;
    });
    holds(property, 200);
    expect(refused).toBeGreaterThan(60);
  });

  test('under the older algorithm is believed by the package, which asks the message, and not by us', () => {
    const older = signed(notice('x'), 'without sign_type', 'sha1', 'RSA');
    expect([theirs(older), ours(older)]).toEqual([true, false]);
  });

  test('of our attacker is one that the package believes', () => {
    const claim = { eventId: 'n1', providerRef: compactReference(trail), trail, amount: 500 };
    const { body } = alipayAttacker.message('ours', claim, { at: 0 });
    const [key = ''] = alipayAttacker.connection('ours', [0]).webhookSecrets;
    expect([theirs(formIn(body), key), theirs(formIn(body))]).toEqual([true, false]);
  });

  test('whose text the package has signed is one that we read', () => {
    const { app_id: _app, empty: _empty, ...told } = notice('订单 a+b=c&d%20');
    const body = packageOf(alipays.privateKey, app.publicKey).sdkExecute('alipay.trade.notify', told);
    const read = alipayWebhook.read(connection, Buffer.from(body.replaceAll('%20', '+')), {}, 0);
    expect(read).toMatchObject({ providerRef: compactReference(trail), claims: 'succeeded' });
    expect(ours(body.replace('refund_fee=5.00', 'refund_fee=9.00'))).toBe(false);
  });
});

describe('through the gateway', () => {
  let party: Mounted;
  beforeEach(async () => {
    const accounts = () => Promise.resolve([ACCOUNT]);
    party = await mount(alipayStandIn({ accounts, privateKey: alipays.privateKey }));
    await party.control('seed', { seed: [{ out_trade_no: 'shop_1', amount: 2_000 }] });
  });
  afterEach(() => party.close());

  const refund = () =>
    alipayChannel({ now: () => new Date(party.clock.now()).toISOString() }).refund({
      connection: { ...connection, baseUrl: party.baseUrl },
      paymentRef: 'shop_1',
      captureRef: 'shop_1',
      amount: 500,
      currency: 'CNY',
      ...leg(),
      trail,
    });

  test('our requests are signed as the package wants it', async () => {
    await refund();
    expect(party.exchanges.length).toBeGreaterThan(0);
    for (const { request } of party.exchanges) {
      const form = formIn(request.rawBody);
      expect([theirs(form, app.publicKey), theirs(form, nobodys.publicKey)]).toEqual([true, false]);
    }
  });

  test('what the package signs our stand-in takes, and its answers the package believes', async () => {
    const sdk = packageOf(app.privateKey, alipays.publicKey, party.baseUrl);
    const bizContent = { outTradeNo: 'shop_1', refundAmount: '5.00', outRequestNo: 'r1', refundReason: '退款 a/b' };
    const answer = await sdk.exec('alipay.trade.refund', { bizContent }, { validateSign: true });
    expect(answer).toMatchObject({ code: '10000', fundChange: 'Y', outTradeNo: 'shop_1' });
    const found = { outTradeNo: 'shop_1', outRequestNo: 'r1' };
    const query = sdk.exec('alipay.trade.fastpay.refund.query', { bizContent: found }, { validateSign: true });
    expect(await query).toMatchObject({ code: '10000', refundStatus: 'REFUND_SUCCESS' });
  });

  test('what somebody else signs our stand-in refuses, and its answers nobody else believes', async () => {
    const bizContent = { outTradeNo: 'shop_1' };
    const stranger = packageOf(nobodys.privateKey, alipays.publicKey, party.baseUrl);
    expect(await stranger.exec('alipay.trade.query', { bizContent })).toMatchObject({ code: '40002' });
    const misled = packageOf(app.privateKey, nobodys.publicKey, party.baseUrl);
    await expect(misled.exec('alipay.trade.query', { bizContent }, { validateSign: true })).rejects.toThrow('验签失败');
  });

  test('its notices the package believes', async () => {
    party.answerWebhooksWith(200, 'success');
    await refund();
    await party.idle();
    await party.control('depositback', {});
    await party.idle();
    expect(party.deliveries.length).toBeGreaterThan(1);
    for (const { rawBody } of party.deliveries) {
      expect([shops.checkNotifySignV2(formIn(rawBody)), theirs(formIn(rawBody), nobodys.publicKey)]).toEqual([
        true,
        false,
      ]);
    }
  });
});
