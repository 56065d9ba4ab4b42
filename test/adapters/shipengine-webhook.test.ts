import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { shipengineCarrier } from '../../shared/adapters/carriers/shipengine';
import { shipengineWebhook } from '../../shared/adapters/carriers/shipengine-webhook';
import { PermanentFault, SignatureInvalid, TransientFault } from '../../shared/domain/faults';
import type { CarrierNotice } from '../../shared/ports/carrier';
import type { Connection } from '../../shared/ports/connections';
import { shipengineStandIn } from '../../infra/local/stand-ins/shipengine';
import { mount, rawServer } from '../support/mounted-stand-in';

const now = 1_790_000_000;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
const short = generateKeyPairSync('rsa', { modulusLength: 1024 });
const jwk = (key: KeyObject, more: object) => ({ ...key.export({ format: 'jwk' }), use: 'sig', ...more });

const tracking = { tracking_number: '1Z1', status_code: 'IT', status_detail_code: 'OUT_FOR_DELIVERY' };
const event = {
  resource_url: 'https://api.shipengine.com/v1/labels/se-1/track',
  resource_type: 'API_TRACK',
  data: tracking,
};
const body = JSON.stringify(event);

let looks = 0;
let published: object[] = [];
let server: Awaited<ReturnType<typeof rawServer>>;
let connection: Connection;
beforeAll(async () => {
  server = await rawServer((incoming, outgoing) => {
    looks += 1;
    if (incoming.url === '/jwks' && published.length > 0) outgoing.end(JSON.stringify({ keys: published }));
    else outgoing.writeHead(incoming.url === '/jwks' ? 503 : 404).end();
  });
});
afterAll(() => server.close());
beforeEach(() => {
  looks = 0;
  published = [jwk(rsa.publicKey, { kid: 'one', alg: 'RS256' }), jwk(short.publicKey, { kid: 'short' })];
  published.push(jwk(rsa.publicKey, { kid: 'pss', alg: 'PS256' }), { kty: 'oct', kid: 'oct', k: 'c2VjcmV0' });
  connection = {
    id: 'con_shipengine',
    tenant: 'acme',
    provider: 'shipengine',
    apiKey: 'TEST',
    webhookSecrets: ['secret one'],
    baseUrl: server.baseUrl,
  };
});

interface Signing {
  key?: KeyObject;
  keyId?: string;
  time?: string;
  secret?: string;
  hash?: string;
}

function signed(payload: string, { key = rsa.privateKey, keyId = 'one', hash = 'sha256', ...more }: Signing = {}) {
  const time = more.time ?? new Date(now * 1000).toISOString();
  return {
    'x-shipengine-rsa-sha256-key-id': keyId,
    'x-shipengine-rsa-sha256-signature': sign(hash, Buffer.from(`${time}.${payload}`), key).toString('base64'),
    'x-shipengine-timestamp': time,
    'x-connection-secret': more.secret ?? 'secret one',
  };
}

async function hear(payload: string, headers: Record<string, string | undefined>, to = connection) {
  await shipengineWebhook.prepare?.(to, headers);
  return shipengineWebhook.read(to, Buffer.from(payload), headers, now);
}

