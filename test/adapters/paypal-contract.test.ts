/** Every request that we send to PayPal, and every answer and webhook of the stand-in, against PayPal's own descriptions. */
import { paypalChannel } from '../../shared/adapters/payments/paypal';
import { paypalStandIn } from '../../infra/local/stand-ins/paypal';
import { list, record } from '../../infra/local/json';
import { mount, type Exchange, type Mounted } from '../support/mounted-stand-in';
import { describeWithSpec, type VendorSpec } from '../support/vendor-spec';
import { contractSuite } from './contract.suite';
import { leg } from './payment-channel.suite';

const ACCOUNT = {
  id: 'con_paypal',
  apiKey: 'secret',
  settings: { clientId: 'client' },
  webhookSecrets: ['1JE4291016473214C'],
};

let party: Mounted;
beforeAll(async () => {
  party = await mount(paypalStandIn({ accounts: () => Promise.resolve([ACCOUNT]) }));
  await driveEverything();
});
afterAll(() => party.close());

const sentTo = (path: RegExp): Exchange[] => party.exchanges.filter(({ request }) => path.test(request.path));
const bodyOf = ({ reply }: Exchange): unknown =>
  reply === 'hang-up' || reply.body.length === 0 ? undefined : JSON.parse(reply.body.toString());
const statusOf = ({ reply }: Exchange): number => (reply === 'hang-up' ? 0 : reply.status);

