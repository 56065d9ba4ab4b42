import { shipengineCarrier } from '../../shared/adapters/carriers/shipengine';
import { PermanentFault, TransientFault, UnknownOutcome } from '../../shared/domain/faults';
import { shipengineStandIn } from '../../infra/local/stand-ins/shipengine';
import { mount, rawServer, type Mounted } from '../support/mounted-stand-in';
import { carrierSuite } from './carrier.suite';

const ACCOUNT = {
  id: 'con_shipengine',
  tenant: 'acme',
  provider: 'shipengine',
  apiKey: 'TEST_shipengine',
  webhookSecrets: ['one'],
};
const standIn = () => shipengineStandIn({ accounts: () => Promise.resolve([ACCOUNT]) });
const REASONS = ['unknown', 'unspecified', 'validation_failed', 'label_not_found_within_void_period'] as const;

carrierSuite('shipengine', {
  carrier: shipengineCarrier,
  standIn,
  account: ACCOUNT,
  refs: { one: 'se-1', unknown: 'se-none' },
  places: { void: '/v1/labels/se-1/void', read: '/v1/labels/se-1' },
  notLetIn: TransientFault,
  journey: [
    ['SHIPMENT_CREATED', 'label_created'],
    ['PICKED_UP', 'handed_over'],
    ['IT', 'in_transit'],
    ['OUT_FOR_DELIVERY', 'out_for_delivery'],
    ['COLLECT_AT_LOCAL_PO', 'awaiting_pickup'],
    ['RETURN_TO_SENDER', 'returning'],
    ['UNDELIVERABLE_RETURNED_TO_SENDER', 'returned'],
    ['PARCEL_LOST', 'lost'],
    ['AT', 'exception'],
    ['DELIVERED', 'delivered'],
  ],
  refusals: [
    ...[...REASONS, 'contact_carrier'].map((refuse) => [{ call: 'void', refuse }, refuse] as const),
    [{ call: 'void', refuse: 'invalid_status' }, 'invalid_status'],
  ],
});

describe('ShipEngine', () => {
  const carrier = shipengineCarrier({ timeoutMs: 5_000 });
  let party: Mounted;
  beforeEach(async () => {
    party = await mount(standIn());
    await party.control('seed', { seed: [{ shipment: 'se-1', tracking_code: '1Z1' }] });
  });
  afterEach(() => party.close());
  const request = (ref = 'se-1') => ({
    connection: { ...ACCOUNT, baseUrl: party.baseUrl },
    providerShipmentRef: ref,
  });

  test('voids with a PUT that has no body, under the key of the account', async () => {
    expect(await carrier.voidLabel(request())).toEqual({ outcome: 'accepted', word: 'approved' });
    const sent = party.exchanges[0]?.request;
    expect([sent?.method, sent?.path, sent?.rawBody.length]).toEqual(['PUT', '/v1/labels/se-1/void', 0]);
    expect(sent?.headers['api-key']).toBe('TEST_shipengine');
    expect(await carrier.voidLabel(request())).toEqual({ outcome: 'accepted', word: 'label_already_voided' });
  });

  test('a void label whose parcel is scanned all the same is on its way', async () => {
    await carrier.voidLabel(request());
    expect(await carrier.query(request())).toEqual({ position: 'voided', void: 'accepted', trackingCode: '1Z1' });
    await party.control('scan', { shipment: 'se-1', status: 'PICKED_UP' });
    expect(await carrier.query(request())).toMatchObject({ position: 'handed_over', void: 'accepted' });
  });

  test('an error for a label that is void already is no refusal', async () => {
    await carrier.voidLabel(request());
    await party.control('faults', { method: 'PUT', ...failing(400, 'business_rules', 'invalid_status') });
    expect(await carrier.voidLabel(request())).toEqual({ outcome: 'accepted', word: 'voided' });
  });

  test.each([
    ['about the account', failing(403, 'account_status', 'subscription_inactive'), TransientFault],
    ['about our request', failing(400, 'validation', 'invalid_identifier'), PermanentFault],
    ['of its own', failing(400, 'system', 'unspecified'), UnknownOutcome],
    ['without a word', { answer: 'status', status: 400, body: { message: 'no' } }, UnknownOutcome],
  ])('an error %s says nothing about the label', async (_about, wish, fault) => {
    await party.control('faults', { method: 'PUT', ...wish });
    await expect(carrier.voidLabel(request())).rejects.toBeInstanceOf(fault);
  });

  test.each([
    ['request_scheduled', 'submitted'],
    ['pending', 'submitted'],
    ['approved', 'refunded'],
    ['rejected', 'rejected'],
    ['excluded', 'none'],
    ['a word of tomorrow', undefined],
  ])('the postage is told beside the void: %s is %s', async (status, postageRefund) => {
    const label = { label_id: 'se-1', status: 'voided', voided: true, tracking_number: '1Z1' };
    const body = { ...label, refund_details: { refund_status: status } };
    await party.control('faults', { path: '/v1/labels/se-1', answer: 'status', status: 200, body });
    const view = await carrier.query(request());
    expect([view?.void, view?.postageRefund]).toEqual(['accepted', postageRefund]);
  });

  test.each([
    ['label', { label_id: 'se-2', status: 'completed', voided: false }],
    ['tracking', { label_id: 'se-1', status: 'completed', voided: false, tracking_number: '1Z9' }],
  ])('an answer with another %s is not believed', async (_what, body) => {
    await party.control('faults', { path: '/v1/labels/se-1', answer: 'status', status: 200, body });
    await expect(carrier.query(request())).rejects.toThrow(/not believed/);
  });

  test('a detail that nobody knows is read by the code above it', async () => {
    await party.control('scan', { shipment: 'se-1', status: 'HUB_SCAN_IN' });
    expect((await carrier.query(request()))?.position).toBe('in_transit');
  });

  test('a label that is still being made is no parcel yet', async () => {
    const server = await rawServer((incoming, outgoing) => {
      const tracked = incoming.url?.endsWith('/track') ?? false;
      const error = { error_source: 'shipengine', error_type: 'validation', error_code: 'invalid_identifier' };
      const label = { label_id: 'se-1', status: 'processing', voided: false };
      outgoing.writeHead(tracked ? 404 : 200).end(JSON.stringify(tracked ? { errors: [error] } : label));
    });
    const connection = { ...ACCOUNT, baseUrl: server.baseUrl };
    expect(await carrier.query({ connection, providerShipmentRef: 'se-1' })).toEqual({
      position: 'not_created',
      void: 'none',
    });
    await server.close();
  });
});

function failing(status: number, type: string, code: string) {
  const error = { error_source: 'shipengine', error_type: type, error_code: code, message: 'no' };
  return { answer: 'status', status, body: { request_id: 'r', errors: [error] } };
}
