import { easypostCarrier } from '../../shared/adapters/carriers/easypost';
import { PermanentFault, TransientFault, UnknownOutcome } from '../../shared/domain/faults';
import type { Connection } from '../../shared/ports/connections';
import { easypostStandIn } from '../../infra/local/stand-ins/easypost';
import { list, record } from '../../infra/local/json';
import { mount, rawServer, type Mounted } from '../support/mounted-stand-in';
import { carrierSuite } from './carrier.suite';

const ACCOUNT = { id: 'con_easypost', apiKey: 'EZTK_local', webhookSecrets: ['sécret'] };
const accounts = () => Promise.resolve([ACCOUNT]);

function connectionTo(baseUrl: string): Connection {
  return { ...ACCOUNT, tenant: 'acme', provider: 'easypost', baseUrl };
}

carrierSuite('easypost', {
  carrier: easypostCarrier,
  standIn: () => easypostStandIn({ accounts }),
  account: { ...ACCOUNT, tenant: 'acme', provider: 'easypost' },
  refs: { one: 'shp_1', unknown: 'shp_none' },
  places: { void: '/v2/shipments/shp_1/refund', read: '/v2/shipments/shp_1' },
  notLetIn: PermanentFault,
  journey: [
    ['pre_transit', 'label_created'],
    ['in_transit', 'handed_over'],
    ['in_transit', 'in_transit'],
    ['out_for_delivery', 'out_for_delivery'],
    ['available_for_pickup', 'awaiting_pickup'],
    ['failure', 'exception'],
    ['return_to_sender', 'returning'],
    ['delivered', 'delivered'],
  ],
  refusals: [
    [{ outcome: 'rejected' }, 'rejected'],
    [{ outcome: 'not_applicable' }, 'not_applicable'],
    [{ outcome: 'error' }, 'SHIPMENT.REFUND.UNAVAILABLE'],
    [{ outcome: 'error-in-200' }, 'SHIPMENT.REFUND.UNAVAILABLE'],
  ],
});

