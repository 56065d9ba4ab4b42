/** What is particular to this provider. What is tried against every webhook is in webhook-attacks.test.ts. */
import { createCipheriv, generateKeyPairSync, sign } from 'node:crypto';
import { wechatPayChannel } from '../../shared/adapters/payments/wechat-pay';
import { wechatPayWebhook } from '../../shared/adapters/payments/wechat-pay-webhook';
import { PermanentFault, SignatureInvalid } from '../../shared/domain/faults';
import { providerKey, refundId } from '../../shared/domain/ids';
import type { Connection } from '../../shared/ports/connections';
import { wechatPayStandIn } from '../../infra/local/stand-ins/wechat-pay';
import { mount, type Mounted } from '../support/mounted-stand-in';
import { leg } from './payment-channel.suite';

const pem = {
  modulusLength: 2_048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
} as const;
const merchant = generateKeyPairSync('rsa', pem);
const platform = generateKeyPairSync('rsa', pem);
const SERIAL = 'PUB_KEY_ID_0114000000012026112300000001';
const NOW = 1_790_000_000;
const KEY = '0123456789abcdef0123456789abcdef';

const connection: Connection = {
  id: 'con_wechat_pay',
  tenant: 'acme',
  provider: 'wechat_pay',
  apiKey: '1900000109',
  webhookSecrets: [KEY],
  settings: {
    privateKey: merchant.privateKey,
    serial: '5157F09EFDC096DE15EBE81A47057A7232F1B8E1',
    [`platformKey.${SERIAL}`]: platform.publicKey,
  },
};

const order = `ord_${'a'.repeat(26)}`;
const cancellation = `can_${'b'.repeat(26)}`;
const number = `${'a'.repeat(26)}-${'b'.repeat(26)}-l1-2`;

const refund = {
  mchid: connection.apiKey,
  out_trade_no: 'shop_1',
  transaction_id: '1217752501201407033233368018',
  out_refund_no: number,
  refund_id: '50000000382019052709732678859',
  refund_status: 'SUCCESS',
  success_time: '2026-11-23T12:00:00+08:00',
  user_received_account: '招商银行信用卡0403',
  amount: { total: 2_000, refund: 500, payer_total: 2_000, payer_refund: 500 },
};

/** Sealed as the vendor says it, apart from our own writing. */
function resource(content: unknown, { key = KEY, data = 'refund', nonce = 'fdasflkja484' } = {}) {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(data));
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  const bytes = Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  return {
    original_type: 'refund',
    algorithm: 'AEAD_AES_256_GCM',
    ciphertext: bytes.toString('base64'),
    associated_data: data,
    nonce,
  };
}

const event = (inside: unknown = refund, type = 'REFUND.SUCCESS') => ({
  id: 'EV-2018022511223320873',
  create_time: '2026-11-23T12:00:01+08:00',
  resource_type: 'encrypt-resource',
  event_type: type,
  summary: '退款成功',
  resource: resource(inside),
});

interface Seal {
  key?: string;
  time?: string;
  nonce?: string;
  serial?: string;
}

function signed(body: string, { key = platform.privateKey, ...more }: Seal = {}) {
  const { time = String(NOW), nonce = 'c5ac7061fccab6bf3e254dcf98995b8c', serial = SERIAL } = more;
  const signature = sign('sha256', Buffer.from(`${time}\n${nonce}\n${body}\n`), key).toString('base64');
  return {
    'wechatpay-timestamp': time,
    'wechatpay-nonce': nonce,
    'wechatpay-serial': serial,
    'wechatpay-signature': signature,
  };
}

type Headers = Record<string, string>;

function read(content: unknown, headers?: Headers, changed: Partial<Connection> = {}) {
  const body = typeof content === 'string' ? content : JSON.stringify(content);
  return wechatPayWebhook.read({ ...connection, ...changed }, Buffer.from(body), headers ?? signed(body), NOW);
}

