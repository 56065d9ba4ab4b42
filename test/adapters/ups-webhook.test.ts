import { upsWebhook } from '../../shared/adapters/carriers/ups-webhook';
import { PermanentFault, SignatureInvalid } from '../../shared/domain/faults';
import type { CarrierNotice, ParcelPosition } from '../../shared/ports/carrier';
import type { Connection } from '../../shared/ports/connections';
import { upsStandIn } from '../../infra/local/stand-ins/ups';
import { mount } from '../support/mounted-stand-in';

const now = 1_790_000_000;
const connection: Connection = {
  id: 'con_ups',
  tenant: 'acme',
  provider: 'ups',
  apiKey: 'secret',
  settings: { clientId: 'client' },
  webhookSecrets: ['credential of this connection'],
};
/** As UPS's own description has it. */
const event = {
  trackingNumber: '1Z204W4R0308071865',
  localActivityDate: '20240423',
  localActivityTime: '091519',
  activityStatus: { type: 'I', code: 'OT', description: 'Out for Delivery', descriptionCode: '021' },
  gmtActivityDate: '20240423',
  gmtActivityTime: '131519',
};
const body = JSON.stringify(event);
const headers = { credential: 'credential of this connection', 'user-agent': 'UPSPubSubTrackingService' };
const read = (payload: unknown, given: Record<string, string> = headers, secrets = connection.webhookSecrets) =>
  upsWebhook.read(
    { ...connection, webhookSecrets: secrets },
    Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)),
    given,
    now,
  ) as CarrierNotice;

describe('a message of Track Alert', () => {
  test('says where the parcel is', () => {
    expect(read(body)).toEqual({
      eventId: read(body).eventId,
      type: 'TrackingEvent I',
      providerShipmentRef: '1Z204W4R0308071865',
      trackingCode: '1Z204W4R0308071865',
      position: 'out_for_delivery',
      void: undefined,
    });
  });

  test.each<[object, string | undefined, ParcelPosition | undefined]>([
    [{ type: 'M' }, undefined, 'label_created'],
    [{ type: 'MV' }, undefined, 'voided'],
    [{ type: 'I' }, undefined, 'in_transit'],
    [{ type: 'I', code: 'DP' }, undefined, 'in_transit'],
    [{ type: 'I', code: 'ZZ', descriptionCode: '021' }, undefined, 'out_for_delivery'],
    [{ type: 'D', code: 'ZZ' }, undefined, 'out_for_delivery'],
    [{ type: 'D', code: 'ZZ' }, '20240423', 'delivered'],
    [{ type: 'D', code: 'FS', descriptionCode: '011' }, '20240423', 'delivered'],
    [{ type: 'D', code: 'FS', descriptionCode: '011' }, undefined, 'delivered'],
    [{ type: 'X', code: 'SR' }, undefined, 'exception'],
    [{ type: 'U' }, undefined, undefined],
    [{ type: 'Q' }, undefined, undefined],
    [{}, undefined, undefined],
  ])('%j with the delivery %s: the parcel is %s', (activityStatus, actualDeliveryDate, position) => {
    const message = { ...event, activityStatus, ...(actualDeliveryDate && { actualDeliveryDate }) };
    expect(read(message).position).toBe(position);
  });

  test('tells a void', () => expect(read({ ...event, activityStatus: { type: 'MV' } }).void).toBe('accepted'));

  test('has an id by what happened when, whatever else is in it', () => {
    const { eventId } = read(body);
    expect(read({ ...event, scheduledDeliveryDate: '20240424' }).eventId).toBe(eventId);
    expect(read({ ...event, gmtActivityTime: '131520' }).eventId).not.toBe(eventId);
    expect(read({ ...event, trackingNumber: '1Z204W4R0308071866' }).eventId).not.toBe(eventId);
  });

  test('is not signed: whoever has the credential is believed, which is why it has to be secret', () => {
    expect(read(body.replace('865', '866')).trackingCode).toBe('1Z204W4R0308071866');
  });

  test('during a rotation either credential opens it', () => {
    const secrets = ['old', 'credential of this connection'];
    expect(read(body, { credential: 'old' }, secrets).trackingCode).toBe(event.trackingNumber);
    expect(read(body, headers, secrets).trackingCode).toBe(event.trackingNumber);
  });

  const attacks: [why: string, given: Record<string, string>, secrets?: string[]][] = [
    ['no header', {}],
    ['an empty credential', { credential: '' }],
    ['a wrong credential', { credential: 'guessed' }],
    ['the beginning of the credential', { credential: 'credential of this' }],
    ['the credential and something behind it', { credential: `${headers.credential} ` }],
    ['the credential of another tenant', headers, ['credential of theirs']],
    ['a credential that was rotated out', { credential: 'old' }],
    ['the credential in another header', { authorization: headers.credential, 'x-credential': headers.credential }],
    ['no credential on our side', headers, []],
  ];
  test.each(attacks.map(([why, ...attack]) => ({ why, attack })))('with $why is refused', ({ attack }) => {
    expect(() => read(body, ...attack)).toThrow(SignatureInvalid);
  });

  test('an empty credential on our side is a fault of ours, not a signature', () => {
    expect(() => read(body, headers, [''])).toThrow(PermanentFault);
  });

  test('that cannot be read is loud, because UPS has changed', () => {
    expect(() => read('{')).toThrow(PermanentFault);
    expect(() => read({ activityStatus: { type: 'I' } })).toThrow(PermanentFault);
  });
});

test('the stand-in sends what Track Alert sends, again until it is taken', async () => {
  const party = await mount(upsStandIn({ accounts: () => Promise.resolve([connection]) }));
  await party.control('seed', { seed: [{ shipment: '1ZA', tracking_code: '1ZA' }] });
  party.answerWebhooksWith(500);
  await party.control('scan', { shipment: '1ZA', status: 'D FS' });
  await party.idle();
  party.answerWebhooksWith(200);
  party.clock.moveTo(party.clock.now() + 3_600_000);
  await party.idle();
  const notices = party.deliveries.map(({ rawBody, headers: given }) =>
    upsWebhook.read(connection, rawBody, given, now),
  );
  expect(notices).toEqual([notices[0], notices[0]]);
  expect(notices[0]).toMatchObject({ providerShipmentRef: '1ZA', position: 'delivered' });
  expect(party.deliveries[0]?.path).toBe('/webhooks/carriers/ups/con_ups');
  await party.close();
});