describe('a webhook of ShipEngine', () => {
  test('says where the parcel of a label is', async () => {
    const notice = (await hear(body, signed(body))) as CarrierNotice;
    expect(notice).toEqual({
      eventId: notice.eventId,
      type: 'API_TRACK',
      providerShipmentRef: 'se-1',
      trackingCode: '1Z1',
      position: 'out_for_delivery',
      void: undefined,
    });
    expect(notice.eventId).toMatch(/^[0-9a-f]{40}$/);
  });

  test('of the same bytes is the same event, and of others another', async () => {
    const first = (await hear(body, signed(body))) as CarrierNotice;
    const again = (await hear(body, signed(body, { time: '2026-09-21T14:14:00.000Z' }))) as CarrierNotice;
    const later = JSON.stringify({ ...event, data: { ...tracking, status_detail_code: 'DELIVERED' } });
    expect(again.eventId).toBe(first.eventId);
    expect(((await hear(later, signed(later))) as CarrierNotice).eventId).not.toBe(first.eventId);
  });

  test('about a tracking number that anybody may subscribe to names no shipment', async () => {
    const url = 'https://api.shipengine.com/v1/tracking?carrier_code=ups&tracking_number=1Z1';
    const payload = JSON.stringify({ ...event, resource_url: url });
    expect(await hear(payload, signed(payload))).toMatchObject({ providerShipmentRef: undefined, trackingCode: '1Z1' });
  });

  test.each(['RATE', 'BATCH_PROCESSED_V2'])('%s is authentic and ignored', async (resource_type) => {
    const payload = JSON.stringify({ ...event, resource_type });
    expect(await hear(payload, signed(payload))).toBeUndefined();
  });

  test('its newer edition says the same', async () => {
    const url = 'https://api.shipstation.com/v2/labels/se-1/track';
    const payload = JSON.stringify({ ...event, resource_type: 'TRACK_EVENT_V2', resource_url: url });
    expect(await hear(payload, signed(payload))).toMatchObject({ providerShipmentRef: 'se-1' });
  });

  test('signed, but not readable: loud, because ShipEngine has changed', async () => {
    const nameless = JSON.stringify({ ...event, data: {} });
    await expect(hear(nameless, signed(nameless))).rejects.toThrow(PermanentFault);
    await expect(hear('{', signed('{'))).rejects.toThrow(PermanentFault);
  });

  test('during a rotation of our secret either opens it', async () => {
    connection = { ...connection, webhookSecrets: ['secret one', 'secret two'] };
    for (const secret of connection.webhookSecrets) await hear(body, signed(body, { secret }));
  });

  const time = (seconds: number): string => new Date((now + seconds) * 1000).toISOString();
  test.each([-300, 300])('signed %i seconds away is taken', (seconds) =>
    expect(hear(body, signed(body, { time: time(seconds) }))).resolves.toBeDefined(),
  );

  const without = (name: string): Record<string, string> =>
    Object.fromEntries(Object.entries(signed(body)).filter(([header]) => header !== name));
  const attacks: [why: string, payload: string, headers: () => Record<string, string>][] = [
    ['an altered body', body.replace('se-1', 'se-2'), () => signed(body)],
    ['the same JSON with other spaces', JSON.stringify(event, null, 1), () => signed(body)],
    ['an old time stamp', body, () => signed(body, { time: time(-301) })],
    ['a time stamp from the future', body, () => signed(body, { time: time(301) })],
    ['a fresh time stamp on an old signature', body, () => ({ ...signed(body), 'x-shipengine-timestamp': time(5) })],
    ['a time stamp that is none', body, () => signed(body, { time: 'now' })],
    ['the key of a stranger', body, () => signed(body, { key: other.privateKey })],
    ['a key that is not published', body, () => signed(body, { keyId: 'two' })],
    ['a key that is too short', body, () => signed(body, { key: short.privateKey, keyId: 'short' })],
    ['a key for another algorithm', body, () => signed(body, { keyId: 'pss' })],
    ['a key that both sides would know', body, () => signed(body, { keyId: 'oct' })],
    ['another hash', body, () => signed(body, { hash: 'sha512' })],
    ['the secret of another tenant', body, () => signed(body, { secret: 'secret of theirs' })],
    ['an empty secret', body, () => signed(body, { secret: '' })],
    ['a key id that is an address', body, () => signed(body, { keyId: 'https://evil.example/jwks' })],
    ['no key id', body, () => without('x-shipengine-rsa-sha256-key-id')],
    ['no signature', body, () => without('x-shipengine-rsa-sha256-signature')],
    ['no time stamp', body, () => without('x-shipengine-timestamp')],
    ['no secret', body, () => without('x-connection-secret')],
    ['no header at all', body, () => ({})],
  ];
  test.each(attacks.map(([why, ...attack]) => ({ why, attack })))('with $why is refused', async ({ attack }) => {
    const [payload, headers] = attack;
    await expect(hear(payload, headers())).rejects.toThrow(SignatureInvalid);
  });

  test('a connection without a secret hears nothing, and an empty one is a fault of ours', async () => {
    await expect(hear(body, signed(body), { ...connection, webhookSecrets: [] })).rejects.toThrow(SignatureInvalid);
    const empty = { ...connection, webhookSecrets: [''] };
    await expect(hear(body, signed(body, { secret: '' }), empty)).rejects.toThrow(PermanentFault);
  });
});

