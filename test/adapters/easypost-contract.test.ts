/**
 * EasyPost publishes no machine-readable description, only example answers. So the shape is taken from those: every
 * member that our stand-in sends must be one of the example's, of a type that the example's allows.
 */
import { readFileSync } from 'node:fs';
import { createHmac } from 'node:crypto';
import Ajv from 'ajv';
import { easypostCarrier } from '../../shared/adapters/carriers/easypost';
import { easypostWebhook } from '../../shared/adapters/carriers/easypost-webhook';
import { easypostStandIn } from '../../infra/local/stand-ins/easypost';
import { isRecord, record, type Json } from '../../infra/local/json';
import { mount, rawServer, type Mounted } from '../support/mounted-stand-in';
import { describeWithFile } from '../support/vendor-spec';

const ACCOUNT = { id: 'con_easypost', apiKey: 'EZTK_local', webhookSecrets: ['secret'] };

describeWithFile('easypost', 'shipping-refund-refund.json', (path) => {
  const example = (file: string): Json => {
    const value: unknown = JSON.parse(readFileSync(path.replace(/[^/]*$/, file), 'utf8'));
    return record(Array.isArray(value) ? value[0] : value);
  };
  const ajv = new Ajv({ strict: false, allErrors: true });
  const expectLike = (file: string, value: unknown): void => {
    const validate = ajv.compile(shapeOf(example(file)));
    validate(value);
    expect(validate.errors ?? []).toEqual([]);
  };
  const carrier = easypostCarrier();
  let party: Mounted;

  beforeAll(async () => {
    party = await mount(easypostStandIn({ accounts: () => Promise.resolve([ACCOUNT]) }));
    await party.control('seed', { seed: [{ shipment: 'shp_1' }, { shipment: 'shp_2', label: false }] });
  });
  afterAll(() => party.close());
  const connectionTo = (baseUrl: string) => ({ ...ACCOUNT, tenant: 'acme', provider: 'easypost', baseUrl });

  test('the check is known to work', () => {
    expectLike('refunds-create.json', example('refunds-create.json'));
    expect(() => expectLike('refunds-create.json', { ...example('refunds-create.json'), invented: 1 })).toThrow();
    expect(() => expectLike('refunds-create.json', { ...example('refunds-create.json'), status: 1 })).toThrow();
  });

  test('our requests go where the examples come from, without a body', async () => {
    const connection = connectionTo(party.baseUrl);
    await carrier.voidLabel({ connection, providerShipmentRef: 'shp_1' });
    await carrier.query({ connection, providerShipmentRef: 'shp_2' });
    const sent = party.exchanges.map(({ request }) => [request.method, request.path, request.rawBody.length]);
    expect(sent).toEqual([
      ['POST', '/v2/shipments/shp_1/refund', 0],
      ['GET', '/v2/shipments/shp_2', 0],
    ]);
  });

  test('the answers of the stand-in look like the examples', () => {
    for (const { reply } of party.exchanges) {
      if (reply !== 'hang-up') expectLike('shipping-refund-refund.json', JSON.parse(reply.body.toString()));
    }
  });

  test('its webhooks look like the examples', async () => {
    await party.control('settle', { shipment: 'shp_1' });
    await party.control('scan', { shipment: 'shp_1', status: 'in_transit' });
    await party.idle();
    const events = party.deliveries.map(({ rawBody }) => record(JSON.parse(rawBody.toString())));
    expect(events).toHaveLength(2);
    for (const { result, ...event } of events) {
      expectLike('events-retrieve.json', event);
      if (event['description'] === 'refund.successful') expectLike('refunds-create.json', result);
      else expectLike('trackers-retrieve.json', result);
    }
  });

  test('we understand the example answers themselves', async () => {
    const refunded = example('shipping-refund-refund.json');
    const server = await rawServer((_incoming, outgoing) => outgoing.writeHead(200).end(JSON.stringify(refunded)));
    const request = { connection: connectionTo(server.baseUrl), providerShipmentRef: String(refunded['id']) };
    expect(await carrier.voidLabel(request)).toEqual({
      outcome: 'accepted',
      word: 'submitted',
      postageRefund: 'submitted',
    });
    const trackingCode = String(refunded['tracking_code']);
    const told = { void: 'accepted', postageRefund: 'submitted' };
    expect(await carrier.query(request)).toEqual({ position: 'label_created', ...told, trackingCode });
    await server.close();
  });

  test('we understand the example webhook byte by byte', () => {
    const rawBody = readFileSync(path.replace(/[^/]*$/, 'event-body.json'));
    const hmac = createHmac('sha256', 'secret').update(rawBody).digest('hex');
    const headers = { 'x-hmac-signature': `hmac-sha256-hex=${hmac}` };
    expect(easypostWebhook.read(connectionTo('http://localhost'), rawBody, headers)).toEqual({
      eventId: 'evt_1',
      type: 'tracker.updated',
      providerShipmentRef: undefined,
      trackingCode: '1',
      position: 'in_transit',
      void: undefined,
    });
  });
});

/** The members and types of an example; a null in it says nothing about the type. */
function shapeOf(example: unknown): Json {
  if (example === null) return {};
  if (Array.isArray(example))
    return { type: 'array', items: example.length > 0 ? { anyOf: example.map(shapeOf) } : {} };
  if (!isRecord(example)) return { type: [typeof example, 'null'] };
  const properties = Object.fromEntries(Object.entries(example).map(([name, value]) => [name, shapeOf(value)]));
  return { type: ['object', 'null'], properties, additionalProperties: false };
}
