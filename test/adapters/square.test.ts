import { PermanentFault, TransientFault, UnknownOutcome } from '../../shared/domain/faults';
import { squareChannel } from '../../shared/adapters/payments/square';
import { noticeOfEvent } from '../../shared/adapters/payments/square-notice';
import type { Connection } from '../../shared/ports/connections';
import type { RefundRequest, ReverseRequest } from '../../shared/ports/payment-channel';
import { squareStandIn } from '../../infra/local/stand-ins/square';
import { list, record } from '../../infra/local/json';
import { mount, rawServer, type Mounted } from '../support/mounted-stand-in';
import { leg, paymentChannelSuite, type ChannelWorld } from './payment-channel.suite';
import { refundsIn } from '../support/refund-notices';

const ACCOUNT = {
  id: 'con_square',
  apiKey: 'EAAA-square-token',
  settings: { notificationUrl: 'https://shop.example/webhooks/payments/square/con_square' },
  webhookSecrets: ['key-one'],
};
const accounts = () => Promise.resolve([ACCOUNT]);
const DAY = 86_400_000;

function connectionTo(baseUrl: string): Connection {
  return { ...ACCOUNT, tenant: 'acme', provider: 'square', baseUrl };
}

let payments = 0;

/** At Square the payment is its own capture. */
async function seed(
  party: Mounted,
  payment: Record<string, unknown>,
): Promise<{ paymentRef: string; captureRef: string }> {
  payments += 1;
  const id = `payment${payments}`;
  await party.control('seed', { seed: [{ payment: id, ...payment }] });
  return { paymentRef: id, captureRef: id };
}

async function givenBack(party: Mounted, paymentRef: string): Promise<number> {
  const ledger = record(await party.control('ledger'));
  const line = list(ledger['payments']).find((one) => record(one)['payment'] === paymentRef);
  return Number(record(line)['refunded']);
}

async function world(): Promise<ChannelWorld> {
  const party = await mount(squareStandIn({ accounts }));
  return {
    channel: squareChannel(),
    connection: connectionTo(party.baseUrl),
    captured: (amount, currency) => seed(party, { amount, currency }),
    authorized: (amount, currency) => seed(party, { amount, currency, status: 'APPROVED' }),
    givenBack: (paymentRef) => givenBack(party, paymentRef),
    loseNextAnswer: async () => {
      await party.control('faults', { method: 'POST', answer: 'hang-up', applied: true });
    },
    close: () => party.close(),
  };
}

paymentChannelSuite('square', world);

