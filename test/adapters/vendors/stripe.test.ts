/** Our reading of Stripe's webhooks, our stand-in's and our attacker's writing of them, against Stripe's own package. */
import Stripe from 'stripe';
import * as fc from 'fast-check';
import { stripeChannel } from '../../../shared/adapters/payments/stripe';
import { stripeWebhook } from '../../../shared/adapters/payments/stripe-webhook';
import { stripeStandIn } from '../../../infra/local/stand-ins/stripe';
import { mount } from '../../support/mounted-stand-in';
import { holds } from '../../support/property';
import { leg } from '../payment-channel.suite';
import { stripeAttacker } from '../webhooks/stripe-attacker';
import { believed } from './believed';
import { anyText, tampered, tampering } from './tampering';

const NOW = 1_790_000_000;
const TOLERANCE = 300;
const { webhooks } = Stripe;

const connection = (secret: string) => ({
  id: 'con_stripe',
  tenant: 'acme',
  provider: 'stripe',
  apiKey: 'sk_test_local',
  webhookSecrets: [secret],
});
const ours = (payload: string, header: string, secret: string, now = NOW): boolean =>
  believed(() => stripeWebhook.read(connection(secret), Buffer.from(payload), { 'stripe-signature': header }, now));
const theirs = (payload: string, header: string, secret: string, now = NOW): boolean => {
  try {
    return webhooks.signature?.verifyHeader(payload, header, secret, TOLERANCE, undefined, now * 1000) ?? false;
  } catch {
    return false;
  }
};

test('what the package signs we believe, and disbelieve where the package does', () => {
  const secret = fc.stringMatching(/^whsec_[0-9A-Za-z]{1,40}$/);
  let refused = 0;
  const property = fc.property(anyText, secret, tampering, (payload, key, how) => {
    const signed = webhooks.generateTestHeaderString({ payload, secret: key, timestamp: NOW });
    const header = tampered(signed, how, 'signature');
    const [sent, opener] = [tampered(payload, how, 'text'), how.what === 'key' ? `${key}0` : key];
    expect(ours(sent, header, opener)).toBe(theirs(sent, header, opener));
    // Neither takes an empty body.
    if (how.what === 'nothing') expect(ours(sent, header, opener)).toBe(payload !== '');
    refused += ours(sent, header, opener) ? 0 : 1;
  });
  holds(property, 300);
  expect(refused).toBeGreaterThan(100);
});

test('the package believes what our attacker signs, as long as we do', () => {
  const trail = { ...leg().trail };
  const claim = { eventId: 'evt_1', providerRef: 're_1', trail, amount: 500 };
  for (const age of [0, TOLERANCE, TOLERANCE + 1]) {
    const { body, headers } = stripeAttacker.message('ours', claim, { at: NOW - age });
    const header = headers['stripe-signature'] ?? '';
    expect([age, theirs(body, header, 'whsec_ours_0')]).toEqual([age, age <= TOLERANCE]);
    expect([age, ours(body, header, 'whsec_ours_0')]).toEqual([age, age <= TOLERANCE]);
  }
});

test('the package knows no time that is too far ahead; we do', () => {
  const header = webhooks.generateTestHeaderString({ payload: '{}', secret: 'whsec_a', timestamp: NOW + 301 });
  expect([theirs('{}', header, 'whsec_a'), ours('{}', header, 'whsec_a')]).toEqual([true, false]);
});

test('the package opens what our stand-in sends, under each live secret', async () => {
  const account = { ...connection('whsec_new'), webhookSecrets: ['whsec_new', 'whsec_old'] };
  const party = await mount(stripeStandIn({ accounts: () => Promise.resolve([account]) }));
  await party.control('seed', { seed: [{ payment_intent: 'pi_1', charge: 'ch_1', amount: 2_000, currency: 'eur' }] });
  const refs = { paymentRef: 'pi_1', captureRef: 'ch_1', currency: 'EUR' };
  await stripeChannel().refund({ connection: { ...account, baseUrl: party.baseUrl }, ...refs, amount: 500, ...leg() });
  await party.idle();
  const [sent] = party.deliveries;
  const [rawBody, header] = [sent?.rawBody ?? '', sent?.headers['stripe-signature'] ?? ''];
  for (const secret of account.webhookSecrets) {
    const event = webhooks.constructEvent(rawBody, header, secret, TOLERANCE, undefined, party.clock.now());
    expect(event.type).toBe('refund.created');
  }
  expect(() => webhooks.constructEvent(rawBody, header, 'whsec_other')).toThrow();
  await party.close();
});
