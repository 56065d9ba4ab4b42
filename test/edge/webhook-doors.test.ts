/** The two doors with the adapters that stand behind them; connections are the test's. */
import { generateKeyPairSync } from 'node:crypto';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { handler as carrierUpdate } from '../../functions/webhooks/carrier-update';
import { handler as paymentResult } from '../../functions/webhooks/payment-result';
import { carrierNames } from '../../shared/domain/carrier';
import { paymentChannels } from '../../shared/domain/channel';
import type { Connection } from '../../shared/ports/connections';
import { carrierWebhooks, paymentWebhooks } from '../../shared/wiring';
import type * as Wiring from '../../shared/wiring';

/** Alipay signs with a key pair, the others with what both sides know. */
const mockPublicKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .publicKey.export({ type: 'spki', format: 'pem' })
  .toString();

jest.mock('../../shared/wiring', (): unknown => ({
  ...jest.requireActual<typeof Wiring>('../../shared/wiring'),
  connections: () => ({
    find: (id: string): Promise<Connection> =>
      Promise.resolve({
        id,
        tenant: 'acme',
        provider: id.replace('con_', ''),
        apiKey: 'secret',
        webhookSecrets: [id === 'con_alipay' ? mockPublicKey : '00'.repeat(32)],
        settings: { notificationUrl: 'https://shop.example', balanceAccountId: 'BA1', merchantAccount: 'Shop' },
      }),
  }),
}));

beforeAll(() => {
  Object.assign(process.env, {
    ORDERS_TABLE: 'orders',
    CONNECTION_IDS: 'con_1=stripe=acme',
    CONNECTION_SECRETS_PREFIX: 'c/',
  });
});

/** A message without any signature, to a connection of that provider. */
async function post(door: 'payments' | 'carriers', provider: string): Promise<number> {
  const name = door === 'payments' ? 'channel' : 'carrier';
  const event = {
    rawPath: `/webhooks/${door}/${provider}/con_${provider}`,
    pathParameters: { [name]: provider, connectionId: `con_${provider}` },
    headers: {},
    requestContext: { requestId: 'r1' },
    isBase64Encoded: false,
    body: '{}',
  } as unknown as APIGatewayProxyEventV2;
  const { statusCode } = await (door === 'payments' ? paymentResult : carrierUpdate)(event, {} as Context);
  return statusCode;
}

const providers = [...paymentChannels, ...carrierNames];

test.each(providers)('an unsigned message about payments to a connection of %s is not taken', async (provider) =>
  expect(await post('payments', provider)).toBe(Object.hasOwn(paymentWebhooks(), provider) ? 401 : 404),
);

test.each(providers)('an unsigned message about parcels to a connection of %s is not taken', async (provider) =>
  expect(await post('carriers', provider)).toBe(Object.hasOwn(carrierWebhooks(), provider) ? 401 : 404),
);

test('there are connections of which no message can come', () =>
  expect(providers.filter((provider) => !Object.hasOwn(paymentWebhooks(), provider))).toEqual(
    expect.arrayContaining(['klarna', 'easypost', 'store_credit']),
  ));
