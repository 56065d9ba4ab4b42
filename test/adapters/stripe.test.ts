import { AnswerSaved, PermanentFault, TransientFault, UnknownOutcome } from '../../shared/domain/faults';
import { stripeChannel } from '../../shared/adapters/payments/stripe';
import { noticeOf } from '../../shared/adapters/payments/stripe-notice';
import type { Connection } from '../../shared/ports/connections';
import type { RefundRequest } from '../../shared/ports/payment-channel';
import { stripeStandIn } from '../../infra/local/stand-ins/stripe';
import { mount, rawServer, type Mounted } from '../support/mounted-stand-in';
import { leg, paymentChannelSuite, type ChannelWorld } from './payment-channel.suite';
import { record, list } from '../../infra/local/json';
import { refundsIn } from '../support/refund-notices';

const ACCOUNT = { id: 'con_stripe', apiKey: 'sk_test_local', webhookSecrets: ['whsec_one'] };
const accounts = () => Promise.resolve([ACCOUNT]);

function connectionTo(baseUrl: string): Connection {
  return { ...ACCOUNT, tenant: 'acme', provider: 'stripe', baseUrl };
}

let payments = 0;

async function seed(
  party: Mounted,
  payment: Record<string, unknown>,
): Promise<{ paymentRef: string; captureRef: string }> {
  payments += 1;
  const refs = { payment_intent: `pi_${payments}`, charge: `ch_${payments}` };
  await party.control('seed', { seed: [{ ...refs, ...payment }] });
  return { paymentRef: refs.payment_intent, captureRef: refs.charge };
}

async function givenBack(party: Mounted, paymentRef: string): Promise<number> {
  const ledger = record(await party.control('ledger'));
  const line = list(ledger['payments']).find((one) => record(one)['payment_intent'] === paymentRef);
  return Number(record(line)['refunded']);
}

async function world(): Promise<ChannelWorld> {
  const party = await mount(stripeStandIn({ accounts }));
  return {
    channel: stripeChannel(),
    connection: connectionTo(party.baseUrl),
    captured: (amount, currency) => seed(party, { amount, currency }),
    authorized: (amount, currency) => seed(party, { amount, currency, amount_captured: 0 }),
    givenBack: (paymentRef) => givenBack(party, paymentRef),
    loseNextAnswer: async () => {
      await party.control('faults', { method: 'POST', answer: 'hang-up', applied: true });
    },
    close: () => party.close(),
  };
}

paymentChannelSuite('stripe', world);

