import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { ConfiguredConnections, Connection, Connections } from '../../ports/connections';
import { readConnection } from './connection-secret';

/** A secret may be rotated: what was read is used for this long, in milliseconds. */
export const freshness = 5 * 60_000;

/**
 * Connections in Secrets Manager, one secret each, read when first used. Only configured ones are looked for, so that ids
 * that somebody makes up cost no call and leave nothing behind.
 */
export class SecretConnections implements Connections {
  private readonly read = new Map<string, { at: number; value: Promise<Connection | undefined> }>();

  constructor(
    private readonly client: SecretsManagerClient,
    private readonly prefix: string,
    private readonly configured: ConfiguredConnections,
    private readonly now: () => number,
  ) {}

  find(connectionId: string): Promise<Connection | undefined> {
    const stage = this.configured.get(connectionId);
    if (stage === undefined) return Promise.resolve(undefined);
    const known = this.read.get(connectionId);
    if (known !== undefined && this.now() - known.at < freshness) return known.value;
    const value = this.load(connectionId, stage);
    this.read.set(connectionId, { at: this.now(), value });
    // A failed read is not remembered.
    value.catch(() => this.read.delete(connectionId));
    return value;
  }

  private async load(
    connectionId: string,
    stage: Pick<Connection, 'tenant' | 'provider'>,
  ): Promise<Connection | undefined> {
    try {
      const { SecretString } = await this.client.send(
        new GetSecretValueCommand({ SecretId: `${this.prefix}${connectionId}` }),
      );
      return readConnection(connectionId, stage, SecretString);
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  }
}

/** The key that signs our own tokens (quotes, withdrawals), read once per process. */
export class SigningKey {
  private key: Promise<string> | undefined;

  constructor(
    private readonly client: SecretsManagerClient,
    private readonly name: string,
  ) {}

  get(): Promise<string> {
    this.key ??= this.client.send(new GetSecretValueCommand({ SecretId: this.name })).then(({ SecretString }) => {
      if (SecretString === undefined || SecretString.length < 32)
        throw new Error('the signing secret is missing or too short');
      return SecretString;
    });
    this.key.catch(() => (this.key = undefined));
    return this.key;
  }
}
