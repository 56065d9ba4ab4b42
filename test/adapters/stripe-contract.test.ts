/** Every request that we send and every answer that our stand-in gives, against Stripe's own OpenAPI description. */
import { readFileSync } from 'node:fs';
import { stripeChannel } from '../../shared/adapters/payments/stripe';
import { stripeStandIn } from '../../infra/local/stand-ins/stripe';
import { list, record } from '../../infra/local/json';
import { mount, type Mounted } from '../support/mounted-stand-in';
import { describeWithFile, describeWithSpec } from '../support/vendor-spec';
import { contractSuite } from './contract.suite';
import { leg } from './payment-channel.suite';

const ACCOUNT = { id: 'con_stripe', apiKey: 'sk_test_local', webhookSecrets: ['whsec_one'] };
const REFUND = '/components/schemas/refund';
const DISPUTE = '/components/schemas/dispute';

describeWithSpec('stripe', 'spec3-2023-08-16.yaml', (spec) => {
  let party: Mounted;

  beforeAll(async () => {
    party = await mount(stripeStandIn({ accounts: () => Promise.resolve([ACCOUNT]) }));
    const row = (n: number, rest: object) => ({
      payment_intent: `pi_${n}`,
      charge: `ch_${n}`,
      amount: 2_000,
      currency: 'eur',
      ...rest,
    });
    await party.control('seed', {
      seed: [row(1, {}), row(2, { amount_captured: 0 }), row(3, {}), row(4, { merchant: 'mer_1' })],
    });
    await driveEverything(party);
    // The description is large; it is read when it is asked for the first time.
    expect(spec.document['openapi']).toMatch(/^3/);
  }, 120_000);
  afterAll(() => party.close());

  contractSuite({
    spec,
    exchanges: () => party.exchanges,
    about: /^/,
    answers: ['GET 200', 'GET 400', 'GET 404', 'POST 200', 'POST 400', 'POST 404'],
  });

  describeWithFile('stripe', 'fixtures3.json', (path) => {
    test('the fixture of Stripe fits its own description, so that the check is known to work', () => {
      const refund = record(record(record(JSON.parse(readFileSync(path, 'utf8')))['resources'])['refund']);
      expect(spec.problems(REFUND, refund)).toEqual([]);
      expect(spec.problems(REFUND, { ...refund, amount: 'ten' })).not.toEqual([]);
    });
  });

  test('every webhook holds a refund or a dispute that Stripe describes', () => {
    const objects = party.deliveries.map(({ rawBody }) => {
      const event = record(JSON.parse(rawBody.toString()));
      expect(spec.problems('/components/schemas/event', event)).toEqual([]);
      return record(event['data'])['object'];
    });
    expect(kindsOf(objects)).toEqual(['dispute', 'refund']);
    for (const object of objects) expect(spec.problems(schemaOf(object), object)).toEqual([]);
  });

  test('every event in a list holds one of them as well', () => {
    const objects = listedObjects(party);
    expect(kindsOf(objects)).toEqual(['dispute', 'refund']);
    for (const object of objects) expect(spec.problems(schemaOf(object), object)).toEqual([]);
  });
});

const kindOf = (object: unknown): unknown => record(object)['object'];
const kindsOf = (objects: readonly unknown[]): unknown[] => [...new Set(objects.map(kindOf))].sort();
const schemaOf = (object: unknown): string => (kindOf(object) === 'dispute' ? DISPUTE : REFUND);

/** What the pages of events are about that were asked for. */
function listedObjects(party: Mounted): unknown[] {
  return party.exchanges
    .filter(({ request, reply }) => request.path === '/v1/events' && reply !== 'hang-up' && reply.status === 200)
    .flatMap(({ reply }) => (reply === 'hang-up' ? [] : list(record(JSON.parse(reply.body.toString()))['data'])))
    .map((event) => record(record(event)['data'])['object']);
}

/** Everything that the adapter can ask for, and every state that an answer can be in. */
async function driveEverything(party: Mounted): Promise<void> {
  const channel = stripeChannel();
  const connection = { ...ACCOUNT, tenant: 'acme', provider: 'stripe', baseUrl: party.baseUrl };
  const wish = (n: number, amount: number) => ({
    connection,
    paymentRef: `pi_${n}`,
    captureRef: `ch_${n}`,
    amount,
    currency: 'EUR',
    ...leg(),
  });
  const first = wish(1, 500);
  const { providerRef } = await channel.refund(first);
  await channel.refund(first);
  await channel.query({ ...first, providerRef });
  await channel.query(first);
  await channel.query(wish(3, 1));
  await channel.refund({ ...wish(1, 500), captureRef: 'pi_1' });
  for (const status of ['pending', 'requires_action', 'failed']) {
    await party.control('behaviours', { status, failureReason: 'expired_or_canceled_card' });
    await channel.refund(wish(1, 10));
  }
  await party.control('settle', { status: 'succeeded' });
  await party.control('bounce', { leg_id: first.legId });
  for (const status of ['needs_response', 'under_review', 'won']) {
    await party.control('dispute', { payment_intent: 'pi_4', status });
  }
  await channel.reverse(wish(2, 2_000));
  await channel.query(wish(2, 2_000));
  await channel.reverse(wish(3, 2_000));
  await channel.reverse(wish(4, 2_000));
  await Promise.allSettled([
    channel.refund(wish(3, 1)),
    channel.refund(wish(1, 1_999)),
    channel.refund({ ...first, amount: 1 }),
    channel.refund({ ...wish(1, 1), captureRef: 'ch_none' }),
    channel.query({ ...first, providerRef: 're_none' }),
    channel.query({ ...first, captureRef: 'ch_none', paymentRef: 'pi_none' }),
  ]);
  const get = (path: string) =>
    fetch(new URL(path, party.baseUrl), { headers: { authorization: `Bearer ${ACCOUNT.apiKey}` } });
  const since = '2026-01-01T00:00:00.000Z';
  const [newest] = (await channel.changesSince({ connection, since })).notices;
  await channel.changesSince({ connection, since, after: newest?.eventId ?? '' });
  await channel.changesSince({ connection, since, after: 'evt_none' });
  const both = 'types[]=refund.failed&types[]=refund.updated&limit=1';
  for (const query of [both, 'type=refund.*', 'created=1', 'created[gt]=1&created[lte]=2', 'limit=x'])
    await get(`/v1/events?${query}`);
  await get(`/v1/events?ending_before=${newest?.eventId}`);
  for (const path of ['/v1/charges/ch_1', '/v1/charges/ch_2', '/v1/balance', '/v1/payment_intents/pi_4'])
    await get(path);
  await party.idle();
}
