/** What is particular to this provider. What is tried against every webhook is in webhook-attacks.test.ts. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { alipayChannel } from '../../shared/adapters/payments/alipay';
import { alipayWebhook } from '../../shared/adapters/payments/alipay-webhook';
import { PermanentFault, SignatureInvalid } from '../../shared/domain/faults';
import { providerKey, refundId } from '../../shared/domain/ids';
import type { Connection } from '../../shared/ports/connections';
import { alipayStandIn } from '../../infra/local/stand-ins/alipay';
import { mount, type Mounted } from '../support/mounted-stand-in';
import { leg } from './payment-channel.suite';

const pem = {
  modulusLength: 2_048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
} as const;
const app = generateKeyPairSync('rsa', pem);
const alipay = generateKeyPairSync('rsa', pem);
const NOW = 1_790_000_000;

const connection: Connection = {
  id: 'con_alipay',
  tenant: 'acme',
  provider: 'alipay',
  apiKey: '2021000000000001',
  webhookSecrets: [alipay.publicKey],
  settings: { privateKey: app.privateKey, sellerId: '2088000000000001' },
};

const order = `ord_${'a'.repeat(26)}`;
const cancellation = `can_${'b'.repeat(26)}`;
const number = `${'a'.repeat(26)}-${'b'.repeat(26)}-l1-2`;

type Form = Readonly<Record<string, string>>;

/** A part of a trade was given back. */
const form: Form = {
  notify_time: '2026-11-23 12:00:00',
  notify_type: 'trade_status_sync',
  notify_id: 'ac05099524730693a8b330c5ecf72da9786',
  charset: 'utf-8',
  version: '1.0',
  app_id: connection.apiKey,
  seller_id: '2088000000000001',
  trade_no: '2026112322001400000000000001',
  out_trade_no: 'shop_1',
  out_biz_no: number,
  trade_status: 'TRADE_SUCCESS',
  total_amount: '20.00',
  refund_fee: '7.50',
  subject: '订单 a+b=c&d',
  gmt_refund: '2026-11-23 12:00:00.340',
};

/** Signed as the platform says it, apart from our own writing: sorted, without `sign` and `sign_type`, RSA2. */
function signed(fields: Form, { key = alipay.privateKey, signType = 'RSA2' } = {}): Record<string, string> {
  const content = Object.keys(fields)
    .filter((name) => name !== 'sign' && name !== 'sign_type')
    .sort()
    .map((name) => `${name}=${fields[name]}`)
    .join('&');
  return { ...fields, sign_type: signType, sign: sign('sha256', Buffer.from(content), key).toString('base64') };
}

const posted = (fields: Record<string, string>): string => new URLSearchParams(fields).toString();

function read(body: string | Uint8Array, changed: Partial<Connection> = {}) {
  return alipayWebhook.read({ ...connection, ...changed }, Buffer.from(body), {}, NOW);
}

