/** What is particular to this provider. What is tried against every webhook is in webhook-attacks.test.ts. */
import { createHmac } from 'node:crypto';
import { adyenWebhook } from '../../shared/adapters/payments/adyen-webhook';
import { signedItem } from '../../shared/adapters/payments/adyen-signature';
import { compactTrail } from '../../shared/adapters/payments/compact-trail';
import { PermanentFault, SignatureInvalid } from '../../shared/domain/faults';
import { derivedId, providerKey, refundId } from '../../shared/domain/ids';
import type { Connection } from '../../shared/ports/connections';
import { refundsIn } from '../support/refund-notices';

const NOW = 1_790_000_000;
const SECRET = '0f'.repeat(32);
const OTHER = 'f0'.repeat(32);
const connection: Connection = {
  id: 'con_adyen',
  tenant: 'acme',
  provider: 'adyen',
  apiKey: 'AQE',
  webhookSecrets: [SECRET],
  settings: { merchantAccount: 'ShopECOM' },
};
const cancellationId = derivedId('can', 1);
const legId = providerKey(refundId(cancellationId, 'l1'), 1);
const trail = { tenant: 'acme', orderId: derivedId('ord', 1), cancellationId, legId };
const reference = compactTrail({ ...trail, leg: 'l1', attempt: 1 });

type Item = Record<string, unknown>;
const item = (more: Item = {}): Item => ({
  amount: { currency: 'EUR', value: 500 },
  eventCode: 'REFUND',
  eventDate: '2026-11-23T12:00:00+01:00',
  merchantAccountCode: 'ShopECOM',
  merchantReference: reference,
  originalReference: '9913140798220028',
  paymentMethod: 'visa',
  pspReference: 'QFQTPCQ8HXSKGK82',
  reason: '',
  success: 'true',
  ...more,
});

/** Written from the vendor's description, not from our reading of it. */
function hmac(of: Item, secret = SECRET): string {
  const { currency, value } = of['amount'] as { currency: string; value: number };
  const text = (name: string): string => of[name] as string;
  const whose = ['pspReference', 'originalReference', 'merchantAccountCode', 'merchantReference'].map(text);
  const data = [...whose, value, currency, text('eventCode'), text('success')].join(':');
  return createHmac('sha256', Buffer.from(secret, 'hex')).update(data).digest('base64');
}
function signed(more: Item = {}, secret = SECRET, additional: Item = {}): Item {
  const unsigned = item(more);
  return { ...unsigned, additionalData: { ...additional, hmacSignature: hmac(unsigned, secret) } };
}
const message = (...items: Item[]): string =>
  JSON.stringify({ live: 'false', notificationItems: items.map((one) => ({ NotificationRequestItem: one })) });
const read = (body: string | Uint8Array, secrets = [SECRET], more: Partial<Connection> = {}) =>
  refundsIn(adyenWebhook.read({ ...connection, ...more, webhookSecrets: secrets }, Buffer.from(body), {}, NOW));

test('the example of the vendor is signed as it says', () => {
  // https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures
  const example = {
    pspReference: '7914073381342284',
    merchantAccountCode: 'TestMerchant',
    merchantReference: 'TestPayment-1407325143704',
    amount: { value: 1130, currency: 'EUR' },
    eventCode: 'AUTHORISATION',
    success: 'true',
    additionalData: { hmacSignature: 'coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0=' },
  };
  const key = '44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056';
  expect(signedItem(example, [key])).toMatchObject({ pspReference: '7914073381342284', success: true });
  expect(signedItem(example, [key.toLowerCase()]).value).toBe(1130);
  expect(() => signedItem(example, [OTHER])).toThrow(SignatureInvalid);
});

