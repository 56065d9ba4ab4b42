import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { wechatPayChannel } from '../../shared/adapters/payments/wechat-pay';
import { PermanentFault, TransientFault, UnknownOutcome } from '../../shared/domain/faults';
import type { Connection } from '../../shared/ports/connections';
import type { PaymentChannel, RefundRequest, ReverseRequest } from '../../shared/ports/payment-channel';
import { list, record } from '../../infra/local/json';
import { wechatPayStandIn } from '../../infra/local/stand-ins/wechat-pay';
import { mount, rawServer, type Mounted } from '../support/mounted-stand-in';
import { leg, paymentChannelSuite, type ChannelWorld } from './payment-channel.suite';

const pem = {
  modulusLength: 2_048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
} as const;
const merchant = generateKeyPairSync('rsa', pem);
const platform = generateKeyPairSync('rsa', pem);
const SERIAL = 'PUB_KEY_ID_0114000000012026112300000001';

const ACCOUNT = {
  id: 'con_wechat_pay',
  apiKey: '1900000109',
  webhookSecrets: ['0123456789abcdef0123456789abcdef'],
  settings: {
    privateKey: merchant.privateKey,
    serial: '5157F09EFDC096DE15EBE81A47057A7232F1B8E1',
    [`platformKey.${SERIAL}`]: platform.publicKey,
  },
};
const accounts = () => Promise.resolve([ACCOUNT]);
const standIn = () => wechatPayStandIn({ accounts, platform: { serial: SERIAL, privateKey: platform.privateKey } });

function connectionTo(baseUrl: string, changed: Partial<Connection> = {}): Connection {
  return { ...ACCOUNT, tenant: 'acme', provider: 'wechat_pay', baseUrl, ...changed };
}

/** Signatures are of a time, so the adapter follows the party's clock. */
function channelAt(party: Mounted, timeoutMs?: number): PaymentChannel {
  const now = () => new Date(party.clock.now()).toISOString();
  return wechatPayChannel(timeoutMs === undefined ? { now } : { now, timeoutMs });
}

let orders = 0;

async function seed(party: Mounted, order: Record<string, unknown>) {
  orders += 1;
  const refs = { paymentRef: `shop_${orders}`, captureRef: `4200${String(orders).padStart(24, '0')}` };
  await party.control('seed', { seed: [{ out_trade_no: refs.paymentRef, transaction_id: refs.captureRef, ...order }] });
  return refs;
}

async function givenBack(party: Mounted, paymentRef: string): Promise<number> {
  const ledger = record(await party.control('ledger'));
  const line = list(ledger['payments']).find((one) => record(one)['out_trade_no'] === paymentRef);
  return Number(record(line)['refunded']);
}

async function world(): Promise<ChannelWorld> {
  const party = await mount(standIn());
  await party.control('rules', { secondsApart: 0 });
  await party.control('behaviours', { next: 1_000, state: 'PROCESSING' });
  return {
    channel: channelAt(party),
    connection: connectionTo(party.baseUrl),
    currency: 'CNY',
    captured: (amount) => seed(party, { amount }),
    authorized: (amount) => seed(party, { amount, state: 'NOTPAY' }),
    givenBack: (paymentRef) => givenBack(party, paymentRef),
    loseNextAnswer: async () => {
      await party.control('faults', { method: 'POST', answer: 'hang-up', applied: true });
    },
    close: () => party.close(),
  };
}

paymentChannelSuite('wechat_pay', world);

