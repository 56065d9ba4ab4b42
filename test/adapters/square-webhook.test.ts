/** What is particular to this provider. What is tried against every webhook is in webhook-attacks.test.ts. */
import { createHmac } from 'node:crypto';
import { squareChannel } from '../../shared/adapters/payments/square';
import { squareWebhook } from '../../shared/adapters/payments/square-webhook';
import { PermanentFault, SignatureInvalid } from '../../shared/domain/faults';
import type { Connection } from '../../shared/ports/connections';
import { squareStandIn } from '../../infra/local/stand-ins/square';
import { mount, type Mounted } from '../support/mounted-stand-in';
import { leg } from './payment-channel.suite';
import { refundIn } from '../support/refund-notices';

const NOW = 1_790_000_000;
const URL_REGISTERED = 'https://shop.example/webhooks/payments/square/con_square';
const KEY = 'Ibxx-key-one';

const connectionWith = (other: Partial<Connection> = {}): Connection => ({
  id: 'con_square',
  tenant: 'acme',
  provider: 'square',
  apiKey: 'EAAA-square-token',
  settings: { notificationUrl: URL_REGISTERED },
  webhookSecrets: [KEY],
  ...other,
});

const refund = {
  id: 'payment1_refund1',
  status: 'COMPLETED',
  amount_money: { amount: 500, currency: 'EUR' },
  payment_id: 'payment1',
  reason: 'ord_1.can_1.rfd_1-1',
  updated_at: '2026-09-21T14:13:20.000Z',
};
const event = {
  merchant_id: 'MERCHANT1',
  type: 'refund.updated',
  event_id: 'bc316346-6691-4243-88ed-6d651a0d0c47',
  created_at: '2026-09-21T14:13:20.000Z',
  data: { type: 'refund', id: refund.id, object: { refund } },
};
const body = JSON.stringify(event);

type Headers = Record<string, string | undefined>;

/** Written out by hand, so that our reading is not checked against our own writing of it in the stand-in. */
function signed(payload: string | Uint8Array, { key = KEY, url = URL_REGISTERED } = {}): Headers {
  const text = Buffer.concat([Buffer.from(url), Buffer.from(payload)]);
  return { 'x-square-hmacsha256-signature': createHmac('sha256', key).update(text).digest('base64') };
}

const read = (payload: string | Uint8Array, headers: Headers, connection = connectionWith()) =>
  refundIn(squareWebhook.read(connection, Buffer.from(payload), headers, NOW));

describe('a webhook of Square', () => {
  test.each(['refund.created', 'refund.updated'])('%s names the refund and leads back to the leg', (type) => {
    const payload = JSON.stringify({ ...event, type });
    expect(read(payload, signed(payload))).toEqual({
      eventId: event.event_id,
      type,
      providerRef: 'payment1_refund1',
      trail: { tenant: 'acme', orderId: 'ord_1', cancellationId: 'can_1', legId: 'rfd_1-1' },
      claims: 'succeeded',
    });
  });

  test.each(['payment.updated', 'terminal.refund.updated', 'webhooks.test_notification'])(
    '%s is authentic and ignored',
    (type) => {
      const payload = JSON.stringify({ ...event, type });
      expect(read(payload, signed(payload))).toBeUndefined();
    },
  );

  test.each([
    ['made in the dashboard', 'Returned goods'],
    ['without a reason', undefined],
    ['that is ours in part', 'ord_1.can_1'],
  ])('a refund %s has no trail', (_name, reason) => {
    const payload = JSON.stringify({ ...event, data: { object: { refund: { ...refund, reason } } } });
    expect(read(payload, signed(payload))?.trail).toBeUndefined();
  });

  test('while a subscription is replaced either key opens it', () => {
    const both = connectionWith({ webhookSecrets: ['key-old', 'key-new'] });
    for (const key of both.webhookSecrets)
      expect(read(body, signed(body, { key }), both)?.eventId).toBe(event.event_id);
  });

  test('an event of another seller of the same application is not ours', () => {
    const settings = { notificationUrl: URL_REGISTERED, merchantId: 'MERCHANT1' };
    expect(read(body, signed(body), connectionWith({ settings }))?.providerRef).toBe(refund.id);
    const others = { ...settings, merchantId: 'MERCHANT2' };
    expect(read(body, signed(body), connectionWith({ settings: others }))).toBeUndefined();
  });

  const header = signed(body)['x-square-hmacsha256-signature'] ?? '';
  const attacks: [why: string, payload: string | Uint8Array, headers: Headers, other?: Partial<Connection>][] = [
    ['an altered body', body.replace('refund1', 'refund2'), signed(body)],
    ['another amount', body.replace('500', '900'), signed(body)],
    ['an older time in it', body.replaceAll('2026-09-21', '2025-09-21'), signed(body)],
    ['the same JSON with other spaces', JSON.stringify(event, null, 1), signed(body)],
    ['a byte order mark in front', `\uFEFF${body}`, signed(body)],
    ['bytes that are no UTF-8', Buffer.from([0xff]), signed(Buffer.from([0xff]))],
    ['an empty body', '', signed(body)],
    ['a wrong key', body, signed(body, { key: 'key-other' })],
    ['the address over http', body, signed(body, { url: URL_REGISTERED.replace('https', 'http') })],
    ['the address with a slash behind it', body, signed(body, { url: `${URL_REGISTERED}/` })],
    [
      'an address that it names itself',
      body,
      { ...signed(body, { url: 'https://evil.example/' }), host: 'evil.example', 'x-forwarded-host': 'evil.example' },
    ],
    ['a part of the signature', body, { 'x-square-hmacsha256-signature': header.slice(0, 20) }],
    ['the signature twice', body, { 'x-square-hmacsha256-signature': header + header }],
    [
      'the signature in hexadecimal',
      body,
      { 'x-square-hmacsha256-signature': Buffer.from(header, 'base64').toString('hex') },
    ],
  ];
  test.each(attacks.map(([why, ...attack]) => ({ why, attack })))('with $why is refused', ({ attack }) => {
    const [payload, headers, other] = attack;
    expect(() => read(payload, headers, connectionWith(other))).toThrow(SignatureInvalid);
  });

  test('sent again it names the same event: no time is signed, so what it names is re-read', () => {
    expect(read(body, signed(body))).toEqual(read(body, signed(body)));
  });

  test('an empty key and a missing address are faults of ours, not ways in', () => {
    const open = connectionWith({ webhookSecrets: [''] });
    expect(() => read(body, signed(body), open)).toThrow(PermanentFault);
    const { settings: _settings, ...without } = connectionWith();
    expect(() => read(body, signed(body, { url: '' }), without)).toThrow(/no notificationUrl in its settings/);
    const empty = connectionWith({ settings: { notificationUrl: '' } });
    expect(() => read(body, signed(body, { url: '' }), empty)).toThrow(PermanentFault);
  });

  test('signed, but not readable: loud, because Square has changed', () => {
    const nameless = JSON.stringify({ ...event, data: {} });
    expect(() => read(nameless, signed(nameless))).toThrow(PermanentFault);
    expect(() => read('{', signed('{'))).toThrow(PermanentFault);
  });
});