describe("ShipEngine's keys", () => {
  test('are asked for once, and of the address of the connection only', async () => {
    await Promise.all([hear(body, signed(body)), hear(body, signed(body))]);
    await hear(body, signed(body));
    expect(looks).toBe(1);
  });

  test('are not asked for by a stranger who does not know the secret', async () => {
    await expect(hear(body, signed(body, { secret: 'guessed' }))).rejects.toThrow(SignatureInvalid);
    expect(looks).toBe(0);
  });

  test('that are made up cost one look in a minute; a new one is found after that', async () => {
    const clock = jest.spyOn(Date, 'now').mockReturnValue(0);
    await hear(body, signed(body));
    for (const keyId of ['two', 'three', 'four'])
      await expect(hear(body, signed(body, { keyId }))).rejects.toThrow(SignatureInvalid);
    expect(looks).toBe(1);
    published = [...published, jwk(other.publicKey, { kid: 'two' })];
    clock.mockReturnValue(60_000);
    expect(await hear(body, signed(body, { key: other.privateKey, keyId: 'two' }))).toBeDefined();
    expect(looks).toBe(2);
    clock.mockRestore();
  });

  test('that cannot be had now are asked for again with the next message', async () => {
    const there = published;
    published = [];
    await expect(hear(body, signed(body))).rejects.toThrow(TransientFault);
    published = there;
    expect(await hear(body, signed(body))).toBeDefined();
    const nowhere = { ...connection, baseUrl: 'http://127.0.0.1:9' };
    await expect(hear(body, signed(body), nowhere)).rejects.toThrow(TransientFault);
  });

  test('are needed before anything is read', () =>
    expect(() => shipengineWebhook.read(connection, Buffer.from(body), signed(body), now)).toThrow(PermanentFault));
});

test('the stand-in signs its webhooks as ShipEngine does, anew each time, until they are taken', async () => {
  const account = { ...connection };
  const party = await mount(shipengineStandIn({ accounts: () => Promise.resolve([account]) }));
  const live = { ...connection, baseUrl: party.baseUrl };
  await party.control('seed', { seed: [{ shipment: 'se-1' }] });
  party.answerWebhooksWith(500);
  await party.control('scan', { shipment: 'se-1', status: 'PICKED_UP' });
  await party.idle();
  party.answerWebhooksWith(200);
  party.clock.moveTo(party.clock.now() + 3_600_000);
  await party.idle();
  const notices: unknown[] = [];
  for (const { headers, rawBody } of party.deliveries) {
    await shipengineWebhook.prepare?.(live, headers);
    const at = Date.parse(headers['x-shipengine-timestamp'] ?? '') / 1000;
    notices.push(shipengineWebhook.read(live, rawBody, headers, at));
  }
  expect(notices).toEqual([notices[0], notices[0]]);
  expect(notices[0]).toMatchObject({ providerShipmentRef: 'se-1', position: 'handed_over' });
  expect(party.deliveries[0]?.path).toBe('/webhooks/carriers/shipengine/con_shipengine');
  expect((await shipengineCarrier().query({ connection: live, providerShipmentRef: 'se-1' }))?.position).toBe(
    'handed_over',
  );
  await party.close();
});
