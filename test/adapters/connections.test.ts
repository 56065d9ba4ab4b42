import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { freshness, SecretConnections } from '../../shared/adapters/secrets/connections';
import { PermanentFault } from '../../shared/domain/faults';

/** As docs/channels.md shows it under Credentials. */
const secret = {
  tenant: 't1',
  provider: 'adyen',
  apiKey: 'SECRET-api-key',
  settings: { merchantAccount: 'SECRET-setting' },
  webhookSecrets: ['SECRET-one', 'SECRET-two'],
};

function holding(texts: Readonly<Record<string, string | undefined>>) {
  const asked: string[] = [];
  const client = {
    send: ({ input }: { input: { SecretId: string } }) => {
      asked.push(input.SecretId);
      return Promise.resolve({ SecretString: texts[input.SecretId] });
    },
  } as unknown as SecretsManagerClient;
  const clock = { now: 0 };
  const configured = new Map([['con_a', { tenant: 't1', provider: secret.provider }]]);
  return { asked, clock, connections: new SecretConnections(client, 'p/', configured, () => clock.now) };
}

describe('connections', () => {
  test('that nobody configured are not looked for, however many are made up', async () => {
    const { connections, asked } = holding({ 'p/con_a': JSON.stringify(secret) });
    for (let made = 0; made < 100; made += 1) expect(await connections.find(`con_${made}`)).toBeUndefined();
    expect(await connections.find('constructor')).toBeUndefined();
    expect(await connections.find('con_a')).toMatchObject({ id: 'con_a', tenant: 't1' });
    await connections.find('con_a');
    expect(asked).toEqual(['p/con_a']);
  });

  test('are what their secret says, under the id of the stage', async () => {
    const more = { ...secret, id: 'con_b', baseUrl: 'https://test.example', colour: 'red' };
    const { connections } = holding({ 'p/con_a': JSON.stringify(more) });
    expect(await connections.find('con_a')).toEqual({ ...secret, id: 'con_a', baseUrl: 'https://test.example' });
  });

  test('have no settings and no address unless their secret has', async () => {
    const { settings: _settings, ...bare } = { ...secret, webhookSecrets: [] };
    const { connections } = holding({ 'p/con_a': JSON.stringify(bare) });
    expect(await connections.find('con_a')).toEqual({ ...bare, id: 'con_a' });
  });

  test.each<[what: string, member: string, text: string | undefined]>([
    ['is not there', 'JSON', undefined],
    ['is empty', 'JSON', ''],
    ['is the key itself', 'JSON', 'SECRET-api-key'],
    ['is cut off', 'JSON', '{"apiKey":"SECRET-api-key",'],
    ['is a list', 'JSON', '["SECRET-api-key"]'],
    ['is null', 'JSON', 'null'],
    ['names no tenant', 'tenant', JSON.stringify({ ...secret, tenant: undefined })],
    ['names another tenant', 'tenant', JSON.stringify({ ...secret, tenant: 'SECRET-tenant' })],
    ['names no provider', 'provider', JSON.stringify({ ...secret, provider: undefined })],
    ['names another provider', 'provider', JSON.stringify({ ...secret, provider: 'SECRET-provider' })],
    ['names several', 'provider', JSON.stringify({ ...secret, provider: ['SECRET-provider'] })],
    ['has no key', 'apiKey', JSON.stringify({ ...secret, apiKey: undefined })],
    ['has an empty key', 'apiKey', JSON.stringify({ ...secret, apiKey: '' })],
    ['has no list of secrets', 'webhookSecrets', JSON.stringify({ ...secret, webhookSecrets: undefined })],
    ['has one that is no list', 'webhookSecrets', JSON.stringify({ ...secret, webhookSecrets: 'SECRET-one' })],
    [
      'has an object in it',
      'webhookSecrets[1]',
      JSON.stringify({ ...secret, webhookSecrets: ['SECRET-one', { secret: 'SECRET-two' }] }),
    ],
    ['has a text for settings', 'settings', JSON.stringify({ ...secret, settings: 'SECRET-setting' })],
    ['has null for settings', 'settings', JSON.stringify({ ...secret, settings: null })],
    [
      'has a number in them',
      'settings.merchantAccount',
      JSON.stringify({ ...secret, settings: { merchantAccount: 17 } }),
    ],
    ['has a strange name in them', 'settings.?', JSON.stringify({ ...secret, settings: { 'SECRET key': null } })],
    ['has a number for an address', 'baseUrl', JSON.stringify({ ...secret, baseUrl: 17 })],
  ])('whose secret %s are refused by name (%s), and nothing of it is told', async (_what, member, text) => {
    const { connections } = holding({ 'p/con_a': text });
    const fault = await connections.find('con_a').catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(PermanentFault);
    const { message, stack, cause } = fault as PermanentFault;
    expect(message).toMatch(/^connection con_a: /);
    expect(message).toContain(member);
    expect(`${message} ${stack ?? ''} ${String(cause)}`).not.toContain('SECRET');
  });

  test('are read again after five minutes, and at once after a wrong secret', async () => {
    const texts: Record<string, string> = { 'p/con_a': '{}' };
    const { connections, clock, asked } = holding(texts);
    await expect(connections.find('con_a')).rejects.toThrow(PermanentFault);
    texts['p/con_a'] = JSON.stringify(secret);
    expect((await connections.find('con_a'))?.apiKey).toBe('SECRET-api-key');
    texts['p/con_a'] = JSON.stringify({ ...secret, apiKey: 'SECRET-other' });
    clock.now = freshness - 1;
    expect((await connections.find('con_a'))?.apiKey).toBe('SECRET-api-key');
    clock.now = freshness;
    expect((await connections.find('con_a'))?.apiKey).toBe('SECRET-other');
    expect(asked).toHaveLength(3);
  });
});
