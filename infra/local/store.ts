/**
 * The host's own memory: one table in the same file as the application's, so that killing everything
 * loses neither a message nor an execution. Writes that arrive while another is under way go out together.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { record, text } from './json';
import type { DatabaseClient } from './dynamo/database-client';
import type { Store } from './stand-in';

/** Name of the internal table; hidden from ListTables. */
export const INTERNAL_TABLE = '_laptop';

/** Values above this are compressed; the database refuses items of more than 400 KB. */
const COMPRESS_ABOVE = 64 * 1024;
const LARGEST = 390 * 1024;
const BATCH = 25;

interface Pending {
  readonly scope: string;
  readonly key: string;
  readonly value: string | undefined;
  readonly zipped?: Buffer;
}

export class DurableTable {
  private pending = new Map<string, Pending>();
  /** Written but not yet confirmed: reads must see them. */
  private underway = new Map<string, Pending>();
  private flushing: Promise<void> | undefined;
  private next: Promise<void> | undefined;

  constructor(private readonly client: DatabaseClient) {}

  async create(): Promise<void> {
    const { TableNames } = await this.client.call('ListTables', {});
    if (Array.isArray(TableNames) && TableNames.includes(INTERNAL_TABLE)) return;
    await this.client.call('CreateTable', {
      TableName: INTERNAL_TABLE,
      AttributeDefinitions: [
        { AttributeName: 'p', AttributeType: 'S' },
        { AttributeName: 's', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'p', KeyType: 'HASH' },
        { AttributeName: 's', KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    });
  }

  /** Whether anything is not yet on disk. */
  get busy(): boolean {
    return this.pending.size > 0 || this.underway.size > 0;
  }

  /** Settles when the value (undefined: its absence) is on disk. */
  write(scope: string, key: string, value: unknown): Promise<void> {
    const json = value === undefined ? undefined : JSON.stringify(value);
    const zipped = json !== undefined && json.length > COMPRESS_ABOVE ? gzipSync(json) : undefined;
    // Refused alone and at once: in a batch it would take its neighbours with it.
    if (zipped && zipped.length > LARGEST) {
      return Promise.reject(new Error(`${scope} ${key}: ${json?.length} characters do not fit into an item.`));
    }
    this.pending.set(`${scope}\n${key}`, { scope, key, value: json, ...(zipped ? { zipped } : {}) });
    return this.flushed();
  }

  async read(scope: string, key: string): Promise<unknown> {
    const id = `${scope}\n${key}`;
    const recent = this.pending.get(id) ?? this.underway.get(id);
    if (recent) return recent.value === undefined ? undefined : (JSON.parse(recent.value) as unknown);
    const { Item } = await this.client.call('GetItem', {
      TableName: INTERNAL_TABLE,
      Key: { p: { S: scope }, s: { S: key } },
      ConsistentRead: true,
    });
    return Item === undefined ? undefined : decode(Item);
  }

  /** Entries of a scope whose key starts with `prefix`, in the order of their keys. */
  async list(scope: string, prefix = ''): Promise<{ key: string; value: unknown }[]> {
    while (this.pending.size > 0 || this.underway.size > 0) await this.flushed();
    const found: { key: string; value: unknown }[] = [];
    let ExclusiveStartKey: unknown;
    do {
      const page = await this.client.call('Query', {
        TableName: INTERNAL_TABLE,
        KeyConditionExpression: prefix ? 'p = :p AND begins_with(s, :s)' : 'p = :p',
        ExpressionAttributeValues: { ':p': { S: scope }, ...(prefix ? { ':s': { S: prefix } } : {}) },
        ConsistentRead: true,
        ...(ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey }),
      });
      for (const item of Array.isArray(page['Items']) ? (page['Items'] as unknown[]) : []) {
        found.push({ key: text(record(record(item)['s'])['S']) ?? '', value: decode(item) });
      }
      ExclusiveStartKey = page['LastEvaluatedKey'];
    } while (ExclusiveStartKey !== undefined);
    return found;
  }

  /** A view of one scope. */
  scope(scope: string): Store {
    return {
      get: async <T>(key: string) => (await this.read(scope, key)) as T | undefined,
      put: (key, value) => this.write(scope, key, value),
      delete: (key) => this.write(scope, key, undefined),
      all: async <T>(prefix: string) => (await this.list(scope, prefix)) as { key: string; value: T }[],
    };
  }

  /** Settles when everything written so far is on disk. */
  flushed(): Promise<void> {
    if (!this.flushing) {
      this.flushing = this.flush().finally(() => {
        this.flushing = undefined;
      });
      return this.flushing;
    }
    // The flush under way has already taken its entries: wait for it, then for the next one, shared by all.
    this.next ??= this.flushing
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        return this.flushed();
      });
    return this.next;
  }

  private async flush(): Promise<void> {
    // One turn of patience gathers the writes of everything that is running now.
    await new Promise((resolve) => setImmediate(resolve));
    const taken = this.pending;
    this.pending = new Map();
    this.underway = taken;
    try {
      const requests = [...taken.values()].map(({ scope, key, value, zipped }) => {
        const Key = { p: { S: scope }, s: { S: key } };
        if (value === undefined) return { DeleteRequest: { Key } };
        const body = zipped ? { z: { B: zipped.toString('base64') } } : { v: { S: value } };
        return { PutRequest: { Item: { ...Key, ...body } } };
      });
      for (let start = 0; start < requests.length; start += BATCH) {
        await this.client.call('BatchWriteItem', {
          RequestItems: { [INTERNAL_TABLE]: requests.slice(start, start + BATCH) },
        });
      }
    } finally {
      this.underway = new Map();
    }
  }
}

function decode(item: unknown): unknown {
  const { v, z } = record(item);
  const plain = text(record(v)['S']);
  if (plain !== undefined) return JSON.parse(plain) as unknown;
  return JSON.parse(gunzipSync(Buffer.from(text(record(z)['B']) ?? '', 'base64')).toString()) as unknown;
}
