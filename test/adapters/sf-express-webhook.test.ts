import { digestOf } from '../../shared/adapters/carriers/sf-express-digest';
import { sfExpressWebhook } from '../../shared/adapters/carriers/sf-express-webhook';
import { PermanentFault, SignatureInvalid } from '../../shared/domain/faults';
import type { CarrierNotice } from '../../shared/ports/carrier';
import type { Connection } from '../../shared/ports/connections';
import { sfExpressStandIn } from '../../infra/local/stand-ins/sf-express';
import { mount } from '../support/mounted-stand-in';

const now = 1_790_000_000;
const connection: Connection = {
  id: 'con_sf_express',
  tenant: 'acme',
  provider: 'sf_express',
  apiKey: 'checkword',
  settings: { partnerId: 'ACME' },
  webhookSecrets: ['checkword'],
};
const node = (opCode: string, acceptTime: string, more: object = {}) => ({
  mailno: 'SF7444400043064',
  orderid: 'ORDER-1',
  id: `id-${opCode}`,
  acceptTime,
  acceptAddress: '深圳市',
  remark: '快件',
  opCode,
  ...more,
});
const pushOf = (...nodes: object[]): string => JSON.stringify({ Body: { WaybillRoute: nodes } });
const push = pushOf(node('50', '2026-04-10 08:00:00'));

interface Signing {
  checkword?: string;
  timestamp?: string;
  msgDigest?: string;
  serviceCode?: string;
}

function signed(msgData: string, signing: Signing = {}): string {
  const { checkword = 'checkword', timestamp = String(now * 1000), serviceCode = 'RoutePushService' } = signing;
  const msgDigest = signing.msgDigest ?? digestOf(msgData, timestamp, checkword);
  const fields = { partnerID: 'ACME', requestID: 'r1', serviceCode, timestamp, msgDigest, msgData };
  return new URLSearchParams(fields).toString();
}

const read = (body: string, secrets = connection.webhookSecrets) =>
  sfExpressWebhook.read({ ...connection, webhookSecrets: secrets }, Buffer.from(body), {}, now) as CarrierNotice[];

