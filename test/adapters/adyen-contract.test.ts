/** What the adapter sends and the stand-in answers and tells, against Adyen's own descriptions. */
import { adyenChannel } from '../../shared/adapters/payments/adyen';
import { adyenStandIn } from '../../infra/local/stand-ins/adyen';
import { list, record } from '../../infra/local/json';
import { mount, type Mounted } from '../support/mounted-stand-in';
import { VendorCalls } from '../support/vendor-calls';
import { describeWithSpec } from '../support/vendor-spec';
import { contractSuite } from './contract.suite';
import { leg } from './payment-channel.suite';

const ACCOUNT = {
  id: 'con_adyen',
  apiKey: 'AQE',
  webhookSecrets: ['a1'.repeat(32)],
  settings: { merchantAccount: 'ShopECOM' },
};

const DISPUTE_EVENTS = ['NOTIFICATION_OF_CHARGEBACK', 'CHARGEBACK', 'CHARGEBACK_REVERSED', 'SECOND_CHARGEBACK'];

/** Everything that the adapter can ask for, and every state that an outcome can be in. */
async function driven(): Promise<Mounted> {
  const party = await mount(adyenStandIn({ accounts: () => Promise.resolve([ACCOUNT]) }));
  const channel = adyenChannel();
  const connection = { ...ACCOUNT, tenant: 'acme', provider: 'adyen', baseUrl: party.baseUrl };
  const wish = (paymentRef: string, amount: number) => ({
    connection,
    paymentRef,
    captureRef: paymentRef,
    amount,
    currency: 'EUR',
    ...leg(),
  });
  const row = (payment: string, more = {}) => ({ payment, amount: 2_000, currency: 'EUR', ...more });
  await party.control('seed', { seed: [row('PAID'), row('OPEN', { captured: 0 }), row('WHOLE'), row('LATER')] });
  const first = wish('PAID', 500);
  await channel.refund(first);
  await channel.refund(first);
  await channel.refund(wish('PAID', 5_000));
  await channel.refund(wish('OPEN', 1));
  await channel.reverse(wish('OPEN', 2_000));
  await channel.reverse(wish('WHOLE', 2_000));
  await party.control('behaviours', { next: 3, status: 'received' });
  for (const amount of [1, 2, 3]) await channel.refund(wish('LATER', amount));
  await party.control('settle', { payment: 'LATER' });
  await party.control('bounce', { payment: 'PAID' });
  await party.control('bounce', { payment: 'LATER', status: 'reversed' });
  for (const event of DISPUTE_EVENTS) await party.control('dispute', { payment: 'PAID', event });
  await Promise.allSettled([
    channel.refund(wish('NOBODY', 1)),
    channel.refund({ ...wish('PAID', 1), currency: 'USD' }),
    channel.refund({ ...wish('PAID', 1), connection: { ...connection, apiKey: 'wrong' } }),
    channel.refund({ ...wish('PAID', 1), connection: { ...connection, settings: { merchantAccount: 'Other' } } }),
    ...Array.from({ length: 5 }, () => channel.refund({ ...wish('PAID', 1), key: 'together' })),
  ]);
  const cancels = { merchantAccount: 'ShopECOM', reference: 'by hand' };
  for (const body of [JSON.stringify(cancels), '{']) {
    const headers = { 'x-api-key': ACCOUNT.apiKey, 'content-type': 'application/json' };
    await fetch(new URL('/v72/payments/OPEN/cancels', party.baseUrl), { method: 'POST', headers, body });
  }
  await party.idle();
  return party;
}

describeWithSpec('adyen', 'CheckoutService-v72.json', (spec) => {
  let party: Mounted;
  beforeAll(async () => {
    party = await driven();
  });
  afterAll(() => party.close());

  contractSuite({
    spec,
    exchanges: () => party.exchanges,
    about: /^/,
    answers: ['POST 201', 'POST 400', 'POST 401', 'POST 403', 'POST 422'],
  });

  test('every call has a key that fits', () => {
    const keys = party.exchanges.map(({ request }) => String(request.headers['idempotency-key'] ?? ''));
    expect(Math.max(...keys.map((key) => key.length))).toBeLessThanOrEqual(64);
  });
});

describeWithSpec('adyen', 'Webhooks-v1.json', (spec) => {
  const calls = new VendorCalls(spec);
  let party: Mounted;
  beforeAll(async () => {
    party = await driven();
  });
  afterAll(() => party.close());

  test('every webhook is one that Adyen describes', () => {
    const seen = new Set<string>();
    for (const { rawBody } of party.deliveries) {
      const message = record(JSON.parse(rawBody.toString()));
      for (const one of list(message['notificationItems'])) {
        const eventCode = String(record(record(one)['NotificationRequestItem'])['eventCode']);
        seen.add(eventCode);
        expect([eventCode, calls.problemsOfWebhook(`/${eventCode}`, message)]).toEqual([eventCode, []]);
      }
    }
    const ofRefunds = ['CANCEL_OR_REFUND', 'CANCELLATION', 'REFUND', 'REFUND_FAILED', 'REFUNDED_REVERSED'];
    expect([...seen].sort()).toEqual([...ofRefunds, ...DISPUTE_EVENTS].sort());
  });

  test('a wrong one is named, so that the check is known to work', () => {
    const message = { notificationItems: [{ NotificationRequestItem: { eventCode: 'REFUND', success: true } }] };
    expect(calls.problemsOfWebhook('/REFUND', message)).not.toEqual([]);
    expect(calls.problemsOfWebhook('/REFUNDED', message)).not.toEqual([]);
  });
});
