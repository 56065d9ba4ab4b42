import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { SignatureInvalid } from '../../shared/domain/faults';
import { refuse } from '../../shared/domain/refusal';
import { webhookHandler, type Webhook } from '../../shared/edge/webhook';
import type { Connection, Connections } from '../../shared/ports/connections';

const connection: Connection = { id: 'con_1', tenant: 'acme', provider: 'alipay', apiKey: '', webhookSecrets: [] };
const connections: Connections = {
  find: (id) => Promise.resolve(id === connection.id ? connection : undefined),
};

type Door = Webhook<{ connections: Connections }>;

async function answer(door: Partial<Door>, event: { channel?: string; connectionId?: string; body?: string } = {}) {
  const handler = webhookHandler<{ connections: Connections }>({
    provider: 'channel',
    ports: () => ({ connections }),
    handle: () => Promise.resolve(undefined),
    ...door,
  });
  const { channel = 'alipay', connectionId = 'con_1', body = 'a=b' } = event;
  const {
    statusCode,
    headers,
    body: said,
  } = await handler(
    {
      rawPath: `/webhooks/payments/${channel}/${connectionId}`,
      pathParameters: { channel, connectionId },
      headers: {},
      requestContext: { requestId: 'r1' },
      isBase64Encoded: false,
      body,
    } as unknown as APIGatewayProxyEventV2,
    {} as Context,
  );
  return { statusCode, type: headers['content-type'], said };
}

const success = { contentType: 'text/plain', body: 'success' };

describe('the door for webhooks answers', () => {
  test('in its own words where the provider wants none of its own', async () => {
    const ours = { statusCode: 200, type: 'application/json', said: '{"received":true}' };
    expect(await answer({})).toEqual(ours);
    expect(await answer({ acknowledgement: () => undefined })).toEqual(ours);
  });

  test("in the provider's words, of the connection by which the message came", async () => {
    const asked: string[] = [];
    const acknowledgement = ({ provider }: Connection) => {
      asked.push(provider);
      return success;
    };
    expect(await answer({ acknowledgement })).toEqual({ statusCode: 200, type: 'text/plain', said: 'success' });
    expect(asked).toEqual(['alipay']);
  });

  test.each<[string, Partial<Door>, Parameters<typeof answer>[1], number]>([
    ['a message that nobody signed', { handle: () => Promise.reject(new SignatureInvalid('no')) }, {}, 401],
    ['a message that the function refuses', { handle: async () => refuse('not_found', 'It is not.') }, {}, 404],
    ['a message that could not be heard', { handle: () => Promise.reject(new Error('the table is away')) }, {}, 500],
    ['a connection that is not there', {}, { connectionId: 'con_2' }, 404],
    ['a connection of another provider', {}, { channel: 'stripe' }, 404],
    ['a body that is too large', {}, { body: 'x'.repeat(256 * 1024 + 1) }, 413],
  ])('%s is never acknowledged', async (_name, door, event, status) => {
    const { statusCode, said } = await answer({ acknowledgement: () => success, ...door }, event);
    expect(statusCode).toBe(status);
    expect(said).not.toContain('success');
  });
});
