/** Every request that we send to Square, and every answer and webhook of the stand-in, against Square's own description. */
import { squareChannel } from '../../shared/adapters/payments/square';
import { squareStandIn } from '../../infra/local/stand-ins/square';
import { list, record } from '../../infra/local/json';
import { mount, type Exchange, type Mounted } from '../support/mounted-stand-in';
import { describeWithSpec } from '../support/vendor-spec';
import { contractSuite } from './contract.suite';
import { leg } from './payment-channel.suite';

const ACCOUNT = {
  id: 'con_square',
  apiKey: 'EAAA-square-token',
  settings: { notificationUrl: 'https://shop.example/webhooks/payments/square/con_square' },
  webhookSecrets: ['key-one'],
};

let party: Mounted;
beforeAll(async () => {
  party = await mount(squareStandIn({ accounts: () => Promise.resolve([ACCOUNT]) }));
  await driveEverything();
});
afterAll(() => party.close());

const bodyOf = ({ reply }: Exchange): unknown => (reply === 'hang-up' ? undefined : JSON.parse(reply.body.toString()));
const statusOf = ({ reply }: Exchange): number => (reply === 'hang-up' ? 0 : reply.status);

describeWithSpec('square', 'api.json', (spec) => {
  test('the check is known to work: what is missing and what is of another type are named', () => {
    expect(spec.problems('/components/schemas/RefundPaymentRequest', { payment_id: 'a' })).not.toEqual([]);
    const refund = { id: 'a', amount_money: { amount: '5' } };
    expect(spec.problems('/components/schemas/RefundPaymentResponse', { refund })).not.toEqual([]);
  });

  test('no expression of the description had to be left out', () => {
    expect(spec.problems('/components/schemas/PaymentRefund', { id: 'a', amount_money: {} })).toEqual([]);
    expect(spec.dropped).toEqual([]);
  });

  contractSuite({
    spec,
    exchanges: () => party.exchanges,
    about: /^\/v2\//,
    answers: ['GET 200', 'GET 400', 'GET 404', 'POST 200', 'POST 400', 'POST 401', 'POST 404'],
  });

  test('every call names the version of the description', () => {
    const versions = party.exchanges.map(({ request }) => request.headers['square-version']);
    expect([...new Set(versions)]).toEqual(['2025-08-20']);
  });

  test('every refusal is in a word that Square describes', () => {
    const errors = party.exchanges
      .filter((one) => statusOf(one) >= 400)
      .flatMap((one) =>
        list(record(bodyOf(one))['errors']).map((error) => ({ status: statusOf(one), ...record(error) })),
      );
    for (const error of errors) expect(spec.problems('/components/schemas/Error', error)).toEqual([]);
    expect([...new Set(errors.map((error) => `${error.status} ${String(record(error)['code'])}`))].sort()).toEqual([
      '400 BAD_REQUEST',
      '400 IDEMPOTENCY_KEY_REUSED',
      '400 INVALID_VALUE',
      '400 PAYMENT_NOT_REFUNDABLE',
      '400 REFUND_AMOUNT_INVALID',
      '400 REFUND_ERROR_PAYMENT_NEEDS_COMPLETION',
      '400 UNKNOWN_QUERY_PARAMETER',
      '400 VALUE_TOO_LONG',
      '401 UNAUTHORIZED',
      '404 NOT_FOUND',
    ]);
  });

  test('every webhook is an event that Square describes', () => {
    expect(party.deliveries.length).toBeGreaterThan(5);
    const types = party.deliveries.map(({ rawBody }) => {
      const event = record(JSON.parse(rawBody.toString()));
      const schema = event['type'] === 'refund.created' ? 'RefundCreatedEvent' : 'RefundUpdatedEvent';
      expect(spec.problems(`/components/schemas/${schema}`, event)).toEqual([]);
      return event['type'];
    });
    expect([...new Set(types)].sort()).toEqual(['refund.created', 'refund.updated']);
  });
});

/** Everything that the adapter can ask for, and every state that an answer can be in. */
async function driveEverything(): Promise<void> {
  const channel = squareChannel();
  const connection = { ...ACCOUNT, tenant: 'acme', provider: 'square', baseUrl: party.baseUrl };
  const row = (n: number, rest: object) => ({ payment: `payment${n}`, amount: 2_000, currency: 'EUR', ...rest });
  await party.control('seed', {
    seed: [
      row(1, {}),
      row(2, { status: 'APPROVED' }),
      row(3, {}),
      row(4, { status: 'FAILED' }),
      row(5, { currency: 'JPY' }),
    ],
  });
  const wish = (n: number, amount: number) => ({
    connection,
    paymentRef: `payment${n}`,
    captureRef: `payment${n}`,
    amount,
    currency: n === 5 ? 'JPY' : 'EUR',
    ...leg(),
  });
  const since = '2020-01-01T00:00:00.000Z';
  await channel.changesSince({ connection, since });
  const first = wish(1, 500);
  const { providerRef } = await channel.refund(first);
  await channel.refund(first);
  await channel.query({ ...first, providerRef });
  await channel.query(first);
  await channel.query(wish(3, 1));
  await channel.refund(wish(5, 700));
  for (const status of ['COMPLETED', 'REJECTED']) {
    await party.control('behaviours', { status });
    await channel.refund(wish(1, 10));
  }
  await party.control('settle', {});
  await Promise.allSettled([
    channel.refund(wish(2, 1)),
    channel.refund(wish(4, 1)),
    channel.refund(wish(1, 1_999)),
    channel.refund({ ...first, amount: 1 }),
    channel.refund({ ...wish(5, 1), currency: 'EUR' }),
    channel.refund({ ...wish(1, 1), key: 'k'.repeat(46) }),
    channel.refund({ ...wish(1, 1), captureRef: 'none' }),
    channel.refund({ ...wish(1, 1), connection: { ...connection, apiKey: 'EAAA-other' } }),
    channel.query({ ...first, providerRef: 'none' }),
    channel.query({ ...first, captureRef: 'none' }),
  ]);
  await channel.reverse(wish(2, 2_000));
  await channel.query(wish(2, 2_000));
  await channel.reverse(wish(3, 2_000));
  await party.control('settle', { payment: 'payment3', status: 'FAILED' });
  await Promise.allSettled([channel.refund(wish(3, 1))]);
  await channel.changesSince({ connection, since });
  const headers = { authorization: `Bearer ${ACCOUNT.apiKey}`, 'square-version': '2025-08-20' };
  await fetch(new URL('/v2/payments/payment2/cancel', party.baseUrl), { method: 'POST', headers });
  await fetch(new URL('/v2/refunds?limit=1&sort_field=CREATED_AT', party.baseUrl), { headers });
  await fetch(new URL('/v2/refunds?colour=red', party.baseUrl), { headers });
  await channel.changesSince({ connection, since, after: '1' });
  await fetch(new URL('/v2/payments/x/cancel', party.baseUrl), { method: 'POST', headers });
  await party.idle();
}
