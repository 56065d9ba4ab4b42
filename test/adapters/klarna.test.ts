import { PermanentFault, TransientFault, UnknownOutcome } from '../../shared/domain/faults';
import { klarnaChannel } from '../../shared/adapters/payments/klarna';
import { readOrder } from '../../shared/adapters/payments/klarna-call';
import { klarnaKey } from '../../shared/adapters/payments/klarna-key';
import { longTrail } from '../../shared/adapters/payments/long-trail';
import type { Connection } from '../../shared/ports/connections';
import type { RefundRequest } from '../../shared/ports/payment-channel';
import { klarnaStandIn } from '../../infra/local/stand-ins/klarna';
import { list, record } from '../../infra/local/json';
import { mount, rawServer, type Mounted } from '../support/mounted-stand-in';
import { leg, paymentChannelSuite, type ChannelWorld } from './payment-channel.suite';

const ACCOUNT = { id: 'con_klarna', apiKey: 'klarna_test_api_secret', webhookSecrets: [] };
const accounts = () => Promise.resolve([ACCOUNT]);

function connectionTo(baseUrl: string): Connection {
  return { ...ACCOUNT, tenant: 'acme', provider: 'klarna', baseUrl };
}

let counter = 0;

async function seed(party: Mounted, order: Record<string, unknown>) {
  counter += 1;
  const refs = { order: `order-${counter}`, capture: `capture-${counter}` };
  await party.control('seed', { seed: [{ ...refs, ...order }] });
  return { paymentRef: refs.order, captureRef: refs.capture };
}

async function lineOf(party: Mounted, paymentRef: string) {
  const { orders } = record(await party.control('ledger'));
  return record(list(orders).find((one) => record(one)['order'] === paymentRef));
}
const givenBack = async (party: Mounted, paymentRef: string) => Number((await lineOf(party, paymentRef))['refunded']);

async function world(): Promise<ChannelWorld> {
  const party = await mount(klarnaStandIn({ accounts }));
  return {
    channel: klarnaChannel(),
    connection: connectionTo(party.baseUrl),
    captured: (amount, currency) => seed(party, { amount, currency }),
    authorized: (amount, currency) => seed(party, { amount, currency, captured: 0 }),
    givenBack: (paymentRef) => givenBack(party, paymentRef),
    loseNextAnswer: async () => {
      await party.control('faults', { method: 'POST', answer: 'hang-up', applied: true });
    },
    close: () => party.close(),
  };
}

paymentChannelSuite('klarna', world);

