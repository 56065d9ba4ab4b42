/** What is particular to this provider. What is tried against every webhook is in webhook-attacks.test.ts. */
import Stripe from 'stripe';
import { stripeWebhook } from '../../shared/adapters/payments/stripe-webhook';
import { stripeChannel } from '../../shared/adapters/payments/stripe';
import { PermanentFault, SignatureInvalid } from '../../shared/domain/faults';
import type { Connection } from '../../shared/ports/connections';
import { stripeStandIn } from '../../infra/local/stand-ins/stripe';
import { mount, type Mounted } from '../support/mounted-stand-in';
import { leg } from './payment-channel.suite';
import { refundIn } from '../support/refund-notices';

const NOW = 1_790_000_000;
const SECRET = 'whsec_one';
const connection: Connection = {
  id: 'con_stripe',
  tenant: 'acme',
  provider: 'stripe',
  apiKey: 'sk_test_local',
  webhookSecrets: [SECRET],
};
const metadata = { tenant: 'acme', order_id: 'ord_1', cancellation_id: 'can_1', leg_id: 'rfd_1' };
const event = { id: 'evt_1', type: 'refund.updated', data: { object: { id: 're_1', object: 'refund', metadata } } };
const body = JSON.stringify(event);

/** Signed by the vendor's own package, so that our reading is not checked against our own writing. */
function signed(payload: string, secret = SECRET, timestamp = NOW): Record<string, string> {
  return { 'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp }) };
}
const read = (payload: string | Uint8Array, headers: Record<string, string>, secrets = [SECRET]) =>
  refundIn(stripeWebhook.read({ ...connection, webhookSecrets: secrets }, Buffer.from(payload), headers, NOW));

describe('a webhook of Stripe', () => {
  test('names the refund and leads back to the leg', () => {
    expect(read(body, signed(body))).toEqual({
      eventId: 'evt_1',
      type: 'refund.updated',
      providerRef: 're_1',
      trail: { tenant: 'acme', orderId: 'ord_1', cancellationId: 'can_1', legId: 'rfd_1' },
    });
  });

  test.each(['charge.refunded', 'payment_intent.succeeded', 'v2.core.event'])('%s is authentic and ignored', (type) => {
    const payload = JSON.stringify({ ...event, type });
    expect(read(payload, signed(payload))).toBeUndefined();
  });

  test('a refund made in the dashboard has no trail', () => {
    const payload = JSON.stringify({
      ...event,
      data: { object: { id: 're_1', object: 'refund', metadata: { tenant: 'acme' } } },
    });
    expect(read(payload, signed(payload))?.trail).toBeUndefined();
  });

  test('during a rotation either secret opens it', () => {
    expect(read(body, signed(body, 'whsec_new'), ['whsec_old', 'whsec_new'])?.eventId).toBe('evt_1');
    expect(read(body, signed(body, 'whsec_old'), ['whsec_old', 'whsec_new'])?.eventId).toBe('evt_1');
  });

  const header = signed(body)['stripe-signature'] ?? '';
  const signature = header.split('v1=')[1] ?? '';
  const attacks: [why: string, payload: string | Uint8Array, headers: Record<string, string>, secrets?: string[]][] = [
    ['an altered body', body.replace('re_1', 're_2'), signed(body)],
    ['the same JSON with other spaces', JSON.stringify(event, null, 1), signed(body)],
    ['a byte order mark in front', `\uFEFF${body}`, signed(body)],
    ['bytes that are no UTF-8', Buffer.concat([Buffer.from(body), Buffer.from([0xff])]), signed(`${body}\uFFFD`)],
    ['a time stamp changed after signing', body, { 'stripe-signature': header.replace(`t=${NOW}`, `t=${NOW - 1}`) }],
    ['a second time stamp', body, { 'stripe-signature': `t=${NOW - 9_000},${header}` }],
    ['a time stamp that is no number', body, { 'stripe-signature': `t=NaN,v1=${signature}` }],
    ['a wrong secret', body, signed(body, 'whsec_other')],
    ['an empty signature', body, { 'stripe-signature': `t=${NOW},v1=` }],
    ['an empty body', '', signed('')],
  ];
  test.each(attacks.map(([why, ...attack]) => ({ why, attack })))('with $why is refused', ({ attack }) => {
    expect(() => read(...attack)).toThrow(SignatureInvalid);
  });

  test('exactly at the tolerance it is still accepted', () => {
    expect(read(body, signed(body, SECRET, NOW - 300))?.eventId).toBe('evt_1');
  });

  test('signed, but not readable: loud, because Stripe has changed', () => {
    const nameless = JSON.stringify({ ...event, data: {} });
    expect(() => read(nameless, signed(nameless))).toThrow(PermanentFault);
    expect(() => read('{', signed('{'))).toThrow(PermanentFault);
  });
});

describe('the stand-in sends webhooks as Stripe does', () => {
  const accounts = () => Promise.resolve([{ ...connection, webhookSecrets: ['whsec_new', 'whsec_old'] }]);
  let party: Mounted;
  beforeEach(async () => {
    party = await mount(stripeStandIn({ accounts }));
    await party.control('seed', { seed: [{ payment_intent: 'pi_1', charge: 'ch_1', amount: 2_000, currency: 'eur' }] });
  });
  afterEach(() => party.close());

  const refund = () =>
    stripeChannel().refund({
      connection: { ...connection, baseUrl: party.baseUrl },
      paymentRef: 'pi_1',
      captureRef: 'ch_1',
      amount: 500,
      currency: 'EUR',
      ...leg(),
    });
  const readAll = (secret: string) =>
    party.deliveries.map(({ rawBody, headers }) =>
      stripeWebhook.read(
        { ...connection, webhookSecrets: [secret] },
        rawBody,
        headers,
        Math.floor(party.clock.now() / 1000),
      ),
    );

  test('signed with each live secret, to the address of the connection', async () => {
    const { providerRef } = await refund();
    await party.idle();
    expect(party.deliveries[0]?.path).toBe('/webhooks/payments/stripe/con_stripe');
    for (const secret of ['whsec_old', 'whsec_new']) {
      expect(readAll(secret)).toMatchObject([{ type: 'refund.created', providerRef }]);
    }
  });

  test('again after a failure, with a new time stamp and the same event id', async () => {
    party.answerWebhooksWith(500);
    await refund();
    await party.idle();
    party.answerWebhooksWith(200);
    party.clock.moveTo(party.clock.now() + 3_600_000);
    await party.idle();
    party.clock.moveTo(party.clock.now() + 3_600_000);
    await party.idle();
    expect(party.deliveries).toHaveLength(2);
    const ids = party.deliveries.map(({ rawBody }) => String(JSON.parse(rawBody.toString()).id));
    expect(ids[0]).toBe(ids[1]);
    expect(party.deliveries[0]?.headers['stripe-signature']).not.toBe(party.deliveries[1]?.headers['stripe-signature']);
  });

  test('an undelivered one outlives a crash', async () => {
    party.answerWebhooksWith(500);
    await refund();
    await party.idle();
    party.answerWebhooksWith(200);
    await party.restart(stripeStandIn({ accounts }));
    party.clock.moveTo(party.clock.now() + 3_600_000);
    await party.idle();
    expect(party.deliveries).toHaveLength(2);
  });

  test('twice on request, never on request, before the reply on request', async () => {
    await party.control('webhooks', { copies: 2 });
    await refund();
    await party.idle();
    expect(party.deliveries).toHaveLength(2);
    await party.control('webhooks', { send: 'never' });
    await refund();
    await party.idle();
    expect(party.deliveries).toHaveLength(2);
    await party.control('webhooks', { send: 'before-reply' });
    await refund();
    expect(party.deliveries).toHaveLength(3);
  });

  test('one for every change of state', async () => {
    await party.control('behaviours', { status: 'pending' });
    await refund();
    await party.control('settle', { status: 'succeeded' });
    await party.control('bounce', { payment_intent: 'pi_1' });
    await party.idle();
    const types = readAll('whsec_new').map((notice) => notice?.type);
    expect(types.sort()).toEqual(['refund.created', 'refund.failed', 'refund.updated']);
  });
});
