import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SecretConnections } from '../../shared/adapters/secrets/connections';

describe('connections', () => {
  const asked: unknown[] = [];
  const client = {
    send: ({ input }: { input: { SecretId: string } }) => {
      asked.push(input.SecretId);
      return Promise.resolve({ SecretString: JSON.stringify({ tenant: 't1', provider: 'stripe' }) });
    },
  } as unknown as SecretsManagerClient;

  test('that nobody configured are not looked for, however many are made up', async () => {
    const connections = new SecretConnections(client, 'p/', new Map([['con_a', 't1']]), () => 0);
    for (let made = 0; made < 100; made += 1) expect(await connections.find(`con_${made}`)).toBeUndefined();
    expect(await connections.find('constructor')).toBeUndefined();
    expect(await connections.find('con_a')).toMatchObject({ id: 'con_a', tenant: 't1' });
    await connections.find('con_a');
    expect(asked).toEqual(['p/con_a']);
  });
});
