/** Every request that we send and every answer that our stand-in gives, against Stripe's own OpenAPI description. */
import { readFileSync } from 'node:fs';
import { stripeChannel } from '../../../shared/adapters/payments/stripe';
import { stripeStandIn } from '../../../infra/local/stand-ins/stripe';
import { readForm } from '../../../infra/local/stand-ins/form-body';
import { list, record, type Json } from '../../../infra/local/json';
import { mount, type Exchange, type Mounted } from '../../support/mounted-stand-in';
import { leg } from '../payment-channel.suite';
import { describeWith, openApi, specFile, type VendorDescription } from './vendor-schema';

const ACCOUNT = { id: 'con_stripe', apiKey: 'sk_test_local', webhookSecrets: ['whsec_one'] };

describeWith(specFile('stripe', 'spec3-2023-08-16.yaml'), 'contract with Stripe', (path) => {
  let stripe: VendorDescription;
  let party: Mounted;

  beforeAll(async () => {
    stripe = openApi(path);
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
  }, 120_000);
  afterAll(() => party.close());

  test('the fixture of Stripe fits its own description, so that the check is known to work', () => {
    const fixtures = record(JSON.parse(readFileSync(path.replace(/[^/]*$/, 'fixtures3.json'), 'utf8')));
    const refund = record(fixtures['resources'])['refund'];
    stripe.expectFit(schemaRef('refund'), refund);
    expect(() => stripe.expectFit(schemaRef('refund'), { ...record(refund), amount: 'ten' })).toThrow();
  });

  test('a schema that does not compile fails', () => {
    expect(() => stripe.expectFit({ type: 'string', pattern: '(' }, 'x')).toThrow();
    expect(() => stripe.expectFit(schemaRef('no_such_thing'), {})).toThrow();
  });

  test('every request is one that Stripe describes', () => {
    expect(party.exchanges.length).toBeGreaterThan(15);
    for (const { request } of party.exchanges) {
      const operation = operationOf(stripe.document, request.method, request.path);
      expect([request.method, request.path, Object.keys(operation).length > 0]).toEqual([
        request.method,
        request.path,
        true,
      ]);
      if (request.method === 'POST') {
        expect(request.headers['content-type']).toBe('application/x-www-form-urlencoded');
        stripe.expectFit(formSchema(operation), typed(readForm(new URLSearchParams(request.rawBody.toString()))));
      } else {
        const allowed = queryNames(operation);
        for (const name of request.query.keys()) expect(allowed).toContain(name.replace(/\[\w*\]$/, ''));
      }
    }
  });

  test('every answer is one that Stripe describes', () => {
    const seen = new Set<number>();
    for (const { request, reply } of party.exchanges) {
      if (reply === 'hang-up') continue;
      seen.add(reply.status);
      const operation = operationOf(stripe.document, request.method, request.path);
      const body: unknown = JSON.parse(reply.body.toString());
      stripe.expectFit(answerSchema(operation, reply.status), body);
    }
    expect([...seen].sort()).toEqual([200, 400, 404]);
  });

  test('every webhook holds a refund that Stripe describes', () => {
    expect(party.deliveries.length).toBeGreaterThan(3);
    for (const { rawBody } of party.deliveries) {
      const event = record(JSON.parse(rawBody.toString()));
      stripe.expectFit(schemaRef('event'), event);
      stripe.expectFit(schemaRef('refund'), record(event['data'])['object']);
    }
  });

  test('every event in a list holds a refund that Stripe describes', () => {
    const refunds = listedRefunds(party);
    expect(refunds.length).toBeGreaterThan(10);
    for (const refund of refunds) stripe.expectFit(schemaRef('refund'), refund);
  });
});

/** The refunds in the pages of events that were asked for. */
function listedRefunds(party: Mounted): unknown[] {
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

function schemaRef(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}

function operationOf(document: Json, method: string, path: string): Json {
  const paths = record(document['paths']);
  const template = Object.keys(paths).find((one) => new RegExp(`^${one.replace(/\{[^}]+\}/g, '[^/]+')}$`).test(path));
  return record(record(paths[template ?? ''])[method.toLowerCase()]);
}

function formSchema(operation: Json): unknown {
  const content = record(record(operation['requestBody'])['content']);
  return record(content['application/x-www-form-urlencoded'])['schema'];
}

function answerSchema(operation: Json, status: number): unknown {
  const responses = record(operation['responses']);
  const response: Exclude<Exchange['reply'], 'hang-up'>['status'] | 'default' = status === 200 ? 200 : 'default';
  return record(record(record(responses[String(response)])['content'])['application/json'])['schema'];
}

function queryNames(operation: Json): string[] {
  const parameters = operation['parameters'];
  return (Array.isArray(parameters) ? parameters : []).map((one) => String(record(one)['name']));
}

/** A form knows texts only; what looks like an integer is one for the description. */
function typed(form: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(form).map(([name, value]) => [
      name,
      typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value,
    ]),
  );
}
