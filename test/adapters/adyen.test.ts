import { AnswerSaved, PermanentFault, TransientFault, UnknownOutcome } from '../../shared/domain/faults';
import { adyenChannel } from '../../shared/adapters/payments/adyen';
import { modify } from '../../shared/adapters/payments/adyen-call';
import { adyenWebhook } from '../../shared/adapters/payments/adyen-webhook';
import { compactTrail } from '../../shared/adapters/payments/compact-trail';
import { derivedId, providerKey, refundId } from '../../shared/domain/ids';
import type { Connection } from '../../shared/ports/connections';
import type { RefundAnswer, RefundRequest } from '../../shared/ports/payment-channel';
import { adyenStandIn } from '../../infra/local/stand-ins/adyen';
import { list, record } from '../../infra/local/json';
import { mount, rawServer, type Mounted } from '../support/mounted-stand-in';
import { paymentChannelSuite, type ChannelWorld } from './payment-channel.suite';
import { refundsIn } from '../support/refund-notices';

const ACCOUNT = {
  id: 'con_adyen',
  apiKey: 'AQE_secret_of_the_test',
  webhookSecrets: ['a1'.repeat(32)],
  settings: { merchantAccount: 'ShopECOM' },
};
const accounts = () => Promise.resolve([ACCOUNT]);

function connectionTo(baseUrl: string): Connection {
  return { ...ACCOUNT, tenant: 'acme', provider: 'adyen', baseUrl };
}

let counter = 0;

/** A leg as the service makes it, so that its trail can be read back. */
function realLeg(attempt = 1): Pick<RefundRequest, 'legId' | 'key' | 'trail'> {
  counter += 1;
  const cancellationId = derivedId('can', counter);
  const legId = providerKey(refundId(cancellationId, 'l1'), attempt);
  const trail = { tenant: 'acme', orderId: derivedId('ord', counter), cancellationId, legId, leg: 'l1', attempt };
  return { legId, key: legId, trail };
}

async function seed(party: Mounted, payment: Record<string, unknown>) {
  counter += 1;
  const id = `PSP${String(counter).padStart(13, '0')}`;
  await party.control('seed', { seed: [{ payment: id, ...payment }] });
  return { paymentRef: id, captureRef: id };
}

async function givenBack(party: Mounted, paymentRef: string): Promise<number> {
  const { payments } = record(await party.control('ledger'));
  return Number(record(list(payments).find((one) => record(one)['payment'] === paymentRef))['refunded']);
}

/** What the last signed item says of a call; the suite's legs have no ids that could be read back. */
async function told(party: Mounted, providerRef: string): Promise<RefundAnswer | undefined> {
  await party.idle();
  const items = party.deliveries.flatMap(({ rawBody }) =>
    list(record(JSON.parse(rawBody.toString()))['notificationItems']).map((one) =>
      record(record(one)['NotificationRequestItem']),
    ),
  );
  const item = items.findLast(({ pspReference }) => pspReference === providerRef);
  if (item === undefined) return undefined;
  const amount = Number(record(item['amount'])['value']);
  return { status: item['success'] === 'true' ? 'succeeded' : 'failed', providerRef, amount };
}

async function world(): Promise<ChannelWorld> {
  const party = await mount(adyenStandIn({ accounts }));
  return {
    channel: adyenChannel(),
    connection: connectionTo(party.baseUrl),
    captured: (amount, currency) => seed(party, { amount, currency }),
    authorized: (amount, currency) => seed(party, { amount, currency, captured: 0 }),
    givenBack: (paymentRef) => givenBack(party, paymentRef),
    told: (providerRef) => told(party, providerRef),
    reversesOnlyTheWhole: true,
    loseNextAnswer: async () => {
      await party.control('faults', { method: 'POST', answer: 'hang-up', applied: true });
    },
    close: () => party.close(),
  };
}

paymentChannelSuite('adyen', world);

