import { PermanentFault, TransientFault, UnknownOutcome } from '../../shared/domain/faults';
import { paypalChannel } from '../../shared/adapters/payments/paypal';
import { noticeOf } from '../../shared/adapters/payments/paypal-notice';
import type { Connection } from '../../shared/ports/connections';
import type { RefundRequest, ReverseRequest } from '../../shared/ports/payment-channel';
import { paypalStandIn } from '../../infra/local/stand-ins/paypal';
import { list, record } from '../../infra/local/json';
import { mount, rawServer, type Mounted } from '../support/mounted-stand-in';
import { leg, paymentChannelSuite, type ChannelWorld } from './payment-channel.suite';
import { refundsIn } from '../support/refund-notices';

const ACCOUNT = {
  id: 'con_paypal',
  apiKey: 'paypal-secret-1',
  settings: { clientId: 'paypal-client-1' },
  webhookSecrets: ['1JE4291016473214C'],
};
const accounts = () => Promise.resolve([ACCOUNT]);
const DAY = 86_400_000;

function connectionTo(baseUrl: string): Connection {
  return { ...ACCOUNT, tenant: 'acme', provider: 'paypal', baseUrl };
}

const decimal = (amount: number, currency: string): string =>
  ['HUF', 'JPY', 'TWD'].includes(currency) ? String(amount) : (amount / 100).toFixed(2);

let payments = 0;

/** @param payment amounts in minor units */
async function seed(
  party: Mounted,
  payment: { amount: number; currency: string; captured?: number; [other: string]: unknown },
): Promise<{ paymentRef: string; captureRef: string }> {
  payments += 1;
  const refs = { order: `ORDER${payments}`, capture: `CAPTURE${payments}` };
  const { currency, captured } = payment;
  await party.control('seed', {
    seed: [
      {
        ...payment,
        ...refs,
        amount: decimal(payment.amount, currency),
        ...(captured === undefined ? {} : { captured: decimal(captured, currency) }),
      },
    ],
  });
  return { paymentRef: refs.order, captureRef: refs.capture };
}

async function givenBack(party: Mounted, paymentRef: string): Promise<number> {
  const ledger = record(await party.control('ledger'));
  const line = list(ledger['payments']).find((one) => record(one)['order'] === paymentRef);
  return Math.round(Number(record(line)['refunded']) * 100);
}

/** What was asked of PayPal, without the tokens. */
const asked = (party: Mounted) => party.exchanges.filter(({ request }) => request.path !== '/v1/oauth2/token');

async function world(): Promise<ChannelWorld> {
  const party = await mount(paypalStandIn({ accounts }));
  return {
    channel: paypalChannel(),
    connection: connectionTo(party.baseUrl),
    captured: (amount, currency) => seed(party, { amount, currency }),
    authorized: (amount, currency) => seed(party, { amount, currency, captured: 0 }),
    givenBack: (paymentRef) => givenBack(party, paymentRef),
    loseNextAnswer: async () => {
      await party.control('faults', { method: 'POST', path: '/v2/', answer: 'hang-up', applied: true });
    },
    close: () => party.close(),
  };
}

paymentChannelSuite('paypal', world);

