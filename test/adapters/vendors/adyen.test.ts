/**
 * Our reading of Adyen's webhooks, and our stand-ins' and attackers' writing of them, against Adyen's own package: standard
 * webhooks, whose items are signed each for itself, and those of the balance platform, signed over the raw body.
 */
import HmacValidator from '@adyen/api-library/lib/src/utils/hmacValidator';
import type { NotificationRequestItem } from '@adyen/api-library/lib/src/typings/notification/models';
import * as fc from 'fast-check';
import { adyenChannel } from '../../../shared/adapters/payments/adyen';
import { signedItem } from '../../../shared/adapters/payments/adyen-signature';
import { bankTransferChannel } from '../../../shared/adapters/payments/bank-transfer';
import { bankTransferWebhook } from '../../../shared/adapters/payments/bank-transfer-webhook';
import { adyenStandIn } from '../../../infra/local/stand-ins/adyen';
import { adyenTransfersStandIn } from '../../../infra/local/stand-ins/adyen-transfers';
import { mount } from '../../support/mounted-stand-in';
import { holds } from '../../support/property';
import { leg } from '../payment-channel.suite';
import { adyenAttacker } from '../webhooks/adyen-attacker';
import { bankTransferAttacker } from '../webhooks/bank-transfer-attacker';
import { believed } from './believed';
import { anyText, tampered, tampering } from './tampering';

const validator = new HmacValidator();
const KEY = '44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056';
const OTHER = KEY.replace('44', '45');
const trail = { ...leg().trail, orderId: `ord_${'a'.repeat(26)}`, cancellationId: `can_${'b'.repeat(26)}`, attempt: 1 };
const claim = { eventId: 'evt_1', providerRef: 'QFQTPCQ8HXSKGK82', trail, amount: 500 };

/** Words as Adyen writes them; a reference is the shop's own text. */
const word = fc.stringMatching(/^[0-9A-Za-z_-]{0,20}$/);
const item = fc.record({
  pspReference: word,
  originalReference: word,
  merchantAccountCode: word,
  merchantReference: fc.oneof(anyText, fc.constant('a:b:c')),
  amount: fc.record({ value: fc.integer({ min: 0, max: 10_000_000 }), currency: word }),
  eventCode: word,
  success: fc.constantFrom('true', 'false'),
});

const asTheirs = (one: object): NotificationRequestItem => one as NotificationRequestItem;
const itemsOf = (body: Buffer | string): { NotificationRequestItem: NotificationRequestItem }[] =>
  JSON.parse(body.toString()).notificationItems;

describe('an item of a standard webhook', () => {
  const ours = (one: object, key: string): boolean => believed(() => signedItem(one, [key]));
  const theirs = (one: object, key: string): boolean => validator.validateHMAC(asTheirs(one), key);
  const signed = <One extends object>(one: One): One & { additionalData: { hmacSignature: string } } => ({
    ...one,
    additionalData: { hmacSignature: validator.calculateHmac(asTheirs(one), KEY) },
  });

  test('that the package signs we believe, and disbelieve where the package does', () => {
    let refused = 0;
    const property = fc.property(item, tampering, (one, how) => {
      const genuine = signed(one);
      const sent = { ...genuine, merchantReference: tampered(one.merchantReference, how, 'text') };
      const key = how.what === 'key' ? OTHER : KEY;
      expect(ours(sent, key)).toBe(theirs(sent, key));
      if (how.what === 'nothing') expect(ours(sent, key)).toBe(true);
      refused += ours(sent, key) ? 0 : 1;
    });
    holds(property, 300);
    expect(refused).toBeGreaterThan(50);
  });

  test.each<[string, unknown]>([
    ['pspReference', 'other'],
    ['originalReference', 'other'],
    ['merchantAccountCode', 'other'],
    ['merchantReference', 'other'],
    ['amount', { value: 1, currency: 'EUR' }],
    ['eventCode', 'REFUND_FAILED'],
    ['success', 'false'],
  ])('is disbelieved by both when its %s is another', (name, value) => {
    const amount = { value: 500, currency: 'EUR' };
    const words = { pspReference: 'p', originalReference: 'o', merchantAccountCode: 'm', merchantReference: 'r' };
    const one = { ...signed({ ...words, amount, eventCode: 'REFUND', success: 'true' }), [name]: value };
    expect([ours(one, KEY), theirs(one, KEY)]).toEqual([false, false]);
  });

  test('with a colon moved from one field to the next is one text for the package, and none for us', () => {
    const amount = { value: 500, currency: 'EUR' };
    const rest = { merchantAccountCode: 'm', merchantReference: 'r', amount, eventCode: 'REFUND', success: 'true' };
    const { additionalData } = signed({ ...rest, pspReference: 'a', originalReference: 'b:c' });
    const moved = { ...rest, pspReference: 'a:b', originalReference: 'c', additionalData };
    expect([ours(moved, KEY), theirs(moved, KEY)]).toEqual([false, true]);
  });

  test('of our attacker is signed as the package wants it', () => {
    const { body } = adyenAttacker.message('ours', claim, { at: 0 });
    const [key = ''] = adyenAttacker.connection('ours', [0]).webhookSecrets;
    for (const { NotificationRequestItem: one } of itemsOf(body)) {
      expect([validator.validateHMAC(one, key), validator.validateHMAC(one, OTHER)]).toEqual([true, false]);
    }
  });

  test('of our stand-in is signed as the package wants it, whatever it tells', async () => {
    const account = {
      id: 'con_adyen',
      apiKey: 'AQE',
      webhookSecrets: [KEY],
      settings: { merchantAccount: 'ShopECOM' },
    };
    const party = await mount(adyenStandIn({ accounts: () => Promise.resolve([account]) }));
    const connection = { ...account, tenant: 'acme', provider: 'adyen', baseUrl: party.baseUrl };
    await party.control('seed', { seed: [{ payment: 'PAID', amount: 2_000, currency: 'EUR' }] });
    const wish = { connection, paymentRef: 'PAID', captureRef: 'PAID', currency: 'EUR' };
    await adyenChannel().refund({ ...wish, amount: 500, ...leg() });
    await adyenChannel().refund({ ...wish, amount: 5_000, ...leg() });
    await party.control('bounce', { payment: 'PAID' });
    await party.idle();
    const items = party.deliveries.flatMap(({ rawBody }) => itemsOf(rawBody));
    expect(items.map(({ NotificationRequestItem: one }) => String(one.eventCode)).sort()).toEqual([
      'REFUND',
      'REFUND',
      'REFUND_FAILED',
    ]);
    for (const { NotificationRequestItem: one } of items) {
      expect([validator.validateHMAC(one, KEY), validator.validateHMAC(one, OTHER)]).toEqual([true, false]);
    }
    await party.close();
  });
});

