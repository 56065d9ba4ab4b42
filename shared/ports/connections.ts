/**
 * One account at an outside party: whose it is, where it is reached, and its secrets. Loaded from Secrets Manager
 * by name; never logged, never stored with an order (orders hold the `id` only).
 */
export interface Connection {
  id: string;
  tenant: string;
  /** `stripe`, `easypost`, ... */
  provider: string;
  apiKey: string;
  /** What else the provider wants to be told: merchant ids, keys of its own signature. Named in docs/channels.md and docs/carriers.md. */
  settings?: Readonly<Record<string, string>>;
  /** All secrets under which a webhook may be signed now: two during a rotation. */
  webhookSecrets: readonly string[];
  /** Absent: the provider's public address. The laptop host and tests point it at their stand-ins. */
  baseUrl?: string;
}

export interface Connections {
  /** @returns undefined when no such connection is configured */
  find(connectionId: string): Promise<Connection | undefined>;
}

/** Which connections are configured, by id: whose, and to whom. Known without asking anybody. */
export type ConfiguredConnections = ReadonlyMap<string, Pick<Connection, 'tenant' | 'provider'>>;