describe('a webhook of Adyen', () => {
  test('names the refund, leads back to the leg, and carries what was signed of the outcome', () => {
    expect(read(message(signed()))).toEqual([
      {
        eventId: 'REFUND:QFQTPCQ8HXSKGK82:true',
        type: 'REFUND',
        providerRef: 'QFQTPCQ8HXSKGK82',
        trail,
        claims: 'succeeded',
        signed: { status: 'succeeded', providerRef: 'QFQTPCQ8HXSKGK82', amount: 500, currency: 'EUR' },
      },
    ]);
  });

  test.each([
    ['REFUND', 'true', 'succeeded'],
    ['REFUND', 'false', 'failed'],
    ['REFUND_FAILED', 'true', 'failed'],
    ['REFUNDED_REVERSED', 'true', 'failed'],
    ['CANCELLATION', 'true', 'succeeded'],
    ['CANCELLATION', 'false', 'failed'],
    ['CANCEL_OR_REFUND', 'true', 'succeeded'],
    ['CANCEL_OR_REFUND', 'false', 'failed'],
    ['TECHNICAL_CANCEL', 'true', 'succeeded'],
    ['TECHNICAL_CANCEL', 'false', 'failed'],
  ])('%s with success=%s is a refund that has %s', (eventCode, success, status) => {
    const [notice] = read(message(signed({ eventCode, success })));
    expect([notice?.claims, notice?.signed?.status]).toEqual([status, status]);
    expect(notice?.signed?.failureReason).toBe(
      status === 'succeeded' ? undefined : success === 'true' ? eventCode : `${eventCode} success=false`,
    );
  });

  test.each([
    ['REFUND_FAILED', 'false'],
    ['REFUNDED_REVERSED', 'false'],
    ['AUTHORISATION', 'true'],
    ['CAPTURE', 'true'],
    ['REQUEST_FOR_INFORMATION', 'true'],
    ['NOTIFICATION_OF_FRAUD', 'true'],
    ['constructor', 'true'],
    ['', 'true'],
  ])("'%s' with success=%s is authentic and ignored", (eventCode, success) => {
    expect(read(message(signed({ eventCode, success })))).toEqual([]);
  });

  test.each([
    ['a refund that somebody made by hand', { merchantReference: 'Refund of order 1001' }],
    ['one without a reference', { merchantReference: '' }],
    ['one of another merchant account under the same key', { merchantAccountCode: 'OtherECOM' }],
  ])('%s is authentic and ignored', (_what, more) => {
    expect(read(message(signed(more)))).toEqual([]);
  });

  test('a batch names several refunds, in its order', () => {
    const second = { pspReference: 'JDD6LKT8MBLZNN84', eventCode: 'REFUND_FAILED' };
    const names = read(message(signed(), signed({ eventCode: 'AUTHORISATION' }), signed(second)));
    expect(names.map(({ eventId }) => eventId)).toEqual([
      'REFUND:QFQTPCQ8HXSKGK82:true',
      'REFUND_FAILED:JDD6LKT8MBLZNN84:true',
    ]);
  });

  test('one item that is not signed makes the whole batch unsigned', () => {
    expect(() => read(message(signed(), item()))).toThrow(SignatureInvalid);
    expect(() => read(message(signed(), signed({}, OTHER)))).toThrow(SignatureInvalid);
  });

  test('what is not signed is never passed on', () => {
    const evil = 'EVIL';
    const [notice] = read(
      message(
        signed({ success: 'false', reason: evil, eventDate: evil, paymentMethod: evil, operations: [evil] }, SECRET, {
          arn: evil,
        }),
      ),
    );
    expect(JSON.stringify(notice)).not.toContain(evil);
  });

  test('sent again it says the same: what it changes is for the leg to decide', () => {
    const body = message(signed());
    expect(read(body)).toEqual(read(body));
    const [notice] = read(body, [SECRET]);
    expect(notice?.eventId).toBe('REFUND:QFQTPCQ8HXSKGK82:true');
  });

  test('during a rotation either secret opens it, and a batch may hold both', () => {
    for (const secrets of [
      [SECRET, OTHER],
      [OTHER, SECRET],
    ]) {
      expect(read(message(signed(), signed({}, OTHER)), secrets)).toHaveLength(2);
    }
  });

  test("another tenant's connection finds no leg of this one", () => {
    const [notice] = read(message(signed()), [SECRET], { tenant: 'other' });
    expect(notice?.trail?.tenant).toBe('other');
  });

  test.each([
    ['CLP', 99_000, 990],
    ['ISK', 500, 5],
    ['CVE', 15, 1_500],
    ['IDR', 1_500, 150_000],
    ['KWD', 5_124, 5_124],
  ])('%s %d is %d of ours', (currency, value, ours) => {
    expect(read(message(signed({ amount: { currency, value } })))[0]?.signed?.amount).toBe(ours);
  });

  test.each([
    ['ours cannot state', { currency: 'CLP', value: 99_050 }],
    ['of a currency that nobody knows', { currency: 'XTS', value: 500 }],
  ])('an amount that %s is that of no leg', (_what, amount) => {
    expect(read(message(signed({ amount })))[0]?.signed?.amount).toBeNaN();
  });

  test('a connection that names no merchant account is loud, once something is signed for it', () => {
    expect(() => read(message(signed()), [SECRET], { settings: {} })).toThrow(PermanentFault);
    expect(() => read(message(item()), [SECRET], { settings: {} })).toThrow(SignatureInvalid);
  });

  test('is acknowledged in the words of Adyen', () => {
    expect(adyenWebhook.acknowledgement).toEqual({ contentType: 'text/plain', body: '[accepted]' });
  });

  const body = message(signed());
  const altered = (more: Item): string => message({ ...signed(), ...more });
  const keyless = (): string => {
    const unsigned = item();
    const { currency, value } = unsigned['amount'] as { currency: string; value: number };
    const names = ['pspReference', 'originalReference', 'merchantAccountCode', 'merchantReference'];
    const data = [...names.map((name) => unsigned[name]), value, currency, 'REFUND', 'true'].join(':');
    const hmacSignature = createHmac('sha256', Buffer.alloc(0)).update(data).digest('base64');
    return message({ ...unsigned, additionalData: { hmacSignature } });
  };
  const attacks: [why: string, payload: string | Uint8Array, secrets?: string[]][] = [
    ['another pspReference', altered({ pspReference: 'QFQTPCQ8HXSKGK83' })],
    ['another payment', altered({ originalReference: '9913140798220029' })],
    ['another merchant account', altered({ merchantAccountCode: 'OtherECOM' })],
    ['the reference of another leg', altered({ merchantReference: reference.replace('-l1-', '-l2-') })],
    ['another amount', altered({ amount: { currency: 'EUR', value: 50_000 } })],
    ['another currency', altered({ amount: { currency: 'USD', value: 500 } })],
    ['another event', altered({ eventCode: 'REFUND_FAILED' })],
    ['the other outcome', altered({ success: 'false' })],
    ['an amount as text', altered({ amount: { currency: 'EUR', value: '500' } })],
    ['an outcome that is no text', altered({ success: true })],
    ['an outcome in capitals', altered({ success: 'TRUE' })],
    [
      'a field cut at another place',
      altered({ pspReference: 'QFQTPCQ8HXSKGK82:9913140798220028', originalReference: '' }),
    ],
    [
      'a colon moved into the event',
      altered({ amount: { currency: 'EUR:REFUND', value: 500 }, eventCode: 'true', success: 'true' }),
    ],
    ['a signature that is no text', message({ ...item(), additionalData: { hmacSignature: [hmac(item())] } })],
    [
      'a signature in hexadecimal',
      message({ ...item(), additionalData: { hmacSignature: Buffer.from(hmac(item()), 'base64').toString('hex') } }),
    ],
    ['a signature cut short', message({ ...item(), additionalData: { hmacSignature: hmac(item()).slice(0, -4) } })],
    ['a wrong secret', message(signed({}, OTHER))],
    ['a secret that is not hexadecimal', keyless(), ['not a key']],
    ['a secret that is too short', message(signed({}, '0f0f')), ['0f0f']],
    ['no items', '{"live":"false","notificationItems":[]}'],
    ['items that are no list', '{"notificationItems":{"0":{}}}'],
    ['an item that is nothing', '{"notificationItems":[null]}'],
    ['nothing that is JSON', '{'],
    ['a body that is a text', '"[accepted]"'],
    ['an empty body', ''],
    ['bytes that are no UTF-8', Buffer.concat([Buffer.from(body.slice(0, -1)), Buffer.from([0xff]), Buffer.from('}')])],
  ];
  test.each(attacks.map(([why, ...attack]) => ({ why, attack })))('with $why is refused', ({ attack }) => {
    expect(() => read(...attack)).toThrow(SignatureInvalid);
  });

  test('a colon in the reference alone can be told apart, and is not one of ours', () => {
    expect(read(message(signed({ merchantReference: 'theirs:500:EUR' })))).toEqual([]);
    const cut = { ...signed({ merchantReference: 'theirs:500' }), originalReference: '9913140798220028:ShopECOM' };
    expect(() => read(message(cut))).toThrow(SignatureInvalid);
  });
});