describe('WeChat Pay', () => {
  let party: Mounted;
  let channel: PaymentChannel;
  beforeEach(async () => {
    party = await mount(standIn());
    channel = channelAt(party, 400);
    await party.control('webhooks', { send: 'never' });
  });
  afterEach(() => party.close());

  async function request(wish: { amount?: number; of?: number } = {}): Promise<RefundRequest> {
    const refs = await seed(party, { amount: wish.of ?? 2_000 });
    return { connection: connectionTo(party.baseUrl), ...refs, amount: wish.amount ?? 500, currency: 'CNY', ...leg() };
  }

  async function open(amount = 900, state = 'NOTPAY'): Promise<ReverseRequest> {
    const { paymentRef } = await seed(party, { amount, state });
    return { connection: connectionTo(party.baseUrl), paymentRef, amount, currency: 'CNY', ...leg() };
  }

  const later = (milliseconds: number) => party.clock.moveTo(party.clock.now() + milliseconds);
  const sent = () => party.exchanges.map(({ request: one }) => `${one.method} ${one.path}`);
  const numberOf = ({ trail }: RefundRequest) =>
    `${trail.orderId.slice(4)}-${trail.cancellationId.slice(4)}-${trail.leg}-${trail.attempt}`;

  interface Seal {
    key?: string;
    serial?: string;
    time?: number;
    signature?: string;
  }

  /** The headers of an answer as WeChat Pay signs it, or as somebody else would. */
  function sealOf(body: string, { key = platform.privateKey, serial = SERIAL, ...more }: Seal = {}) {
    const time = String(more.time ?? Math.floor(party.clock.now() / 1000));
    const signature = sign('sha256', Buffer.from(`${time}\nn0\n${body}\n`), key).toString('base64');
    return {
      'wechatpay-timestamp': time,
      'wechatpay-nonce': 'n0',
      'wechatpay-serial': serial,
      'wechatpay-signature': more.signature ?? signature,
    };
  }

  /** The next request of this method is answered so. */
  function answers(method: string, status: number, content: object, headers?: Record<string, string>) {
    const body = JSON.stringify(content);
    return party.control('faults', { method, answer: 'status', status, body, headers: headers ?? sealOf(body) });
  }

  test('reads the total of the payment first, and states it in a request that the merchant has signed', async () => {
    const wish = await request();
    await channel.refund(wish);
    expect(sent()).toEqual([`GET /v3/pay/transactions/id/${wish.captureRef}`, 'POST /v3/refund/domestic/refunds']);
    const [read, write] = party.exchanges.map(({ request: one }) => one);
    expect(read?.query.toString()).toBe(`mchid=${ACCOUNT.apiKey}`);
    expect(JSON.parse(write?.rawBody.toString() ?? '')).toEqual({
      transaction_id: wish.captureRef,
      out_refund_no: numberOf(wish),
      amount: { refund: 500, total: 2_000, currency: 'CNY' },
    });
    expect(write?.headers).toMatchObject({
      accept: 'application/json',
      'content-type': 'application/json',
      'user-agent': 'order-cancellation',
      'wechatpay-serial': SERIAL,
    });
    for (const one of [read, write]) {
      const authorization = one?.headers.authorization ?? '';
      const said = Object.fromEntries([...authorization.matchAll(/(\w+)="([^"]*)"/g)].map(([, k, v]) => [k, v]));
      expect(authorization).toMatch(/^WECHATPAY2-SHA256-RSA2048 mchid=/);
      expect(said).toMatchObject({ mchid: ACCOUNT.apiKey, serial_no: ACCOUNT.settings.serial });
      const path = one?.method === 'GET' ? `${one.path}?mchid=${ACCOUNT.apiKey}` : one?.path;
      const lines = `${one?.method}\n${path}\n${said['timestamp']}\n${said['nonce_str']}\n${one?.rawBody.toString()}\n`;
      const signature = Buffer.from(said['signature'] ?? '', 'base64');
      expect(verify('sha256', Buffer.from(lines), merchant.publicKey, signature)).toBe(true);
    }
  });

  test('names the order by the number of the shop where that of WeChat Pay is not known', async () => {
    const wish = await request();
    await channel.refund({ ...wish, captureRef: wish.paymentRef });
    expect(sent()[0]).toBe(`GET /v3/pay/transactions/out-trade-no/${wish.paymentRef}`);
    const content = record(JSON.parse(party.exchanges[1]?.request.rawBody.toString() ?? ''));
    expect([content['out_trade_no'], content['transaction_id']]).toEqual([wish.paymentRef, undefined]);
  });

  test('says where its notices go where the connection says so', async () => {
    const wish = await request();
    const notifyUrl = 'https://shop.example/webhooks/payments/wechat_pay/con_wechat_pay';
    const connection = connectionTo(party.baseUrl, { settings: { ...ACCOUNT.settings, notifyUrl } });
    await channel.refund({ ...wish, connection });
    expect(JSON.parse(party.exchanges[1]?.request.rawBody.toString() ?? '')).toMatchObject({ notify_url: notifyUrl });
  });

  test('refers to a leg by its trail, in characters that WeChat Pay takes', async () => {
    const trail = {
      tenant: 'acme',
      orderId: `ord_${'a'.repeat(26)}`,
      cancellationId: `can_${'b'.repeat(26)}`,
      legId: 'rfd_1',
      leg: 'l999',
      attempt: 999,
    };
    const { providerRef } = await channel.refund({ ...(await request()), trail });
    expect(providerRef).toMatch(/^a{26}-b{26}-l999-999$/);
    expect(providerRef).toMatch(/^[\w|*@-]{1,64}$/);
  });

  test.each<[string, object, unknown]>([
    ['a 429', { answer: 'status', status: 429 }, TransientFault],
    ['a 500', { answer: 'status', status: 500, body: { code: 'SYSTEM_ERROR', message: '' } }, UnknownOutcome],
    ['a 503 without a body', { answer: 'status', status: 503 }, UnknownOutcome],
    ['garbage with status 200', { answer: 'garbage', status: 200 }, UnknownOutcome],
    ['garbage with status 403', { answer: 'garbage', status: 403 }, UnknownOutcome],
    ['a closed connection', { answer: 'hang-up' }, UnknownOutcome],
    ['no answer in time', { delayMs: 900 }, UnknownOutcome],
    ['a refusal without a code', { answer: 'status', status: 400, body: { hello: 1 } }, UnknownOutcome],
    ['an empty 200', { answer: 'status', status: 200, body: '' }, UnknownOutcome],
    ['a redirect', { answer: 'status', status: 302, body: { code: 'MOVED' } }, UnknownOutcome],
  ])('%s on a write', async (_name, trouble, fault) => {
    const wish = await request();
    await party.control('faults', { method: 'POST', ...trouble });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(fault);
    expect(party.exchanges.length).toBeLessThanOrEqual(2);
  });

  test.each<[string, object]>([
    ['a 500', { answer: 'status', status: 500 }],
    ['garbage', { answer: 'garbage' }],
    ['a closed connection', { answer: 'hang-up' }],
    ['no answer in time', { delayMs: 900 }],
    ['an unsigned 200', { answer: 'status', status: 200, body: { status: 'SUCCESS' } }],
  ])('%s on a read changes nothing and may be repeated, also before a refund', async (_name, trouble) => {
    const wish = await request();
    await party.control('faults', { method: 'GET', ...trouble });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(TransientFault);
    await party.control('faults', { method: 'GET', ...trouble });
    await expect(channel.query(wish)).rejects.toBeInstanceOf(TransientFault);
    expect(await givenBack(party, wish.paymentRef)).toBe(0);
  });

  test.each<[number, string, unknown, RegExp]>([
    [403, 'NOT_ENOUGH', PermanentFault, /wechat_pay: NOT_ENOUGH \[403\]/],
    [403, 'USER_ACCOUNT_ABNORMAL', PermanentFault, /wechat_pay: USER_ACCOUNT_ABNORMAL \[403\]/],
    [403, 'NO_AUTH', PermanentFault, /wechat_pay: NO_AUTH \[403\]/],
    [400, 'PARAM_ERROR', PermanentFault, /wechat_pay: PARAM_ERROR \[400\]/],
    [400, 'INVALID_REQUEST', PermanentFault, /wechat_pay: INVALID_REQUEST \[400\]/],
    [401, 'SIGN_ERROR', TransientFault, /wechat_pay: SIGN_ERROR \[401\]/],
    [404, 'RESOURCE_NOT_EXISTS', PermanentFault, /wechat_pay: RESOURCE_NOT_EXISTS \[404\]/],
    [404, 'MCH_NOT_EXISTS', PermanentFault, /wechat_pay: MCH_NOT_EXISTS \[404\]/],
    [429, 'FREQUENCY_LIMITED', TransientFault, /wechat_pay: too many requests \[429\]/],
    [403, 'FREQUENCY_LIMITED', TransientFault, /wechat_pay: FREQUENCY_LIMITED \[403\]/],
    [400, 'BIZ_ERR_NEED_RETRY', TransientFault, /wechat_pay: BIZ_ERR_NEED_RETRY \[400\]/],
    [202, 'USER_PAYING', TransientFault, /wechat_pay: USER_PAYING \[202\]/],
    [500, 'SYSTEM_ERROR', UnknownOutcome, /wechat_pay: HTTP 500/],
    [400, 'SYSTEM_ERROR', UnknownOutcome, /wechat_pay: SYSTEM_ERROR \[400\]/],
  ])('the refusal %d %s of a refund', async (status, code, fault, message) => {
    const wish = await request();
    await party.control('behaviours', { method: 'POST', status, code });
    const error: unknown = await channel.refund(wish).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(fault);
    expect(String(error)).toMatch(message);
    expect(await givenBack(party, wish.paymentRef)).toBe(0);
  });

  test('a request that failed is sent again under the same number, and moves money once', async () => {
    const wish = await request();
    await party.control('behaviours', { method: 'POST', status: 500, code: 'SYSTEM_ERROR', applied: true });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    await party.control('behaviours', { method: 'POST', status: 403, code: 'FREQUENCY_LIMITED' });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(TransientFault);
    const answer = await channel.refund(wish);
    expect(await channel.query(wish)).toEqual(answer);
    const numbers = party.exchanges
      .filter(({ request: one }) => one.method === 'POST')
      .map(({ request: one }) => record(JSON.parse(one.rawBody.toString()))['out_refund_no']);
    expect(numbers).toEqual([numberOf(wish), numberOf(wish), numberOf(wish)]);
    expect(channel.keepsKeys).toBe(true);
    expect(await givenBack(party, wish.paymentRef)).toBe(500);
  });

  describe('believes an answer only', () => {
    const truth = (wish: RefundRequest) => ({
      refund_id: '50000000382019052709732678859',
      out_refund_no: numberOf(wish),
      transaction_id: wish.captureRef,
      out_trade_no: wish.paymentRef,
      user_received_account: '支付用户零钱',
      status: 'PROCESSING',
      amount: { total: 2_000, refund: 500, currency: 'CNY' },
    });

    test('as it stands: signed now, and about this refund', async () => {
      const wish = await request();
      await answers('POST', 200, truth(wish));
      expect(await channel.refund(wish)).toEqual({ status: 'pending', providerRef: numberOf(wish), amount: 500 });
    });

    test('signed by a certificate of the platform as well, under its own serial', async () => {
      const wish = await request();
      const settings = { ...ACCOUNT.settings, 'platformKey.7132D72A03': merchant.publicKey };
      const body = JSON.stringify(truth(wish));
      await answers('POST', 200, truth(wish), sealOf(body, { key: merchant.privateKey, serial: '7132D72A03' }));
      const connection = connectionTo(party.baseUrl, { settings });
      expect((await channel.refund({ ...wish, connection })).status).toBe('pending');
    });

    test.each<[string, (body: string) => Record<string, string>, RegExp]>([
      ['nobody has signed it', () => ({}), /not signed/],
      ['another key has signed it', (body) => sealOf(body, { key: merchant.privateKey }), /not signed by this key/],
      ['its serial is not configured', (body) => sealOf(body, { serial: 'OTHER' }), /not configured: OTHER/],
      ['it is a probe', (body) => sealOf(body, { signature: 'WECHATPAY/SIGNTEST/abcd' }), /a probe/],
      ['it was signed long ago', (body) => sealOf(body, { time: 1_554_209_980 }), /not signed now/],
      ['its time is none', (body) => ({ ...sealOf(body), 'wechatpay-timestamp': 'NaN' }), /not signed now/],
      ['its body was changed', () => sealOf('{}'), /not signed by this key/],
      ['its nonce was changed', (body) => ({ ...sealOf(body), 'wechatpay-nonce': 'n1' }), /not signed by this key/],
      ['its signature is empty', (body) => sealOf(body, { signature: '' }), /not signed/],
    ])('not when %s', async (_why, headers, message) => {
      const wish = await request();
      await answers('POST', 200, truth(wish), headers(JSON.stringify(truth(wish))));
      const error: unknown = await channel.refund(wish).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(UnknownOutcome);
      expect(String(error)).toMatch(message);
    });

    test('and a probe after the effect moves nothing twice', async () => {
      const wish = await request();
      await party.control('behaviours', { method: 'POST', probe: true });
      await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
      expect(await channel.query(wish)).toMatchObject({ status: 'pending', amount: 500 });
      expect((await channel.refund(wish)).amount).toBe(500);
      expect(await givenBack(party, wish.paymentRef)).toBe(500);
    });

    test.each<[string, object]>([
      ['another number', { out_refund_no: 'other' }],
      ['another order', { out_trade_no: 'other' }],
      ['another transaction', { transaction_id: 'other' }],
      ['no order', { out_trade_no: undefined }],
      ['a status nobody knows', { status: 'TELEPORTED' }],
      ['a status of the language', { status: 'constructor' }],
      ['no status', { status: undefined }],
      ['another amount', { amount: { total: 2_000, refund: 499, currency: 'CNY' } }],
      ['another total', { amount: { total: 2_001, refund: 500, currency: 'CNY' } }],
      ['other money', { amount: { total: 2_000, refund: 500, currency: 'USD' } }],
      ['a part of a fen', { amount: { total: 2_000, refund: 500.5, currency: 'CNY' } }],
      ['an amount in words', { amount: { total: 2_000, refund: '500', currency: 'CNY' } }],
      ['no amount', { amount: undefined }],
    ])('not with %s', async (_why, lie) => {
      const wish = await request();
      await answers('POST', 200, { ...truth(wish), ...lie });
      await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    });

    test('a refusal is heard without a signature, for it promises nothing; with a wrong one it is not', async () => {
      const wish = await request();
      await answers('POST', 403, { code: 'NOT_ENOUGH', message: '基本账户余额不足' }, {});
      await expect(channel.refund(wish)).rejects.toThrow('wechat_pay: NOT_ENOUGH [403]: 基本账户余额不足');
      const content = { code: 'NOT_ENOUGH', message: '' };
      await answers('POST', 403, content, sealOf(JSON.stringify(content), { key: merchant.privateKey }));
      await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    });

    test('"no trace" is said by WeChat Pay only', async () => {
      const wish = await request();
      const none = { code: 'RESOURCE_NOT_EXISTS', message: '退款单不存在' };
      await answers('GET', 404, none, {});
      await expect(channel.query(wish)).rejects.toBeInstanceOf(TransientFault);
      await answers('GET', 404, none);
      expect(await channel.query(wish)).toBeUndefined();
      await answers('GET', 404, { code: 'ROUTE_UNKNOWN', message: '' });
      await expect(channel.query(wish)).rejects.toBeInstanceOf(PermanentFault);
    });

    const order = (wish: RefundRequest) => ({
      mchid: ACCOUNT.apiKey,
      out_trade_no: wish.paymentRef,
      transaction_id: wish.captureRef,
      trade_state: 'SUCCESS',
      amount: { total: 2_000, currency: 'CNY' },
    });
    test.each<[string, object]>([
      ['of another shop', { out_trade_no: 'other' }],
      ['of another transaction', { transaction_id: 'other' }],
      ['of another merchant', { mchid: '1900000110' }],
      ['without a state', { trade_state: undefined }],
      ['in other money', { amount: { total: 2_000, currency: 'USD' } }],
      ['that is paid, without a total', { amount: undefined }],
    ])('and an order %s lets nothing be sent', async (_why, lie) => {
      const wish = await request();
      await answers('GET', 200, { ...order(wish), ...lie });
      await expect(channel.refund(wish)).rejects.toBeInstanceOf(TransientFault);
      expect(sent()).toHaveLength(1);
    });
  });

  describe('a refund that was taken', () => {
    const taken = async (then: object = {}) => {
      await party.control('behaviours', { state: 'PROCESSING', ...then });
      const wish = await request();
      expect((await channel.refund(wish)).status).toBe('pending');
      return wish;
    };

    test('is done later', async () => {
      const wish = await taken({ then: 'SUCCESS', afterMs: 60_000 });
      later(60_000);
      await party.idle();
      expect(await channel.query(wish)).toEqual({ status: 'succeeded', providerRef: numberOf(wish), amount: 500 });
    });

    test('is closed after days without money in the account, and then wants a new number', async () => {
      const wish = await taken({ then: 'CLOSED', afterMs: 7 * 86_400_000 });
      later(7 * 86_400_000);
      await party.idle();
      expect(await channel.query(wish)).toMatchObject({ status: 'failed', failureReason: 'CLOSED' });
      const next = await channel.refund({ ...wish, ...leg() });
      expect(next.providerRef).not.toBe(numberOf(wish));
      expect(await givenBack(party, wish.paymentRef)).toBe(500);
    });

    test('waits for the merchant when the card takes no money, and is done once it went another way', async () => {
      const wish = await taken();
      await party.control('settle', { out_trade_no: wish.paymentRef, state: 'ABNORMAL' });
      expect(await channel.query(wish)).toMatchObject({ status: 'requires_action', failureReason: 'ABNORMAL' });
      expect(await channel.refund(wish)).toMatchObject({ status: 'requires_action' });
      await party.control('settle', { out_refund_no: numberOf(wish), user_received_account: '招商银行借记卡0403' });
      expect(await channel.query(wish)).toMatchObject({ status: 'succeeded' });
    });

    test.each(['商户基本账户', '商户结算银行账户'])('has failed when the money went back to %s', async (account) => {
      const wish = await taken();
      await party.control('settle', { out_trade_no: wish.paymentRef, state: 'ABNORMAL' });
      await party.control('settle', { out_refund_no: numberOf(wish), user_received_account: account });
      expect(await channel.query(wish)).toMatchObject({ status: 'failed', failureReason: 'returned_to_merchant' });
    });

    test('reaches a buyer that is a company', async () => {
      const wish = await taken();
      await party.control('settle', { out_refund_no: numberOf(wish), user_received_account: '企业支付商户' });
      expect(await channel.query(wish)).toMatchObject({ status: 'succeeded' });
    });

    test('is done at once when WeChat Pay says so', async () => {
      await party.control('behaviours', { state: 'SUCCESS' });
      expect(await channel.refund(await request())).toMatchObject({ status: 'succeeded', amount: 500 });
    });
  });

  describe('has limits:', () => {
    test('a minute between two refunds of one order', async () => {
      const wish = await request();
      await channel.refund(wish);
      const next = { ...wish, ...leg() };
      await expect(channel.refund(next)).rejects.toBeInstanceOf(TransientFault);
      later(60_000);
      expect((await channel.refund(next)).amount).toBe(500);
      expect(await givenBack(party, wish.paymentRef)).toBe(1_000);
    });

    test('fifty refunds of one order', async () => {
      await party.control('rules', { secondsApart: 0 });
      const patient = channelAt(party);
      const wish = await request({ amount: 1, of: 100 });
      for (let times = 0; times < 50; times += 1) await patient.refund({ ...wish, ...leg() });
      await expect(patient.refund({ ...wish, ...leg() })).rejects.toThrow(/wechat_pay: INVALID_REQUEST \[400\]/);
      expect(await givenBack(party, wish.paymentRef)).toBe(50);
    });

    test('a year from the payment', async () => {
      const wish = await request();
      later(365 * 86_400_000);
      await expect(channel.refund(wish)).rejects.toThrow(/wechat_pay: INVALID_REQUEST \[400\]: 订单已经超过/);
    });

    test('what is left of the order', async () => {
      await party.control('rules', { secondsApart: 0 });
      const wish = await request({ amount: 1_500 });
      await channel.refund(wish);
      await expect(channel.refund({ ...wish, ...leg() })).rejects.toThrow(/wechat_pay: INVALID_REQUEST \[400\]/);
    });

    test('one amount under one number', async () => {
      const wish = await request();
      await channel.refund(wish);
      await expect(channel.refund({ ...wish, amount: 501 })).rejects.toThrow(/wechat_pay: INVALID_REQUEST \[400\]/);
    });
  });

  test.each([
    ['NOTPAY', PermanentFault, /wechat_pay: NOTPAY: the order is not paid/],
    ['USERPAYING', TransientFault, /wechat_pay: USERPAYING/],
  ])('a refund of an order in %s is not sent', async (state, fault, message) => {
    const { paymentRef } = await seed(party, { amount: 2_000, state });
    const wish = { ...(await request()), paymentRef, captureRef: paymentRef };
    const error: unknown = await channel.refund(wish).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(fault);
    expect(String(error)).toMatch(message);
    expect(sent()).toHaveLength(1);
  });

  test('an order that is not there is refused for good, and a query finds no trace', async () => {
    const wish = { ...(await request()), paymentRef: 'shop_none', captureRef: 'shop_none' };
    await expect(channel.refund(wish)).rejects.toThrow(/wechat_pay: ORDER_NOT_EXIST \[404\]/);
    const { captureRef: _none, ...voided } = wish;
    expect(await channel.query(voided)).toBeUndefined();
    expect(await channel.query({ ...voided, providerRef: 'shop_none' })).toBeUndefined();
  });

  test('the orders of another merchant are not there', async () => {
    const wish = await request();
    const other = { ...ACCOUNT, id: 'con_other', apiKey: '1900000110' };
    await party.control('accounts', other);
    const connection = connectionTo(party.baseUrl, { id: 'con_other', apiKey: '1900000110' });
    await expect(channel.refund({ ...wish, connection })).rejects.toThrow(/ORDER_NOT_EXIST/);
  });

  describe('reversing', () => {
    test('closes what is unpaid, with an answer that has no body and is signed all the same', async () => {
      const wish = await open();
      expect(await channel.reverse(wish)).toEqual({ status: 'succeeded', providerRef: wish.paymentRef, amount: 900 });
      const path = `/v3/pay/transactions/out-trade-no/${wish.paymentRef}`;
      expect(sent()).toEqual([`GET ${path}`, `POST ${path}/close`]);
      expect(JSON.parse(party.exchanges[1]?.request.rawBody.toString() ?? '')).toEqual({ mchid: ACCOUNT.apiKey });
      expect(await party.control('ledger/totals')).toMatchObject({ totals: { cny: { voided: 900, refunded: 0 } } });
    });

    test('does not believe a close that WeChat Pay has not signed', async () => {
      const wish = await open();
      await party.control('faults', { method: 'POST', answer: 'status', status: 204, body: '' });
      await expect(channel.reverse(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    });

    test('looks again when it was paid meanwhile, and then gives the money back', async () => {
      const wish = await open();
      const stale = { mchid: ACCOUNT.apiKey, out_trade_no: wish.paymentRef, trade_state: 'NOTPAY' };
      await party.control('pay', { out_trade_no: wish.paymentRef });
      await answers('GET', 200, stale);
      await expect(channel.reverse(wish)).rejects.toBeInstanceOf(TransientFault);
      expect(await channel.reverse(wish)).toMatchObject({ status: 'pending', amount: 900 });
      expect(await givenBack(party, wish.paymentRef)).toBe(900);
    });

    test('a close that is refused while the order stays open is refused for good', async () => {
      const wish = await open();
      await party.control('behaviours', { method: 'POST', status: 403, code: 'NO_AUTH' });
      await expect(channel.reverse(wish)).rejects.toThrow(/wechat_pay: NO_AUTH \[403\]/);
    });

    test('a lost answer to a close is an unknown outcome, and the query finds the order closed', async () => {
      const wish = await open();
      await party.control('faults', { method: 'POST', answer: 'hang-up', applied: true });
      await expect(channel.reverse(wish)).rejects.toBeInstanceOf(UnknownOutcome);
      const found = await channel.query(wish);
      expect(found).toEqual({ status: 'succeeded', providerRef: wish.paymentRef, amount: 900 });
      expect(await channel.query({ ...wish, providerRef: wish.paymentRef })).toEqual(found);
      expect(await channel.reverse(wish)).toEqual(found);
    });

    test('waits while the buyer is paying', async () => {
      await expect(channel.reverse(await open(900, 'USERPAYING'))).rejects.toBeInstanceOf(TransientFault);
    });

    test('an open order is no void, and a refund of a capture is never taken for one', async () => {
      const wish = await open();
      expect(await channel.query(wish)).toBeUndefined();
      await channel.reverse(wish);
      expect(await channel.query({ ...wish, captureRef: wish.paymentRef })).toBeUndefined();
    });

    test('an order that WeChat Pay does not have cannot be ended', async () => {
      const wish = { ...(await open()), paymentRef: 'shop_none' };
      await expect(channel.reverse(wish)).rejects.toThrow(/wechat_pay: ORDER_NOT_EXIST \[404\]/);
    });
  });

  test('has no list to read: what a notice failed to bring is found by asking', async () => {
    const connection = connectionTo(party.baseUrl);
    const page = await channel.changesSince({ connection, since: '2020-01-01T00:00:00.000Z' });
    expect(page).toEqual({ notices: [], unreadable: [] });
    expect(party.exchanges).toHaveLength(0);
  });

  describe('sends nothing', () => {
    const { privateKey: _key, ...withoutKey } = ACCOUNT.settings;
    const { serial, privateKey } = ACCOUNT.settings;
    test.each<[string, Partial<Connection>, RegExp]>([
      ["without the merchant's key", { settings: withoutKey }, /settings.privateKey is missing/],
      ['with a key that is none', { settings: { ...ACCOUNT.settings, privateKey: 'c2VjcmV0' } }, /is no RSA key/],
      ['without a key of the platform', { settings: { serial, privateKey } }, /settings has no platformKey/],
      [
        'with a key of the platform that is none',
        { settings: { ...ACCOUNT.settings, 'platformKey.X': 'c2VjcmV0' } },
        /settings.platformKey.X is no RSA key/,
      ],
      ['over plain http to elsewhere', { baseUrl: 'http://example.com' }, /https/],
    ])('%s', async (_why, changed, message) => {
      const wish = await request();
      const connection = connectionTo(party.baseUrl, changed);
      const error: unknown = await channel.refund({ ...wish, connection }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(PermanentFault);
      expect(String(error)).toMatch(message);
      expect(String(error)).not.toContain('c2VjcmV0');
      expect(party.exchanges).toHaveLength(0);
    });

    test.each(['EUR', 'USD', 'HKD'])('in %s', async (currency) => {
      const wish = { ...(await request()), currency };
      await expect(channel.refund(wish)).rejects.toThrow(/currency_not_supported/);
      await expect(channel.reverse(wish)).rejects.toThrow(/currency_not_supported/);
      expect(party.exchanges).toHaveLength(0);
    });
  });

  test('a request that the merchant has not signed, or not now, is refused by the gateway', async () => {
    const wish = await request();
    const settings = { ...ACCOUNT.settings, privateKey: platform.privateKey };
    const connection = connectionTo(party.baseUrl, { settings });
    await expect(channel.refund({ ...wish, connection })).rejects.toThrow(/wechat_pay: SIGN_ERROR \[401\]/);
    const yesterday = wechatPayChannel({ now: () => new Date(party.clock.now() - 86_400_000).toISOString() });
    await expect(yesterday.refund(wish)).rejects.toThrow(/wechat_pay: SIGN_ERROR \[401\]/);
  });

  test('no fault ever shows a key, whatever a refusal says', async () => {
    const wish = await request();
    const secret = merchant.privateKey.split('\n')[1] ?? '';
    await answers('POST', 400, { code: secret, message: secret }, {});
    const error: unknown = await channel.refund(wish).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('wechat_pay: UNNAMED [400]');
    expect(String(error)).not.toContain(secret);
    await party.control('behaviours', { status: 403, code: 'NO_AUTH' });
    const refused: unknown = await channel.refund(wish).catch((thrown: unknown) => thrown);
    for (const key of [secret, ACCOUNT.webhookSecrets[0] ?? '', 'WECHATPAY2'])
      expect(String(refused)).not.toContain(key);
  });

  test('a party that cannot be reached was sent nothing', async () => {
    const wish = { ...(await request()), connection: connectionTo('http://127.0.0.1:9') };
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(TransientFault);
  });

  test('an answer that drips in for ever ends at the limit', async () => {
    const server = await rawServer((_incoming, outgoing) => {
      outgoing.writeHead(200);
      const drip = setInterval(() => outgoing.write(' '), 50);
      outgoing.on('close', () => clearInterval(drip));
    });
    const wish = { ...(await request()), connection: connectionTo(server.baseUrl) };
    await expect(channel.query(wish)).rejects.toBeInstanceOf(TransientFault);
    await server.close();
  });

  test('the refund outlives a crash between effect and answer', async () => {
    const wish = await request();
    await party.control('faults', { method: 'POST', answer: 'hang-up', applied: true });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    await party.restart(standIn());
    expect((await channel.refund(wish)).amount).toBe(500);
    expect(await givenBack(party, wish.paymentRef)).toBe(500);
  });

  test('seeding twice is harmless, and a reset leaves nothing but the accounts', async () => {
    const row = { out_trade_no: 'shop_twice', amount: 100 };
    expect(await party.control('seed', { seed: [row, row] })).toEqual({ seeded: 1, known: 1 });
    await party.control('reset', {});
    expect(await party.control('ledger')).toMatchObject({ payments: [], refunds: [] });
  });
});