describe('Adyen', () => {
  const channel = adyenChannel({ timeoutMs: 400 });
  let party: Mounted;
  beforeEach(async () => {
    party = await mount(adyenStandIn({ accounts }));
  });
  afterEach(() => party.close());

  async function request(wish: { amount?: number; of?: number; currency?: string } = {}): Promise<RefundRequest> {
    const currency = wish.currency ?? 'EUR';
    const refs = await seed(party, { amount: wish.of ?? 2_000, currency });
    return { connection: connectionTo(party.baseUrl), ...refs, amount: wish.amount ?? 500, currency, ...realLeg() };
  }
  const notices = (connection: Connection) =>
    party.deliveries.flatMap(({ rawBody, headers }) => refundsIn(adyenWebhook.read(connection, rawBody, headers, 0)));

  test('sends the account, the amount and a reference that leads back, under our key', async () => {
    const wish = await request();
    await channel.refund(wish);
    const sent = party.exchanges[0]?.request;
    expect([sent?.method, sent?.path]).toEqual(['POST', `/v72/payments/${wish.paymentRef}/refunds`]);
    expect(JSON.parse(String(sent?.rawBody))).toEqual({
      merchantAccount: 'ShopECOM',
      reference: compactTrail(wish.trail),
      amount: { currency: 'EUR', value: 500 },
    });
    expect(sent?.headers).toMatchObject({ 'x-api-key': ACCOUNT.apiKey, 'idempotency-key': wish.key });
  });

  test('its reference and its key stay within 80 and 64 characters at their longest', () => {
    const { trail, key } = realLeg(999);
    expect(compactTrail({ ...trail, leg: 'l999' }).length).toBeLessThanOrEqual(80);
    expect(key.length).toBeLessThanOrEqual(64);
  });

  test('a refund is only received; its outcome is told, and leads back to the leg', async () => {
    const wish = await request();
    const answer = await channel.refund(wish);
    expect(answer).toEqual({ status: 'pending', providerRef: expect.stringMatching(/^[0-9A-Z]{16}$/), amount: 500 });
    await party.idle();
    const { tenant, orderId, cancellationId, legId } = wish.trail;
    const { providerRef } = answer;
    expect(notices(wish.connection)).toEqual([
      {
        eventId: `REFUND:${providerRef}:true`,
        type: 'REFUND',
        providerRef,
        trail: { tenant, orderId, cancellationId, legId },
        claims: 'succeeded',
        signed: { status: 'succeeded', providerRef, amount: 500, currency: 'EUR' },
      },
    ]);
  });

  test.each([
    ['a payment that was only authorized', 0, 'cancel', 0],
    ['a captured one', 2_000, 'refund', 2_000],
  ])('%s is reversed without saying what it is', async (_what, captured, action, back) => {
    const { paymentRef } = await seed(party, { amount: 2_000, captured, currency: 'EUR' });
    const wish = { connection: connectionTo(party.baseUrl), paymentRef, amount: 2_000, currency: 'EUR', ...realLeg() };
    expect(await channel.reverse(wish)).toMatchObject({ status: 'pending', amount: 2_000 });
    expect(party.exchanges[0]?.request.path).toBe(`/v72/payments/${paymentRef}/reversals`);
    await party.idle();
    expect(notices(wish.connection)).toMatchObject([
      { type: 'CANCEL_OR_REFUND', claims: 'succeeded', signed: { amount: 2_000 } },
    ]);
    expect(party.deliveries[0]?.rawBody.toString()).toContain(`"modification.action":"${action}"`);
    expect(await givenBack(party, paymentRef)).toBe(back);
  });

  const code = (errorCode: string, status = 422) => ({ status, errorCode, message: 'no', errorType: 'validation' });
  const transient = { 'transient-error': 'true' };
  test.each([
    ['a 429', { answer: 'status', status: 429 }, TransientFault],
    [
      'a 503 that may be repeated',
      { answer: 'status', status: 503, body: code('703', 503), headers: transient },
      TransientFault,
    ],
    [
      'a 422 that may be repeated',
      { answer: 'status', status: 422, body: code('704'), headers: transient },
      TransientFault,
    ],
    [
      'a 409 that may be repeated',
      { answer: 'status', status: 409, body: code('704'), headers: transient },
      TransientFault,
    ],
    ['a 500 of Adyen that may not', { answer: 'status', status: 500, body: code('905', 500) }, AnswerSaved],
    [
      'the same, said outright',
      { answer: 'status', status: 500, body: code('905', 500), headers: { 'transient-error': 'false' } },
      AnswerSaved,
    ],
    ['a request in progress that may not', { answer: 'status', status: 422, body: code('704') }, UnknownOutcome],
    ['a 503 of a gateway', { answer: 'status', status: 503, body: '<html>503' }, UnknownOutcome],
    ['a 502 without a body', { answer: 'status', status: 502 }, UnknownOutcome],
    ['garbage with status 201', { answer: 'garbage', status: 201 }, UnknownOutcome],
    ['a closed connection', { answer: 'hang-up' }, UnknownOutcome],
    ['no answer in time', { delayMs: 900 }, UnknownOutcome],
    ['a JSON body that is no answer', { answer: 'status', status: 201, body: { hello: 1 } }, UnknownOutcome],
    ['a null body', { answer: 'status', status: 201, body: 'null' }, UnknownOutcome],
    ['a redirect', { answer: 'status', status: 302 }, UnknownOutcome],
    ['a 404 of somebody else', { answer: 'status', status: 404, body: {} }, UnknownOutcome],
    ['a 400', { answer: 'status', status: 400, body: code('702', 400) }, PermanentFault],
    ['a 401', { answer: 'status', status: 401, body: code('000', 401) }, TransientFault],
    ['a 403', { answer: 'status', status: 403, body: code('901', 403) }, TransientFault],
    ['a 422', { answer: 'status', status: 422, body: code('137') }, PermanentFault],
  ])('%s', async (_name, trouble, fault) => {
    const wish = await request();
    await party.control('faults', { method: 'POST', ...trouble });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(fault);
    const { paymentRef, connection, amount, currency } = wish;
    await party.control('faults', { method: 'POST', ...trouble });
    await expect(channel.reverse({ paymentRef, connection, amount, currency, ...realLeg() })).rejects.toBeInstanceOf(
      fault,
    );
    if (!('delayMs' in trouble)) expect(await givenBack(party, paymentRef)).toBe(0);
  });

  test('calls once: a closed connection is not tried again behind our back', async () => {
    const wish = await request();
    await party.control('faults', { next: 5, answer: 'hang-up' });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    expect(party.exchanges).toHaveLength(1);
  });

  test('a party that cannot be reached was sent nothing', async () => {
    const wish = await request();
    const connection = connectionTo('http://127.0.0.1:9');
    await expect(channel.refund({ ...wish, connection })).rejects.toBeInstanceOf(TransientFault);
  });

  test('an answer without end is not read', async () => {
    const server = await rawServer((_incoming, outgoing) => {
      outgoing.writeHead(201, { 'content-type': 'application/json' });
      outgoing.end(`"${'x'.repeat(2 * 1024 * 1024)}"`);
    });
    const wish = { ...(await request()), connection: connectionTo(server.baseUrl) };
    await expect(adyenChannel().refund(wish)).rejects.toThrow(/too_large/);
    await server.close();
  });

  test.each([
    ['another amount', { amount: { currency: 'EUR', value: 499 } }],
    ['another currency', { amount: { currency: 'USD', value: 500 } }],
    ['no amount', { amount: null }],
    ['a fraction', { amount: { currency: 'EUR', value: 500.5 } }],
    ['another payment', { paymentPspReference: 'ANOTHERPAYMENT00' }],
    ['another merchant account', { merchantAccount: 'OtherECOM' }],
    ['another reference', { reference: 'theirs' }],
    ['no reference', { reference: null }],
    ['no id', { pspReference: '' }],
    ['a status nobody knows', { status: 'refunded' }],
  ])('does not believe an answer with %s', async (_name, lie) => {
    const wish = await request();
    const truth = {
      merchantAccount: 'ShopECOM',
      paymentPspReference: wish.paymentRef,
      pspReference: 'QFQTPCQ8HXSKGK82',
      reference: compactTrail(wish.trail),
      status: 'received',
      amount: { currency: 'EUR', value: 500 },
    };
    await party.control('faults', { answer: 'status', status: 201, body: truth });
    expect(await channel.refund(wish)).toMatchObject({ providerRef: 'QFQTPCQ8HXSKGK82' });
    await party.control('faults', { answer: 'status', status: 201, body: { ...truth, ...lie } });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
  });

  test('a key used for something else answers what it was used for, which is not believed', async () => {
    const wish = await request();
    await channel.refund(wish);
    await expect(channel.refund({ ...wish, amount: 501 })).rejects.toBeInstanceOf(UnknownOutcome);
    expect(await givenBack(party, wish.paymentRef)).toBe(500);
  });

  test('repeating is the query: for as long as is declared the same call finds the same refund', async () => {
    const wish = await request();
    await party.control('faults', { answer: 'hang-up', applied: true });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    const found = await channel.refund(wish);
    const { length, unit } = channel.withoutQuery?.repeatableFor ?? { length: 0, unit: 'hours' };
    expect([length, unit]).toEqual([167, 'hours']);
    party.clock.moveTo(party.clock.now() + length * 3_600_000);
    expect(await channel.refund(wish)).toEqual(found);
    expect(await givenBack(party, wish.paymentRef)).toBe(500);
  });

  test('after that Adyen may have forgotten the key, and the same call would be a second refund', async () => {
    const wish = await request();
    const first = await channel.refund(wish);
    party.clock.moveTo(party.clock.now() + 169 * 3_600_000);
    expect((await channel.refund(wish)).providerRef).not.toBe(first.providerRef);
    expect(await givenBack(party, wish.paymentRef)).toBe(1_000);
  });

  test('a failure that is saved under a key is not got past by asking', async () => {
    const wish = await request();
    await party.control('faults', { answer: 'status', status: 500, body: code('905', 500) });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(AnswerSaved);
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(AnswerSaved);
  });

  test('a failure that may be repeated is not saved', async () => {
    const wish = await request();
    await party.control('faults', { answer: 'status', status: 503, body: code('703', 503), headers: transient });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(TransientFault);
    expect(await channel.refund(wish)).toMatchObject({ status: 'pending' });
  });

  test.each([
    ['not captured', { captured: 0 }, {}, "Transaction hasn't been captured, refund not possible"],
    ['more than is left', {}, { amount: 2_001 }, 'Insufficient balance on payment'],
  ])('%s: received, then refused by its notice', async (_what, payment, more, reason) => {
    const refs = await seed(party, { amount: 2_000, currency: 'EUR', ...payment });
    const wish = {
      connection: connectionTo(party.baseUrl),
      ...refs,
      amount: 500,
      currency: 'EUR',
      ...realLeg(),
      ...more,
    };
    expect(await channel.refund(wish)).toMatchObject({ status: 'pending' });
    await party.idle();
    expect(notices(wish.connection)).toMatchObject([
      { type: 'REFUND', claims: 'failed', signed: { status: 'failed', failureReason: 'REFUND success=false' } },
    ]);
    expect(party.deliveries[0]?.rawBody.toString()).toContain(reason);
    expect(JSON.stringify(notices(wish.connection))).not.toContain(reason);
    expect(await givenBack(party, wish.paymentRef)).toBe(0);
  });

  test.each(['Refund window over', 'Too many refunds'])('%s: received, then refused by its notice', async (reason) => {
    await party.control('behaviours', { status: 'refused', reason });
    const wish = await request();
    expect(await channel.refund(wish)).toMatchObject({ status: 'pending' });
    await party.idle();
    expect(notices(wish.connection)).toMatchObject([{ type: 'REFUND', claims: 'failed' }]);
    expect(await givenBack(party, wish.paymentRef)).toBe(0);
  });

  test('what Adyen refuses at once bears its code', async () => {
    await party.control('behaviours', { refuse: '137', reason: 'Invalid amount specified' });
    const wish = await request();
    await expect(channel.refund(wish)).rejects.toThrow(/^adyen: 137 \[422\]: Invalid amount specified$/);
    expect(await givenBack(party, wish.paymentRef)).toBe(0);
  });

  test('pending, then refused for want of balance, by one message for both legs', async () => {
    await party.control('behaviours', { next: 2, status: 'received' });
    const first = await request();
    const second = { ...first, amount: 100, ...realLeg() };
    await channel.refund(first);
    await channel.refund(second);
    await party.idle();
    expect(party.deliveries).toEqual([]);
    await party.control('settle', { status: 'refused', reason: 'Insufficient balance' });
    await party.idle();
    expect(party.deliveries).toHaveLength(1);
    expect(notices(first.connection).map(({ claims, trail }) => [claims, trail?.legId])).toEqual([
      ['failed', first.legId],
      ['failed', second.legId],
    ]);
    expect(await givenBack(party, first.paymentRef)).toBe(0);
  });

  test.each([
    ['failed', 'REFUND_FAILED'],
    ['reversed', 'REFUNDED_REVERSED'],
  ])('succeeded, then %s: %s is a failure although it says success', async (status, type) => {
    const wish = await request();
    const { providerRef } = await channel.refund(wish);
    party.clock.moveTo(party.clock.now() + 86_400_000);
    await party.control('bounce', { reference: compactTrail(wish.trail), status });
    await party.idle();
    const signed = { status: 'failed', providerRef, amount: 500, currency: 'EUR', failureReason: type };
    expect(notices(wish.connection)).toMatchObject([{ claims: 'succeeded' }, { type, claims: 'failed', signed }]);
    expect(await givenBack(party, wish.paymentRef)).toBe(0);
  });

  test('by itself: received, and a day later it succeeds', async () => {
    await party.control('behaviours', { status: 'received', then: 'succeeded', afterMs: 86_400_000 });
    const wish = await request();
    await channel.refund(wish);
    await party.restart(adyenStandIn({ accounts }));
    party.clock.moveTo(party.clock.now() + 86_400_000);
    await party.idle();
    expect(notices(wish.connection)).toMatchObject([{ claims: 'succeeded' }]);
  });

  test('its webhook twice, never, and before the answer', async () => {
    await party.control('webhooks', { copies: 2 });
    const wish = await request();
    await channel.refund(wish);
    await party.idle();
    expect(new Set(notices(wish.connection).map(({ eventId }) => eventId)).size).toBe(1);
    expect(party.deliveries).toHaveLength(2);
    await party.control('webhooks', { send: 'never' });
    await channel.refund({ ...wish, ...realLeg() });
    await party.idle();
    expect(party.deliveries).toHaveLength(2);
    await party.control('webhooks', { send: 'before-reply' });
    await channel.refund({ ...wish, ...realLeg() });
    expect(party.deliveries).toHaveLength(3);
  });

  test('the refund, its saved answer and its webhook outlive a crash between effect and answer', async () => {
    party.answerWebhooksWith(500);
    const wish = await request();
    await party.control('faults', { answer: 'hang-up', applied: true });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    await party.idle();
    await party.restart(adyenStandIn({ accounts }));
    const { providerRef } = await channel.refund(wish);
    expect(await givenBack(party, wish.paymentRef)).toBe(500);
    party.answerWebhooksWith(200);
    party.clock.moveTo(party.clock.now() + 3_600_000);
    await party.idle();
    expect(notices(wish.connection).at(-1)).toMatchObject({ providerRef });
  });

  test.each([
    ['CLP', 990, 99_000],
    ['ISK', 5, 500],
    ['CVE', 1_500, 15],
    ['IDR', 150_000, 1_500],
    ['KWD', 5_124, 5_124],
    ['JPY', 500, 500],
  ])('%s: %d of ours go as %d of its own, and come back as ours', async (currency, ours, theirs) => {
    const wish = await request({ currency, amount: ours, of: 1_000_000 });
    expect((await channel.refund(wish)).amount).toBe(ours);
    expect(JSON.parse(String(party.exchanges[0]?.request.rawBody))).toMatchObject({ amount: { value: theirs } });
    await party.idle();
    expect(notices(wish.connection)).toMatchObject([{ signed: { amount: ours, currency } }]);
  });

  test.each([
    ['CVE', 150],
    ['IDR', 50],
    ['MGA', 300],
  ])('%s %d cannot be stated and is not sent', async (currency, amount) => {
    const wish = await request();
    await expect(channel.refund({ ...wish, currency, amount })).rejects.toBeInstanceOf(PermanentFault);
    await expect(channel.reverse({ ...wish, currency, amount })).rejects.toBeInstanceOf(PermanentFault);
    expect(party.exchanges).toEqual([]);
  });

  test('no fault ever shows the key', async () => {
    const wish = await request();
    for (const status of [401, 403]) {
      const body = { ...code('000', status), message: `Invalid key ${ACCOUNT.apiKey}` };
      await party.control('faults', { answer: 'status', status, body });
      const error: unknown = await channel.refund(wish).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(TransientFault);
      expect(String(error)).not.toContain(ACCOUNT.apiKey);
    }
  });

  test.each([
    ['no merchant account', {}, /settings name no merchantAccount/],
    ['another company account', { merchantAccount: 'OtherECOM' }, /adyen: 901 \[403\]/],
    [
      'a prefix that leads elsewhere',
      { merchantAccount: 'ShopECOM', liveEndpointPrefix: 'evil.example/' },
      /not a prefix/,
    ],
  ])('a connection with %s moves nothing', async (_what, settings, message) => {
    const wish = await request();
    const connection = { ...wish.connection, settings };
    await expect(channel.refund({ ...wish, connection })).rejects.toThrow(message);
    expect(await givenBack(party, wish.paymentRef)).toBe(0);
  });

  test('answers no questions and lists nothing', async () => {
    const wish = await request();
    await channel.refund(wish);
    await expect(channel.query(wish)).rejects.toThrow(/adyen: no_query/);
    const { connection } = wish;
    expect(await channel.changesSince({ connection, since: '2020-01-01T00:00:00.000Z' })).toEqual({
      notices: [],
      unreadable: [],
    });
    expect(party.exchanges).toHaveLength(1);
  });

  test.each(['http://example.com', 'http://user:secret@127.0.0.1', 'not a url'])(
    'sends no key to %s',
    async (baseUrl) => {
      const wish = { ...(await request()), connection: connectionTo(baseUrl) };
      await expect(channel.refund(wish)).rejects.toBeInstanceOf(PermanentFault);
    },
  );
});

describe('the addresses of Adyen', () => {
  const sentTo = async (settings: Record<string, string>) => {
    const seen: string[] = [];
    const http = {
      send: (address: { protocol: string; host: string; basePath: string }, { path }: { path: string }) => {
        seen.push(`${address.protocol}://${address.host}${address.basePath}${path}`);
        return Promise.resolve({ status: 201, headers: {}, text: '{}' });
      },
    };
    const { baseUrl: _baseUrl, ...connection } = { ...connectionTo(''), settings };
    await modify(http, connection, 'PSP/..?', 'refunds', 'key', {});
    return seen[0];
  };

  test('are the test system, unless the connection has a prefix', async () => {
    expect(await sentTo({})).toBe('https://checkout-test.adyen.com/v72/payments/PSP%2F..%3F/refunds');
    expect(await sentTo({ liveEndpointPrefix: '1797a841fbb37ca7-shopcom' })).toBe(
      'https://1797a841fbb37ca7-shopcom-checkout-live.adyenpayments.com/checkout/v72/payments/PSP%2F..%3F/refunds',
    );
  });
});