describe('a push of SF Express', () => {
  test('says where the parcel of an order is', () => {
    const [notice, another] = read(signed(push));
    expect(another).toBeUndefined();
    expect(notice).toEqual({
      eventId: notice?.eventId,
      type: 'RoutePushService 50',
      providerShipmentRef: 'ORDER-1',
      trackingCode: 'SF7444400043064',
      position: 'handed_over',
      void: undefined,
      interception: undefined,
    });
  });

  test('names several nodes, in the order in which they happened', () => {
    const nodes = [
      node('80', '2026-04-12 18:00:00'),
      node('50', '2026-04-10 08:00:00'),
      node('30', '2026-04-11 01:00:00'),
    ];
    const notices = read(signed(pushOf(...nodes)));
    expect(notices.map(({ position }) => position)).toEqual(['handed_over', 'in_transit', 'delivered']);
    expect(new Set(notices.map(({ eventId }) => eventId)).size).toBe(3);
  });

  test.each(['631', '648'])('with %s tells that an interception has worked', (opCode) => {
    const [notice] = read(signed(pushOf(node(opCode, '2026-04-10 08:00:00'))));
    expect(notice).toMatchObject({ position: 'returning', interception: 'succeeded' });
  });

  test('with an operation of tomorrow, or without an order, is no error', () => {
    const [notice] = read(signed(pushOf(node('9999', '2026-04-10 08:00:00', { orderid: undefined }))));
    expect(notice).toMatchObject({ position: undefined, providerShipmentRef: undefined });
  });

  test('of the same node is the same event', () => {
    const [first] = read(signed(push));
    const [again] = read(signed(push, { timestamp: String(now + 5) }));
    expect(again?.eventId).toBe(first?.eventId);
  });

  test('about something else is authentic and ignored', () =>
    expect(read(signed(push, { serviceCode: 'OtherPushService' }))).toBeUndefined());

  test('is answered in the words of SF', () =>
    expect(JSON.parse(sfExpressWebhook.acknowledgement?.body ?? '')).toMatchObject({ return_code: '0000' }));

  test('during a rotation either checkword opens it', () => {
    for (const checkword of ['old', 'checkword'])
      expect(read(signed(push, { checkword }), ['old', 'checkword'])).toHaveLength(1);
  });

  test.each([String(now), String((now - 3_600) * 1000), String(now + 3_600)])('of %s is in time', (timestamp) =>
    expect(read(signed(push, { timestamp }))).toHaveLength(1),
  );

  const without = (name: string): string => {
    const form = new URLSearchParams(signed(push));
    form.delete(name);
    return form.toString();
  };
  const altered = signed(push.replace('ORDER-1', 'ORDER-2'), {
    msgDigest: digestOf(push, String(now * 1000), 'checkword'),
  });
  const fresh = signed(push, { msgDigest: digestOf(push, String((now - 9_000) * 1000), 'checkword') });
  const attacks: [why: string, body: string, secrets?: string[]][] = [
    ['an altered body', altered],
    ['a fresh time stamp on an old digest', fresh],
    ['an old time stamp', signed(push, { timestamp: String((now - 3_601) * 1000) })],
    ['a time stamp from the future', signed(push, { timestamp: String((now + 3_601) * 1000) })],
    ['a time stamp that is none', signed(push, { timestamp: 'today' })],
    ['digits of the time moved into the message', signed(`${push}1`, { timestamp: '790000000000' })],
    ['a wrong checkword', signed(push, { checkword: 'guessed' })],
    ['the checkword of another tenant', signed(push, { checkword: 'theirs' })],
    ['a checkword that was rotated out', signed(push, { checkword: 'old' }), ['checkword']],
    ['a digest in hexadecimal', signed(push, { msgDigest: Buffer.from('x'.repeat(16)).toString('hex') })],
    ['half a digest', signed(push, { msgDigest: digestOf(push, String(now * 1000), 'checkword').slice(0, 12) })],
    ['no digest', without('msgDigest')],
    ['an empty digest', signed(push, { msgDigest: '' })],
    ['no time stamp', without('timestamp')],
    ['no message', without('msgData')],
    ['two messages', `${signed(push)}&msgData=${encodeURIComponent(push)}`],
    ['JSON that nobody signed', push],
    ['an empty body', ''],
    ['no checkword on our side', signed(push), []],
  ];
  test.each(attacks.map(([why, ...attack]) => ({ why, attack })))('with $why is refused', ({ attack }) => {
    expect(() => read(...attack)).toThrow(SignatureInvalid);
  });

  test('an empty checkword on our side is a fault of ours, not a signature', () => {
    expect(() => read(signed(push, { checkword: '' }), [''])).toThrow(PermanentFault);
  });

  test('signed, but not readable: loud, because SF has changed', () => {
    for (const msgData of ['{', '{}', pushOf(), pushOf({ opCode: '50' })])
      expect(() => read(signed(msgData))).toThrow(PermanentFault);
  });
});

test('the stand-in pushes as SF does, signed anew each time, until it reads that it was taken', async () => {
  const party = await mount(sfExpressStandIn({ accounts: () => Promise.resolve([connection]) }));
  await party.control('seed', { seed: [{ shipment: 'ORDER-1' }] });
  party.answerWebhooksWith(200, '{"return_code":"1000"}');
  await party.control('scan', { shipment: 'ORDER-1', status: '204' });
  await party.idle();
  party.answerWebhooksWith(200, sfExpressWebhook.acknowledgement?.body);
  party.clock.moveTo(party.clock.now() + 3_600_000);
  await party.idle();
  const notices = party.deliveries.map(({ rawBody, headers }) => {
    const at = Number(new URLSearchParams(rawBody.toString()).get('timestamp')) / 1000;
    return sfExpressWebhook.read(connection, rawBody, headers, at);
  });
  expect(notices).toEqual([notices[0], notices[0]]);
  expect(notices[0]).toMatchObject([{ providerShipmentRef: 'ORDER-1', position: 'out_for_delivery' }]);
  expect(party.deliveries[0]?.path).toBe('/webhooks/carriers/sf_express/con_sf_express');
  await party.close();
});