describe('Klarna', () => {
  const channel = klarnaChannel({ timeoutMs: 400 });
  let party: Mounted;
  beforeEach(async () => {
    party = await mount(klarnaStandIn({ accounts }));
  });
  afterEach(() => party.close());

  async function request(wish: { amount?: number; of?: number; captured?: number } = {}): Promise<RefundRequest> {
    const { of = 2_000, captured = of } = wish;
    const refs = await seed(party, { amount: of, captured, currency: 'EUR' });
    return { connection: connectionTo(party.baseUrl), ...refs, amount: wish.amount ?? 500, currency: 'EUR', ...leg() };
  }
  const written = () => party.exchanges.map(({ request: one }) => one).filter(({ method }) => method === 'POST');

  test('refunds the order under a key of version 5, with the trail as reference', async () => {
    const wish = await request();
    await channel.refund(wish);
    const [sent] = written();
    expect(sent?.path).toBe(`/ordermanagement/v1/orders/${wish.paymentRef}/refunds`);
    expect(JSON.parse(String(sent?.rawBody))).toEqual({ refunded_amount: 500, reference: longTrail(wish.trail) });
    expect(sent?.headers).toMatchObject({
      authorization: `Basic ${ACCOUNT.apiKey}`,
      'klarna-idempotency-key': klarnaKey(wish.key),
    });
  });

  test('a key is derived, so that the same one of ours is the same one of Klarna', () => {
    // The example of RFC 9562 for a name in the namespace of URLs.
    expect(klarnaKey('www.example.com')).toBe('b63cdfa4-3df9-568e-97ae-006c5b8fd652');
    expect(klarnaKey('rfd_1-1')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(klarnaKey('rfd_1-1')).not.toBe(klarnaKey('rfd_1-2'));
  });

  test('credentials of the older kind go as user and password', async () => {
    const wish = await request();
    const connection = { ...wish.connection, settings: { username: 'PK12345_abcdef' } };
    await channel.refund({ ...wish, connection });
    const basic = Buffer.from(`PK12345_abcdef:${ACCOUNT.apiKey}`).toString('base64');
    expect(written()[0]?.headers.authorization).toBe(`Basic ${basic}`);
  });

  test('reads back what it made, because the answer names the refund and nothing else', async () => {
    const wish = await request();
    const { providerRef } = await channel.refund(wish);
    expect(party.exchanges.map(({ request: one }) => [one.method, one.path.split('/').slice(5).join('/')])).toEqual([
      ['POST', 'refunds'],
      ['GET', `refunds/${providerRef}`],
    ]);
  });

  const error = (error_code: string) => ({ error_code, error_messages: ['no'], correlation_id: '1' });
  test.each([
    ['a 429', { answer: 'status', status: 429 }, TransientFault],
    ['a 409', { answer: 'status', status: 409, body: error('CONFLICT') }, TransientFault],
    ['a 500', { answer: 'status', status: 500, body: error('INTERNAL_SERVER_ERROR') }, UnknownOutcome],
    ['a 503', { answer: 'status', status: 503, body: error('TEMPORARILY_UNAVAILABLE') }, UnknownOutcome],
    ['a 502 without a body', { answer: 'status', status: 502 }, UnknownOutcome],
    ['garbage with status 201', { answer: 'garbage', status: 201 }, UnknownOutcome],
    ['a closed connection', { answer: 'hang-up' }, UnknownOutcome],
    ['no answer in time', { delayMs: 900 }, UnknownOutcome],
    ['a 201 that names no refund', { answer: 'status', status: 201 }, UnknownOutcome],
    [
      'a 201 with an error inside',
      { answer: 'status', status: 201, body: error('REFUND_NOT_ALLOWED') },
      UnknownOutcome,
    ],
    ['a redirect', { answer: 'status', status: 302 }, UnknownOutcome],
    ['a bare 404', { answer: 'status', status: 404 }, UnknownOutcome],
    ['a 400', { answer: 'status', status: 400, body: error('BAD_VALUE') }, PermanentFault],
    ['a 401', { answer: 'status', status: 401 }, TransientFault],
    ['a 403 without a body', { answer: 'status', status: 403 }, TransientFault],
    ['a 403', { answer: 'status', status: 403, body: error('REFUND_NOT_ALLOWED') }, PermanentFault],
    ['a 404', { answer: 'status', status: 404, body: error('NO_SUCH_ORDER') }, PermanentFault],
    ['a 422', { answer: 'status', status: 422, body: error('UNPROCESSABLE_ENTITY') }, PermanentFault],
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
    ['a JSON body that is no order', { answer: 'status', status: 200, body: { hello: 1 } }],
    ['no body at all', { answer: 'status', status: 200 }],
    ['a bare 404', { answer: 'status', status: 404 }],
  ])('%s on a read changes nothing and may be repeated', async (_name, trouble) => {
    const wish = await request();
    const { providerRef } = await channel.refund(wish);
    for (const asked of [wish, { ...wish, providerRef }]) {
      await party.control('faults', { method: 'GET', ...trouble });
      await expect(channel.query(asked)).rejects.toBeInstanceOf(TransientFault);
    }
    await party.control('faults', { method: 'GET', ...trouble });
    await expect(channel.reverse({ ...wish, ...leg() })).rejects.toBeInstanceOf(TransientFault);
  });

  test('what was made and cannot be read back is an unknown outcome, and the query finds it', async () => {
    const wish = await request();
    await party.control('faults', { method: 'GET', answer: 'status', status: 500 });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    expect(await channel.query(wish)).toMatchObject({ status: 'succeeded', amount: 500 });
    expect((await channel.refund(wish)).amount).toBe(500);
    expect(await givenBack(party, wish.paymentRef)).toBe(500);
  });

  test.each([
    ['another amount', { refunded_amount: 499 }],
    ['another reference', { reference: 'theirs' }],
    ['no reference', { reference: null }],
    ['another id', { refund_id: 'another' }],
    ['no id', { refund_id: '' }],
    ['an amount as text', { refunded_amount: '500' }],
    ['a fraction', { refunded_amount: 500.5 }],
  ])('does not believe a refund with %s', async (_name, lie) => {
    const wish = await request();
    const headers = { 'refund-id': 'the-refund' };
    const truth = { refund_id: 'the-refund', refunded_amount: 500, reference: longTrail(wish.trail) };
    const told = async (body: object) => {
      await party.control('faults', { method: 'POST', answer: 'status', status: 201, headers });
      await party.control('faults', { method: 'GET', answer: 'status', status: 200, body });
    };
    await told(truth);
    expect(await channel.refund(wish)).toEqual({ status: 'succeeded', providerRef: 'the-refund', amount: 500 });
    await told({ ...truth, ...lie });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
  });

  test("a refund of the leg's amount that somebody made elsewhere is for a person, one of another amount is not ours", async () => {
    const wish = await request();
    const elsewhere = async (refunded_amount: number, reference?: string) => {
      const order = JSON.parse(await textOf(`/ordermanagement/v1/orders/${wish.paymentRef}`)) as object;
      const refunds = [{ refund_id: 'portal-1', refunded_amount, ...(reference === undefined ? {} : { reference }) }];
      await party.control('faults', { method: 'GET', answer: 'status', status: 200, body: { ...order, refunds } });
    };
    for (const reference of [undefined, 'goodwill']) {
      await elsewhere(wish.amount, reference);
      await expect(channel.query(wish)).rejects.toThrow(/unattributed_refund/);
    }
    await elsewhere(wish.amount + 1);
    expect(await channel.query(wish)).toBeUndefined();
    await elsewhere(wish.amount, longTrail(leg().trail));
    expect(await channel.query(wish)).toBeUndefined();
  });

  test.each([
    ['another order', { order_id: 'another' }],
    ['another currency', { purchase_currency: 'USD' }],
    ['a status nobody knows', { status: 'TELEPORTED' }],
    ['a negative amount', { captured_amount: -1 }],
    ['no captured amount', { captured_amount: null }],
    ['refunds that are no list', { refunds: {} }],
    ['a refund without an id', { refunds: [{ refunded_amount: 1 }] }],
  ])('does not believe an order with %s', async (_name, lie) => {
    const wish = await request();
    const order = await readOrder(
      { send: async (_address, { path }) => ({ status: 200, headers: {}, text: await textOf(path) }) },
      wish.connection,
      wish.paymentRef,
    );
    await party.control('faults', { method: 'GET', answer: 'status', status: 200, body: record(order) });
    expect(await channel.query(wish)).toBeUndefined();
    await party.control('faults', { method: 'GET', answer: 'status', status: 200, body: { ...record(order), ...lie } });
    await expect(channel.query(wish)).rejects.toBeInstanceOf(TransientFault);
  });
  const textOf = async (path: string): Promise<string> => {
    const headers = { authorization: `Basic ${ACCOUNT.apiKey}` };
    return (await fetch(new URL(path, party.baseUrl), { headers })).text();
  };

  test('a key that was used for something else answers what that was, which is not believed', async () => {
    const wish = await request();
    await channel.refund(wish);
    await expect(channel.refund({ ...wish, amount: 501 })).rejects.toBeInstanceOf(UnknownOutcome);
    expect(await givenBack(party, wish.paymentRef)).toBe(500);
  });

  test('after a day Klarna has forgotten the key; the query has not', async () => {
    const wish = await request();
    const first = await channel.refund(wish);
    party.clock.moveTo(party.clock.now() + 25 * 60 * 60 * 1000);
    expect(await channel.query(wish)).toEqual(first);
    expect((await channel.refund(wish)).providerRef).not.toBe(first.providerRef);
  });

  test('two refunds of one leg are never passed over in silence', async () => {
    const wish = await request();
    await channel.refund(wish);
    await channel.refund({ ...wish, key: `${wish.key}_2` });
    await expect(channel.query(wish)).rejects.toThrow(/klarna: refunded_twice/);
    await expect(channel.reverse(wish)).rejects.toThrow(/klarna: refunded_twice/);
  });

  test('a refund of another leg is not answered by its id', async () => {
    const wish = await request();
    const { providerRef } = await channel.refund(wish);
    await expect(channel.query({ ...wish, ...leg(), providerRef })).rejects.toBeInstanceOf(TransientFault);
  });

  test('what Klarna does not have is no trace; another order of the account is none of ours', async () => {
    const wish = await request();
    expect(await channel.query({ ...wish, providerRef: 'nobody' })).toBeUndefined();
    expect(await channel.query({ ...wish, paymentRef: 'nobody' })).toBeUndefined();
    expect(await channel.query({ ...wish, paymentRef: 'nobody', providerRef: 'nobody' })).toBeUndefined();
    await expect(channel.refund({ ...wish, paymentRef: 'nobody' })).rejects.toThrow(/klarna: NO_SUCH_ORDER \[404\]/);
    await expect(channel.reverse({ ...wish, paymentRef: 'nobody' })).rejects.toThrow(/klarna: NO_SUCH_ORDER \[404\]/);
  });

  test.each([
    ['more than is left', {}, 'Refund amount is higher than the remaining captured amount.'],
    ['the window over', { refuse: 'REFUND_NOT_ALLOWED', reason: 'Order is too old.' }, 'Order is too old.'],
    ['too many refunds', { refuse: 'REFUND_NOT_ALLOWED', reason: 'Too many refunds.' }, 'Too many refunds.'],
  ])('%s: refused for good, with the code of Klarna', async (_what, behaviour, message) => {
    if ('refuse' in behaviour) await party.control('behaviours', behaviour);
    const wish = await request({ amount: 2_001 });
    const refusal = `klarna: REFUND_NOT_ALLOWED [403]: ${message}`;
    await expect(channel.refund(wish)).rejects.toThrow(new PermanentFault(refusal));
    expect(await givenBack(party, wish.paymentRef)).toBe(0);
  });

  describe('asked to reverse an order', () => {
    const reverse = (wish: RefundRequest) => channel.reverse(wish);

    test('without captures: cancels it, and says so again', async () => {
      const wish = await request({ captured: 0, amount: 2_000 });
      const answer = { status: 'succeeded', providerRef: wish.paymentRef, amount: 2_000 };
      expect(await reverse(wish)).toEqual(answer);
      expect(await lineOf(party, wish.paymentRef)).toMatchObject({ status: 'CANCELLED', refunded: 0 });
      expect(await reverse(wish)).toEqual(answer);
      expect(await channel.query({ ...wish, providerRef: wish.paymentRef })).toEqual(answer);
      expect(written()).toHaveLength(1);
    });

    test('cancelled, and the answer lost: the next call finds it', async () => {
      const wish = await request({ captured: 0, amount: 2_000 });
      await party.control('faults', { method: 'POST', answer: 'hang-up', applied: true });
      await expect(reverse(wish)).rejects.toBeInstanceOf(UnknownOutcome);
      expect(await channel.query(wish)).toMatchObject({ status: 'succeeded' });
      expect(await reverse(wish)).toMatchObject({ status: 'succeeded' });
    });

    test('that has run out by itself: nothing is held any more', async () => {
      const wish = await request({ captured: 0, amount: 2_000 });
      await party.control('expire', { order: wish.paymentRef });
      expect(await reverse(wish)).toMatchObject({ status: 'succeeded', providerRef: wish.paymentRef });
      expect(written()).toEqual([]);
    });

    test('captured in part: releases what is left of it and gives back what was captured', async () => {
      const wish = await request({ captured: 700, amount: 2_000 });
      const answer = await reverse(wish);
      expect(answer).toMatchObject({ status: 'succeeded', amount: 700 });
      expect(await lineOf(party, wish.paymentRef)).toMatchObject({ released: true, refunded: 700 });
      expect(await reverse(wish)).toEqual(answer);
      const keys = written().map(({ headers }) => headers['klarna-idempotency-key']);
      expect([keys.length, new Set(keys).size]).toEqual([2, 2]);
    });

    test('captured in part, and the second answer lost: goes on where it was', async () => {
      const wish = await request({ captured: 700, amount: 2_000 });
      await party.control('faults', {
        path: `/ordermanagement/v1/orders/${wish.paymentRef}/refunds`,
        answer: 'hang-up',
        applied: true,
      });
      await expect(reverse(wish)).rejects.toBeInstanceOf(UnknownOutcome);
      expect(await reverse(wish)).toMatchObject({ amount: 700 });
      expect(await givenBack(party, wish.paymentRef)).toBe(700);
    });

    test('all of which was given back already: there is nothing to do, and a person should know', async () => {
      const wish = await request({ amount: 2_000 });
      await channel.refund(wish);
      await expect(reverse({ ...wish, ...leg() })).rejects.toThrow(/klarna: nothing_left/);
    });

    test('of which a capture came in between: Klarna refuses, and nothing moves', async () => {
      const wish = await request({ captured: 0, amount: 2_000 });
      const body = { error_code: 'CANCEL_NOT_ALLOWED', error_messages: ['Order has previous captures.'] };
      await party.control('faults', { method: 'POST', answer: 'status', status: 403, body });
      await expect(reverse(wish)).rejects.toThrow(/klarna: CANCEL_NOT_ALLOWED \[403\]/);
    });
  });

  test('the refund and its saved answer outlive a crash between effect and answer', async () => {
    const wish = await request();
    await party.control('faults', { method: 'POST', answer: 'hang-up', applied: true });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    await party.restart(klarnaStandIn({ accounts }));
    expect((await channel.refund(wish)).amount).toBe(500);
    expect(await givenBack(party, wish.paymentRef)).toBe(500);
  });

  test('calls once: a closed connection is not tried again behind our back', async () => {
    const wish = await request();
    await party.control('faults', { next: 5, answer: 'hang-up' });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    expect(party.exchanges).toHaveLength(1);
  });

  test('a party that cannot be reached was sent nothing', async () => {
    const wish = await request();
    await expect(channel.refund({ ...wish, connection: connectionTo('http://127.0.0.1:9') })).rejects.toBeInstanceOf(
      TransientFault,
    );
  });

  test('an answer without end is not read', async () => {
    const server = await rawServer((_incoming, outgoing) => {
      outgoing.writeHead(200, { 'content-type': 'application/json' });
      outgoing.end(`"${'x'.repeat(2 * 1024 * 1024)}"`);
    });
    const wish = { ...(await request()), connection: connectionTo(server.baseUrl) };
    await expect(klarnaChannel().query(wish)).rejects.toThrow(/too_large/);
    await server.close();
  });

  test('no fault ever shows the key', async () => {
    const wish = await request();
    const body = { error_code: 'UNAUTHORIZED', error_messages: [`Bad key ${ACCOUNT.apiKey}`] };
    await party.control('faults', { answer: 'status', status: 401, body });
    const thrown: unknown = await channel.refund(wish).catch((fault: unknown) => fault);
    expect(thrown).toBeInstanceOf(TransientFault);
    expect(String(thrown)).not.toContain(ACCOUNT.apiKey);
  });

  test('tells nothing of refunds: there is nothing to list', async () => {
    const wish = await request();
    await channel.refund(wish);
    const { connection } = wish;
    expect(await channel.changesSince({ connection, since: '2020-01-01T00:00:00.000Z' })).toEqual({
      notices: [],
      unreadable: [],
    });
    expect(party.deliveries).toEqual([]);
  });

  test.each(['http://example.com', 'http://user:secret@127.0.0.1', 'not a url'])('sends no key to %s', async (url) => {
    const wish = { ...(await request()), connection: connectionTo(url) };
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(PermanentFault);
  });

  test('a region that is none is refused', async () => {
    const wish = await request();
    const connection = { ...wish.connection, settings: { region: 'constructor' } };
    await expect(channel.refund({ ...wish, connection })).rejects.toThrow(/region is eu, na or oc/);
  });
});

test.each([
  [undefined, 'api.klarna.com'],
  ['na', 'api-na.klarna.com'],
  ['oc', 'api-oc.klarna.com'],
])('the address of region %s is %s', async (region, host) => {
  const seen: string[] = [];
  const http = {
    send: (address: { protocol: string; host: string }, { path }: { path: string }) => {
      seen.push(`${address.protocol}://${address.host}${path}`);
      return Promise.resolve({ status: 200, headers: {}, text: '{}' });
    },
  };
  const { baseUrl: _baseUrl, ...rest } = connectionTo('');
  await readOrder(http, { ...rest, ...(region === undefined ? {} : { settings: { region } }) }, 'a/../b?');
  expect(seen).toEqual([`https://${host}/ordermanagement/v1/orders/a%2F..%2Fb%3F`]);
});