describe('Stripe', () => {
  const channel = stripeChannel({ timeoutMs: 400 });
  let party: Mounted;
  beforeEach(async () => {
    party = await mount(stripeStandIn({ accounts }));
  });
  afterEach(() => party.close());

  async function request(wish: { amount?: number; of?: number; currency?: string } = {}): Promise<RefundRequest> {
    const currency = wish.currency ?? 'EUR';
    const refs = await seed(party, { amount: wish.of ?? 2_000, currency });
    return { connection: connectionTo(party.baseUrl), ...refs, amount: wish.amount ?? 500, currency, ...leg() };
  }

  test('says who it is for and that the customer asked, and sends no telemetry', async () => {
    const wish = await request();
    await channel.refund(wish);
    await channel.refund({ ...wish, ...leg() });
    const sent = party.exchanges[0]?.request;
    expect(Object.fromEntries(new URLSearchParams(sent?.rawBody.toString()))).toEqual({
      charge: wish.captureRef,
      amount: '500',
      reason: 'requested_by_customer',
      'metadata[tenant]': 'acme',
      'metadata[order_id]': 'ord_1',
      'metadata[cancellation_id]': 'can_1',
      'metadata[leg_id]': wish.legId,
    });
    expect(sent?.headers['idempotency-key']).toBe(wish.key);
    for (const { request: one } of party.exchanges) expect(one.headers['x-stripe-client-telemetry']).toBeUndefined();
  });

  test('refunds by payment intent where the capture is named so', async () => {
    const wish = await request();
    await channel.refund({ ...wish, captureRef: wish.paymentRef });
    const sent = new URLSearchParams(party.exchanges[0]?.request.rawBody.toString());
    expect([sent.get('payment_intent'), sent.get('charge')]).toEqual([wish.paymentRef, null]);
  });

  test.each([
    [
      'a 429',
      { answer: 'status', status: 429, body: { error: { type: 'invalid_request_error', code: 'rate_limit' } } },
      TransientFault,
    ],
    [
      'a lock timeout',
      { answer: 'status', status: 429, body: { error: { type: 'invalid_request_error', code: 'lock_timeout' } } },
      TransientFault,
    ],
    ['a 409', { answer: 'status', status: 409, body: { error: { type: 'idempotency_error' } } }, TransientFault],
    ['a 500', { answer: 'status', status: 500, body: { error: { type: 'api_error' } } }, UnknownOutcome],
    ['a 503 without a body', { answer: 'status', status: 503 }, UnknownOutcome],
    ['garbage with status 200', { answer: 'garbage', status: 200 }, UnknownOutcome],
    ['garbage with status 502', { answer: 'garbage', status: 502 }, UnknownOutcome],
    ['a closed connection', { answer: 'hang-up' }, UnknownOutcome],
    ['no answer in time', { delayMs: 900 }, UnknownOutcome],
    ['a JSON body that is no refund', { answer: 'status', status: 200, body: { hello: 1 } }, UnknownOutcome],
    ['a null body', { answer: 'status', status: 200, body: 'null' }, UnknownOutcome],
    ['a 401', { answer: 'status', status: 401, body: { error: { type: 'invalid_request_error' } } }, TransientFault],
    ['a 403', { answer: 'status', status: 403, body: { error: { type: 'invalid_request_error' } } }, TransientFault],
  ])('%s on a write', async (_name, trouble, fault) => {
    const wish = await request();
    await party.control('faults', { method: 'POST', ...trouble });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(fault);
    expect(await givenBack(party, wish.paymentRef)).toBe(0);
  });

  test.each([
    ['a 500', { answer: 'status', status: 500, body: { error: { type: 'api_error' } } }],
    ['garbage', { answer: 'garbage' }],
    ['a closed connection', { answer: 'hang-up' }],
    ['no answer in time', { delayMs: 900 }],
    ['a JSON body that is no refund', { answer: 'status', status: 200, body: { hello: 1 } }],
  ])('%s on a read changes nothing and may be repeated', async (_name, trouble) => {
    const wish = await request();
    const { providerRef } = await channel.refund(wish);
    await party.control('faults', { method: 'GET', ...trouble });
    await expect(channel.query({ ...wish, providerRef })).rejects.toBeInstanceOf(TransientFault);
  });

  test('calls once: a closed connection is not tried again behind our back', async () => {
    const wish = await request();
    await party.control('faults', { next: 5, method: 'POST', answer: 'hang-up' });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    expect(party.exchanges).toHaveLength(1);
  });

  test('a party that cannot be reached was sent nothing', async () => {
    const wish = await request();
    const connection = connectionTo('http://127.0.0.1:9');
    await expect(channel.refund({ ...wish, connection })).rejects.toBeInstanceOf(TransientFault);
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
    ['another amount', { amount: 499 }],
    ['another currency', { currency: 'usd' }],
    ['a status nobody knows', { status: 'teleported' }],
    ['no status', { status: null }],
    ['another leg', { metadata: { leg_id: 'rfd_other' } }],
    ['no id', { id: '' }],
    ['a fraction', { amount: 500.5 }],
  ])('does not believe an answer with %s', async (_name, lie) => {
    const wish = await request();
    const truth = {
      id: 're_1',
      object: 'refund',
      amount: 500,
      currency: 'eur',
      status: 'succeeded',
      metadata: { leg_id: wish.legId },
    };
    await party.control('faults', { answer: 'status', status: 200, body: { ...truth, ...lie } });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
  });

  test('a saved 500 is replayed under its key, and the query tells what happened', async () => {
    const wish = await request();
    await party.control('faults', {
      answer: 'status',
      status: 500,
      applied: true,
      body: { error: { type: 'api_error' } },
    });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(AnswerSaved);
    expect(await channel.query(wish)).toMatchObject({ status: 'succeeded', amount: 500 });
    expect(await givenBack(party, wish.paymentRef)).toBe(500);
  });

  test('a saved 500 without effect needs a new key, after the query found no trace', async () => {
    const wish = await request();
    await party.control('faults', { answer: 'status', status: 500, body: { error: { type: 'api_error' } } });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(AnswerSaved);
    expect(await channel.query(wish)).toBeUndefined();
    const next = await channel.refund({ ...wish, key: `${wish.key}_2` });
    expect(next.status).toBe('succeeded');
  });

  test('that there was too little money is replayed for a day, so only a new key finds out whether there is more', async () => {
    const wish = await request();
    const body = { error: { type: 'invalid_request_error', code: 'insufficient_funds', message: 'Top up first.' } };
    await party.control('faults', { answer: 'status', status: 400, saved: true, body });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(PermanentFault);
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(AnswerSaved);
    expect(await channel.query(wish)).toBeUndefined();
    expect(await channel.refund({ ...wish, ...leg() })).toMatchObject({ status: 'succeeded' });
    expect(await givenBack(party, wish.paymentRef)).toBe(500);
  });

  test('any other refusal is as true when it is replayed', async () => {
    const wish = await request();
    const body = { error: { type: 'invalid_request_error', code: 'charge_disputed', message: 'No.' } };
    await party.control('faults', { answer: 'status', status: 400, saved: true, body });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(PermanentFault);
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(PermanentFault);
  });

  test("a refund of the leg's amount that somebody made in the dashboard is for a person", async () => {
    const wish = await request();
    const dashboard = async (amount: number, status = 'succeeded') => {
      const refund = { id: 're_9', object: 'refund', amount, currency: 'eur', status, metadata: {} };
      const body = { object: 'list', url: '/v1/refunds', has_more: false, data: [refund] };
      await party.control('faults', { path: '/v1/refunds', answer: 'status', status: 200, body });
    };
    await dashboard(500);
    await expect(channel.query(wish)).rejects.toThrow(/unattributed_refund/);
    await dashboard(501);
    expect(await channel.query(wish)).toBeUndefined();
    await dashboard(500, 'failed');
    expect(await channel.query(wish)).toBeUndefined();
  });

  test('a key used for something else is refused for good', async () => {
    const wish = await request();
    await channel.refund(wish);
    await expect(channel.refund({ ...wish, amount: 501 })).rejects.toThrow(/idempotency_error/);
  });

  test('after a day Stripe has forgotten the key; the query has not', async () => {
    const wish = await request();
    const first = await channel.refund(wish);
    party.clock.moveTo(party.clock.now() + 25 * 60 * 60 * 1000);
    expect(await channel.query(wish)).toEqual(first);
    const second = await channel.refund(wish);
    expect(second.providerRef).not.toBe(first.providerRef);
  });

  test.each([
    ['already refunded', 2_000, /charge_already_refunded \[400/],
    ['too much', 1_500, /invalid_request_error \(amount\) \[400/],
  ])('%s carries the code of Stripe', async (_name, first, message) => {
    const wish = await request();
    await channel.refund({ ...wish, amount: first });
    await expect(channel.refund({ ...wish, amount: 1_000, ...leg() })).rejects.toThrow(message);
  });

  test('a charge that is not there is refused for good, and a query finds no trace', async () => {
    const wish = { ...(await request()), captureRef: 'ch_none', paymentRef: 'pi_none' };
    await expect(channel.refund(wish)).rejects.toThrow(/resource_missing \(charge\) \[404/);
    expect(await channel.query(wish)).toBeUndefined();
    expect(await channel.query({ ...wish, providerRef: 're_none' })).toBeUndefined();
  });

  test('a 404 from a wrong address is not taken for "no trace"', async () => {
    const wish = await request();
    await party.control('faults', {
      answer: 'status',
      status: 404,
      body: { error: { type: 'invalid_request_error' } },
    });
    await expect(channel.query(wish)).rejects.toBeInstanceOf(PermanentFault);
  });

  test('no fault ever shows the key', async () => {
    const wish = await request();
    const body = { error: { type: 'invalid_request_error', message: `Invalid API Key provided: ${ACCOUNT.apiKey}` } };
    await party.control('faults', { answer: 'status', status: 401, body });
    const error: unknown = await channel.refund(wish).catch((thrown: unknown) => thrown);
    expect(String(error)).not.toContain(ACCOUNT.apiKey);
  });

  test('a pending refund succeeds later, and may bounce after that', async () => {
    await party.control('behaviours', { status: 'pending', then: 'succeeded', afterMs: 86_400_000 });
    const wish = await request();
    expect((await channel.refund(wish)).status).toBe('pending');
    party.clock.moveTo(party.clock.now() + 86_400_000);
    await party.idle();
    expect((await channel.query(wish))?.status).toBe('succeeded');
    await party.control('bounce', { leg_id: wish.legId });
    expect(await channel.query(wish)).toMatchObject({ status: 'failed', failureReason: 'expired_or_canceled_card' });
  });

  test('a failed attempt followed by a good one: the query answers the live one', async () => {
    await party.control('behaviours', { status: 'failed', failureReason: 'insufficient_funds' });
    const wish = await request();
    expect(await channel.refund(wish)).toMatchObject({ status: 'failed', failureReason: 'insufficient_funds' });
    const second = await channel.refund({ ...wish, key: `${wish.key}_2` });
    expect(await channel.query(wish)).toEqual(second);
  });

  test('two live refunds of one leg are never passed over in silence', async () => {
    const wish = await request();
    await channel.refund(wish);
    await channel.refund({ ...wish, key: `${wish.key}_2` });
    await expect(channel.query(wish)).rejects.toThrow(/refunded_twice/);
  });

  test('a leg is found behind more than one page of others', async () => {
    const wish = await request({ amount: 1, of: 10_000 });
    const ours = await channel.refund(wish);
    const patient = stripeChannel();
    await Promise.all(Array.from({ length: 230 }, () => patient.refund({ ...wish, ...leg() })));
    expect(await patient.query(wish)).toEqual(ours);
    expect(party.exchanges.filter(({ request: one }) => one.method === 'GET')).toHaveLength(3);
  });

  test('a payment in processing is asked for again later', async () => {
    const { paymentRef } = await seed(party, { amount: 100, currency: 'EUR', status: 'processing' });
    const wish = { connection: connectionTo(party.baseUrl), paymentRef, amount: 100, currency: 'EUR', ...leg() };
    await expect(channel.reverse(wish)).rejects.toBeInstanceOf(TransientFault);
  });

  describe('asked for what it would have told by webhook', () => {
    const patient = stripeChannel();
    const longAgo = '2020-01-01T00:00:00.000Z';
    const told = async (since = longAgo) => {
      const { notices } = await patient.changesSince({ connection: connectionTo(party.baseUrl), since });
      return refundsIn(notices).map(({ type, claims, providerRef, trail }) => [
        type,
        claims,
        providerRef,
        trail?.legId,
      ]);
    };

    test('tells every change, newest first, although no webhook was ever sent', async () => {
      await party.control('webhooks', { send: 'never' });
      await party.control('behaviours', { status: 'pending' });
      const wish = await request();
      const { providerRef } = await patient.refund(wish);
      await party.control('settle', { leg_id: wish.legId });
      await party.control('bounce', { leg_id: wish.legId });
      await party.idle();
      expect(party.deliveries).toEqual([]);
      expect(await told()).toEqual([
        ['refund.failed', 'failed', providerRef, wish.legId],
        ['refund.updated', 'succeeded', providerRef, wish.legId],
        ['refund.created', 'pending', providerRef, wish.legId],
      ]);
      await party.restart(stripeStandIn({ accounts }));
      expect(await told()).toHaveLength(3);
    });

    test('tells the same as the webhook did, under the same event id', async () => {
      await patient.refund(await request());
      await party.idle();
      const [sent] = party.deliveries.map(({ rawBody }) => noticeOf(JSON.parse(rawBody.toString())));
      const { notices } = await patient.changesSince({ connection: connectionTo(party.baseUrl), since: longAgo });
      expect(notices).toEqual([sent]);
    });

    test('asks for refunds and disputes only, from an instant on, in pages of a hundred, each once', async () => {
      const wish = await request({ amount: 1, of: 10_000 });
      await Promise.all(Array.from({ length: 230 }, () => patient.refund({ ...wish, ...leg() })));
      const seen = new Set<string>();
      const sizes: number[] = [];
      for (let after: string | undefined, more = true; more;) {
        const { connection } = wish;
        const page = await patient.changesSince({
          connection,
          since: longAgo,
          ...(after === undefined ? {} : { after }),
        });
        sizes.push(page.notices.length);
        for (const { eventId } of page.notices) seen.add(eventId);
        after = page.next;
        more = after !== undefined;
      }
      expect([sizes, seen.size]).toEqual([[100, 100, 30], 230]);
      const asked = party.exchanges
        .filter(({ request: one }) => one.path === '/v1/events')
        .map(({ request: one }) => one.query);
      expect(Object.fromEntries(asked[0] ?? [])).toEqual({
        'types[0]': 'refund.created',
        'types[1]': 'refund.updated',
        'types[2]': 'refund.failed',
        'types[3]': 'charge.dispute.created',
        'types[4]': 'charge.dispute.updated',
        'types[5]': 'charge.dispute.closed',
        'created[gte]': '1577836800',
        limit: '100',
      });
    });

    test('goes back no further than asked, and Stripe itself no further than thirty days', async () => {
      const day = 86_400_000;
      await patient.refund(await request());
      party.clock.moveTo(party.clock.now() + day);
      await patient.refund(await request());
      expect(await told()).toHaveLength(2);
      expect(await told(new Date(party.clock.now() - day / 2).toISOString())).toHaveLength(1);
      party.clock.moveTo(party.clock.now() + 29.5 * day);
      expect(await told()).toHaveLength(1);
    });

    test('a place in the list that has aged away has nothing behind it', async () => {
      const connection = connectionTo(party.baseUrl);
      await patient.refund(await request());
      expect(await patient.changesSince({ connection, since: longAgo, after: 'evt_gone' })).toEqual({
        notices: [],
        unreadable: [],
      });
    });

    test('an event that cannot be read is named, and the others are read', async () => {
      const refund = { id: 're_1', object: 'refund', status: 'teleported', metadata: {} };
      const event = { id: 'evt_1', object: 'event', type: 'refund.updated', data: { object: refund } };
      const data = [event, { ...event, id: 'evt_2', data: {} }, { ...event, id: 'evt_3', type: 'charge.refunded' }];
      await party.control('faults', {
        answer: 'status',
        status: 200,
        body: { object: 'list', url: '/v1/events', has_more: false, data },
      });
      const page = await patient.changesSince({ connection: connectionTo(party.baseUrl), since: longAgo });
      expect(page).toEqual({
        notices: [{ eventId: 'evt_1', type: 'refund.updated', providerRef: 're_1', trail: undefined }],
        unreadable: ['evt_2'],
      });
    });

    test.each([
      ['a 500', { answer: 'status', status: 500 }, TransientFault],
      ['a closed connection', { answer: 'hang-up' }, TransientFault],
      ['something that is no list', { answer: 'status', status: 200, body: { object: 'list' } }, TransientFault],
      [
        'a revoked key',
        { answer: 'status', status: 401, body: { error: { type: 'invalid_request_error' } } },
        TransientFault,
      ],
    ])('%s is trouble, not silence', async (_name, trouble, fault) => {
      await party.control('faults', { path: '/v1/events', ...trouble });
      await expect(told()).rejects.toBeInstanceOf(fault);
    });
  });

  test('the refund and its saved answer outlive a crash between effect and answer', async () => {
    const wish = await request();
    await party.control('faults', { answer: 'hang-up', applied: true });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    await party.restart(stripeStandIn({ accounts }));
    expect((await channel.refund(wish)).amount).toBe(500);
    expect(await givenBack(party, wish.paymentRef)).toBe(500);
  });

  test('a thousand seeded payments are refunded to the cent', async () => {
    const rows = Array.from({ length: 1_000 }, (_, n) => ({
      payment_intent: `pi_m${n}`,
      charge: `ch_m${n}`,
      amount: 100 + n,
      currency: 'eur',
    }));
    expect(await party.control('seed', { seed: rows })).toEqual({ seeded: 1_000, known: 0 });
    expect(await party.control('seed', { seed: rows })).toEqual({ seeded: 0, known: 1_000 });
    await party.control('webhooks', { send: 'never' });
    const connection = connectionTo(party.baseUrl);
    for (const row of rows.slice(0, 50)) {
      const refs = { paymentRef: row.payment_intent, captureRef: row.charge };
      await channel.refund({ connection, ...refs, amount: row.amount, currency: 'EUR', ...leg() });
    }
    const sum = rows.slice(0, 50).reduce((total, row) => total + row.amount, 0);
    expect(await party.control('ledger/totals')).toMatchObject({ totals: { eur: { refunds: 50, refunded: sum } } });
  });

  test.each([
    ['http://example.com', /https/],
    ['ftp://127.0.0.1', /https/],
    ['http://user:secret@127.0.0.1', /host, a port and a path/],
    ['not a url', /not a URL/],
  ])('sends no key to %s', async (baseUrl, message) => {
    const wish = { ...(await request()), connection: connectionTo(baseUrl) };
    await expect(channel.refund(wish)).rejects.toThrow(message);
  });
});
