/** Every request that we send to ShipEngine, and every answer and webhook of the stand-in, against its own description. */
import { shipengineCarrier } from '../../shared/adapters/carriers/shipengine';
import { shipengineStandIn } from '../../infra/local/stand-ins/shipengine';
import { record } from '../../infra/local/json';
import { mount, type Mounted } from '../support/mounted-stand-in';
import { describeWithSpec } from '../support/vendor-spec';
import { contractSuite } from './contract.suite';

const ACCOUNT = {
  id: 'con_shipengine',
  tenant: 'acme',
  provider: 'shipengine',
  apiKey: 'TEST_shipengine',
  webhookSecrets: ['one'],
};

let party: Mounted;
beforeAll(async () => {
  party = await mount(shipengineStandIn({ accounts: () => Promise.resolve([ACCOUNT]) }));
  await driveEverything();
});
afterAll(() => party.close());

describeWithSpec('shipengine', 'openapi.yaml', (spec) => {
  test('the check is known to work: what is missing, strange or of another type is named', () => {
    expect(spec.problems('/components/schemas/void_label_response_body', { approved: 'yes', message: '' })).not.toEqual(
      [],
    );
    expect(spec.problems('/components/schemas/void_label_response_body', { approved: true })).not.toEqual([]);
    expect(spec.problems('/components/schemas/label', { label_id: 'se-1', invented: 1 })).not.toEqual([]);
  });

  contractSuite({
    spec,
    exchanges: () => party.exchanges,
    about: /^\/v1\/labels\//,
    answers: ['GET 200', 'GET 404', 'PUT 200', 'PUT 400', 'PUT 404'],
  });

  test('every reason of a refusal is a word of the description, and every word of it is understood', async () => {
    const reasons = record(record(record(spec.document['components'])['schemas'])['reason_code'])['enum'] as string[];
    expect(reasons).toHaveLength(7);
    const carrier = shipengineCarrier();
    const connection = { ...ACCOUNT, baseUrl: party.baseUrl };
    for (const [place, refuse] of reasons.entries()) {
      const shipment = `se-9${place}`;
      await party.control('seed', { seed: [{ shipment }] });
      await party.control('behaviours', { call: 'void', shipment, refuse });
      const { outcome, word } = await carrier.voidLabel({ connection, providerShipmentRef: shipment });
      expect([word, outcome]).toEqual([refuse, refuse === 'label_already_voided' ? 'accepted' : 'refused']);
    }
  });

  test('the words of tracking that the stand-in and the table know are words of the description', () => {
    for (const { rawBody } of party.deliveries) {
      const { data } = record(JSON.parse(rawBody.toString()));
      expect(spec.problems('/components/schemas/get_tracking_log_response_body', { ...record(data), ...rest })).toEqual(
        [],
      );
    }
    expect(party.deliveries).toHaveLength(3);
  });
  /** A webhook has no address of the carrier's page. */
  const rest = { tracking_url: '' };
});

/** Everything that the adapter can ask for, and every kind of answer. */
async function driveEverything(): Promise<void> {
  const carrier = shipengineCarrier();
  const connection = { ...ACCOUNT, baseUrl: party.baseUrl };
  const label = (providerShipmentRef: string) => ({ connection, providerShipmentRef });
  await party.control('seed', { seed: ['se-1', 'se-2', 'se-3'].map((shipment) => ({ shipment })) });
  await carrier.query(label('se-1'));
  for (const status of ['PICKED_UP', 'IT', 'DELIVERED']) await party.control('scan', { shipment: 'se-1', status });
  await carrier.query(label('se-1'));
  await carrier.voidLabel(label('se-1'));
  await carrier.voidLabel(label('se-2'));
  await carrier.voidLabel(label('se-2'));
  await carrier.query(label('se-2'));
  for (const status of ['request_scheduled', 'pending', 'approved', 'rejected', 'excluded']) {
    await party.control('settle', { shipment: 'se-2', status });
    await carrier.query(label('se-2'));
  }
  await party.control('behaviours', { call: 'void', shipment: 'se-3', refuse: 'invalid_status' });
  await carrier.voidLabel(label('se-3'));
  await carrier.query(label('se-9'));
  await Promise.allSettled([carrier.voidLabel(label('se-9'))]);
  await party.idle();
}