describe('a webhook of the balance platform', () => {
  const connection = (key: string) => ({
    id: 'con_bank_transfer',
    tenant: 'acme',
    provider: 'bank_transfer',
    apiKey: 'AQE',
    webhookSecrets: [key],
    settings: { balanceAccountId: 'BA3227C223222B5B9SCR82TMV' },
  });
  const ours = (body: string, hmacsignature: string, key: string): boolean =>
    believed(() => bankTransferWebhook.read(connection(key), Buffer.from(body), { hmacsignature }, 0));
  const theirs = (body: string, signature: string, key: string): boolean =>
    validator.validateHMACSignature(key, signature, body);

  test('that the package signs we believe, and disbelieve where the package does', () => {
    let refused = 0;
    const property = fc.property(anyText, tampering, (text, how) => {
      const signature = tampered(validator.calculateHmac(text, KEY), how, 'signature');
      const [body, key] = [tampered(text, how, 'text'), how.what === 'key' ? OTHER : KEY];
      // The package reads base64 as Node does, with whatever stands behind it or is missing; we want it as it is written.
      if (ours(body, signature, key)) expect(theirs(body, signature, key)).toBe(true);
      else expect(theirs(body, signature, key) && signature === validator.calculateHmac(body, key)).toBe(false);
      if (how.what === 'nothing') expect(ours(body, signature, key)).toBe(true);
      refused += ours(body, signature, key) ? 0 : 1;
    });
    holds(property, 300);
    expect(refused).toBeGreaterThan(100);
  });

  test('of our attacker is signed as the package wants it', () => {
    const { body, headers } = bankTransferAttacker.message('ours', claim, { at: 0 });
    const [key = ''] = bankTransferAttacker.connection('ours', [0]).webhookSecrets;
    const signature = headers['hmacsignature'] ?? '';
    expect([theirs(body, signature, key), theirs(body, signature, OTHER)]).toEqual([true, false]);
  });

  test('of our stand-in is signed as the package wants it', async () => {
    const account = connection(KEY);
    const party = await mount(adyenTransfersStandIn({ accounts: () => Promise.resolve([account]) }));
    const instrument = 'SE322KT223222D5FJ7TJN2986';
    await party.control('seed', { seed: [{ instrument }] });
    const { legId } = leg();
    await bankTransferChannel({ now: () => new Date(party.clock.now()).toISOString() }).refund({
      connection: { ...account, baseUrl: party.baseUrl },
      paymentRef: instrument,
      captureRef: 'cash-1',
      amount: 500,
      currency: 'EUR',
      key: 'key_1',
      legId,
      trail,
    });
    await party.control('settle');
    await party.idle();
    expect(party.deliveries.length).toBeGreaterThan(1);
    for (const { rawBody, headers } of party.deliveries) {
      const [body, signature] = [rawBody.toString(), headers['hmacsignature'] ?? ''];
      expect([theirs(body, signature, KEY), theirs(body, signature, OTHER)]).toEqual([true, false]);
    }
    await party.close();
  });
});
