/** The door for carriers with the adapters that stand behind it; where things are stored is the test's. */
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { handler } from '../../functions/webhooks/carrier-update';
import { digestOf } from '../../shared/adapters/carriers/sf-express-digest';
import type { Connection } from '../../shared/ports/connections';
import type * as Wiring from '../../shared/wiring';

const mockConnections = new Map<string, Connection>();
const mockLookedFor: string[] = [];
const mockReceipts = new Set<string>();

jest.mock('../../shared/wiring', (): unknown => ({
  ...jest.requireActual<typeof Wiring>('../../shared/wiring'),
  connections: () => ({ find: (id: string) => Promise.resolve(mockConnections.get(id)) }),
  cancellationStore: () => ({}),
  orderStore: () => ({}),
  returns: () => ({}),
  receipts: () => ({
    seen: (tenant: string, provider: string, id: string) =>
      Promise.resolve(mockReceipts.has(`${tenant} ${provider} ${id}`)),
    keep: (tenant: string, provider: string, id: string) => {
      mockReceipts.add(`${tenant} ${provider} ${id}`);
      return Promise.resolve();
    },
  }),
  shipmentFinder: () => ({
    find: (tenant: string, connectionId: string, ref: string) => {
      mockLookedFor.push(`${tenant} ${connectionId} ${ref}`);
      return Promise.resolve(undefined);
    },
  }),
}));

const connectionOf = (provider: string, tenant: string, more: object = {}): Connection => ({
  id: `con_${provider}_${tenant}`,
  tenant,
  provider,
  apiKey: 'key',
  webhookSecrets: [`secret of ${tenant}`],
  ...more,
});

beforeEach(() => {
  mockLookedFor.length = 0;
  mockReceipts.clear();
  mockConnections.clear();
  for (const tenant of ['acme', 'other']) {
    for (const provider of ['ups', 'sf_express', 'shipengine']) {
      // Nobody listens there: whoever asks for ShipEngine's keys is told so.
      const connection = connectionOf(provider, tenant, { baseUrl: 'http://127.0.0.1:9' });
      mockConnections.set(connection.id, connection);
    }
  }
  for (const level of ['warn', 'error'] as const) jest.spyOn(console, level).mockImplementation(() => undefined);
});

async function post(connectionId: string, body: string, headers: Record<string, string> = {}) {
  const carrier = connectionId.replace(/^con_|_(acme|other)$/g, '');
  const event = {
    rawPath: `/webhooks/carriers/${carrier}/${connectionId}`,
    pathParameters: { carrier, connectionId },
    headers,
    requestContext: { requestId: 'r1' },
    isBase64Encoded: false,
    body,
  } as unknown as APIGatewayProxyEventV2;
  return handler(event, {} as Context);
}

/** A push of two nodes, of two orders. */
function push(checkword: string): string {
  const node = (orderid: string) => ({ orderid, mailno: `SF-${orderid}`, opCode: '50', acceptTime: '', id: '1' });
  const msgData = JSON.stringify({ Body: { WaybillRoute: [node('ORDER-1'), node('ORDER-2')] } });
  const timestamp = String(Date.now());
  const serviceCode = 'RoutePushService';
  const msgDigest = digestOf(msgData, timestamp, checkword);
  return new URLSearchParams({ serviceCode, timestamp, msgData, msgDigest }).toString();
}

test('one message that names two parcels is heard of both, and answered in the carrier’s words', async () => {
  const answer = await post('con_sf_express_acme', push('secret of acme'));
  expect([answer.statusCode, answer.body]).toEqual([200, '{"return_code":"0000","return_msg":"成功"}']);
  expect(mockLookedFor).toEqual(['acme con_sf_express_acme ORDER-1', 'acme con_sf_express_acme ORDER-2']);
});

test('what was heard of once is not heard of again, also within another message', async () => {
  await post('con_sf_express_acme', push('secret of acme'));
  await post('con_sf_express_acme', push('secret of acme'));
  expect(mockLookedFor).toHaveLength(2);
});

test.each([
  ['ups', JSON.stringify({ trackingNumber: '1Z1', activityStatus: { type: 'I' } }), { credential: 'secret of other' }],
  ['sf_express', push('secret of other'), {}],
])(
  'what another tenant has signed at %s is nothing here, and his own message finds his parcels only',
  async (carrier, body, headers) => {
    expect((await post(`con_${carrier}_acme`, body, headers)).statusCode).toBe(401);
    expect(mockLookedFor).toEqual([]);
    expect((await post(`con_${carrier}_other`, body, headers)).statusCode).toBe(200);
    for (const looked of mockLookedFor) expect(looked).toMatch(new RegExp(`^other con_${carrier}_other `));
  },
);

test('keys that cannot be fetched now are no forgery: the carrier is asked to send it again', async () => {
  const headers = {
    'x-shipengine-rsa-sha256-key-id': 'one',
    'x-shipengine-rsa-sha256-signature': 'A'.repeat(344),
    'x-shipengine-timestamp': new Date().toISOString(),
    'x-connection-secret': 'secret of acme',
  };
  expect((await post('con_shipengine_acme', '{}', headers)).statusCode).toBe(500);
  expect((await post('con_shipengine_acme', '{}', { ...headers, 'x-connection-secret': 'guessed' })).statusCode).toBe(
    401,
  );
  expect(mockLookedFor).toEqual([]);
});
