/** What the adapter sends and the stand-in answers, against Klarna's own description of the Order Management API. */
import { klarnaChannel } from '../../shared/adapters/payments/klarna';
import { klarnaStandIn } from '../../infra/local/stand-ins/klarna';
import { mount, type Exchange, type Mounted } from '../support/mounted-stand-in';
import { describeWithSpec } from '../support/vendor-spec';
import { leg } from './payment-channel.suite';

const ACCOUNT = { id: 'con_klarna', apiKey: 'klarna_test', webhookSecrets: [] };

/** Everything that the adapter can ask for, and every state that an order can be in. */
async function driven(): Promise<Mounted> {
  const party = await mount(klarnaStandIn({ accounts: () => Promise.resolve([ACCOUNT]) }));
  const channel = klarnaChannel();
  const connection = { ...ACCOUNT, tenant: 'acme', provider: 'klarna', baseUrl: party.baseUrl };
  const wish = (paymentRef: string, amount = 500) => ({
    connection,
    paymentRef,
    captureRef: 'any',
    amount,
    currency: 'EUR',
    ...leg(),
  });
  const row = (order: string, more = {}) => ({ order, amount: 2_000, currency: 'EUR', ...more });
  await party.control('seed', {
    seed: [row('paid'), row('open', { captured: 0 }), row('part', { captured: 700 }), row('old', { captured: 0 })],
  });
  await party.control('expire', { order: 'old' });
  const first = wish('paid');
  const { providerRef } = await channel.refund(first);
  await channel.refund(first);
  await channel.query(first);
  await channel.query({ ...first, providerRef });
  for (const order of ['open', 'part', 'old', 'paid']) await channel.reverse(wish(order, 2_000));
  await channel.query(wish('open'));
  await Promise.allSettled([
    channel.refund(wish('paid')),
    channel.refund(wish('nobody')),
    channel.query(wish('nobody')),
    channel.query({ ...first, providerRef: 'nobody' }),
  ]);
  const post = (path: string) =>
    fetch(new URL(`/ordermanagement/v1/orders/${path}`, party.baseUrl), {
      method: 'POST',
      headers: { authorization: `Basic ${ACCOUNT.apiKey}` },
      body: '{}',
    });
  for (const path of ['paid/cancel', 'paid/release-remaining-authorization', 'paid/captures']) await post(path);
  return party;
}

describeWithSpec('klarna', 'order-management-api-openapi.yml', (spec) => {
  let party: Mounted;
  beforeAll(async () => {
    party = await driven();
  });
  afterAll(() => party.close());

  test('every refund that is asked for is one that Klarna describes', () => {
    const asked = party.exchanges
      .map(({ request }) => request)
      .filter(({ method, path }) => method === 'POST' && path.endsWith('/refunds'));
    expect(asked.length).toBeGreaterThan(4);
    for (const { rawBody } of asked) {
      expect(spec.problems('/components/schemas/RefundObject', JSON.parse(rawBody.toString()))).toEqual([]);
    }
  });

  test('every answer is one that Klarna describes', () => {
    const schemaOf = ({ request }: Exchange, status: number): string => {
      if (status >= 400) return 'ErrorMessageDto';
      return request.path.includes('/refunds/') ? 'Refund' : 'MerchantOrderDto';
    };
    const seen = new Set<number>();
    for (const exchange of party.exchanges) {
      const { reply } = exchange;
      if (reply === 'hang-up') continue;
      seen.add(reply.status);
      const body = reply.body.toString();
      if (reply.status === 201 || reply.status === 204) {
        expect(body).toBe('');
        continue;
      }
      const schema = schemaOf(exchange, reply.status);
      expect(spec.problems(`/components/schemas/${schema}`, JSON.parse(body))).toEqual([]);
    }
    expect([...seen].sort()).toEqual([200, 201, 204, 403, 404]);
  });

  test('a wrong one is named, so that the check is known to work', () => {
    expect(spec.problems('/components/schemas/RefundObject', { reference: 'x' })).not.toEqual([]);
    expect(spec.problems('/components/schemas/MerchantOrderDto', { status: 'DONE' })).not.toEqual([]);
  });
});