describe('Square', () => {
  const channel = squareChannel({ timeoutMs: 400 });
  let party: Mounted;
  beforeEach(async () => {
    party = await mount(squareStandIn({ accounts }));
  });
  afterEach(() => party.close());

  const error = (code: string, category = 'INVALID_REQUEST_ERROR') => ({ errors: [{ category, code, detail: 'why' }] });

  async function request(wish: { amount?: number; of?: number; currency?: string } = {}): Promise<RefundRequest> {
    const currency = wish.currency ?? 'EUR';
    const refs = await seed(party, { amount: wish.of ?? 2_000, currency });
    return { connection: connectionTo(party.baseUrl), ...refs, amount: wish.amount ?? 500, currency, ...leg() };
  }

  test('says how much, of what, under which key and for whom', async () => {
    const wish = await request();
    await channel.refund(wish);
    const sent = party.exchanges[0]?.request;
    expect(sent?.path).toBe('/v2/refunds');
    expect(JSON.parse(sent?.rawBody.toString() ?? '')).toEqual({
      idempotency_key: wish.key,
      payment_id: wish.paymentRef,
      amount_money: { amount: 500, currency: 'EUR' },
      reason: `ord_1.can_1.${wish.legId}`,
    });
    expect(sent?.headers).toMatchObject({
      authorization: `Bearer ${ACCOUNT.apiKey}`,
      'square-version': '2025-08-20',
      'content-type': 'application/json',
    });
  });

  test('our longest key and our longest reference fit', async () => {
    const wish = await request();
    const long = {
      key: 'k'.repeat(40),
      legId: `rfd_${'0'.repeat(26)}-999`,
      trail: { ...wish.trail, orderId: `ord_${'0'.repeat(26)}`, cancellationId: `can_${'0'.repeat(26)}` },
    };
    const asked = { ...wish, ...long, trail: { ...long.trail, legId: long.legId } };
    expect(await channel.refund(asked)).toMatchObject({ status: 'pending', amount: 500 });
    expect(await channel.query(asked)).toMatchObject({ amount: 500 });
  });

  test('yen have no decimals', async () => {
    const wish = await request({ currency: 'JPY', amount: 700 });
    expect(await channel.refund(wish)).toMatchObject({ amount: 700 });
    expect(await givenBack(party, wish.paymentRef)).toBe(700);
  });

  test.each(['HUF', 'KWD', 'XTS'])('%s is refused before anything is asked', async (currency) => {
    const wish = { ...(await request()), currency };
    await expect(channel.refund(wish)).rejects.toThrow(/currency_not_supported/);
    await expect(channel.reverse(wish)).rejects.toThrow(/currency_not_supported/);
    expect(party.exchanges).toEqual([]);
  });

  test.each([
    ['a 429', { answer: 'status', status: 429, body: error('RATE_LIMITED', 'RATE_LIMIT_ERROR') }, TransientFault],
    ['a conflict', { answer: 'status', status: 409, body: error('CONFLICT') }, TransientFault],
    [
      'a refund that is under way',
      { answer: 'status', status: 400, body: error('REFUND_ALREADY_PENDING', 'REFUND_ERROR') },
      TransientFault,
    ],
    [
      'a temporary error',
      { answer: 'status', status: 400, body: error('TEMPORARY_ERROR', 'API_ERROR') },
      TransientFault,
    ],
    [
      'a key that was used for something else',
      { answer: 'status', status: 400, body: error('IDEMPOTENCY_KEY_REUSED') },
      UnknownOutcome,
    ],
    [
      'a timeout at Square',
      { answer: 'status', status: 408, body: error('REQUEST_TIMEOUT', 'API_ERROR') },
      UnknownOutcome,
    ],
    ['a 500', { answer: 'status', status: 500, body: error('INTERNAL_SERVER_ERROR', 'API_ERROR') }, UnknownOutcome],
    ['a 503 without a body', { answer: 'status', status: 503 }, UnknownOutcome],
    ['garbage with status 200', { answer: 'garbage', status: 200 }, UnknownOutcome],
    ['garbage with status 502', { answer: 'garbage', status: 502 }, UnknownOutcome],
    ['a closed connection', { answer: 'hang-up' }, UnknownOutcome],
    ['no answer in time', { delayMs: 900 }, UnknownOutcome],
    ['a JSON body that is no refund', { answer: 'status', status: 200, body: { hello: 1 } }, UnknownOutcome],
    ['a null body', { answer: 'status', status: 200, body: 'null' }, UnknownOutcome],
    ['an empty body', { answer: 'status', status: 200, body: '' }, UnknownOutcome],
    ['a 400 that is not of Square', { answer: 'status', status: 400, body: { fault: 1 } }, UnknownOutcome],
    ['an error inside a 200', { answer: 'status', status: 200, body: error('REFUND_DECLINED') }, PermanentFault],
    [
      'an error without a name inside a 200',
      { answer: 'status', status: 200, body: { errors: [{ detail: 'why' }] } },
      UnknownOutcome,
    ],
    ['a 401', { answer: 'status', status: 401, body: error('ACCESS_TOKEN_EXPIRED') }, TransientFault],
    ['a 403', { answer: 'status', status: 403, body: error('INSUFFICIENT_SCOPES') }, TransientFault],
    ['a 404', { answer: 'status', status: 404, body: error('NOT_FOUND') }, PermanentFault],
  ])('%s on a write', async (_name, trouble, fault) => {
    const wish = await request();
    await party.control('faults', { method: 'POST', ...trouble });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(fault);
    if (!('delayMs' in trouble)) expect(await givenBack(party, wish.paymentRef)).toBe(0);
  });

  test.each([
    ['a 500', { answer: 'status', status: 500 }],
    ['garbage', { answer: 'garbage' }],
    ['a closed connection', { answer: 'hang-up' }],
    ['no answer in time', { delayMs: 900 }],
    ['a JSON body that is no refund', { answer: 'status', status: 200, body: { hello: 1 } }],
    ['a 404 that is not of Square', { answer: 'status', status: 404, body: {} }],
  ])('%s on a read changes nothing and may be repeated', async (_name, trouble) => {
    const wish = await request();
    const { providerRef } = await channel.refund(wish);
    for (const path of ['/v2/refunds/', '/v2/payments/']) {
      await party.control('faults', { method: 'GET', path, ...trouble });
      const asked = path === '/v2/refunds/' ? { ...wish, providerRef } : wish;
      await expect(channel.query(asked)).rejects.toBeInstanceOf(TransientFault);
    }
  });

  test('calls once: a closed connection is not tried again behind our back', async () => {
    const wish = await request();
    await party.control('faults', { next: 5, method: 'POST', answer: 'hang-up' });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    expect(party.exchanges).toHaveLength(1);
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

  test.each([
    ['another amount', { amount_money: { amount: 499, currency: 'EUR' } }],
    ['another currency', { amount_money: { amount: 500, currency: 'USD' } }],
    ['an amount below zero', { amount_money: { amount: -500, currency: 'EUR' } }],
    ['a part of a cent', { amount_money: { amount: 500.5, currency: 'EUR' } }],
    ['an amount that is a text', { amount_money: { amount: '500', currency: 'EUR' } }],
    ['no amount', { amount_money: undefined }],
    ['a status nobody knows', { status: 'TELEPORTED' }],
    ['no status', { status: null }],
    ['another payment', { payment_id: 'payment0' }],
    ['another leg', { reason: 'ord_1.can_1.rfd_other' }],
    ['no reference of ours', { reason: 'Returned goods' }],
    ['no id', { id: '' }],
    ['an id that is a path', { id: '../x' }],
  ])('does not believe an answer with %s', async (_name, lie) => {
    const wish = await request();
    const truth = {
      id: 'refund1',
      status: 'COMPLETED',
      amount_money: { amount: 500, currency: 'EUR' },
      payment_id: wish.paymentRef,
      reason: `ord_1.can_1.${wish.legId}`,
    };
    const answer = (refund: unknown) => party.control('faults', { answer: 'status', status: 200, body: { refund } });
    await answer(truth);
    expect(await channel.refund(wish)).toEqual({ status: 'succeeded', providerRef: 'refund1', amount: 500 });
    await answer({ ...truth, ...lie });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
  });

  test.each([
    'PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE',
    'REFUND_DECLINED',
    'INSUFFICIENT_PERMISSIONS_FOR_REFUND',
    'REFUND_AMOUNT_INVALID',
  ])('%s is refused for good, in the word of Square', async (refuse) => {
    const wish = await request();
    await party.control('behaviours', { payment: wish.paymentRef, refuse });
    const refused = channel.refund(wish);
    await expect(refused).rejects.toBeInstanceOf(PermanentFault);
    await expect(refused).rejects.toThrow(`square: ${refuse} [400]`);
    expect(await givenBack(party, wish.paymentRef)).toBe(0);
  });

  test('after a year a refund is refused for good', async () => {
    const wish = await request();
    party.clock.moveTo(party.clock.now() + 364 * DAY);
    expect((await channel.refund(wish)).status).toBe('pending');
    party.clock.moveTo(party.clock.now() + 2 * DAY);
    await expect(channel.refund({ ...wish, ...leg() })).rejects.toThrow('square: PAYMENT_NOT_REFUNDABLE [400]');
  });

  test('the twenty-first refund of a payment is refused for good; each of the twenty is found', async () => {
    const wish = await request({ amount: 1 });
    const patient = squareChannel();
    const legs = Array.from({ length: 20 }, () => leg());
    for (const one of legs) await patient.refund({ ...wish, ...one });
    await expect(patient.refund({ ...wish, ...leg() })).rejects.toThrow('square: PAYMENT_NOT_REFUNDABLE [400]');
    for (const one of [legs[0], legs[19]])
      expect(await patient.query({ ...wish, ...one })).toMatchObject({ amount: 1 });
    expect(await givenBack(party, wish.paymentRef)).toBe(20);
  });

  test.each([
    ['already refunded', 2_000],
    ['too much', 1_500],
  ])('%s carries the code of Square', async (_name, first) => {
    const wish = await request();
    await channel.refund({ ...wish, amount: first });
    await expect(channel.refund({ ...wish, amount: 1_000, ...leg() })).rejects.toThrow(
      'square: REFUND_AMOUNT_INVALID [400]',
    );
  });

  test('a key that was used for another amount: what it was used for is unknown, and the query tells', async () => {
    const wish = await request();
    const first = await channel.refund(wish);
    await expect(channel.refund({ ...wish, amount: 501 })).rejects.toThrow(/IDEMPOTENCY_KEY_REUSED/);
    await expect(channel.refund({ ...wish, amount: 501 })).rejects.toBeInstanceOf(UnknownOutcome);
    expect(await channel.query(wish)).toEqual(first);
  });

  test('a repetition is answered as the first request was; the query knows better', async () => {
    const wish = await request();
    const first = await channel.refund(wish);
    expect(first.status).toBe('pending');
    party.clock.moveTo(party.clock.now() + 60_000);
    await party.idle();
    expect(await channel.refund(wish)).toEqual(first);
    expect(await channel.query(wish)).toEqual({ ...first, status: 'succeeded' });
  });

  test.each(['FAILED', 'REJECTED'])('a pending refund may end as %s, and gives nothing back', async (status) => {
    await party.control('behaviours', { status: 'PENDING', then: status, afterMs: DAY });
    const wish = await request();
    const { providerRef } = await channel.refund(wish);
    party.clock.moveTo(party.clock.now() + DAY);
    await party.idle();
    const ended = { status: 'failed', providerRef, amount: 500, failureReason: status };
    expect(await channel.query({ ...wish, providerRef })).toEqual(ended);
    expect(await channel.query(wish)).toEqual(ended);
    expect(await givenBack(party, wish.paymentRef)).toBe(0);
  });

  test('without money in the account a refund waits and fails; after that Square takes no other for the payment', async () => {
    await party.control('behaviours', { status: 'PENDING' });
    const wish = await request();
    await channel.refund(wish);
    await party.control('settle', { leg_id: wish.legId, status: 'FAILED' });
    await expect(channel.refund({ ...wish, ...leg() })).rejects.toThrow('square: PAYMENT_NOT_REFUNDABLE [400]');
  });

  test('a rejected attempt followed by a good one: the query answers the live one', async () => {
    await party.control('behaviours', { status: 'REJECTED' });
    const wish = await request();
    await channel.refund(wish);
    const second = await channel.refund({ ...wish, key: `${wish.key}_2` });
    expect(await channel.query(wish)).toEqual(second);
  });

  test('two live refunds of one leg are never passed over in silence', async () => {
    const wish = await request();
    await channel.refund(wish);
    await channel.refund({ ...wish, key: `${wish.key}_2` });
    await expect(channel.query(wish)).rejects.toThrow(/refunded_twice/);
  });

  test('a refund of this amount that bears no reference of ours is a matter for a person', async () => {
    const wish = await request();
    const refund = { id: 'refund9', status: 'COMPLETED', payment_id: wish.paymentRef, reason: 'Returned goods' };
    const elsewhere = async (amount: number, status = 'COMPLETED') => {
      const payment = { id: wish.paymentRef, status: 'COMPLETED', refund_ids: ['refund9'] };
      const body = { refund: { ...refund, status, amount_money: { amount, currency: 'EUR' } } };
      await party.control('faults', { path: '/v2/payments/', answer: 'status', status: 200, body: { payment } });
      await party.control('faults', { path: '/v2/refunds/', answer: 'status', status: 200, body });
    };
    await elsewhere(500);
    await expect(channel.query(wish)).rejects.toThrow(/unattributed_refund/);
    await elsewhere(501);
    expect(await channel.query(wish)).toBeUndefined();
    await elsewhere(500, 'FAILED');
    expect(await channel.query(wish)).toBeUndefined();
  });

  test.each([
    ['another payment', { id: 'payment0', status: 'COMPLETED' }],
    ['refunds without ids', { refund_ids: [7] }],
    ['no list of refunds', { refund_ids: 'refund9' }],
  ])('does not believe a payment with %s', async (_name, lie) => {
    const wish = await request();
    const body = { payment: { id: wish.paymentRef, status: 'COMPLETED', ...lie } };
    await party.control('faults', { answer: 'status', status: 200, body });
    await expect(channel.query(wish)).rejects.toBeInstanceOf(TransientFault);
  });

  test('does not believe another refund in the place of the one that was asked for', async () => {
    const wish = await request();
    await channel.refund(wish);
    await party.control('faults', {
      path: '/v2/refunds/',
      answer: 'status',
      status: 200,
      body: { refund: { id: 'refund9' } },
    });
    await expect(channel.query(wish)).rejects.toBeInstanceOf(TransientFault);
  });

  test('a payment that is not there is refused for good, and a query finds no trace', async () => {
    const wish = { ...(await request()), captureRef: 'none', paymentRef: 'none' };
    await expect(channel.refund(wish)).rejects.toThrow('square: NOT_FOUND [404]');
    expect(await channel.query(wish)).toBeUndefined();
    expect(await channel.query({ ...wish, providerRef: 'nothing' })).toBeUndefined();
  });

  test('a payment of another account is not there', async () => {
    const wish = await request();
    await party.control('accounts', { ...ACCOUNT, id: 'con_other', apiKey: 'EAAA-other' });
    const connection = { ...wish.connection, id: 'con_other', apiKey: 'EAAA-other', tenant: 'other' };
    await expect(channel.refund({ ...wish, connection })).rejects.toThrow('square: NOT_FOUND [404]');
    expect(await channel.query({ ...wish, connection })).toBeUndefined();
  });

  describe('reversing', () => {
    const wishFor = (paymentRef: string): ReverseRequest => ({
      connection: connectionTo(party.baseUrl),
      paymentRef,
      amount: 2_000,
      currency: 'EUR',
      ...leg(),
    });
    const of = async (status: string) => (await seed(party, { amount: 2_000, currency: 'EUR', status })).paymentRef;

    test('what is left does not count refunds that failed, and counts those under way', async () => {
      const paymentRef = await of('COMPLETED');
      const refund = (amount: number) =>
        channel.refund({ ...wishFor(paymentRef), captureRef: paymentRef, amount, ...leg() });
      await party.control('behaviours', { status: 'REJECTED' });
      await refund(300);
      await refund(400);
      expect(await channel.reverse(wishFor(paymentRef))).toMatchObject({ status: 'pending', amount: 1_600 });
      expect(await givenBack(party, paymentRef)).toBe(2_000);
      await expect(channel.reverse(wishFor(paymentRef))).rejects.toThrow(/nothing_left/);
    });

    test('again after somebody else has refunded a part, it answers with the refund that it made', async () => {
      const paymentRef = await of('COMPLETED');
      const wish = wishFor(paymentRef);
      await party.control('faults', { method: 'POST', answer: 'hang-up', applied: true });
      await expect(channel.reverse(wish)).rejects.toBeInstanceOf(UnknownOutcome);
      expect(await channel.reverse(wish)).toMatchObject({ amount: 2_000 });
      expect(party.exchanges.filter(({ request: one }) => one.method === 'POST')).toHaveLength(1);
    });

    test('asked ten times at once it gives back once', async () => {
      const paymentRef = await of('COMPLETED');
      const wish = wishFor(paymentRef);
      await Promise.allSettled(Array.from({ length: 10 }, () => squareChannel().reverse(wish)));
      expect(await givenBack(party, paymentRef)).toBe(2_000);
    });

    test('a pending payment is asked for again later', async () => {
      await expect(channel.reverse(wishFor(await of('PENDING')))).rejects.toBeInstanceOf(TransientFault);
    });

    test('a failed payment took no money', async () => {
      await expect(channel.reverse(wishFor(await of('FAILED')))).rejects.toThrow(/nothing_captured/);
    });

    test('an approved payment cannot be refunded, only cancelled', async () => {
      const paymentRef = await of('APPROVED');
      const refunding = channel.refund({ ...wishFor(paymentRef), captureRef: paymentRef });
      await expect(refunding).rejects.toThrow('square: REFUND_ERROR_PAYMENT_NEEDS_COMPLETION [400]');
      const voided = { status: 'succeeded', providerRef: paymentRef, amount: 2_000 };
      expect(await channel.reverse(wishFor(paymentRef))).toEqual(voided);
      expect(await channel.query({ ...wishFor(paymentRef), providerRef: paymentRef })).toEqual(voided);
    });

    test('somebody was faster: the payment itself says that it is cancelled', async () => {
      const paymentRef = await of('APPROVED');
      const payment = { id: paymentRef, status: 'APPROVED', total_money: { amount: 2_000, currency: 'EUR' } };
      await channel.reverse(wishFor(paymentRef));
      await party.control('faults', { path: '/v2/payments/', answer: 'status', status: 200, body: { payment } });
      expect(await channel.reverse(wishFor(paymentRef))).toMatchObject({ status: 'succeeded', amount: 2_000 });
    });

    test('somebody was faster and completed it: the refusal of Square stands', async () => {
      const paymentRef = await of('COMPLETED');
      const payment = { id: paymentRef, status: 'APPROVED', total_money: { amount: 2_000, currency: 'EUR' } };
      await party.control('faults', { path: '/v2/payments/', answer: 'status', status: 200, body: { payment } });
      await expect(channel.reverse(wishFor(paymentRef))).rejects.toThrow('square: BAD_REQUEST [400]');
    });

    test('a cancellation whose answer is lost is found', async () => {
      const wish = wishFor(await of('APPROVED'));
      await party.control('faults', { method: 'POST', answer: 'hang-up', applied: true });
      await expect(channel.reverse(wish)).rejects.toBeInstanceOf(UnknownOutcome);
      expect(await channel.query(wish)).toMatchObject({ status: 'succeeded', amount: 2_000 });
    });
  });

  describe('asked for what it would have told by webhook', () => {
    const patient = squareChannel();
    const longAgo = '2020-01-01T00:00:00.000Z';
    const page = (since = longAgo, after?: string) =>
      patient.changesSince({
        connection: connectionTo(party.baseUrl),
        since,
        ...(after === undefined ? {} : { after }),
      });

    test('tells how each refund is now, latest change first, although no webhook was ever sent', async () => {
      await party.control('webhooks', { send: 'never' });
      const first = await request();
      const one = await patient.refund(first);
      party.clock.moveTo(party.clock.now() + 1_000);
      const second = await request();
      const two = await patient.refund(second);
      party.clock.moveTo(party.clock.now() + 1_000);
      await party.control('settle', { leg_id: first.legId });
      await party.idle();
      expect(party.deliveries).toEqual([]);
      const told = refundsIn((await page()).notices).map(({ type, claims, providerRef, trail }) => [
        type,
        claims,
        providerRef,
        trail?.legId,
      ]);
      expect(told).toEqual([
        ['refund.listed', 'succeeded', one.providerRef, first.legId],
        ['refund.listed', 'pending', two.providerRef, second.legId],
      ]);
      await party.restart(squareStandIn({ accounts }));
      expect((await page()).notices).toHaveLength(2);
    });

    test('names the same refund as the webhook did', async () => {
      await patient.refund(await request());
      await party.idle();
      const [sent] = party.deliveries.map(({ rawBody }) => noticeOfEvent('acme', JSON.parse(rawBody.toString())));
      const [listed] = (await page()).notices;
      expect({ ...listed, eventId: sent?.eventId, type: sent?.type }).toEqual(sent);
    });

    test('the same state is the same event, another state is another', async () => {
      const wish = await request();
      await patient.refund(wish);
      const id = async () => (await page()).notices[0]?.eventId;
      const before = await id();
      expect(await id()).toBe(before);
      party.clock.moveTo(party.clock.now() + 60_000);
      await party.idle();
      expect(await id()).not.toBe(before);
    });

    test('in pages of a hundred, each once', async () => {
      for (let n = 0; n < 12; n += 1) {
        const wish = await request({ amount: 1 });
        for (let m = 0; m < 20; m += 1) await patient.refund({ ...wish, ...leg() });
      }
      const sizes: number[] = [];
      const seen = new Set<string>();
      let after: string | undefined;
      do {
        const { notices, next } = await page(longAgo, after);
        sizes.push(notices.length);
        for (const { eventId } of notices) seen.add(eventId);
        after = next;
      } while (after !== undefined);
      expect([sizes, seen.size]).toEqual([[100, 100, 40], 240]);
      const asked = party.exchanges.filter(({ request: one }) => one.path === '/v2/refunds' && one.method === 'GET');
      expect(Object.fromEntries(asked[0]?.request.query ?? [])).toEqual({
        updated_at_begin_time: longAgo,
        sort_field: 'UPDATED_AT',
        sort_order: 'DESC',
        limit: '100',
      });
    });

    test('goes back no further than asked', async () => {
      await patient.refund(await request());
      party.clock.moveTo(party.clock.now() + DAY);
      await party.idle();
      await patient.refund(await request());
      expect((await page()).notices).toHaveLength(2);
      const lately = new Date(party.clock.now() - 1_000).toISOString();
      expect((await page(lately)).notices).toHaveLength(2);
      party.clock.moveTo(party.clock.now() + DAY);
      await party.idle();
      expect((await page(new Date(party.clock.now() - 1_000).toISOString())).notices).toHaveLength(1);
    });

    test('nothing is no trouble', async () => {
      expect(await page()).toEqual({ notices: [], unreadable: [] });
    });

    test('a refund that cannot be read is named, and the others are read', async () => {
      const refund = { id: 'refund1', status: 'TELEPORTED', updated_at: '2026-01-01T00:00:00Z' };
      const body = { refunds: [refund, { ...refund, id: 'refund2', updated_at: undefined }, { status: 'PENDING' }] };
      await party.control('faults', { answer: 'status', status: 200, body });
      expect(await page()).toEqual({
        notices: [
          {
            eventId: 'refund1@2026-01-01T00:00:00Z',
            type: 'refund.listed',
            providerRef: 'refund1',
            trail: undefined,
          },
        ],
        unreadable: ['refund2', 'without an id'],
      });
    });

    test.each([
      ['a 500', { answer: 'status', status: 500 }, TransientFault],
      ['a closed connection', { answer: 'hang-up' }, TransientFault],
      ['something that is no list', { answer: 'status', status: 200, body: { refunds: {} } }, TransientFault],
      ['nothing at all', { answer: 'status', status: 200, body: 'null' }, TransientFault],
      ['a revoked token', { answer: 'status', status: 401, body: error('ACCESS_TOKEN_REVOKED') }, TransientFault],
    ])('%s is trouble, not silence', async (_name, trouble, fault) => {
      await party.control('faults', { path: '/v2/refunds', ...trouble });
      await expect(page()).rejects.toBeInstanceOf(fault);
    });
  });

  test('the refund outlives a crash between effect and answer', async () => {
    const wish = await request();
    await party.control('faults', { answer: 'hang-up', applied: true });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    await party.restart(squareStandIn({ accounts }));
    expect((await channel.refund(wish)).amount).toBe(500);
    expect(await givenBack(party, wish.paymentRef)).toBe(500);
  });

  test('no fault ever shows the token', async () => {
    const wish = await request();
    const body = { errors: [{ category: 'API_ERROR', code: 'UNAUTHORIZED', detail: `token ${ACCOUNT.apiKey}` }] };
    for (const status of [200, 400, 401, 403, 404, 429, 500]) {
      await party.control('faults', { answer: 'status', status, body });
      const thrown: unknown = await channel.refund(wish).catch((fault: unknown) => fault);
      expect(thrown).toBeInstanceOf(Error);
      expect(String(thrown)).not.toContain(ACCOUNT.apiKey);
    }
  });

  test.each([
    ['http://example.com', /https/],
    ['http://user:secret@127.0.0.1', /host, a port and a path/],
    ['not a url', /not a URL/],
  ])('sends no token to %s', async (baseUrl, message) => {
    const wish = { ...(await request()), connection: connectionTo(baseUrl) };
    await expect(channel.refund(wish)).rejects.toThrow(message);
  });
});
