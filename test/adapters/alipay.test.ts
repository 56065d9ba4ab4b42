import { createPrivateKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { alipayChannel } from '../../shared/adapters/payments/alipay';
import { PermanentFault, TransientFault, UnknownOutcome } from '../../shared/domain/faults';
import type { Connection } from '../../shared/ports/connections';
import type { QueryRequest, RefundRequest, ReverseRequest } from '../../shared/ports/payment-channel';
import { list, record } from '../../infra/local/json';
import { alipayStandIn } from '../../infra/local/stand-ins/alipay';
import { mount, rawServer, type Mounted } from '../support/mounted-stand-in';
import { leg, paymentChannelSuite, type ChannelWorld } from './payment-channel.suite';

const pem = {
  modulusLength: 2_048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
} as const;
const app = generateKeyPairSync('rsa', pem);
const alipay = generateKeyPairSync('rsa', pem);

const ACCOUNT = {
  id: 'con_alipay',
  apiKey: '2021000000000001',
  webhookSecrets: [alipay.publicKey],
  settings: { privateKey: app.privateKey, sellerId: '2088000000000001' },
};
const accounts = () => Promise.resolve([ACCOUNT]);
const now = () => new Date().toISOString();
const standIn = () => alipayStandIn({ accounts, privateKey: alipay.privateKey });

function connectionTo(baseUrl: string, changed: Partial<Connection> = {}): Connection {
  return { ...ACCOUNT, tenant: 'acme', provider: 'alipay', baseUrl, ...changed };
}

let trades = 0;

async function seed(party: Mounted, trade: Record<string, unknown>) {
  trades += 1;
  const refs = { paymentRef: `shop_${trades}`, captureRef: `20261123${String(trades).padStart(20, '0')}` };
  await party.control('seed', { seed: [{ out_trade_no: refs.paymentRef, trade_no: refs.captureRef, ...trade }] });
  return refs;
}

async function givenBack(party: Mounted, paymentRef: string): Promise<number> {
  const ledger = record(await party.control('ledger'));
  const line = list(ledger['payments']).find((one) => record(one)['out_trade_no'] === paymentRef);
  return Number(record(line)['refunded']);
}

async function world(): Promise<ChannelWorld> {
  const party = await mount(standIn());
  return {
    channel: alipayChannel({ now }),
    connection: connectionTo(party.baseUrl),
    currency: 'CNY',
    captured: (amount) => seed(party, { amount }),
    authorized: (amount) => seed(party, { amount, paid: false }),
    givenBack: (paymentRef) => givenBack(party, paymentRef),
    loseNextAnswer: async () => {
      await party.control('faults', { answer: 'hang-up', applied: true });
    },
    close: () => party.close(),
  };
}

paymentChannelSuite('alipay', world);

describe('Alipay', () => {
  const channel = alipayChannel({ now, timeoutMs: 400 });
  let party: Mounted;
  beforeEach(async () => {
    party = await mount(standIn());
    await party.control('webhooks', { send: 'never' });
  });
  afterEach(() => party.close());

  async function request(wish: { amount?: number; of?: number } = {}): Promise<RefundRequest> {
    const refs = await seed(party, { amount: wish.of ?? 2_000 });
    return { connection: connectionTo(party.baseUrl), ...refs, amount: wish.amount ?? 500, currency: 'CNY', ...leg() };
  }

  async function unpaid(amount = 900, changed: Partial<Connection> = {}): Promise<ReverseRequest> {
    const { paymentRef } = await seed(party, { amount, paid: false });
    return { connection: connectionTo(party.baseUrl, changed), paymentRef, amount, currency: 'CNY', ...leg() };
  }

  /** The number under which Alipay knows the leg. */
  const numberOf = ({ trail }: RefundRequest) =>
    `${trail.orderId.slice(4)}-${trail.cancellationId.slice(4)}-${trail.leg}-${trail.attempt}`;
  const asked = () => party.exchanges.map(({ request: one }) => new URLSearchParams(one.rawBody.toString()));
  const methods = () => asked().map((form) => form.get('method'));

  /** An answer as Alipay signs it, or as nobody does. */
  function said(name: string, body: object, key: string | undefined = alipay.privateKey): string {
    const text = JSON.stringify({ code: '10000', msg: 'Success', ...body });
    const signature = key && sign('sha256', Buffer.from(text), key).toString('base64');
    return `{"${name}_response":${text}${signature === undefined ? '' : `,"sign":"${signature}"`}}`;
  }
  const answers = (body: string) => party.control('faults', { answer: 'status', status: 200, body });

  test('asks as the platform wants to be asked, and the app has signed every word of it', async () => {
    const patient = alipayChannel({ now: () => '2026-11-22T16:00:01.500Z' });
    const wish = await request();
    await patient.refund(wish);
    const sent = party.exchanges[0]?.request;
    expect([sent?.method, sent?.path, sent?.query.toString()]).toEqual(['POST', '/gateway.do', 'charset=utf-8']);
    expect(sent?.headers['content-type']).toBe('application/x-www-form-urlencoded;charset=utf-8');
    const { sign: signature = '', ...form } = Object.fromEntries(asked()[0] ?? []);
    expect(form).toEqual({
      app_id: ACCOUNT.apiKey,
      method: 'alipay.trade.refund',
      format: 'JSON',
      charset: 'utf-8',
      sign_type: 'RSA2',
      timestamp: '2026-11-23 00:00:01',
      version: '1.0',
      biz_content: JSON.stringify({
        out_trade_no: wish.paymentRef,
        trade_no: wish.captureRef,
        out_request_no: numberOf(wish),
        refund_amount: '5.00',
      }),
    });
    const content = Object.keys(form)
      .sort()
      .map((name) => `${name}=${form[name]}`)
      .join('&');
    expect(verify('sha256', Buffer.from(content), app.publicKey, Buffer.from(signature, 'base64'))).toBe(true);
  });

  test('names only the number of the shop where the one of Alipay is not known', async () => {
    const wish = await request();
    await channel.refund({ ...wish, captureRef: wish.paymentRef });
    expect(record(JSON.parse(asked()[0]?.get('biz_content') ?? ''))).not.toHaveProperty('trade_no');
  });

  test('refers to a leg by its trail: order, cancellation, leg and attempt in at most 62 characters', async () => {
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
    expect(providerRef.length).toBeLessThanOrEqual(64);
  });

  test.each<[string, object, unknown]>([
    ['a 429', { answer: 'status', status: 429 }, TransientFault],
    ['a 500', { answer: 'status', status: 500 }, UnknownOutcome],
    ['a 503 without a body', { answer: 'status', status: 503 }, UnknownOutcome],
    ['garbage with status 200', { answer: 'garbage', status: 200 }, UnknownOutcome],
    ['garbage with status 403', { answer: 'garbage', status: 403 }, UnknownOutcome],
    ['a closed connection', { answer: 'hang-up' }, UnknownOutcome],
    ['no answer in time', { delayMs: 900 }, UnknownOutcome],
    ['a JSON body that is no answer', { answer: 'status', status: 200, body: { hello: 1 } }, UnknownOutcome],
    ['a null body', { answer: 'status', status: 200, body: 'null' }, UnknownOutcome],
    ['an empty body', { answer: 'status', status: 200, body: '' }, UnknownOutcome],
  ])('%s on a write', async (_name, trouble, fault) => {
    const wish = await request();
    await party.control('faults', trouble);
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(fault);
    expect(party.exchanges.length).toBeLessThanOrEqual(1);
  });

  test.each<[string, object]>([
    ['a 500', { answer: 'status', status: 500 }],
    ['garbage', { answer: 'garbage' }],
    ['a closed connection', { answer: 'hang-up' }],
    ['no answer in time', { delayMs: 900 }],
    ['a JSON body that is no answer', { answer: 'status', status: 200, body: { hello: 1 } }],
  ])('%s on a read changes nothing and may be repeated', async (_name, trouble) => {
    const wish = await request();
    await channel.refund(wish);
    await party.control('faults', trouble);
    await expect(channel.query(wish)).rejects.toBeInstanceOf(TransientFault);
  });

  test.each<[string, string, unknown, RegExp]>([
    ['40004', 'ACQ.SELLER_BALANCE_NOT_ENOUGH', PermanentFault, /alipay: ACQ.SELLER_BALANCE_NOT_ENOUGH \[40004\]/],
    ['40004', 'ACQ.TRADE_NOT_ALLOW_REFUND', PermanentFault, /alipay: ACQ.TRADE_NOT_ALLOW_REFUND \[40004\]/],
    ['40004', 'ACQ.REASON_TRADE_BEEN_FREEZEN', PermanentFault, /alipay: ACQ.REASON_TRADE_BEEN_FREEZEN \[40004\]/],
    ['40004', 'ACQ.SYSTEM_ERROR', UnknownOutcome, /alipay: ACQ.SYSTEM_ERROR/],
    ['40004', 'AQC.SYSTEM_ERROR', UnknownOutcome, /alipay: AQC.SYSTEM_ERROR/],
    ['20000', 'aop.ACQ.SYSTEM_ERROR', UnknownOutcome, /alipay: aop.ACQ.SYSTEM_ERROR/],
    ['20000', 'isp.unknow-error', UnknownOutcome, /alipay: isp.unknow-error \[20000\]/],
    ['20001', 'aop.invalid-app-auth-token', PermanentFault, /\[20001\]/],
    ['40001', 'isv.missing-method', PermanentFault, /\[40001\]/],
    ['40002', 'isv.invalid-signature', PermanentFault, /alipay: isv.invalid-signature \[40002\]/],
    ['40005', 'isv.app-call-limited', TransientFault, /alipay: isv.app-call-limited \[40005\]/],
    ['40006', 'isv.insufficient-isv-permissions', PermanentFault, /\[40006\]/],
    ['10003', 'ACQ.NEWS', UnknownOutcome, /\[10003\]/],
    ['49999', 'new.code', UnknownOutcome, /\[49999\]/],
  ])('the answer %s %s on a write', async (code, sub_code, fault, message) => {
    const wish = await request();
    await party.control('behaviours', { code, sub_code });
    const error: unknown = await channel.refund(wish).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(fault);
    expect(String(error)).toMatch(message);
    expect(await givenBack(party, wish.paymentRef)).toBe(0);
  });

  test('a system error on a read may be repeated', async () => {
    const wish = await request();
    await party.control('behaviours', { code: '40004', sub_code: 'ACQ.SYSTEM_ERROR' });
    await expect(channel.query(wish)).rejects.toBeInstanceOf(TransientFault);
  });

  test('a system error after the effect: the query finds it, and the same number moves nothing again', async () => {
    const wish = await request();
    await party.control('behaviours', { code: '40004', sub_code: 'ACQ.SYSTEM_ERROR', applied: true });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    const found = await channel.query(wish);
    expect(found).toMatchObject({ status: 'succeeded', amount: 500 });
    expect(await channel.refund(wish)).toEqual(found);
    expect(await givenBack(party, wish.paymentRef)).toBe(500);
  });

  describe('believes an answer only', () => {
    const name = 'alipay_trade_refund';
    const truth = (wish: RefundRequest) => ({
      fund_change: 'Y',
      out_trade_no: wish.paymentRef,
      trade_no: wish.captureRef,
      refund_fee: '5.00',
    });

    test('as it stands: signed and about this trade', async () => {
      const wish = await request();
      await answers(said(name, truth(wish)));
      expect(await channel.refund(wish)).toEqual({ status: 'succeeded', providerRef: numberOf(wish), amount: 500 });
    });

    test('signed before or after its slashes were escaped', async () => {
      const wish = await request();
      const text = said(name, { ...truth(wish), store_name: 'a/b' });
      await answers(text.replace('a/b', 'a\\/b'));
      expect((await channel.refund(wish)).status).toBe('succeeded');
    });

    test('signed by one of the keys that are live', async () => {
      const wish = await request();
      const connection = connectionTo(party.baseUrl, { webhookSecrets: [app.publicKey, alipay.publicKey] });
      expect((await channel.refund({ ...wish, connection })).status).toBe('succeeded');
    });

    test.each<[string, (wish: RefundRequest) => string]>([
      ['nobody has signed it', (wish) => said(name, truth(wish), undefined).replace(/,"sign".*/, '}')],
      ['another key has signed it', (wish) => said(name, truth(wish), app.privateKey)],
      ['it was changed after signing', (wish) => said(name, truth(wish)).replace('"5.00"', '"9.00"')],
      ['the same words are spaced otherwise', (wish) => said(name, truth(wish)).replace('"code":', '"code": ')],
      ['its signature is empty', (wish) => said(name, truth(wish)).replace(/"sign":"[^"]*"/, '"sign":""')],
      ['its signature is no text', (wish) => said(name, truth(wish)).replace(/"sign":"[^"]*"/, '"sign":{}')],
      ['it answers another method', (wish) => said('alipay_trade_close', truth(wish))],
      [
        'it answers twice',
        (wish) => said(name, truth(wish)).replace('{', `{"${name}_response":{"code":"10000","fund_change":"Y"},`),
      ],
      ['a refusal of the business is not signed', () => '{"error_response":{"code":"40004","sub_code":"ACQ.X"}}'],
      [
        'a refusal of the gateway is signed by somebody else',
        () => said('error', { code: '40002', sub_code: 'isv.x' }, app.privateKey),
      ],
      ['it is about another trade of the shop', (wish) => said(name, { ...truth(wish), out_trade_no: 'shop_0' })],
      ['it is about another trade of Alipay', (wish) => said(name, { ...truth(wish), trade_no: '2026' })],
      ['it names no trade', (wish) => said(name, { ...truth(wish), out_trade_no: '' })],
      ['less has moved', (wish) => said(name, { ...truth(wish), refund_fee: '4.99' })],
      ['nothing is said of the sum', (wish) => said(name, { ...truth(wish), refund_fee: undefined })],
      ['other money has moved', (wish) => said(name, { ...truth(wish), refund_currency: 'USD' })],
    ])('not when %s', async (_why, text) => {
      const wish = await request();
      await answers(text(wish));
      await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    });

    test('a refusal of the gateway is heard without a signature: it promises nothing', async () => {
      const wish = await request();
      await answers('{"error_response":{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.invalid-app-id"}}');
      await expect(channel.refund(wish)).rejects.toThrow(/alipay: isv.invalid-app-id \[40002\]/);
    });

    test.each<[string, object, unknown]>([
      ['an amount without the word for success', { refund_status: undefined }, TransientFault],
      ['a word that nobody knows', { refund_status: 'REFUND_PROCESSING' }, TransientFault],
      ['another number', { out_request_no: 'other' }, TransientFault],
      ['another trade', { out_trade_no: 'other' }, TransientFault],
      ['no amount', { refund_amount: undefined }, TransientFault],
      ['an amount in parts of a fen', { refund_amount: '5.001' }, TransientFault],
      ['an amount of nothing', { refund_amount: '0.00' }, TransientFault],
    ])('a query that is answered with %s says nothing', async (_why, lie, fault) => {
      const wish = await request();
      const found = {
        refund_status: 'REFUND_SUCCESS',
        out_request_no: numberOf(wish),
        out_trade_no: wish.paymentRef,
        trade_no: wish.captureRef,
        refund_amount: '5.00',
      };
      await answers(said('alipay_trade_fastpay_refund_query', { ...found, ...lie }));
      await expect(channel.query(wish)).rejects.toBeInstanceOf(fault);
    });

    test('"no trace" is said by Alipay only', async () => {
      const wish = await request();
      await answers(said('alipay_trade_fastpay_refund_query', {}, app.privateKey));
      await expect(channel.query(wish)).rejects.toBeInstanceOf(TransientFault);
      await answers(said('alipay_trade_fastpay_refund_query', {}));
      expect(await channel.query(wish)).toBeUndefined();
    });
  });

  test('a success is fund_change=Y: code 10000 alone sends for the refund', async () => {
    const wish = await request();
    const first = await channel.refund(wish);
    expect(methods()).toEqual(['alipay.trade.refund']);
    expect(await channel.refund(wish)).toEqual(first);
    expect(methods().slice(1)).toEqual(['alipay.trade.refund', 'alipay.trade.fastpay.refund.query']);
  });

  test('taken, and no money moved yet: unknown, until it is found or nothing is', async () => {
    const wish = await request();
    await party.control('behaviours', { state: 'pending', then: 'succeeded', afterMs: 60_000 });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    expect(await channel.query(wish)).toBeUndefined();
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    party.clock.moveTo(party.clock.now() + 60_000);
    await party.idle();
    expect(await channel.query(wish)).toMatchObject({ status: 'succeeded', amount: 500 });
    expect(await givenBack(party, wish.paymentRef)).toBe(500);
  });

  test('taken, and failed after all: there is no trace of it, and the same number makes it anew', async () => {
    const wish = await request();
    await party.control('behaviours', { state: 'pending', then: 'failed', afterMs: 60_000 });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    party.clock.moveTo(party.clock.now() + 60_000);
    await party.idle();
    expect(await channel.query(wish)).toBeUndefined();
    expect(channel.keepsKeys).toBe(true);
    expect(await channel.refund(wish)).toMatchObject({ status: 'succeeded', providerRef: numberOf(wish) });
    expect(await givenBack(party, wish.paymentRef)).toBe(500);
  });

  test('a number used for another amount is refused for good', async () => {
    const wish = await request();
    await channel.refund(wish);
    await expect(channel.refund({ ...wish, amount: 501 })).rejects.toThrow(
      /alipay: ACQ.DISCORDANT_REPEAT_REQUEST \[40004\]/,
    );
  });

  test('more than is left carries the code of Alipay', async () => {
    const wish = await request({ amount: 1_500 });
    await channel.refund(wish);
    await expect(channel.refund({ ...wish, ...leg() })).rejects.toThrow(/ACQ.REFUND_AMT_NOT_EQUAL_TOTAL \[40004\]/);
  });

  test('after a year the window is over', async () => {
    const wish = await request();
    party.clock.moveTo(party.clock.now() + 365 * 86_400_000);
    await expect(channel.refund(wish)).rejects.toThrow(/alipay: ACQ.TRADE_HAS_FINISHED \[40004\]/);
    await expect(channel.reverse({ ...wish, amount: 2_000 })).rejects.toThrow(/ACQ.TRADE_HAS_FINISHED/);
  });

  test('many refunds of one trade are taken, and Alipay counts those that came too soon', async () => {
    const wish = await request({ amount: 1, of: 200 });
    for (let times = 0; times < 60; times += 1) await channel.refund({ ...wish, ...leg() });
    expect(await party.control('ledger/totals')).toMatchObject({ totals: { cny: { refunds: 60, hurried: 59 } } });
    party.clock.moveTo(party.clock.now() + 3_000);
    await channel.refund({ ...wish, ...leg() });
    expect(await party.control('ledger/totals')).toMatchObject({ totals: { cny: { refunds: 61, hurried: 59 } } });
  });

  test('a trade that is not there is refused for good, and a query finds no trace', async () => {
    const wish = { ...(await request()), paymentRef: 'shop_none', captureRef: 'shop_none' };
    await expect(channel.refund(wish)).rejects.toThrow(/alipay: ACQ.TRADE_NOT_EXIST \[40004\]/);
    expect(await channel.query(wish)).toBeUndefined();
    const { captureRef: _none, ...voided } = wish;
    expect(await channel.query(voided)).toBeUndefined();
    expect(await channel.query({ ...voided, providerRef: wish.paymentRef })).toBeUndefined();
  });

  test('the trades of another app are not there', async () => {
    const wish = await request();
    await party.control('accounts', { ...ACCOUNT, id: 'con_other', apiKey: '2021000000000002' });
    const connection = connectionTo(party.baseUrl, { id: 'con_other', apiKey: '2021000000000002' });
    await expect(channel.refund({ ...wish, connection })).rejects.toThrow(/ACQ.TRADE_NOT_EXIST/);
    expect((await channel.refund(wish)).status).toBe('succeeded');
  });

  describe('reversing', () => {
    const openly = (request: ReverseRequest): QueryRequest => request;

    test('closes what is unpaid, and no buyer can pay it any more', async () => {
      const wish = await unpaid();
      expect(await channel.reverse(wish)).toEqual({ status: 'succeeded', providerRef: wish.paymentRef, amount: 900 });
      expect(methods()).toEqual(['alipay.trade.query', 'alipay.trade.close']);
      expect(await party.control('ledger/totals')).toMatchObject({ totals: { cny: { voided: 900, refunded: 0 } } });
    });

    test('cancels it where the shop has the in-store product', async () => {
      const wish = await unpaid(900, { settings: { ...ACCOUNT.settings, unpaid: 'cancel' } });
      expect(await channel.reverse(wish)).toMatchObject({ status: 'succeeded', amount: 900 });
      expect(methods()).toEqual(['alipay.trade.query', 'alipay.trade.cancel']);
      expect(await channel.reverse(wish)).toMatchObject({ status: 'succeeded', amount: 900 });
    });

    test('looks again when it was paid meanwhile, and then gives the money back', async () => {
      const wish = await unpaid();
      await party.control('behaviours', {
        method: 'alipay.trade.close',
        code: '40004',
        sub_code: 'ACQ.REASON_TRADE_STATUS_INVALID',
      });
      await expect(channel.reverse(wish)).rejects.toBeInstanceOf(TransientFault);
      await party.control('pay', { out_trade_no: wish.paymentRef });
      expect(await channel.reverse(wish)).toMatchObject({ status: 'succeeded', amount: 900 });
      expect(await givenBack(party, wish.paymentRef)).toBe(900);
    });

    test('asks again when Alipay asks for that', async () => {
      const wish = await unpaid(900, { settings: { ...ACCOUNT.settings, unpaid: 'cancel' } });
      await party.control('faults', {
        answer: 'status',
        status: 200,
        body: said('alipay_trade_query', {
          out_trade_no: wish.paymentRef,
          trade_status: 'WAIT_BUYER_PAY',
          total_amount: '9.00',
        }),
      });
      await answers(said('alipay_trade_cancel', { out_trade_no: wish.paymentRef, retry_flag: 'Y' }));
      await expect(channel.reverse(wish)).rejects.toBeInstanceOf(TransientFault);
    });

    test('a lost answer to a close is an unknown outcome, and the query finds the trade closed', async () => {
      const wish = await unpaid();
      await party.control('behaviours', {
        method: 'alipay.trade.close',
        code: '20000',
        sub_code: 'isp.unknow-error',
        applied: true,
      });
      await expect(channel.reverse(wish)).rejects.toBeInstanceOf(UnknownOutcome);
      const found = await channel.query(openly(wish));
      expect(found).toEqual({ status: 'succeeded', providerRef: wish.paymentRef, amount: 900 });
      expect(await channel.query({ ...openly(wish), providerRef: wish.paymentRef })).toEqual(found);
      expect(await channel.reverse(wish)).toEqual(found);
    });

    test('an open trade is no void, and a refund of a capture is never taken for one', async () => {
      expect(await channel.query(openly(await unpaid()))).toBeUndefined();
      const { paymentRef } = await unpaid();
      const wish = { ...(await unpaid()), paymentRef };
      await channel.reverse(wish);
      expect(await channel.query({ ...openly(wish), captureRef: paymentRef })).toBeUndefined();
    });

    test('a trade that Alipay does not have cannot be ended: the buyer may still open it', async () => {
      const wish = { ...(await unpaid()), paymentRef: 'shop_none' };
      await expect(channel.reverse(wish)).rejects.toThrow(/alipay: ACQ.TRADE_NOT_EXIST \[40004\]/);
    });

    test('a trade that was given back otherwise is told from one that was only given back in part by us', async () => {
      const wish = await request({ amount: 750 });
      await channel.refund(wish);
      const { connection, paymentRef, captureRef, currency } = wish;
      await channel.refund({ connection, paymentRef, captureRef, currency, amount: 1_250, ...leg() });
      await expect(channel.reverse({ connection, paymentRef, currency, amount: 1_250, ...leg() })).rejects.toThrow(
        /TRADE_CLOSED: \w+ of 2000, where 1250 was left/,
      );
      expect(await channel.reverse({ connection, paymentRef, currency, amount: 2_000, ...leg() })).toMatchObject({
        status: 'succeeded',
        amount: 2_000,
      });
      expect(await givenBack(party, paymentRef)).toBe(2_000);
    });

    test.each<[string, object]>([
      ['in another currency', { trans_currency: 'USD' }],
      ['in a state that nobody knows', { trade_status: 'TRADE_PONDERED' }],
      ['without a state', { trade_status: '' }],
      ['without an amount', { total_amount: undefined }],
      ['of another shop', { out_trade_no: 'shop_0' }],
    ])('a trade %s is left alone', async (_why, lie) => {
      const wish = await unpaid();
      const open = { out_trade_no: wish.paymentRef, trade_status: 'WAIT_BUYER_PAY', total_amount: '9.00' };
      await answers(said('alipay_trade_query', { ...open, ...lie }));
      await expect(channel.reverse(wish)).rejects.toBeInstanceOf(TransientFault);
      expect(methods()).toHaveLength(1);
    });
  });

  test('has no list to read: what a notice failed to bring is found by asking', async () => {
    const connection = connectionTo(party.baseUrl);
    await channel.refund(await request());
    const asked = party.exchanges.length;
    expect(await channel.changesSince({ connection, since: '2020-01-01T00:00:00.000Z' })).toEqual({
      notices: [],
      unreadable: [],
    });
    expect(party.exchanges).toHaveLength(asked);
  });

  describe('sends nothing', () => {
    const { privateKey: _none, ...withoutKey } = ACCOUNT.settings;
    test.each<[string, Partial<Connection>, RegExp]>([
      ['without settings', { settings: withoutKey }, /settings.privateKey is missing/],
      ['with a key that is none', { settings: { privateKey: 'c2VjcmV0' } }, /settings.privateKey is no RSA key/],
      ['with a key of Alipay that is none', { webhookSecrets: ['c2VjcmV0'] }, /in webhookSecrets is no RSA key/],
      ['without a key of Alipay', { webhookSecrets: [] }, /webhookSecrets has no key of Alipay/],
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

    test.each(['EUR', 'USD', 'JPY'])('in %s', async (currency) => {
      const wish = { ...(await request()), currency };
      await expect(channel.refund(wish)).rejects.toThrow(/currency_not_supported/);
      await expect(channel.reverse(wish)).rejects.toThrow(/currency_not_supported/);
      expect(party.exchanges).toHaveLength(0);
    });
  });

  test('takes keys as the tools of Alipay write them: bare base64, PKCS#8 or PKCS#1', async () => {
    const wish = await request();
    const bare = (text: string) => text.replace(/-----[^-]+-----|\s/g, '');
    const pkcs1 = createPrivateKey(app.privateKey).export({ type: 'pkcs1', format: 'pem' }).toString();
    for (const privateKey of [bare(app.privateKey), bare(pkcs1), pkcs1]) {
      const connection = connectionTo(party.baseUrl, {
        settings: { ...ACCOUNT.settings, privateKey },
        webhookSecrets: [bare(alipay.publicKey)],
      });
      expect((await channel.refund({ ...wish, connection, ...leg() })).status).toBe('succeeded');
    }
  });

  test('a request that the app has not signed is refused by the gateway', async () => {
    const wish = await request();
    const connection = connectionTo(party.baseUrl, {
      settings: { ...ACCOUNT.settings, privateKey: alipay.privateKey },
    });
    await expect(channel.refund({ ...wish, connection })).rejects.toThrow(/alipay: isv.invalid-signature \[40002\]/);
    const stranger = connectionTo(party.baseUrl, { apiKey: 'nobody' });
    await expect(channel.refund({ ...wish, connection: stranger })).rejects.toThrow(/isv.invalid-app-id \[40002\]/);
  });

  test('no fault ever shows a key, whatever a refusal says', async () => {
    const wish = await request();
    const secret = app.privateKey.split('\n')[1] ?? '';
    await answers(`{"error_response":{"code":"40002","sub_code":"${secret}","sub_msg":"${secret}"}}`);
    const error: unknown = await channel.refund(wish).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('UNNAMED [40002]');
    expect(String(error)).not.toContain(secret);
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
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    await server.close();
  });

  test('the refund outlives a crash between effect and answer', async () => {
    const wish = await request();
    await party.control('faults', { answer: 'hang-up', applied: true });
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