describe('a notice of Alipay', () => {
  test('names the refund and leads back to the leg by its number', () => {
    expect(read(posted(signed(form)))).toEqual({
      eventId: 'ac05099524730693a8b330c5ecf72da9786',
      type: 'trade_status_sync',
      providerRef: number,
      trail: {
        tenant: 'acme',
        orderId: order,
        cancellationId: cancellation,
        legId: providerKey(refundId(cancellation, 'l1'), 2),
      },
      claims: 'succeeded',
    });
  });

  test('wants to be answered `success`, and nothing else', () => {
    expect(alipayWebhook.acknowledgement).toEqual({ contentType: 'text/plain', body: 'success' });
  });

  test('of money that reached a card names the refund as well', () => {
    const content = { trade_no: '1', out_trade_no: 'shop_1', out_request_no: number, dback_status: 'F' };
    const message = {
      notify_id: 'n2',
      utc_timestamp: '1790000000000',
      msg_method: 'alipay.trade.refund.depositback.completed',
      app_id: connection.apiKey,
      version: '1.1',
      biz_content: JSON.stringify(content),
      charset: 'UTF-8',
    };
    // What the bank refuses goes to the balance: the refund stays done.
    expect(read(posted(signed(message)))).toMatchObject({
      eventId: 'n2',
      type: 'alipay.trade.refund.depositback.completed',
      providerRef: number,
      claims: 'succeeded',
    });
  });

  const { gmt_refund: _time, out_biz_no: _number, refund_fee: _fee, ...payment } = form;
  test.each<[string, Form]>([
    ['a payment', payment],
    ['a trade that ran out unpaid', { ...payment, trade_status: 'TRADE_CLOSED' }],
    ['the end of the window', { ...payment, trade_status: 'TRADE_FINISHED', refund_fee: '7.50' }],
    ['another message of the platform', { app_id: connection.apiKey, notify_id: 'n', msg_method: 'alipay.open.auth' }],
  ])('of %s is authentic and ignored', (_what, fields) => {
    expect(read(posted(signed(fields)))).toBeUndefined();
  });

  test('of a refund that somebody made elsewhere has no trail', () => {
    expect(read(posted(signed({ ...form, out_biz_no: 'HZRF001' })))?.trail).toBeUndefined();
  });

  test('during a rotation either key opens it', () => {
    for (const webhookSecrets of [
      [alipay.publicKey, app.publicKey],
      [app.publicKey, alipay.publicKey],
    ]) {
      expect(read(posted(signed(form)), { webhookSecrets })?.providerRef).toBe(number);
    }
  });

  test('is read as signed whatever algorithm it names', () => {
    expect(read(posted(signed(form, { signType: 'RSA' })))?.providerRef).toBe(number);
  });

  const good = signed(form);
  const attacks: [why: string, body: string | Uint8Array, changed?: Partial<Connection>][] = [
    ['an altered amount', posted({ ...good, refund_fee: '9.50' })],
    ['another refund', posted({ ...good, out_biz_no: 'other' })],
    ['something added', posted({ ...good, note: 'x' })],
    ['something left out', posted(Object.fromEntries(Object.entries(good).filter(([name]) => name !== 'version')))],
    ['something named twice', `${posted(good)}&out_biz_no=other`],
    ['its signature named twice', `${posted(good)}&sign=x`],
    ['the signature of another key', posted(signed(form, { key: app.privateKey }))],
    ['a signature that is no base64', posted({ ...good, sign: '{}' })],
    ['bytes that are no UTF-8', Buffer.concat([Buffer.from(posted(good)), Buffer.from([0xff])])],
    ['JSON instead of a form', JSON.stringify(good)],
    ['an empty body', ''],
    ['a very long body', `${posted(good)}&pad=${'x'.repeat(250_000)}`],
  ];
  test.each(attacks.map(([why, ...attack]) => ({ why, attack })))('with $why is refused', ({ attack }) => {
    expect(() => read(...attack)).toThrow(SignatureInvalid);
  });

  test('sent again by whomever says the same again: it carries no time, and what it names is asked about', () => {
    expect(read(posted(good))).toEqual(read(posted(good)));
  });

  test.each<[string, Form]>([
    ['gives back more than was paid', { ...form, refund_fee: '20.01' }],
    ['gives back nothing', { ...form, refund_fee: '0.00' }],
    ['states a sum that is none', { ...form, total_amount: '1e9' }],
    ['states no sum', { ...form, total_amount: '' }],
    ['has no id', Object.fromEntries(Object.entries(form).filter(([name]) => name !== 'notify_id'))],
    ['names no trade', Object.fromEntries(Object.entries(form).filter(([name]) => name !== 'out_trade_no'))],
  ])('that is signed and %s is loud: Alipay has changed', (_why, fields) => {
    expect(() => read(posted(signed(fields)))).toThrow(PermanentFault);
  });

  test('that names a seller while ours is not configured is loud', () => {
    expect(() => read(posted(good), { settings: {} })).toThrow(/settings.sellerId is missing/);
  });
});