describeWithSpec('paypal', 'payments_payment_v2.json', (spec) => {
  const REFUND = /^\/v2\/payments\/captures\/\w+\/refund$/;

  test('the check is known to work: a wrong amount and a wrong status are named', () => {
    expect(spec.problems('/components/schemas/refund_request', { amount: { value: 5 } })).not.toEqual([]);
    expect(spec.problems('/components/schemas/refund', { status: 'REFUNDED' })).not.toEqual([]);
  });

  test('the one expression that is none in JavaScript is that of an e-mail address, which is not sent', () => {
    expect(spec.problems('/components/schemas/refund', {})).toEqual([]);
    expect(spec.dropped.filter((place) => !place.includes('/email'))).toEqual([]);
  });

  contractSuite({
    spec,
    exchanges: () => party.exchanges,
    about: /^\/v2\/payments\//,
    answers: ['GET 200', 'GET 401', 'GET 404', 'POST 200', 'POST 201', 'POST 404', 'POST 409', 'POST 422'],
  });

  test('every refund has a key that fits', () => {
    const asked = sentTo(REFUND);
    expect(asked.length).toBeGreaterThan(8);
    for (const { request } of asked) expect(request.headers['paypal-request-id']?.length).toBeLessThanOrEqual(108);
  });

  test('every webhook about a refund holds a refund that PayPal describes', () => {
    const events = party.deliveries.map(({ rawBody }) => record(JSON.parse(rawBody.toString())));
    const about = events.filter((event) => event['resource_type'] === 'refund');
    expect(about.length).toBeGreaterThan(5);
    for (const { resource } of about) expect(spec.problems('/components/schemas/refund', resource)).toEqual([]);
  });

  test('every refusal is one that PayPal describes, down to its word', () => {
    const refused = sentTo(/^\/v2\/payments\//).filter((one) => statusOf(one) >= 400);
    const seen = new Set<string>();
    for (const one of refused) {
      const status = statusOf(one);
      const [detail] = list(record(bodyOf(one))['details']);
      seen.add(`${status} ${String(record(detail)['issue'])}`);
      expect(spec.problems(`/components/schemas/error_${status}`, bodyOf(one))).toEqual([]);
      if (status === 422 && REFUND.test(one.request.path)) expectDescribed(spec, 'captures.refund-422', bodyOf(one));
      if (status === 422 && !REFUND.test(one.request.path))
        expectDescribed(spec, 'authorizations.void-422', bodyOf(one));
      if (status === 404) expectDescribed(spec, '404', bodyOf(one));
    }
    expect([...seen].sort()).toEqual([
      '401 undefined',
      '404 INVALID_RESOURCE_ID',
      '409 PREVIOUS_REQUEST_IN_PROGRESS',
      '422 CAPTURE_FULLY_REFUNDED',
      '422 DECIMAL_PRECISION',
      '422 PENDING_CAPTURE',
      '422 PREVIOUSLY_VOIDED',
      '422 REFUND_AMOUNT_EXCEEDED',
      '422 REFUND_CAPTURE_CURRENCY_MISMATCH',
      '422 REFUND_FAILED_INSUFFICIENT_FUNDS',
    ]);
  });
});

describeWithSpec('paypal', 'checkout_orders_v2.json', (spec) => {
  contractSuite({
    spec,
    exchanges: () => party.exchanges,
    about: /^\/v2\/checkout\//,
    answers: ['GET 200', 'GET 404'],
  });

  test('every order is shown with its authorizations, captures and refunds', () => {
    const shown = sentTo(/^\/v2\/checkout\/orders\//).filter((one) => statusOf(one) === 200);
    const text = shown.map((one) => JSON.stringify(bodyOf(one))).join();
    for (const kind of ['authorizations', 'captures', 'refunds']) expect(text).toContain(`"${kind}":[{`);
  });
});

describeWithSpec('paypal', 'notifications_webhooks_v1.json', (spec) => {
  contractSuite({
    spec,
    exchanges: () => party.exchanges,
    about: /^\/v1\/notifications\/webhooks-events/,
    answers: ['GET 200'],
  });

  test('every webhook is an event that PayPal describes, under headers that it describes', () => {
    expect(party.deliveries.length).toBeGreaterThan(5);
    for (const { rawBody, headers } of party.deliveries) {
      const told = {
        auth_algo: headers['paypal-auth-algo'],
        cert_url: headers['paypal-cert-url'],
        transmission_id: headers['paypal-transmission-id'],
        transmission_sig: headers['paypal-transmission-sig'],
        transmission_time: headers['paypal-transmission-time'],
        webhook_id: ACCOUNT.webhookSecrets[0],
        webhook_event: JSON.parse(rawBody.toString()) as unknown,
      };
      expect(spec.problems('/components/schemas/verify_webhook_signature', told)).toEqual([]);
    }
  });
});

function expectDescribed(spec: VendorSpec, schema: string, body: unknown): void {
  expect(spec.problems(`/components/schemas/${schema}`, body)).toEqual([]);
}

test('of what we ask PayPal only the token has no description', () => {
  const described = /^\/v2\/(payments|checkout)\/|^\/v1\/notifications\/webhooks-events/;
  const others = party.exchanges.map(({ request }) => request.path).filter((path) => !described.test(path));
  expect([...new Set(others)]).toEqual(['/v1/oauth2/token']);
});

/** Everything that the adapter can ask for, and every state that an answer can be in. */
async function driveEverything(): Promise<void> {
  const channel = paypalChannel();
  const connection = { ...ACCOUNT, tenant: 'acme', provider: 'paypal', baseUrl: party.baseUrl };
  const row = (n: number, rest: object) => ({
    order: `ORDER${n}`,
    capture: `CAPTURE${n}`,
    amount: '20.00',
    currency: 'EUR',
    ...rest,
  });
  await party.control('seed', {
    seed: [
      row(1, {}),
      row(2, { captured: '0.00', authorization: 'AUTH2' }),
      row(3, {}),
      row(4, { pending: true }),
      row(5, { currency: 'JPY', amount: '2000' }),
    ],
  });
  const wish = (n: number, amount: number) => ({
    connection,
    paymentRef: `ORDER${n}`,
    captureRef: `CAPTURE${n}`,
    amount,
    currency: n === 5 ? 'JPY' : 'EUR',
    ...leg(),
  });
  const first = wish(1, 500);
  const { providerRef } = await channel.refund(first);
  await channel.refund(first);
  await channel.query({ ...first, providerRef });
  await channel.query(first);
  await channel.query(wish(3, 1));
  await channel.refund(wish(5, 700));
  for (const status of ['PENDING', 'FAILED', 'CANCELLED']) {
    await party.control('behaviours', { status, reason: 'ECHECK' });
    await channel.refund(wish(1, 10));
  }
  await party.control('settle', {});
  await channel.query(wish(2, 1));
  await channel.reverse(wish(2, 2_000));
  await channel.query(wish(2, 2_000));
  await channel.reverse(wish(3, 2_000));
  await party.control('behaviours', { payment: 'ORDER1', refuse: 'REFUND_FAILED_INSUFFICIENT_FUNDS' });
  await Promise.allSettled([
    channel.refund(wish(1, 1)),
    channel.refund(wish(3, 1)),
    channel.refund({ ...wish(5, 1), currency: 'EUR' }),
    channel.refund(wish(1, 1_999)),
    channel.refund(wish(4, 1)),
    channel.refund({ ...wish(1, 1), captureRef: 'NONE' }),
    channel.query({ ...first, providerRef: 'NONE' }),
    channel.query({ ...first, paymentRef: 'NONE' }),
  ]);
  const authorization = String(party.exchanges.at(-1)?.request.headers.authorization);
  const ask = (path: string, body?: unknown) =>
    fetch(new URL(path, party.baseUrl), {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization, 'content-type': 'application/json', 'paypal-request-id': 'one' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  await ask('/v2/payments/authorizations/AUTH2');
  await ask('/v2/payments/authorizations/AUTH2/void', {});
  await ask('/v2/payments/captures/CAPTURE1/refund', {
    custom_id: 'a',
    amount: { currency_code: 'EUR', value: '0.001' },
  });
  await fetch(new URL('/v2/payments/captures/CAPTURE1', party.baseUrl));
  await party.control('faults', { path: '/v2/', applied: true, delayMs: 100 });
  const slow = ask('/v2/payments/captures/CAPTURE1/refund', { amount: { currency_code: 'EUR', value: '0.01' } });
  await new Promise((resolve) => setTimeout(resolve, 30));
  await ask('/v2/payments/captures/CAPTURE1/refund', { amount: { currency_code: 'EUR', value: '0.01' } });
  await slow;
  await channel.changesSince({ connection, since: '2020-01-01T00:00:00.000Z' });
  await ask('/v1/notifications/webhooks-events?page_size=1');
  await ask('/v1/notifications/webhooks-events?page_size=1&move_to=next&index_id=3');
  await party.idle();
}
