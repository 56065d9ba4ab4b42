import { createHmac } from 'node:crypto';
import { easypostWebhook } from '../../shared/adapters/carriers/easypost-webhook';
import { easypostCarrier } from '../../shared/adapters/carriers/easypost';
import { PermanentFault, SignatureInvalid } from '../../shared/domain/faults';
import type { Connection } from '../../shared/ports/connections';
import { easypostStandIn } from '../../infra/local/stand-ins/easypost';
import { mount } from '../support/mounted-stand-in';

const SECRET = 'sécret';
const connection: Connection = {
  id: 'con_easypost',
  tenant: 'acme',
  provider: 'easypost',
  apiKey: 'EZTK_local',
  webhookSecrets: [SECRET],
};
const tracker = { object: 'Tracker', tracking_code: 'EZ1', shipment_id: 'shp_1', status: 'delivered', weight: 614.0 };
const event = { id: 'evt_1', object: 'Event', description: 'tracker.updated', result: tracker };
const body = JSON.stringify(event);

function signed(payload: string, secret = SECRET): Record<string, string> {
  const hmac = createHmac('sha256', secret.normalize('NFKD')).update(payload).digest('hex');
  return { 'x-hmac-signature': `hmac-sha256-hex=${hmac}` };
}
const read = (payload: string, headers: Record<string, string>, secrets = [SECRET]) =>
  easypostWebhook.read({ ...connection, webhookSecrets: secrets }, Buffer.from(payload), headers);

describe('a webhook of EasyPost', () => {
  test('says where the parcel is', () => {
    expect(read(body, signed(body))).toEqual({
      eventId: 'evt_1',
      type: 'tracker.updated',
      providerShipmentRef: 'shp_1',
      trackingCode: 'EZ1',
      position: 'delivered',
      void: undefined,
    });
  });

  test('says what became of a void', () => {
    const result = { object: 'Refund', shipment_id: 'shp_1', tracking_code: 'EZ1', status: 'refunded' };
    const payload = JSON.stringify({ ...event, description: 'refund.successful', result });
    expect(read(payload, signed(payload))).toMatchObject({
      position: undefined,
      void: 'accepted',
      postageRefund: 'refunded',
    });
  });

  test('a parcel outside any shipment of ours, and a status of tomorrow, are no errors', () => {
    const payload = JSON.stringify({ ...event, result: { ...tracker, shipment_id: null, status: 'beamed' } });
    expect(read(payload, signed(payload))).toMatchObject({ providerShipmentRef: undefined, position: undefined });
  });

  test.each(['batch.updated', 'payment.created'])('%s is authentic and ignored', (description) => {
    const payload = JSON.stringify({ ...event, description });
    expect(read(payload, signed(payload))).toBeUndefined();
  });

  test('the secret counts in its normalised form, however it was typed', () => {
    expect(read(body, signed(body), ['se\u0301cret'])?.eventId).toBe('evt_1');
    expect(read(body, signed(body), ['s\u00e9cret'])?.eventId).toBe('evt_1');
  });

  test('during a rotation either secret opens it', () => {
    expect(read(body, signed(body, 'new'), ['old', 'new'])?.eventId).toBe('evt_1');
    expect(read(body, signed(body, 'old'), ['old', 'new'])?.eventId).toBe('evt_1');
  });

  const hmac = signed(body)['x-hmac-signature'] ?? '';
  const attacks: [why: string, payload: string, headers: Record<string, string>, secrets?: string[]][] = [
    ['an altered body', body.replace('shp_1', 'shp_2'), signed(body)],
    ['the same JSON with other spaces', JSON.stringify(event, null, 1), signed(body)],
    ['a float written again', body.replace('614', '614.0'), signed(body)],
    ['a wrong secret', body, signed(body, 'other')],
    ['a secret that was rotated out', body, signed(body, 'old'), ['new']],
    ['no header', body, {}],
    ['an empty header', body, { 'x-hmac-signature': '' }],
    ['the signature without its scheme', body, { 'x-hmac-signature': hmac.split('=')[1] ?? '' }],
    ['half a signature', body, { 'x-hmac-signature': hmac.slice(0, -32) }],
    ['a signature with something behind it', body, { 'x-hmac-signature': `${hmac}00` }],
    ['no secret at all', body, signed(body), []],
    ['an empty body', '', signed(body)],
  ];
  test.each(attacks.map(([why, ...attack]) => ({ why, attack })))('with $why is refused', ({ attack }) => {
    expect(() => read(...attack)).toThrow(SignatureInvalid);
  });

  test('an empty secret is a fault of ours, not a signature', () => {
    expect(() => read(body, signed(body, ''), [''])).toThrow(PermanentFault);
  });

  test('signed, but not readable: loud, because EasyPost has changed', () => {
    const nameless = JSON.stringify({ ...event, result: {} });
    expect(() => read(nameless, signed(nameless))).toThrow(PermanentFault);
    expect(() => read('{', signed('{'))).toThrow(PermanentFault);
  });

  test('the stand-in sends scans and refunds as EasyPost does, again until they are taken', async () => {
    const party = await mount(easypostStandIn({ accounts: () => Promise.resolve([connection]) }));
    await party.control('seed', { seed: [{ shipment: 'shp_1' }] });
    const live = { ...connection, baseUrl: party.baseUrl };
    party.answerWebhooksWith(500);
    await party.control('behaviours', { outcome: 'submitted', then: 'refunded', afterMs: 60_000 });
    await easypostCarrier().voidLabel({ connection: live, providerShipmentRef: 'shp_1' });
    await party.control('scan', { shipment: 'shp_1', status: 'in_transit' });
    await party.idle();
    party.answerWebhooksWith(200);
    party.clock.moveTo(party.clock.now() + 3_600_000);
    await party.idle();
    const notices = party.deliveries.map(({ rawBody, headers }) => easypostWebhook.read(live, rawBody, headers));
    expect(notices.map((notice) => notice?.type).sort()).toEqual([
      'refund.successful',
      'tracker.updated',
      'tracker.updated',
    ]);
    expect(party.deliveries[0]?.path).toBe('/webhooks/carriers/easypost/con_easypost');
    await party.close();
  });
});
