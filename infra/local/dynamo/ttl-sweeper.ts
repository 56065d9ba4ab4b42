/** Deletes what has expired, as the service does and the local database does not. */
import type { Clock } from '../clock';
import { type Json, list, record, text } from '../json';
import type { Store } from '../stand-in';
import { ApiError } from '../api-error';
import type { DatabaseClient } from './database-client';
import type { Table } from './tables';

/** The service keeps items whose time lies more than five years back: probably a unit mistake. */
const FIVE_YEARS_S = 5 * 365.25 * 24 * 3_600;
/** A sweep reads whole tables, so it is rare unless the clock is moved. */
const EVERY_MS = 5 * 60_000;
const REMEMBERED = 10_000;

export class TtlSweeper {
  private readonly marks = new Map<string, string>();
  private running: Promise<void> | undefined;
  private again = false;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;
  private restUntil = 0;
  private resting: NodeJS.Timeout | undefined;

  constructor(
    private readonly client: DatabaseClient,
    private readonly clock: Clock,
    private readonly store: Store,
    private readonly tables: () => readonly Table[],
    private readonly wrote: (table: string) => void,
  ) {}

  async start(): Promise<void> {
    for (const { key, value } of await this.store.all<string>('')) this.marks.set(key, value);
    this.timer = setInterval(() => void this.sweep(), EVERY_MS).unref();
  }

  stop(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    clearTimeout(this.resting);
    return this.running ?? Promise.resolve();
  }

  get busy(): boolean {
    return this.running !== undefined || this.resting !== undefined;
  }

  /**
   * A sweep that may wait a little: however often the clock is moved, reading whole tables takes at most a twentieth of
   * the database's time.
   */
  sweepSoon(): void {
    if (this.closed || this.resting) return;
    const wait = this.restUntil - performance.now();
    if (wait <= 0) {
      // A database that is gone says so itself, through its process.
      this.sweep().catch(() => undefined);
      return;
    }
    this.resting = setTimeout(() => {
      this.resting = undefined;
      this.sweepSoon();
    }, wait);
    this.resting.unref();
  }

  /** Whether the deletion of this item was the service's own. */
  removed(table: string, keys: Json, oldImage: Json): boolean {
    const attribute = this.tables().find((known) => known.name === table)?.ttlAttribute;
    const mark = this.marks.get(markOf(table, keys));
    return attribute !== undefined && mark !== undefined && mark === text(record(oldImage[attribute])['N']);
  }

  /** Deletes what has expired by now; calls that come meanwhile share one further sweep. */
  sweep(): Promise<void> {
    if (this.running) {
      this.again = true;
      return this.running;
    }
    this.running = this.sweepAll().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async sweepAll(): Promise<void> {
    const began = performance.now();
    do {
      this.again = false;
      for (const table of this.tables()) {
        if (table.ttlAttribute && !this.closed) await this.sweepTable(table, table.ttlAttribute);
      }
    } while (this.again && !this.closed);
    this.restUntil = performance.now() + 20 * (performance.now() - began);
  }

  private async sweepTable(table: Table, attribute: string): Promise<void> {
    const now = Math.floor(this.clock.now() / 1_000);
    let ExclusiveStartKey: unknown;
    do {
      const page = await this.client.call('Scan', {
        TableName: table.name,
        FilterExpression: 'attribute_type(#t, :number) AND #t < :now AND #t > :ancient',
        ProjectionExpression: [...table.keys.map((_key, at) => `#k${at}`), '#t'].join(', '),
        ExpressionAttributeNames: {
          '#t': attribute,
          ...Object.fromEntries(table.keys.map((key, at) => [`#k${at}`, key])),
        },
        ExpressionAttributeValues: {
          ':number': { S: 'N' },
          ':now': { N: String(now) },
          ':ancient': { N: String(Math.floor(now - FIVE_YEARS_S)) },
        },
        ...(ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey }),
      });
      for (const item of list(page['Items'])) await this.expire(table, attribute, record(item));
      ExclusiveStartKey = page['LastEvaluatedKey'];
    } while (ExclusiveStartKey !== undefined && !this.closed);
  }

  private async expire(table: Table, attribute: string, item: Json): Promise<void> {
    const Key = Object.fromEntries(table.keys.map((key) => [key, item[key]]));
    const time = text(record(item[attribute])['N']) ?? '';
    const mark = markOf(table.name, Key);
    // The mark is on disk before the deletion, so that a restart between the two loses nothing.
    this.marks.set(mark, time);
    await this.store.put(mark, time);
    await this.forgetOldest();
    try {
      await this.client.call('DeleteItem', {
        TableName: table.name,
        Key,
        ConditionExpression: '#t = :seen',
        ExpressionAttributeNames: { '#t': attribute },
        ExpressionAttributeValues: { ':seen': { N: time } },
      });
      this.wrote(table.name);
    } catch (error) {
      // Somebody prolonged or deleted it in the meantime.
      if (!(error instanceof ApiError && error.code === 'ConditionalCheckFailedException')) throw error;
    }
  }

  private async forgetOldest(): Promise<void> {
    if (this.marks.size <= REMEMBERED) return;
    const [oldest] = this.marks.keys();
    if (oldest === undefined) return;
    this.marks.delete(oldest);
    await this.store.delete(oldest);
  }
}

function markOf(table: string, keys: Json): string {
  const ordered = Object.keys(keys).sort();
  return `${table} ${JSON.stringify(ordered.map((key) => keys[key]))}`;
}