describe('the stand-in sends webhooks as Square does', () => {
  const accounts = () => Promise.resolve([{ ...connectionWith(), settings: { notificationUrl: URL_REGISTERED } }]);
  let party: Mounted;
  beforeEach(async () => {
    party = await mount(squareStandIn({ accounts }));
    await party.control('seed', { seed: [{ payment: 'payment1', amount: 2_000, currency: 'EUR' }] });
  });
  afterEach(() => party.close());

  const refunding = () =>
    squareChannel().refund({
      connection: connectionWith({ baseUrl: party.baseUrl }),
      paymentRef: 'payment1',
      captureRef: 'payment1',
      amount: 500,
      currency: 'EUR',
      ...leg(),
    });
  const readAll = () =>
    party.deliveries.map(({ rawBody, headers }) =>
      refundIn(squareWebhook.read(connectionWith(), rawBody, headers, NOW)),
    );

  test('signed with the key of the subscription, to the address of the connection', async () => {
    const { providerRef } = await refunding();
    await party.idle();
    expect(party.deliveries[0]?.path).toBe('/webhooks/payments/square/con_square');
    expect(readAll()).toMatchObject([{ type: 'refund.created', providerRef, claims: 'pending' }]);
  });

  test('one for every change of state', async () => {
    await refunding();
    party.clock.moveTo(party.clock.now() + 60_000);
    await party.idle();
    expect(readAll().map((notice) => [notice?.type, notice?.claims])).toEqual([
      ['refund.created', 'pending'],
      ['refund.updated', 'succeeded'],
    ]);
  });

  test('again after a failure and a crash, with the same event id', async () => {
    party.answerWebhooksWith(500);
    await refunding();
    await party.idle();
    party.answerWebhooksWith(200);
    await party.restart(squareStandIn({ accounts }));
    party.clock.moveTo(party.clock.now() + 59_000);
    await party.idle();
    party.clock.moveTo(party.clock.now() + 3_600_000);
    await party.idle();
    const created = readAll().filter((notice) => notice?.type === 'refund.created');
    expect(created).toHaveLength(2);
    expect(created[0]).toEqual(created[1]);
  });

  test('twice on request, never on request, before the reply on request', async () => {
    await party.control('webhooks', { copies: 2 });
    await refunding();
    await party.idle();
    expect(party.deliveries).toHaveLength(2);
    await party.control('webhooks', { send: 'never' });
    await refunding();
    await party.idle();
    expect(party.deliveries).toHaveLength(2);
    await party.control('webhooks', { send: 'before-reply' });
    await refunding();
    expect(party.deliveries).toHaveLength(3);
  });
});