describe('EasyPost', () => {
  const carrier = easypostCarrier({ timeoutMs: 400 });
  let party: Mounted;
  beforeEach(async () => {
    party = await mount(easypostStandIn({ accounts }));
    await party.control('seed', { seed: [{ shipment: 'shp_1', tracking_code: 'EZ1' }] });
  });
  afterEach(() => party.close());

  const request = (ref = 'shp_1') => ({ connection: connectionTo(party.baseUrl), providerShipmentRef: ref });
  const refundStatus = async () => {
    const ledger = record(await party.control('ledger'));
    return record(list(ledger['shipments'])[0])['refund_status'];
  };

  test('voids a label by asking for its postage back', async () => {
    expect(await carrier.voidLabel(request())).toEqual({
      outcome: 'accepted',
      word: 'submitted',
      postageRefund: 'submitted',
    });
    const sent = party.exchanges[0]?.request;
    expect([sent?.method, sent?.path]).toEqual(['POST', '/v2/shipments/shp_1/refund']);
    expect(sent?.headers.authorization).toBe(`Basic ${Buffer.from('EZTK_local:').toString('base64')}`);
    expect(await refundStatus()).toBe('submitted');
  });

  test('voiding twice is harmless', async () => {
    await carrier.voidLabel(request());
    expect(await carrier.voidLabel(request())).toEqual({
      outcome: 'accepted',
      word: 'submitted',
      postageRefund: 'submitted',
    });
    await party.control('settle', { shipment: 'shp_1' });
    expect(await carrier.voidLabel(request())).toEqual({
      outcome: 'accepted',
      word: 'refunded',
      postageRefund: 'refunded',
    });
  });

  test.each([
    ['submitted', 'submitted', 'accepted'],
    ['refunded', 'refunded', 'accepted'],
    ['rejected', 'rejected', 'refused'],
    ['not_applicable', 'none', 'refused'],
  ])('the postage is told beside the void: %s is %s', async (outcome, postageRefund, state) => {
    await party.control('behaviours', { outcome });
    await carrier.voidLabel(request());
    expect(await carrier.query(request())).toMatchObject({ void: state, postageRefund });
  });

  test.each(['rejected', 'not_applicable'])('%s is a refusal', async (outcome) => {
    await party.control('behaviours', { outcome });
    expect(await carrier.voidLabel(request())).toEqual({ outcome: 'refused', word: outcome });
  });

  test.each(['error', 'error-in-200'])('an error object is a refusal with its code (%s)', async (outcome) => {
    await party.control('behaviours', { outcome });
    expect(await carrier.voidLabel(request())).toEqual({ outcome: 'refused', word: 'SHIPMENT.REFUND.UNAVAILABLE' });
  });

  test('an error for a label that is void already is no refusal', async () => {
    await carrier.voidLabel(request());
    const body = { error: { code: 'SHIPMENT.REFUND.EXISTS', message: '', errors: [] } };
    await party.control('faults', { method: 'POST', answer: 'status', status: 422, body });
    expect(await carrier.voidLabel(request())).toEqual({
      outcome: 'accepted',
      word: 'submitted',
      postageRefund: 'submitted',
    });
  });

  test('a scanned parcel can no longer be stopped by a void', async () => {
    await party.control('scan', { shipment: 'shp_1', status: 'in_transit' });
    expect((await carrier.voidLabel(request())).outcome).toBe('refused');
  });

  test.each([
    ['a 429', { answer: 'status', status: 429, body: { error: { code: 'RATE_LIMITED' } } }, TransientFault],
    ['a 500', { answer: 'status', status: 500, body: { error: { code: 'INTERNAL_SERVER_ERROR' } } }, UnknownOutcome],
    ['garbage', { answer: 'garbage' }, UnknownOutcome],
    ['a gateway in between', { answer: 'garbage', status: 404 }, UnknownOutcome],
    [
      'a redirect',
      { answer: 'status', status: 302, body: {}, headers: { location: '/v2/shipments/shp_2' } },
      UnknownOutcome,
    ],
    ['a closed connection', { answer: 'hang-up' }, UnknownOutcome],
    ['no answer in time', { delayMs: 900 }, UnknownOutcome],
    [
      'another shipment',
      { answer: 'status', status: 200, body: { object: 'Shipment', id: 'shp_2', refund_status: 'submitted' } },
      UnknownOutcome,
    ],
    [
      'no refund_status',
      { answer: 'status', status: 200, body: { object: 'Shipment', id: 'shp_1', refund_status: null } },
      UnknownOutcome,
    ],
    [
      'a new refund_status',
      { answer: 'status', status: 200, body: { object: 'Shipment', id: 'shp_1', refund_status: 'paid' } },
      UnknownOutcome,
    ],
    ['a 401', { answer: 'status', status: 401, body: { error: { code: 'UNAUTHORIZED' } } }, PermanentFault],
  ])('%s on a write', async (_name, trouble, fault) => {
    await party.control('faults', { method: 'POST', ...trouble });
    await expect(carrier.voidLabel(request())).rejects.toBeInstanceOf(fault);
  });

  test.each([
    ['a 503', { answer: 'status', status: 503 }],
    ['garbage', { answer: 'garbage' }],
    ['a gateway in between', { answer: 'garbage', status: 404 }],
    ['a closed connection', { answer: 'hang-up' }],
  ])('%s on a read may be repeated', async (_name, trouble) => {
    await party.control('faults', { method: 'GET', ...trouble });
    await expect(carrier.query(request())).rejects.toBeInstanceOf(TransientFault);
  });

  test('a lost answer: the query knows, and asking again is harmless', async () => {
    await party.control('faults', { answer: 'hang-up', applied: true });
    await expect(carrier.voidLabel(request())).rejects.toBeInstanceOf(UnknownOutcome);
    expect((await carrier.query(request()))?.void).toBe('accepted');
    expect((await carrier.voidLabel(request())).outcome).toBe('accepted');
  });

  test('a party that cannot be reached was sent nothing', async () => {
    const wish = { ...request(), connection: connectionTo('http://127.0.0.1:9') };
    await expect(carrier.voidLabel(wish)).rejects.toBeInstanceOf(TransientFault);
  });

  test('a shipment that is not there: no view, and nothing to void', async () => {
    expect(await carrier.query(request('shp_none'))).toBeUndefined();
    await expect(carrier.voidLabel(request('shp_none'))).rejects.toThrow(/NOT_FOUND \[404\]/);
  });

  test('an id cannot leave its place in the path', async () => {
    expect(await carrier.query(request('../../v1/refunds?x='))).toBeUndefined();
    expect(party.exchanges[0]?.request.path).toBe('/v2/shipments/..%2F..%2Fv1%2Frefunds%3Fx%3D');
  });

  test.each([
    [[], 'label_created'],
    [['in_transit'], 'handed_over'],
    [['in_transit', 'in_transit'], 'in_transit'],
    [['in_transit', 'out_for_delivery'], 'out_for_delivery'],
    [['available_for_pickup'], 'awaiting_pickup'],
    [['delivered'], 'delivered'],
    [['return_to_sender'], 'returning'],
    [['failure'], 'exception'],
    [['error'], 'exception'],
    [['cancelled'], 'voided'],
    [['a word of tomorrow'], 'exception'],
  ])('scans %j: the parcel is %s', async (scans, position) => {
    for (const status of scans) await party.control('scan', { shipment: 'shp_1', status });
    expect(await carrier.query(request())).toEqual({ position, void: 'none', trackingCode: 'EZ1' });
  });

  test('without a label there is no parcel yet', async () => {
    await party.control('seed', { seed: [{ shipment: 'shp_2', label: false }] });
    expect(await carrier.query(request('shp_2'))).toEqual({ position: 'not_created', void: 'none' });
  });

  test('what was voided stays voided through a crash', async () => {
    await carrier.voidLabel(request());
    await party.restart(easypostStandIn({ accounts }));
    expect((await carrier.query(request()))?.void).toBe('accepted');
  });

  test('an answer larger than a shipment can be is not read to its end', async () => {
    let sent = 0;
    const server = await rawServer((_incoming, outgoing) => {
      const block = Buffer.alloc(64 * 1024, 'x');
      const more = (): void => {
        while (!outgoing.destroyed && sent < 64 * 1024 * 1024) {
          sent += block.length;
          if (!outgoing.write(block)) return void outgoing.once('drain', more);
        }
      };
      more();
    });
    const wish = { ...request(), connection: connectionTo(server.baseUrl) };
    await expect(easypostCarrier().query(wish)).rejects.toThrow(/too_large/);
    expect(sent).toBeLessThan(32 * 1024 * 1024);
    await server.close();
  });

  test('an answer that drips in for ever ends at the limit', async () => {
    const server = await rawServer((_incoming, outgoing) => {
      outgoing.writeHead(200);
      const drip = setInterval(() => outgoing.write(' '), 50);
      outgoing.on('close', () => clearInterval(drip));
    });
    const wish = { ...request(), connection: connectionTo(server.baseUrl) };
    await expect(carrier.voidLabel(wish)).rejects.toThrow(/no_answer/);
    await server.close();
  });
});
