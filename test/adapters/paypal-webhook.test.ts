/** What is particular to this provider. What is tried against every webhook is in webhook-attacks.test.ts. */
import { createPrivateKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { paypalChannel } from '../../shared/adapters/payments/paypal';
import { paypalWebhook } from '../../shared/adapters/payments/paypal-webhook';
import { PermanentFault, SignatureInvalid, TransientFault } from '../../shared/domain/faults';
import type { Connection } from '../../shared/ports/connections';
import type { PaymentNotice } from '../../shared/ports/payment-channel';
import { authorityOf, issueCertificate, type Issuer } from '../../infra/local/stand-ins/certificate-authority';
import { paypalStandIn } from '../../infra/local/stand-ins/paypal';
import { CERTIFICATE_PATH, paypalAuthority, transmissionHeaders } from '../../infra/local/stand-ins/paypal-signer';
import { mount, rawServer, type Mounted } from '../support/mounted-stand-in';
import { leg } from './payment-channel.suite';
import { refundIn } from '../support/refund-notices';

const NOW = 1_790_000_000;
const WEBHOOK_ID = '1JE4291016473214C';
const CERT_URL = `https://api.paypal.com${CERTIFICATE_PATH}`;
const event = {
  id: 'WH-1',
  event_type: 'PAYMENT.CAPTURE.REFUNDED',
  resource_type: 'refund',
  resource: {
    id: 'REFUND1',
    status: 'COMPLETED',
    amount: { currency_code: 'EUR', value: '5.00' },
    custom_id: 'ord_1.can_1.rfd_1-1',
  },
};
const body = JSON.stringify(event);

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const NAME = 'messageverificationcerts.paypal.com';
const leafOf = (issuer: Issuer, other: { commonName?: string; from?: Date; to?: Date } = {}): string =>
  issueCertificate({ commonName: NAME, publicKey: pair.publicKey, authority: false, ...other }, issuer);

/** What `api.paypal.com` serves at the certificates' addresses. */
let served: { status: number; text: string };
let asked: string[];
let server: Awaited<ReturnType<typeof rawServer>>;
beforeAll(async () => {
  server = await rawServer((incoming, outgoing) => {
    asked.push(incoming.url ?? '');
    outgoing.writeHead(served.status).end(served.text);
  });
});
afterAll(() => server.close());
beforeEach(() => {
  served = { status: 200, text: leafOf(paypalAuthority) };
  asked = [];
});

function connectionWith(other: Partial<Connection> = {}): Connection {
  return {
    id: 'con_paypal',
    tenant: 'acme',
    provider: 'paypal',
    apiKey: 'secret',
    settings: { clientId: 'client', webhookCa: paypalAuthority.certificate },
    webhookSecrets: [WEBHOOK_ID],
    baseUrl: server.baseUrl,
    ...other,
  };
}

type Headers = Record<string, string | undefined>;

/** Written out by hand, so that our reading is not checked against our own writing of it in the stand-in. */
function signed(
  payload: string | Uint8Array,
  { webhookId = WEBHOOK_ID, at = NOW, key = pair.privateKey } = {},
): Headers {
  const time = new Date(at * 1000).toISOString().replace('.000Z', 'Z');
  const text = `69cd13f0-d67a-11e5-baa3-778b53f4ae55|${time}|${webhookId}|${crc32(payload)}`;
  return {
    'paypal-transmission-id': '69cd13f0-d67a-11e5-baa3-778b53f4ae55',
    'paypal-transmission-time': time,
    'paypal-transmission-sig': sign('sha256', Buffer.from(text), key).toString('base64'),
    'paypal-cert-url': CERT_URL,
    'paypal-auth-algo': 'SHA256withRSA',
  };
}

async function read(
  payload: string | Uint8Array,
  headers: Headers,
  connection = connectionWith(),
): Promise<PaymentNotice | undefined> {
  await paypalWebhook.prepare?.(connection, headers);
  return refundIn(paypalWebhook.read(connection, Buffer.from(payload), headers, NOW));
}

describe('a webhook of PayPal', () => {
  test('names the refund and leads back to the leg', async () => {
    expect(await read(body, signed(body))).toEqual({
      eventId: 'WH-1',
      type: 'PAYMENT.CAPTURE.REFUNDED',
      providerRef: 'REFUND1',
      trail: { tenant: 'acme', orderId: 'ord_1', cancellationId: 'can_1', legId: 'rfd_1-1' },
      claims: 'succeeded',
    });
  });

  test('the checksum is that of PKZIP, as an unsigned decimal', () => {
    expect(crc32('123456789')).toBe(0xcbf43926);
    expect(crc32(Buffer.from([0xff, 0xff, 0xff, 0xff]))).toBe(0xffffffff);
  });

  test.each(['PAYMENT.CAPTURE.COMPLETED', 'PAYMENT.CAPTURE.REVERSED', 'PAYMENT.AUTHORIZATION.VOIDED', 'INVOICING.X'])(
    '%s is authentic and ignored',
    async (event_type) => {
      const payload = JSON.stringify({ ...event, event_type });
      expect(await read(payload, signed(payload))).toBeUndefined();
    },
  );

  test.each([
    ['made in the dashboard', undefined],
    ['of the shop itself', 'order 4711'],
    ['that is ours in part', 'ord_1.can_1'],
  ])('a refund with a reference %s has no trail', async (_name, custom_id) => {
    const payload = JSON.stringify({ ...event, resource: { ...event.resource, custom_id } });
    expect((await read(payload, signed(payload)))?.trail).toBeUndefined();
  });

  test('while a webhook is replaced either id opens it', async () => {
    const both = connectionWith({ webhookSecrets: ['OLDWEBHOOK', 'NEWWEBHOOK'] });
    for (const webhookId of both.webhookSecrets) {
      expect((await read(body, signed(body, { webhookId }), both))?.eventId).toBe('WH-1');
    }
  });

  const header = signed(body);
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const attacks: [why: string, payload: string | Uint8Array, headers: Headers, other?: Partial<Connection>][] = [
    ['an altered body', body.replace('REFUND1', 'REFUND2'), header],
    ['another amount', body.replace('5.00', '9.00'), header],
    ['the same JSON with other spaces', JSON.stringify(event, null, 1), header],
    ['a byte order mark in front', `\uFEFF${body}`, header],
    ['bytes that are no UTF-8', Buffer.from([0xff]), signed(Buffer.from([0xff]))],
    ['an empty body', '', header],
    ['a time that was changed', body, { ...header, 'paypal-transmission-time': '2026-09-21T14:13:21Z' }],
    ['a time that is none', body, { ...header, 'paypal-transmission-time': 'yesterday' }],
    ['another transmission id', body, { ...header, 'paypal-transmission-id': '69cd13f0-d67a-11e5-baa3-000000000000' }],
    ['a transmission id that holds a separator', body, { ...header, 'paypal-transmission-id': 'a|b' }],
    ['the key of somebody else', body, signed(body, { key: other })],
    ['the webhook of another account', body, signed(body, { webhookId: '2XX4291016473214X' })],
    ['an empty signature', body, { ...header, 'paypal-transmission-sig': '' }],
    ['a signature without end', body, { ...header, 'paypal-transmission-sig': 'A'.repeat(5_000) }],
  ];
  test.each(attacks.map(([why, ...attack]) => ({ why, attack })))('with $why is refused', async ({ attack }) => {
    const [payload, headers, changed] = attack;
    await expect(read(payload, headers, connectionWith(changed))).rejects.toThrow(SignatureInvalid);
  });

  test('a repetition of three days ago is still accepted: what it names is re-read', async () => {
    expect((await read(body, signed(body, { at: NOW - 259_200 })))?.eventId).toBe('WH-1');
    expect((await read(body, signed(body, { at: NOW + 300 })))?.eventId).toBe('WH-1');
  });

  test('sent again it names the same event', async () => {
    const connection = connectionWith();
    const once = await read(body, header, connection);
    expect(await read(body, header, connection)).toEqual(once);
    expect(asked).toEqual([CERTIFICATE_PATH]);
  });

  test('an empty webhook id is a fault of ours, not a way in', async () => {
    const connection = connectionWith({ webhookSecrets: [''] });
    await expect(read(body, signed(body, { webhookId: '' }), connection)).rejects.toThrow(PermanentFault);
  });

  test('signed, but not readable: loud, because PayPal has changed', async () => {
    const nameless = JSON.stringify({ ...event, resource: {} });
    await expect(read(nameless, signed(nameless))).rejects.toThrow(PermanentFault);
    await expect(read('{', signed('{'))).rejects.toThrow(PermanentFault);
  });

  test('read before its certificate was fetched is a fault of ours', () => {
    expect(() => paypalWebhook.read(connectionWith(), Buffer.from(body), header, NOW)).toThrow(PermanentFault);
  });
});

describe('the address of the certificate', () => {
  const at = (url: string): Headers => ({ ...signed(body), 'paypal-cert-url': url });

  test.each([
    'https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1',
    'https://evil.example/v1/notifications/certs/CERT-1',
    'https://evilpaypal.com/v1/notifications/certs/CERT-1',
    'https://paypal.com@evil.example/v1/notifications/certs/CERT-1',
    'https://user:secret@api.paypal.com/v1/notifications/certs/CERT-1',
    'https://api.paypal.com:8443/v1/notifications/certs/CERT-1',
    'http://api.paypal.com/v1/notifications/certs/CERT-1',
    'https://api.paypal.com/v1/notifications/certs/../../x',
    'https://api.paypal.com/v1/notifications/certs/CERT-1?next=https://evil.example',
    'https://api.paypal.com/v1/notifications/certs/CERT-1#x',
    'https://api.paypal.com/redirect/CERT-1',
    'https://api.paypal.com\\@evil.example/v1/notifications/certs/CERT-1',
    'file:///etc/passwd',
    'data:text/plain,x',
    '/v1/notifications/certs/CERT-1',
  ])('%s is not called', async (url) => {
    await expect(read(body, at(url))).rejects.toThrow(SignatureInvalid);
    expect(asked).toEqual([]);
  });

  test("the sandbox's is called", async () => {
    const url = 'https://api.sandbox.paypal.com/v1/notifications/certs/CERT-2';
    expect((await read(body, at(url)))?.eventId).toBe('WH-1');
    expect(asked).toEqual(['/v1/notifications/certs/CERT-2']);
  });

  test('a certificate that PayPal does not have signs nothing', async () => {
    served = { status: 404, text: '' };
    await expect(read(body, signed(body))).rejects.toThrow(SignatureInvalid);
  });

  test.each([500, 302, 429])('HTTP %d for the certificate: PayPal may send the message again', async (status) => {
    served = { status, text: 'x' };
    await expect(read(body, signed(body))).rejects.toThrow(TransientFault);
  });

  test('nobody there: PayPal may send the message again', async () => {
    const connection = connectionWith({ baseUrl: 'http://127.0.0.1:9' });
    await expect(read(body, signed(body), connection)).rejects.toThrow(TransientFault);
  });

  test('more than fits is not read', async () => {
    served = { status: 200, text: 'x'.repeat(65 * 1024) };
    await expect(read(body, signed(body))).rejects.toThrow(TransientFault);
  });

  test('names that somebody makes up push out no more than a few', async () => {
    const connection = connectionWith();
    for (let n = 0; n < 20; n += 1) {
      await read(body, at(`https://api.paypal.com/v1/notifications/certs/CERT-${n}`), connection);
    }
    asked = [];
    await read(body, at('https://api.paypal.com/v1/notifications/certs/CERT-19'), connection);
    await read(body, at('https://api.paypal.com/v1/notifications/certs/CERT-0'), connection);
    expect(asked).toEqual(['/v1/notifications/certs/CERT-0']);
  });
});

describe('the certificate', () => {
  const middle = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const middleIssuer = { commonName: 'Middle CA', key: middle.privateKey };
  const middleCertificate = (authority: boolean, other: { from?: Date; to?: Date } = {}): string =>
    issueCertificate({ commonName: 'Middle CA', publicKey: middle.publicKey, authority, ...other }, paypalAuthority);
  const impostor = authorityOf(paypalAuthority.commonName, Buffer.alloc(32, 9));
  const past = { from: new Date('2020-01-01'), to: new Date((NOW - 1) * 1000) };
  const reads = (...certificates: string[]) => {
    served = { status: 200, text: certificates.join('') };
    return read(body, signed(body));
  };

  test('may come with the authorities between it and the trusted one, in any order', async () => {
    expect(await reads(leafOf(middleIssuer), middleCertificate(true))).toMatchObject({ eventId: 'WH-1' });
    const noise = leafOf(impostor);
    expect(await reads(leafOf(middleIssuer), noise, middleCertificate(true))).toMatchObject({ eventId: 'WH-1' });
  });

  test('may be trusted by way of an authority in between that the connection names', async () => {
    served = { status: 200, text: leafOf(middleIssuer) };
    const connection = connectionWith({ settings: { clientId: 'client', webhookCa: middleCertificate(true) } });
    expect((await read(body, signed(body), connection))?.eventId).toBe('WH-1');
  });

  test.each([
    ['signed by an authority of the same name with another key', () => [leafOf(impostor)]],
    ['signed by an authority that brings itself', () => [leafOf(impostor), impostor.certificate]],
    ['signed by itself', () => [leafOf({ commonName: NAME, key: pair.privateKey })]],
    ['signed by one that is no authority', () => [leafOf(middleIssuer), middleCertificate(false)]],
    ['signed by an authority whose time was over', () => [leafOf(middleIssuer), middleCertificate(true, past)]],
    ['whose time was over', () => [leafOf(paypalAuthority, past)]],
    ['whose time has not come', () => [leafOf(paypalAuthority, { from: new Date((NOW + 1) * 1000) })]],
    ['of another name', () => [leafOf(paypalAuthority, { commonName: 'paypal.com.evil.example' })]],
    ['of a name that only ends alike', () => [leafOf(paypalAuthority, { commonName: 'evilpaypal.com' })]],
    ['with two names in one', () => [leafOf(paypalAuthority, { commonName: `evil.example\nCN=${NAME}` })]],
    ['in a bundle without end', () => [leafOf(paypalAuthority), ...Array<string>(20).fill(middleCertificate(true))]],
    ['that is none', () => ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n']],
    ['in HTML', () => ['<html>']],
    ['with a short key', () => [leafWith(generateKeyPairSync('rsa', { modulusLength: 1024 }))]],
    ['with another kind of key', () => [leafWith(generateKeyPairSync('ec', { namedCurve: 'P-256' }))]],
  ])('%s is not believed', async (_name, certificates) => {
    await expect(reads(...certificates())).rejects.toThrow(SignatureInvalid);
  });

  const leafWith = ({ publicKey }: { publicKey: KeyObject }): string =>
    issueCertificate({ commonName: NAME, publicKey, authority: false }, paypalAuthority);

  test('of our own authority is worth nothing where only the public ones are trusted', async () => {
    const connection = connectionWith({ settings: { clientId: 'client' } });
    await expect(read(body, signed(body), connection)).rejects.toThrow(SignatureInvalid);
  });

  test('the authority is the same in every process, so that a connection on disk stays right', () => {
    const again = authorityOf('Laptop PayPal CA', Buffer.alloc(32, 'laptop-paypal'));
    expect(again.certificate).toBe(paypalAuthority.certificate);
    expect(createPrivateKey(again.key.export({ type: 'pkcs8', format: 'pem' })).asymmetricKeyType).toBe('ed25519');
  });
});

describe('the checksum', () => {
  test('can be forged by whoever has one signed message; so the refund is re-read, and the lie comes to nothing', async () => {
    const party = await mount(paypalStandIn({ accounts }));
    const { connection, wish } = await pendingRefund(party);
    const { providerRef } = await paypalChannel().refund(wish);
    await party.idle();
    const [genuine] = party.deliveries;
    const lie = (genuine?.rawBody.toString() ?? '').replace('"PENDING"', '"COMPLETED"');
    const forged = withChecksumOf(lie, genuine?.rawBody ?? Buffer.alloc(0));

    await paypalWebhook.prepare?.(connection, genuine?.headers ?? {});
    const now = Math.floor(party.clock.now() / 1000);
    expect(paypalWebhook.read(connection, forged, genuine?.headers ?? {}, now)).toMatchObject({ claims: 'succeeded' });
    expect(await paypalChannel().query({ ...wish, providerRef })).toMatchObject({ status: 'pending' });
    await party.close();
  });
});

describe('a dispute', () => {
  const dispute = (resource: object = {}, createTime = NOW) => ({
    id: 'WH-2',
    event_type: 'CUSTOMER.DISPUTE.UPDATED',
    create_time: new Date(createTime * 1000).toISOString(),
    resource: {
      dispute_id: 'PP-D-1',
      disputed_transactions: [{ seller_transaction_id: 'CAP1' }],
      status: 'OPEN',
      ...resource,
    },
  });
  const won = { status: 'RESOLVED', dispute_outcome: { outcome_code: 'RESOLVED_SELLER_FAVOUR' } };
  const readRaw = async (payload: Buffer, headers: Headers) => {
    const connection = connectionWith();
    await paypalWebhook.prepare?.(connection, headers);
    return paypalWebhook.read(connection, payload, headers, NOW);
  };

  test('stops refunds as it was told', async () => {
    const payload = Buffer.from(JSON.stringify(dispute()));
    expect(await readRaw(payload, signed(payload))).toMatchObject([
      { dispute: 'PP-D-1', payment: 'CAP1', stops: true, order: NOW * 1000 },
    ]);
  });

  test('that is over is not believed: whoever holds one signed message can forge it under its checksum', async () => {
    const genuine = Buffer.from(body);
    const forged = withChecksumOf(JSON.stringify(dispute(won)), genuine);
    expect(await readRaw(forged, signed(genuine))).toEqual([]);
    const truly = Buffer.from(JSON.stringify(dispute(won)));
    expect(await readRaw(truly, signed(truly))).toEqual([]);
  });

  test('of the far future is no later than its message, so that later news of PayPal counts', async () => {
    const genuine = Buffer.from(body);
    const forged = withChecksumOf(JSON.stringify(dispute({}, NOW + 1e9)), genuine);
    expect(await readRaw(forged, signed(genuine, { at: NOW - 60 }))).toMatchObject([
      { stops: true, order: (NOW - 60) * 1000 },
    ]);
  });
});

describe('the stand-in sends webhooks as PayPal does', () => {
  let party: Mounted;
  beforeEach(async () => {
    party = await mount(paypalStandIn({ accounts }));
  });
  afterEach(() => party.close());

  const readAll = async (connection: Connection) => {
    const now = Math.floor(party.clock.now() / 1000);
    const notices = [];
    for (const { rawBody, headers } of party.deliveries) {
      await paypalWebhook.prepare?.(connection, headers);
      notices.push(refundIn(paypalWebhook.read(connection, rawBody, headers, now)));
    }
    return notices;
  };

  test('signed for the webhook, to the address of the connection, with a certificate to be fetched', async () => {
    const { connection, wish } = await pendingRefund(party);
    const { providerRef } = await paypalChannel().refund(wish);
    await party.idle();
    expect(party.deliveries[0]?.path).toBe('/webhooks/payments/paypal/con_paypal');
    expect(await readAll(connection)).toMatchObject([
      { type: 'PAYMENT.REFUND.PENDING', providerRef, trail: { legId: wish.legId }, claims: 'pending' },
    ]);
  });

  test('one for every change of state, and one for a void that concerns no refund', async () => {
    const { connection, wish } = await pendingRefund(party);
    await paypalChannel().refund(wish);
    await party.control('settle', { leg_id: wish.legId, status: 'FAILED' });
    await party.control('seed', { seed: [{ order: 'ORDER2', amount: '9.00', captured: '0.00', currency: 'EUR' }] });
    await paypalChannel().reverse({ ...wish, paymentRef: 'ORDER2', ...leg() });
    await party.idle();
    expect((await readAll(connection)).map((notice) => notice?.type)).toEqual([
      'PAYMENT.REFUND.PENDING',
      'PAYMENT.REFUND.FAILED',
      undefined,
    ]);
  });

  test('again after a failure, with a new time and the same event id', async () => {
    const { connection, wish } = await pendingRefund(party);
    party.answerWebhooksWith(500);
    await paypalChannel().refund(wish);
    await party.idle();
    party.answerWebhooksWith(200);
    await party.restart(paypalStandIn({ accounts }));
    party.clock.moveTo(party.clock.now() + 3_600_000);
    await party.idle();
    expect(party.deliveries).toHaveLength(2);
    const times = party.deliveries.map(({ headers }) => headers['paypal-transmission-time']);
    expect(times[0]).not.toBe(times[1]);
    const [one, two] = await readAll(connection);
    expect(one).toEqual(two);
  });

  test('twice on request, never on request, before the reply on request', async () => {
    const { wish } = await pendingRefund(party);
    const refund = () => paypalChannel().refund({ ...wish, amount: 1, ...leg() });
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

  test('what it signs is what the vendor documents, whoever writes it', async () => {
    const { wish } = await pendingRefund(party);
    await paypalChannel().refund(wish);
    await party.idle();
    const [{ rawBody, headers } = { rawBody: Buffer.alloc(0), headers: {} as Headers }] = party.deliveries;
    const id = headers['paypal-transmission-id'] ?? '';
    const at = Date.parse(headers['paypal-transmission-time'] ?? '') / 1000;
    const ours = transmissionHeaders(
      { certificate: '', key: pair.privateKey },
      { id, webhookId: 'W', body: rawBody },
      at * 1000,
    );
    const text = `${id}|${headers['paypal-transmission-time']}|W|${crc32(rawBody)}`;
    expect(ours['paypal-transmission-sig']).toBe(sign('sha256', Buffer.from(text), pair.privateKey).toString('base64'));
  });
});

const ACCOUNT = { id: 'con_paypal', apiKey: 'secret', settings: { clientId: 'client' }, webhookSecrets: [WEBHOOK_ID] };
const accounts = () => Promise.resolve([ACCOUNT]);

async function pendingRefund(party: Mounted) {
  await party.control('seed', { seed: [{ order: 'ORDER1', capture: 'CAPTURE1', amount: '20.00', currency: 'EUR' }] });
  await party.control('behaviours', { status: 'PENDING', reason: 'ECHECK' });
  const connection = connectionWith({ baseUrl: party.baseUrl });
  const refs = { paymentRef: 'ORDER1', captureRef: 'CAPTURE1' };
  return { connection, wish: { connection, ...refs, amount: 500, currency: 'EUR', ...leg() } };
}

/**
 * The text with white space behind it that gives it another's CRC32. The checksum is linear: each of the spaces that
 * becomes a tab changes it by bits of its own, and the right choice of them is a system of 32 equations.
 */
function withChecksumOf(text: string, model: Uint8Array): Buffer {
  const slots = 64;
  const padded = Buffer.from(text + ' '.repeat(slots));
  const start = padded.length - slots;
  const base = crc32(padded);
  const basis: { bits: number; chosen: bigint }[] = [];
  const reduce = (bits: number, chosen: bigint) => {
    for (const one of basis)
      if ((bits ^ one.bits) >>> 0 < bits) [bits, chosen] = [(bits ^ one.bits) >>> 0, chosen ^ one.chosen];
    return { bits, chosen };
  };
  for (let slot = 0; slot < slots; slot += 1) {
    padded[start + slot] = 0x09;
    const effect = reduce((crc32(padded) ^ base) >>> 0, 1n << BigInt(slot));
    padded[start + slot] = 0x20;
    if (effect.bits !== 0) basis.push(effect);
    basis.sort((one, two) => two.bits - one.bits);
  }
  const { bits, chosen } = reduce((base ^ crc32(model)) >>> 0, 0n);
  if (bits !== 0) throw new Error('these spaces do not reach that checksum');
  for (let slot = 0; slot < slots; slot += 1) if ((chosen >> BigInt(slot)) & 1n) padded[start + slot] = 0x09;
  return padded;
}