describe('PayPal', () => {
  const channel = paypalChannel({ timeoutMs: 400 });
  let party: Mounted;
  beforeEach(async () => {
    party = await mount(paypalStandIn({ accounts }));
  });
  afterEach(() => party.close());

  const error = (name: string, issue?: string) => ({
    name,
    message: 'why',
    debug_id: '90957fca61718',
    ...(issue === undefined ? {} : { details: [{ issue, description: 'why' }] }),
  });

  async function request(wish: { amount?: number; of?: number; currency?: string } = {}): Promise<RefundRequest> {
    const currency = wish.currency ?? 'EUR';
    const refs = await seed(party, { amount: wish.of ?? 2_000, currency });
    return { connection: connectionTo(party.baseUrl), ...refs, amount: wish.amount ?? 500, currency, ...leg() };
  }

  test('says how much as a decimal text, who it is for, and asks for the whole refund in answer', async () => {
    const wish = await request();
    await channel.refund(wish);
    const sent = asked(party)[0]?.request;
    expect(sent?.path).toBe(`/v2/payments/captures/${wish.captureRef}/refund`);
    expect(JSON.parse(sent?.rawBody.toString() ?? '')).toEqual({
      amount: { value: '5.00', currency_code: 'EUR' },
      custom_id: `ord_1.can_1.${wish.legId}`,
    });
    expect(sent?.headers).toMatchObject({ 'paypal-request-id': wish.key, prefer: 'return=representation' });
  });

  test.each([
    ['JPY', 500, '500'],
    ['HUF', 50_000, '500'],
    ['TWD', 10_000, '100'],
    ['USD', 1_234, '12.34'],
  ])('%s: %d of ours are written %s', async (currency, amount, value) => {
    // The stand-in counts in PayPal's units, which are ours divided by a hundred for HUF and TWD.
    const of = currency === 'USD' || currency === 'JPY' ? 2_000 : 600;
    const wish = { ...(await request({ of, currency })), amount };
    expect(await channel.refund(wish)).toMatchObject({ status: 'succeeded', amount });
    expect(JSON.parse(asked(party)[0]?.request.rawBody.toString() ?? '')).toMatchObject({
      amount: { value, currency_code: currency },
    });
  });

  test.each([
    ['HUF', 50_050, /amount_not_representable/],
    ['KWD', 5_120, /currency_not_supported/],
    ['ISK', 500, /currency_not_supported/],
  ])('%s %d is refused before anything is asked', async (currency, amount, message) => {
    const wish = { ...(await request()), currency, amount };
    await expect(channel.refund(wish)).rejects.toThrow(message);
    await expect(channel.reverse(wish)).rejects.toThrow(message);
    expect(party.exchanges).toEqual([]);
  });

  describe('with its access token', () => {
    test('fetches it once for a connection, however many calls there are', async () => {
      const wish = await request();
      await Promise.all([channel.query(wish), channel.query(wish), channel.refund(wish)]);
      await channel.query(wish);
      expect(party.exchanges.length - asked(party).length).toBe(1);
    });

    test('fetches another for another connection object: a secret may have changed', async () => {
      const wish = await request();
      await channel.query(wish);
      await channel.query({ ...wish, connection: { ...wish.connection } });
      expect(party.exchanges.length - asked(party).length).toBe(2);
    });

    test('renews it when its life is over', async () => {
      let now = 0;
      const aging = paypalChannel({ clock: () => now });
      const wish = await request();
      await aging.query(wish);
      now = 32_400_000 - 61_000;
      await aging.query(wish);
      expect(party.exchanges.length - asked(party).length).toBe(1);
      now += 2_000;
      await aging.query(wish);
      expect(party.exchanges.length - asked(party).length).toBe(2);
    });

    test('renews it once when PayPal refuses it, and the refund is made once', async () => {
      const wish = await request();
      await channel.query(wish);
      await party.control('tokens/revoke', {});
      expect(await channel.refund(wish)).toMatchObject({ status: 'succeeded' });
      expect(await givenBack(party, wish.paymentRef)).toBe(500);
    });

    test('gives up when the fresh one is refused as well', async () => {
      const wish = await request();
      const refused = { answer: 'status', status: 401, body: error('AUTHENTICATION_FAILURE') };
      await party.control('faults', { next: 5, path: '/v2/', ...refused });
      await expect(channel.refund(wish)).rejects.toThrow('paypal: AUTHENTICATION_FAILURE [401, 90957fca61718]');
      expect(asked(party)).toHaveLength(2);
    });

    test.each([
      ['a wrong secret', { apiKey: 'paypal-other' }, PermanentFault, 'paypal: invalid_client [401]'],
      ['a wrong client id', { settings: { clientId: 'other' } }, PermanentFault, 'paypal: invalid_client [401]'],
      ['no client id', { settings: {} }, PermanentFault, /no clientId in its settings/],
    ])('%s', async (_name, other, fault, message) => {
      const wish = await request();
      const asking = channel.refund({ ...wish, connection: { ...wish.connection, ...other } });
      await expect(asking).rejects.toBeInstanceOf(fault);
      await expect(asking).rejects.toThrow(message);
    });

    test.each([
      ['a 500', { answer: 'status', status: 500 }],
      ['garbage', { answer: 'garbage' }],
      ['a closed connection', { answer: 'hang-up' }],
      ['no token in it', { answer: 'status', status: 200, body: { token_type: 'Bearer' } }],
      ['a token that is no header', { answer: 'status', status: 200, body: { access_token: 'a\nb', expires_in: 9 } }],
    ])('%s when asked for one: nothing was sent, the same call is safe', async (_name, trouble) => {
      const wish = await request();
      await party.control('faults', { path: '/v1/oauth2', ...trouble });
      await expect(channel.refund(wish)).rejects.toBeInstanceOf(TransientFault);
      expect((await channel.refund(wish)).status).toBe('succeeded');
      expect(await givenBack(party, wish.paymentRef)).toBe(500);
    });
  });

  test.each([
    ['a 429', { answer: 'status', status: 429, body: error('RATE_LIMIT_REACHED') }, TransientFault],
    [
      'a request in progress',
      { answer: 'status', status: 409, body: error('RESOURCE_CONFLICT', 'PREVIOUS_REQUEST_IN_PROGRESS') },
      TransientFault,
    ],
    [
      'a capture that is pending',
      { answer: 'status', status: 422, body: error('UNPROCESSABLE_ENTITY', 'PENDING_CAPTURE') },
      TransientFault,
    ],
    [
      'a transaction that PayPal takes for a repetition',
      { answer: 'status', status: 422, body: error('UNPROCESSABLE_ENTITY', 'DUPLICATE_TRANSACTION') },
      UnknownOutcome,
    ],
    ['a 500', { answer: 'status', status: 500, body: error('INTERNAL_SERVER_ERROR') }, UnknownOutcome],
    ['a 503 without a body', { answer: 'status', status: 503 }, UnknownOutcome],
    ['garbage with status 200', { answer: 'garbage', status: 200 }, UnknownOutcome],
    ['garbage with status 502', { answer: 'garbage', status: 502 }, UnknownOutcome],
    ['a closed connection', { answer: 'hang-up' }, UnknownOutcome],
    ['no answer in time', { delayMs: 900 }, UnknownOutcome],
    ['a JSON body that is no refund', { answer: 'status', status: 201, body: { hello: 1 } }, UnknownOutcome],
    ['a null body', { answer: 'status', status: 201, body: 'null' }, UnknownOutcome],
    ['an empty body', { answer: 'status', status: 201, body: '' }, UnknownOutcome],
    ['a redirect', { answer: 'status', status: 302, body: '{}' }, UnknownOutcome],
    ['a 400 that is not of PayPal', { answer: 'status', status: 400, body: { fault: 1 } }, UnknownOutcome],
    ['a 403', { answer: 'status', status: 403, body: error('NOT_AUTHORIZED', 'PERMISSION_DENIED') }, TransientFault],
    ['a 404', { answer: 'status', status: 404, body: error('RESOURCE_NOT_FOUND') }, PermanentFault],
  ])('%s on a write', async (_name, trouble, fault) => {
    const wish = await request();
    await party.control('faults', { method: 'POST', path: '/v2/', ...trouble });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(fault);
    if (!('delayMs' in trouble)) expect(await givenBack(party, wish.paymentRef)).toBe(0);
  });

  test.each([
    ['a 500', { answer: 'status', status: 500 }],
    ['garbage', { answer: 'garbage' }],
    ['a closed connection', { answer: 'hang-up' }],
    ['no answer in time', { delayMs: 900 }],
    ['a JSON body that is no refund', { answer: 'status', status: 200, body: { hello: 1 } }],
    ['a 404 that is not of PayPal', { answer: 'status', status: 404, body: {} }],
  ])('%s on a read changes nothing and may be repeated', async (_name, trouble) => {
    const wish = await request();
    const { providerRef } = await channel.refund(wish);
    await party.control('faults', { method: 'GET', ...trouble });
    await expect(channel.query({ ...wish, providerRef })).rejects.toBeInstanceOf(TransientFault);
    await party.control('faults/clear', {});
    await party.control('faults', { method: 'GET', path: '/v2/checkout', ...trouble });
    await expect(channel.query(wish)).rejects.toBeInstanceOf(TransientFault);
  });

  test('calls once: a closed connection is not tried again behind our back', async () => {
    const wish = await request();
    await party.control('faults', { next: 5, method: 'POST', path: '/v2/', answer: 'hang-up' });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    expect(asked(party)).toHaveLength(1);
  });

  test('a party that cannot be reached was sent nothing', async () => {
    const wish = { ...(await request()), connection: connectionTo('http://127.0.0.1:9') };
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(TransientFault);
  });

  test('an answer that drips in for ever ends at the limit', async () => {
    const server = await rawServer((incoming, outgoing) => {
      if (incoming.url === '/v1/oauth2/token') {
        outgoing.end(JSON.stringify({ access_token: 'one', expires_in: 32_400 }));
        return;
      }
      outgoing.writeHead(200);
      const drip = setInterval(() => outgoing.write(' '), 50);
      outgoing.on('close', () => clearInterval(drip));
    });
    const wish = { ...(await request()), connection: connectionTo(server.baseUrl) };
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    await server.close();
  });

  test.each([
    ['another amount', { amount: { currency_code: 'EUR', value: '4.99' } }],
    ['another currency', { amount: { currency_code: 'USD', value: '5.00' } }],
    ['an amount below zero', { amount: { currency_code: 'EUR', value: '-5.00' } }],
    ['a part of a cent', { amount: { currency_code: 'EUR', value: '5.001' } }],
    ['an amount that is a number', { amount: { currency_code: 'EUR', value: 5 } }],
    ['no amount', { amount: undefined }],
    ['a status nobody knows', { status: 'TELEPORTED' }],
    ['no status', { status: null }],
    ['another leg', { custom_id: 'ord_1.can_1.rfd_other' }],
    ['no reference of ours', { custom_id: undefined }],
    ['no id', { id: '' }],
    ['an id that is a path', { id: '../x' }],
  ])('does not believe an answer with %s', async (_name, lie) => {
    const wish = await request();
    const amount = { currency_code: 'EUR', value: '5.00' };
    const truth = { id: 'REFUND1', status: 'COMPLETED', amount, custom_id: `ord_1.can_1.${wish.legId}` };
    await party.control('faults', { path: '/v2/', answer: 'status', status: 201, body: truth });
    expect(await channel.refund(wish)).toEqual({ status: 'succeeded', providerRef: 'REFUND1', amount: 500 });
    await party.control('faults', { path: '/v2/', answer: 'status', status: 201, body: { ...truth, ...lie } });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
  });

  test.each([
    'REFUND_TIME_LIMIT_EXCEEDED',
    'MAX_NUMBER_OF_REFUNDS_EXCEEDED',
    'REFUND_FAILED_INSUFFICIENT_FUNDS',
    'TRANSACTION_DISPUTED',
    'REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK',
    'PAYER_ACCOUNT_LOCKED_OR_CLOSED',
    'PARTIAL_REFUND_NOT_ALLOWED',
  ])('%s is refused for good, in the word of PayPal', async (refuse) => {
    const wish = await request();
    await party.control('behaviours', { payment: wish.paymentRef, refuse });
    const refused = channel.refund(wish);
    await expect(refused).rejects.toBeInstanceOf(PermanentFault);
    await expect(refused).rejects.toThrow(new RegExp(`^paypal: ${refuse} \\[422, \\w+\\]$`));
    expect(await givenBack(party, wish.paymentRef)).toBe(0);
  });

  test('after 180 days a refund is refused for good', async () => {
    const wish = await request();
    party.clock.moveTo(party.clock.now() + 179 * DAY);
    expect((await channel.refund(wish)).status).toBe('succeeded');
    party.clock.moveTo(party.clock.now() + DAY);
    await expect(channel.refund({ ...wish, ...leg() })).rejects.toThrow(/REFUND_TIME_LIMIT_EXCEEDED/);
  });

  test.each([
    ['already refunded', 2_000, /CAPTURE_FULLY_REFUNDED \[422/],
    ['too much', 1_500, /REFUND_AMOUNT_EXCEEDED \[422/],
  ])('%s carries the code of PayPal', async (_name, first, message) => {
    const wish = await request();
    await channel.refund({ ...wish, amount: first });
    await expect(channel.refund({ ...wish, amount: 1_000, ...leg() })).rejects.toThrow(message);
  });

  test('a key that was used for another amount: the earlier refund is not taken for this one', async () => {
    const wish = await request();
    await channel.refund(wish);
    await expect(channel.refund({ ...wish, amount: 501 })).rejects.toBeInstanceOf(UnknownOutcome);
    expect(await givenBack(party, wish.paymentRef)).toBe(500);
  });

  test('a repetition under the same key tells what became of the refund since', async () => {
    await party.control('behaviours', { status: 'PENDING', reason: 'ECHECK' });
    const wish = await request();
    expect((await channel.refund(wish)).status).toBe('pending');
    await party.control('settle', { leg_id: wish.legId });
    expect((await channel.refund(wish)).status).toBe('succeeded');
    expect(await givenBack(party, wish.paymentRef)).toBe(500);
  });

  test('after 45 days PayPal has forgotten the key; the query has not', async () => {
    const wish = await request();
    const first = await channel.refund(wish);
    party.clock.moveTo(party.clock.now() + 46 * DAY);
    expect(await channel.query(wish)).toEqual(first);
    const second = await channel.refund(wish);
    expect(second.providerRef).not.toBe(first.providerRef);
    await expect(channel.query(wish)).rejects.toThrow(/refunded_twice/);
  });

  test.each(['FAILED', 'CANCELLED'])('a pending refund may end as %s, and gives nothing back', async (status) => {
    await party.control('behaviours', { status: 'PENDING', reason: 'ECHECK', then: status, afterMs: DAY });
    const wish = await request();
    const { providerRef } = await channel.refund(wish);
    party.clock.moveTo(party.clock.now() + DAY);
    await party.idle();
    const ended = status === 'FAILED' ? 'failed' : 'canceled';
    expect(await channel.query({ ...wish, providerRef })).toEqual({ status: ended, providerRef, amount: 500 });
    expect(await channel.query(wish)).toMatchObject({ status: ended });
    expect(await givenBack(party, wish.paymentRef)).toBe(0);
  });

  test('a failure says why where PayPal does', async () => {
    await party.control('behaviours', { status: 'FAILED', reason: 'ECHECK' });
    expect(await channel.refund(await request())).toMatchObject({ status: 'failed', failureReason: 'ECHECK' });
  });

  test('a failed attempt followed by a good one: the query answers the live one', async () => {
    await party.control('behaviours', { status: 'FAILED' });
    const wish = await request();
    await channel.refund(wish);
    const second = await channel.refund({ ...wish, key: `${wish.key}_2` });
    expect(await channel.query(wish)).toEqual(second);
  });

  test('a refund of this amount that bears no reference of ours is a matter for a person', async () => {
    const wish = await request();
    const elsewhere = (value: string, status = 'COMPLETED') => ({
      id: wish.paymentRef,
      purchase_units: [{ payments: { refunds: [{ id: 'REFUND9', status, amount: { currency_code: 'EUR', value } }] } }],
    });
    const answer = (body: unknown) =>
      party.control('faults', { path: '/v2/checkout', answer: 'status', status: 200, body });
    await answer(elsewhere('5.00'));
    await expect(channel.query(wish)).rejects.toThrow(/unattributed_refund/);
    await answer(elsewhere('5.01'));
    expect(await channel.query(wish)).toBeUndefined();
    await answer(elsewhere('5.00', 'FAILED'));
    expect(await channel.query(wish)).toBeUndefined();
  });

  test('a capture that is not there is refused for good, and a query finds no trace', async () => {
    const wish = { ...(await request()), captureRef: 'NOCAPTURE', paymentRef: 'NOORDER' };
    await expect(channel.refund(wish)).rejects.toThrow(/INVALID_RESOURCE_ID \[404/);
    expect(await channel.query(wish)).toBeUndefined();
    expect(await channel.query({ ...wish, providerRef: 'NOREFUND' })).toBeUndefined();
  });

  test('when PayPal has forgotten the order, a capture without refunds has no trace, and any other is for a person', async () => {
    const untouched = await request();
    const refunded = await request();
    await channel.refund(refunded);
    await party.control('forget-orders', {});
    expect(await channel.query(untouched)).toBeUndefined();
    await expect(channel.query(refunded)).rejects.toThrow(/refunds_not_listed: capture CAPTURE\d+ is PARTIALLY_REFUND/);
    await expect(channel.query(refunded)).rejects.toBeInstanceOf(PermanentFault);
  });

  describe('reversing', () => {
    const wishFor = (paymentRef: string): ReverseRequest => ({
      connection: connectionTo(party.baseUrl),
      paymentRef,
      amount: 2_000,
      currency: 'EUR',
      ...leg(),
    });

    test('a pending capture is asked for again later', async () => {
      const { paymentRef } = await seed(party, { amount: 2_000, currency: 'EUR', pending: true });
      await expect(channel.reverse(wishFor(paymentRef))).rejects.toBeInstanceOf(TransientFault);
    });

    test('a payment that is captured in part and still open is for a person', async () => {
      const { paymentRef } = await seed(party, { amount: 2_000, captured: 500, currency: 'EUR', open: true });
      await expect(channel.reverse(wishFor(paymentRef))).rejects.toThrow(/partly_captured/);
    });

    test('a payment that is captured in part for good is given back as far as it was captured', async () => {
      const { paymentRef } = await seed(party, { amount: 2_000, captured: 500, currency: 'EUR' });
      expect(await channel.reverse(wishFor(paymentRef))).toMatchObject({ amount: 500 });
    });

    test('the void of somebody else is found, also when it came between our reading and our asking', async () => {
      const { paymentRef } = await seed(party, { amount: 2_000, captured: 0, currency: 'EUR', authorization: 'AUTH1' });
      await channel.query({ ...wishFor(paymentRef), providerRef: paymentRef });
      const reply = asked(party).at(-1)?.reply;
      const before = reply === undefined || reply === 'hang-up' ? '' : reply.body.toString();
      await channel.reverse(wishFor(paymentRef));
      await party.control('faults', { path: '/v2/checkout', answer: 'status', status: 200, body: before });
      const void2 = { status: 'succeeded', providerRef: paymentRef, amount: 2_000 };
      expect(await channel.reverse(wishFor(paymentRef))).toEqual(void2);
      expect(await channel.query({ ...wishFor(paymentRef), providerRef: paymentRef })).toEqual(void2);
    });

    test.each([
      ['nothing_authorized', {}],
      ['nothing_authorized', { captures: [{ id: 'CAP1', status: 'DECLINED' }] }],
      ['several_captures', { captures: ['CAP1', 'CAP2'].map((id) => ({ id, status: 'COMPLETED' })) }],
      ['several_authorizations', { authorizations: ['AUTH1', 'AUTH2'].map((id) => ({ id, status: 'CREATED' })) }],
    ])('%s is said, and nothing is done', async (word, payments) => {
      const { paymentRef } = await seed(party, { amount: 2_000, currency: 'EUR' });
      const body = { id: paymentRef, purchase_units: [{ payments }] };
      await party.control('faults', { path: '/v2/checkout', answer: 'status', status: 200, body });
      await expect(channel.reverse(wishFor(paymentRef))).rejects.toThrow(word);
      expect(await givenBack(party, paymentRef)).toBe(0);
    });

    test('a void whose answer does not show it is not believed; the query finds it', async () => {
      const { paymentRef } = await seed(party, { amount: 2_000, captured: 0, currency: 'EUR' });
      await party.control('faults', { method: 'POST', path: '/v2/', applied: true, answer: 'status', status: 204 });
      const wish = wishFor(paymentRef);
      await expect(channel.reverse(wish)).rejects.toBeInstanceOf(UnknownOutcome);
      expect(await channel.query(wish)).toEqual({ status: 'succeeded', providerRef: paymentRef, amount: 2_000 });
    });

    test('an order that is not the one asked for is not believed', async () => {
      const { paymentRef } = await seed(party, { amount: 2_000, currency: 'EUR' });
      const body = { id: 'OTHER', purchase_units: [{ payments: {} }] };
      await party.control('faults', { path: '/v2/checkout', answer: 'status', status: 200, body });
      await expect(channel.reverse(wishFor(paymentRef))).rejects.toBeInstanceOf(TransientFault);
    });
  });

  describe('asked for what it would have told by webhook', () => {
    const patient = paypalChannel();
    const longAgo = '2020-01-01T00:00:00.000Z';
    const told = async (since = longAgo) => {
      const notices = [];
      const sizes: number[] = [];
      let after: string | undefined;
      do {
        const asking = { connection: connectionTo(party.baseUrl), since, ...(after === undefined ? {} : { after }) };
        const page = await patient.changesSince(asking);
        notices.push(...refundsIn(page.notices));
        sizes.push(page.notices.length);
        after = page.next;
      } while (after !== undefined);
      return { notices, sizes };
    };

    test('tells every change, although no webhook was ever sent', async () => {
      await party.control('webhooks', { send: 'never' });
      await party.control('behaviours', { status: 'PENDING' });
      const wish = await request();
      const { providerRef } = await patient.refund(wish);
      await party.control('settle', { leg_id: wish.legId });
      await party.idle();
      expect(party.deliveries).toEqual([]);
      const { notices } = await told();
      expect(notices.map(({ type, claims, providerRef: ref, trail }) => [type, claims, ref, trail?.legId])).toEqual([
        ['PAYMENT.CAPTURE.REFUNDED', 'succeeded', providerRef, wish.legId],
        ['PAYMENT.REFUND.PENDING', 'pending', providerRef, wish.legId],
      ]);
      await party.restart(paypalStandIn({ accounts }));
      expect((await told()).notices).toHaveLength(2);
    });

    test('tells the same as the webhook did, under the same event id', async () => {
      await patient.refund(await request());
      await party.idle();
      const [sent] = party.deliveries.map(({ rawBody }) => noticeOf('acme', JSON.parse(rawBody.toString())));
      expect((await told()).notices).toEqual([sent]);
    });

    test('asks for one type after the other, from an instant on, in pages, each once', async () => {
      const wish = await request({ amount: 1, of: 10_000 });
      for (let n = 0; n < 120; n += 1) await patient.refund({ ...wish, ...leg() });
      const { notices, sizes } = await told();
      expect([sizes, new Set(notices.map(({ eventId }) => eventId)).size]).toEqual([[50, 50, 20, 0, 0, 0, 0, 0], 120]);
      const queries = party.exchanges.filter(({ request: one }) => one.path.startsWith('/v1/notifications'));
      expect(queries[0]?.request.query.toString()).toBe(
        new URLSearchParams({
          page_size: '50',
          start_time: '2020-01-01T00:00:00Z',
          event_type: 'PAYMENT.CAPTURE.REFUNDED',
        }).toString(),
      );
      expect(queries.map(({ request: one }) => one.query.get('event_type'))).toEqual([
        ...Array.from({ length: 3 }, () => 'PAYMENT.CAPTURE.REFUNDED'),
        'PAYMENT.REFUND.PENDING',
        'PAYMENT.REFUND.FAILED',
        'CUSTOMER.DISPUTE.CREATED',
        'CUSTOMER.DISPUTE.UPDATED',
        'CUSTOMER.DISPUTE.RESOLVED',
      ]);
    });

    test('tells of disputes too, and is believed that one is over: nobody but PayPal writes its list', async () => {
      const event = {
        id: 'WH-7',
        event_type: 'CUSTOMER.DISPUTE.RESOLVED',
        create_time: '2026-01-01T00:00:00.000Z',
        resource: {
          dispute_id: 'PP-D-1',
          disputed_transactions: [{ seller_transaction_id: 'CAP1' }, { seller_transaction_id: 'CAP2' }],
          status: 'RESOLVED',
          dispute_outcome: { outcome_code: 'RESOLVED_SELLER_FAVOUR' },
        },
      };
      const events = [event, { ...event, id: 'WH-8', resource: {} }];
      await party.control('faults', { path: '/v1/notif', answer: 'status', status: 200, body: { events } });
      const connection = connectionTo(party.baseUrl);
      expect(await patient.changesSince({ connection, since: longAgo, after: '5|' })).toEqual({
        notices: ['CAP1', 'CAP2'].map((payment) => ({
          eventId: 'WH-7',
          type: 'CUSTOMER.DISPUTE.RESOLVED',
          dispute: 'PP-D-1',
          payment,
          stops: false,
          order: 1_767_225_600_000,
        })),
        unreadable: ['WH-8'],
      });
    });

    test('goes back no further than asked', async () => {
      await patient.refund(await request());
      party.clock.moveTo(party.clock.now() + DAY);
      await patient.refund(await request());
      expect((await told()).notices).toHaveLength(2);
      expect((await told(new Date(party.clock.now() - DAY / 2).toISOString())).notices).toHaveLength(1);
    });

    test('an event that cannot be read is named, and the others are read', async () => {
      const event = {
        id: 'WH-1',
        event_type: 'PAYMENT.REFUND.FAILED',
        resource: { id: 'REFUND1', status: 'TELEPORTED' },
      };
      const events = [event, { ...event, id: 'WH-2', resource: {} }, { ...event, id: 'WH-3', event_type: 'INVOICING' }];
      await party.control('faults', { path: '/v1/notif', answer: 'status', status: 200, body: { events } });
      expect(await patient.changesSince({ connection: connectionTo(party.baseUrl), since: longAgo })).toEqual({
        notices: [{ eventId: 'WH-1', type: 'PAYMENT.REFUND.FAILED', providerRef: 'REFUND1', trail: undefined }],
        unreadable: ['WH-2'],
        next: '1|',
      });
    });

    test('a link to the next page that leads elsewhere is followed at PayPal only', async () => {
      const event = { id: 'WH-1', event_type: 'PAYMENT.REFUND.FAILED', resource: { id: 'REFUND1' } };
      const links = [{ rel: 'next', href: 'https://evil.example/take?token=1&page_size=2', method: 'GET' }];
      await party.control('faults', {
        path: '/v1/notif',
        answer: 'status',
        status: 200,
        body: { events: [event], links },
      });
      const connection = connectionTo(party.baseUrl);
      const { next } = await patient.changesSince({ connection, since: longAgo });
      await patient.changesSince({ connection, since: longAgo, after: next ?? '' });
      const sent = party.exchanges.at(-1)?.request;
      expect([sent?.path, sent?.query.toString()]).toEqual([
        '/v1/notifications/webhooks-events',
        'token=1&page_size=2',
      ]);
    });

    test.each([
      ['a 500', { answer: 'status', status: 500 }, TransientFault],
      ['a closed connection', { answer: 'hang-up' }, TransientFault],
      ['something that is no list', { answer: 'status', status: 200, body: { count: 0 } }, TransientFault],
      ['a missing permission', { answer: 'status', status: 403, body: error('NOT_AUTHORIZED') }, TransientFault],
    ])('%s is trouble, not silence', async (_name, trouble, fault) => {
      await party.control('faults', { path: '/v1/notifications', ...trouble });
      await expect(told()).rejects.toBeInstanceOf(fault);
    });
  });

  test('the refund outlives a crash between effect and answer', async () => {
    const wish = await request();
    await party.control('faults', { path: '/v2/', answer: 'hang-up', applied: true });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    await party.restart(paypalStandIn({ accounts }));
    expect((await channel.refund(wish)).amount).toBe(500);
    expect(await givenBack(party, wish.paymentRef)).toBe(500);
  });

  test('no fault ever shows the secret or a token', async () => {
    const wish = await request();
    const token = /Bearer (\S+)/;
    await channel.query(wish);
    const bearer = token.exec(String(asked(party)[0]?.request.headers.authorization))?.[1] ?? '';
    expect(bearer).not.toBe('');
    const body = { ...error('VALIDATION_ERROR'), message: `${ACCOUNT.apiKey} ${bearer}`, debug_id: bearer.repeat(2) };
    for (const status of [400, 401, 403, 404, 409, 422, 429, 500]) {
      await party.control('faults', { next: 2, path: '/v2/', answer: 'status', status, body });
      const thrown: unknown = await channel.refund(wish).catch((fault: unknown) => fault);
      await party.control('faults/clear', {});
      expect(thrown).toBeInstanceOf(Error);
      expect(String(thrown)).not.toContain(ACCOUNT.apiKey);
      expect(String(thrown)).not.toContain(bearer);
    }
  });

  test.each([
    ['http://example.com', /https/],
    ['http://user:secret@127.0.0.1', /host, a port and a path/],
    ['not a url', /not a URL/],
  ])('sends no credentials to %s', async (baseUrl, message) => {
    const wish = { ...(await request()), connection: connectionTo(baseUrl) };
    await expect(channel.refund(wish)).rejects.toThrow(message);
  });
});