describe('a notice of WeChat Pay', () => {
  test('is opened, names the refund and leads back to the leg by its number', () => {
    expect(read(event())).toEqual({
      eventId: 'EV-2018022511223320873',
      type: 'REFUND.SUCCESS',
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

  test.each([
    ['REFUND.CLOSED', { refund_status: 'CLOSED' }, 'failed'],
    ['REFUND.ABNORMAL', { refund_status: 'ABNORMAL' }, 'requires_action'],
    ['REFUND.SUCCESS', { user_received_account: '商户结算银行账户' }, 'failed'],
    ['REFUND.SUCCESS', { user_received_account: '支付用户零钱' }, 'succeeded'],
  ])('%s with %p claims %s', (type, state, claims) => {
    expect(read(event({ ...refund, ...state }, type))).toMatchObject({ type, claims });
  });

  test('is content with any 200', () => {
    expect(wechatPayWebhook.acknowledgement).toBeUndefined();
  });

  test.each(['TRANSACTION.SUCCESS', 'PAYSCORE.USER_PAID'])('%s is authentic and ignored', (type) => {
    expect(read(event(refund, type))).toBeUndefined();
  });

  test('of a refund that somebody made elsewhere has no trail', () => {
    expect(read(event({ ...refund, out_refund_no: '1217752501201407033233368018' }))?.trail).toBeUndefined();
  });

  test('during a rotation either APIv3 key opens it', () => {
    const other = 'f'.repeat(32);
    for (const webhookSecrets of [
      [KEY, other],
      [other, KEY],
    ]) {
      expect(read(event(), undefined, { webhookSecrets })?.providerRef).toBe(number);
    }
  });

  test('under a certificate of the platform or under its public key, by the serial that it names', () => {
    const settings = { ...connection.settings, 'platformKey.7132D72A03': merchant.publicKey };
    const body = JSON.stringify(event());
    const byCertificate = signed(body, { key: merchant.privateKey, serial: '7132D72A03' });
    expect(read(body, byCertificate, { settings })?.providerRef).toBe(number);
    expect(read(body, signed(body), { settings })?.providerRef).toBe(number);
    expect(() => read(body, signed(body, { serial: '7132D72A03' }), { settings })).toThrow(SignatureInvalid);
  });

  const body = JSON.stringify(event());
  const good = signed(body);
  const closed = (content: unknown, how: Parameters<typeof resource>[1]) =>
    JSON.stringify({ ...event(), resource: resource(content, how) });
  const attacks: [why: string, body: string, headers?: Headers, changed?: Partial<Connection>][] = [
    ['an altered body', body.replace('SUCCESS', 'CLOSED'), good],
    ['the same JSON with other spaces', JSON.stringify(event(), null, 1), good],
    ['a byte order mark in front', `\uFEFF${body}`, good],
    ['an empty body', '', good],
    ['a time stamp changed after signing', body, { ...good, 'wechatpay-timestamp': String(NOW - 1) }],
    ['a time stamp that is no number', body, signed(body, { time: '1e9' })],
    ['a nonce changed after signing', body, { ...good, 'wechatpay-nonce': 'x' }],
    ['no header', body, {}],
    ['a serial that is not configured', body, signed(body, { serial: 'OTHER' })],
    ['a serial of the language', body, signed(body, { serial: '__proto__' })],
    ['another key', body, signed(body, { key: merchant.privateKey })],
    ['a probe', body, { ...good, 'wechatpay-signature': `WECHATPAY/SIGNTEST/${good['wechatpay-signature']}` }],
    ['no key of the platform', body, good, { settings: {} }],
    ['a resource for another APIv3 key', closed(refund, { key: 'f'.repeat(32) })],
    ['a resource that names no merchant', closed({ ...refund, mchid: undefined }, {})],
    [
      'a resource with other associated data',
      JSON.stringify({ ...event(), resource: { ...resource(refund), associated_data: 'transaction' } }),
    ],
    ['a resource that was cut', JSON.stringify({ ...event(), resource: { ...resource(refund), ciphertext: 'AAAA' } })],
    ['a resource with a long nonce', closed(refund, { nonce: 'fdasflkja484fdas' })],
    ['no resource', JSON.stringify({ ...event(), resource: undefined })],
  ];
  test.each(attacks.map(([why, ...attack]) => ({ why, attack })))('with $why is refused', ({ attack }) => {
    expect(() => read(...attack)).toThrow(SignatureInvalid);
  });

  test('exactly at the tolerance it is still accepted, and sent again it says the same', () => {
    const late = signed(body, { time: String(NOW - 300) });
    expect(read(body, late)).toEqual(read(body, late));
  });

  test.each<[string, object]>([
    ['a status that nobody knows', { refund_status: 'TELEPORTED' }],
    ['no number', { out_refund_no: undefined }],
    ['no order', { out_trade_no: undefined }],
    ['more than was paid', { amount: { total: 500, refund: 501 } }],
    ['nothing', { amount: { total: 500, refund: 0 } }],
    ['no amount', { amount: undefined }],
  ])('signed and opened, with %s, is loud: WeChat Pay has changed', (_why, lie) => {
    expect(() => read(event({ ...refund, ...lie }))).toThrow(PermanentFault);
  });

  test('signed, but no JSON inside or outside, is loud', () => {
    expect(() => read('{')).toThrow(PermanentFault);
    expect(() => read(event('{'))).toThrow(PermanentFault);
  });

  test('an APIv3 key of the wrong length is loud, and not shown', () => {
    const wrong = { webhookSecrets: ['0123456789abcdef'] };
    expect(() => read(event(), undefined, wrong)).toThrow(/an APIv3 key has 32 characters$/);
  });
});

describe('the stand-in sends notices as WeChat Pay does', () => {
  const standIn = () =>
    wechatPayStandIn({
      accounts: () => Promise.resolve([connection]),
      platform: { serial: SERIAL, privateKey: platform.privateKey },
    });
  let party: Mounted;
  beforeEach(async () => {
    party = await mount(standIn());
    await party.control('rules', { secondsApart: 0 });
    await party.control('seed', { seed: [{ out_trade_no: 'shop_1', amount: 2_000 }] });
  });
  afterEach(() => party.close());

  const send = async (state = 'SUCCESS') => {
    await party.control('behaviours', { state });
    const own = leg();
    const trail = { ...own.trail, orderId: order, cancellationId: cancellation };
    const now = () => new Date(party.clock.now()).toISOString();
    return wechatPayChannel({ now }).refund({
      connection: { ...connection, baseUrl: party.baseUrl },
      paymentRef: 'shop_1',
      captureRef: 'shop_1',
      amount: 500,
      currency: 'CNY',
      ...own,
      trail,
    });
  };
  const notices = () =>
    party.deliveries.map(({ rawBody, headers }) =>
      wechatPayWebhook.read(connection, rawBody, headers, Number(headers['wechatpay-timestamp'])),
    );

  test('signed and sealed, to the address of the connection', async () => {
    const { providerRef } = await send();
    await party.idle();
    expect(party.deliveries[0]?.path).toBe('/webhooks/payments/wechat_pay/con_wechat_pay');
    expect(party.deliveries[0]?.rawBody.toString()).not.toContain(providerRef);
    expect(notices()).toMatchObject([
      { type: 'REFUND.SUCCESS', providerRef, trail: { orderId: order, cancellationId: cancellation } },
    ]);
  });

  test('again for a day after a failure, signed anew, under one id', async () => {
    party.answerWebhooksWith(500);
    await send();
    await party.idle();
    for (let hours = 0; hours < 40; hours += 1) {
      party.clock.moveTo(party.clock.now() + 3_600_000);
      await party.idle();
    }
    expect(party.deliveries).toHaveLength(16);
    expect(new Set(notices().map((notice) => notice?.eventId)).size).toBe(1);
    expect(new Set(party.deliveries.map(({ headers }) => headers['wechatpay-signature'])).size).toBe(16);
  });

  test('an undelivered one outlives a crash', async () => {
    party.answerWebhooksWith(500);
    await send();
    await party.idle();
    party.answerWebhooksWith(200);
    await party.restart(standIn());
    party.clock.moveTo(party.clock.now() + 3_600_000);
    await party.idle();
    expect(party.deliveries).toHaveLength(2);
  });

  test('twice on request, never on request, before the reply on request', async () => {
    await party.control('webhooks', { copies: 2 });
    await send();
    await party.idle();
    expect(party.deliveries).toHaveLength(2);
    await party.control('webhooks', { send: 'never' });
    await send();
    await party.idle();
    expect(party.deliveries).toHaveLength(2);
    await party.control('webhooks', { send: 'before-reply' });
    await send();
    expect(party.deliveries).toHaveLength(3);
  });

  test('when a refund has come to an end or needs the merchant, not when it was taken', async () => {
    const { providerRef } = await send('PROCESSING');
    await party.idle();
    expect(party.deliveries).toHaveLength(0);
    await party.control('settle', { out_refund_no: providerRef, state: 'ABNORMAL' });
    await party.control('settle', { out_refund_no: providerRef, user_received_account: '商户基本账户' });
    await party.idle();
    expect(notices().map((notice) => [notice?.type, notice?.claims])).toEqual([
      ['REFUND.ABNORMAL', 'requires_action'],
      ['REFUND.SUCCESS', 'failed'],
    ]);
  });
});