describe('the stand-in sends notices as Alipay does', () => {
  const account = { ...connection, webhookSecrets: [alipay.publicKey] };
  const standIn = () => alipayStandIn({ accounts: () => Promise.resolve([account]), privateKey: alipay.privateKey });
  const trail = { tenant: 'acme', orderId: order, cancellationId: cancellation, leg: 'l1', attempt: 2 };
  let party: Mounted;
  beforeEach(async () => {
    party = await mount(standIn());
    party.answerWebhooksWith(200, 'success');
    await party.control('seed', { seed: [{ out_trade_no: 'shop_1', amount: 2_000 }] });
  });
  afterEach(() => party.close());

  const refund = (amount = 500) => {
    const own = leg();
    return alipayChannel({ now: () => new Date().toISOString() }).refund({
      connection: { ...connection, baseUrl: party.baseUrl },
      paymentRef: 'shop_1',
      captureRef: 'shop_1',
      amount,
      currency: 'CNY',
      ...own,
      trail: { ...own.trail, ...trail, attempt: own.trail.attempt },
    });
  };
  const notices = () =>
    party.deliveries.map(({ rawBody, headers }) => alipayWebhook.read(connection, rawBody, headers, NOW));
  const forms = () =>
    party.deliveries.map(({ rawBody }) => Object.fromEntries(new URLSearchParams(rawBody.toString())));

  test('as a form to the address of the connection, with the state of the trade', async () => {
    const { providerRef } = await refund();
    await refund(1_500);
    await party.idle();
    expect(party.deliveries[0]?.path).toBe('/webhooks/payments/alipay/con_alipay');
    expect(party.deliveries[0]?.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/);
    expect(notices()[0]).toMatchObject({ providerRef, trail: { orderId: order, cancellationId: cancellation } });
    expect(forms()).toMatchObject([
      { trade_status: 'TRADE_SUCCESS', refund_fee: '5.00' },
      { trade_status: 'TRADE_CLOSED', refund_fee: '20.00' },
    ]);
  });

  test('again and again for a day until it reads `success`, under one id', async () => {
    party.answerWebhooksWith(200, '{"received":true}');
    await refund();
    await party.idle();
    for (let hours = 0; hours < 30; hours += 1) {
      party.clock.moveTo(party.clock.now() + 3_600_000);
      await party.idle();
    }
    expect(party.deliveries).toHaveLength(8);
    expect(new Set(notices().map((notice) => notice?.eventId)).size).toBe(1);
  });

  test('an undelivered one outlives a crash', async () => {
    party.answerWebhooksWith(500);
    await refund();
    await party.idle();
    party.answerWebhooksWith(200, 'success');
    await party.restart(standIn());
    party.clock.moveTo(party.clock.now() + 3_600_000);
    await party.idle();
    expect(party.deliveries).toHaveLength(2);
  });

  test('twice on request, never on request, before the reply on request', async () => {
    await party.control('webhooks', { copies: 2 });
    await refund();
    await party.idle();
    expect(party.deliveries).toHaveLength(2);
    await party.control('webhooks', { send: 'never' });
    await refund();
    await party.idle();
    expect(party.deliveries).toHaveLength(2);
    await party.control('webhooks', { send: 'before-reply' });
    await refund();
    expect(party.deliveries).toHaveLength(3);
  });

  test('when a refund that was under way is done, not when it fails, and when the bank has spoken', async () => {
    await party.control('behaviours', { next: 2, state: 'pending' });
    await refund().catch(() => undefined);
    await party.control('settle', { state: 'failed' });
    await refund().catch(() => undefined);
    await party.idle();
    expect(party.deliveries).toHaveLength(0);
    await party.control('settle', {});
    await party.control('depositback', { dback_status: 'F' });
    await party.idle();
    expect(notices().map((notice) => notice?.type)).toEqual([
      'trade_status_sync',
      'alipay.trade.refund.depositback.completed',
    ]);
  });
});
