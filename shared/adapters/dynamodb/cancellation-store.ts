import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { GetCommand, PutCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { OrderAggregate } from '../../domain/aggregate';
import type { Cancellation } from '../../domain/cancellation';
import { numberEvents, type EventType, type TimelineEntry } from '../../domain/events';
import type { Refusal } from '../../domain/refusal';
import { epochSeconds, later } from '../../domain/time';
import type {
  CancellationPointer,
  CaseEntry,
  CancellationStore,
  OrderChange,
  QueueEntry,
  WaitName,
} from '../../ports/cancellation-store';
import type { OrderHeader, Page, PageRequest } from '../../ports/order-store';
import { fromItem, toItem, type CancellationItem } from './cancellation-item';
import * as keys from './keys';
import { toHeader, toHeadItem } from './order-items';
import { failedConditions, wasLost } from './outcome';
import { readPage } from './pages';

/** Nobody else has written it since it was read, and no younger run has taken over. */
const unchangedSinceRead = '#revision = :revision AND #generation = :generation';
const versionUnchanged = '#version = :version';
const isNew = 'attribute_not_exists(pk)';

export class DynamoCancellationStore implements CancellationStore {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  async locate(tenant: string, cancellationId: string): Promise<CancellationPointer | undefined> {
    const Key = { pk: keys.cancellationPartition(tenant, cancellationId), sk: keys.pointerSort };
    const { Item } = await this.client.send(new GetCommand({ TableName: this.table, Key, ConsistentRead: true }));
    return Item && toPointer(tenant, Item);
  }

  async takeId(pointer: CancellationPointer, over?: CancellationPointer): Promise<CancellationPointer | undefined> {
    try {
      await this.client.send(
        new PutCommand({
          TableName: this.table,
          Item: toPointerItem(pointer),
          ...(over === undefined ? { ConditionExpression: isNew } : stillHeldBy(over)),
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return undefined;
    } catch (error) {
      const held = heldItem(error);
      if (held === undefined) throw error;
      return toPointer(pointer.tenant, held);
    }
  }

  async find(tenant: string, orderId: string, cancellationId: string): Promise<Cancellation | undefined> {
    const Key = { pk: keys.orderPartition(tenant, orderId), sk: keys.cancellationSort(cancellationId) };
    const { Item } = await this.client.send(new GetCommand({ TableName: this.table, Key, ConsistentRead: true }));
    return Item && fromItem(Item);
  }

  async record(
    aggregate: OrderAggregate,
    cancellation: Cancellation,
    types: readonly EventType[],
    entry: TimelineEntry,
  ): Promise<'recorded' | 'lost' | 'exists'> {
    const header = toHeader({ ...aggregate.order });
    const events = numberEvents(header.sequence, entry.at, types);
    try {
      await this.client.send(
        new TransactWriteCommand({
          TransactItems: [
            { Put: { TableName: this.table, Item: toItem(cancellation, entry, events), ConditionExpression: isNew } },
            this.moveOrder(header, { sequence: header.sequence + events.length }, entry),
          ],
        }),
      );
      return 'recorded';
    } catch (error) {
      if (!wasLost(error)) throw error;
      return failedConditions(error)[0] === true ? 'exists' : 'lost';
    }
  }

  async save(before: Cancellation, after: Cancellation, entry: TimelineEntry): Promise<'saved' | 'lost'> {
    const Item = toItem({ ...after, revision: before.revision + 1 }, entry, []);
    try {
      await this.client.send(
        new PutCommand({ ...this.replacing(before, Item), ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
      );
      return 'saved';
    } catch (error) {
      const held = heldItem(error);
      if (held === undefined) throw error;
      // The SDK may have repeated a write whose answer was lost: what is there then is exactly ours.
      return held['revision'] === Item.revision && held['body'] === Item.body && sameEntry(held['entry'], entry)
        ? 'saved'
        : 'lost';
    }
  }

  async saveWithOrder(
    before: Cancellation,
    after: Cancellation,
    change: OrderChange,
    entry: TimelineEntry,
  ): Promise<'saved' | 'lost' | 'late_money'> {
    const header = await this.header(before.tenant, before.orderId);
    if (header === undefined) throw new Error(`order ${before.orderId} of ${before.id} is missing`);
    if (change.decidedAt !== undefined && change.decidedAt !== header.version) return 'lost';
    const unseen = header.latePayment === true && change.lateMoneySeenAt !== header.version;
    if (after.status === 'closed' && unseen) return 'late_money';
    const cancelledUnits = header.cancelledUnits + change.closesUnits;
    const status = statusAfter(header, cancelledUnits);
    const told = change.closesUnits > 0 ? [...change.events, orderEvent(status)] : change.events;
    const events = numberEvents(header.sequence, entry.at, told);
    const Item = toItem({ ...after, revision: before.revision + 1 }, entry, events);
    const begun = change.begins === undefined ? [] : this.beginning(change.begins, header.sequence + events.length);
    const sequence = header.sequence + events.length + (change.begins?.events.length ?? 0);
    try {
      await this.client.send(
        new TransactWriteCommand({
          TransactItems: [
            { Put: this.replacing(before, Item) },
            this.moveOrder(header, { sequence, cancelledUnits, status }, entry),
            ...begun,
          ],
        }),
      );
      return 'saved';
    } catch (error) {
      if (wasLost(error)) return 'lost';
      throw error;
    }
  }

  async listQueue(tenant: string, merchantId: string, page: PageRequest): Promise<Page<QueueEntry> | Refusal> {
    return readPage(this.client, {
      table: this.table,
      index: { name: keys.queueIndex, pkStart: keys.orderPartition(tenant, '') },
      partition: { name: 'queuePk', value: keys.queuePartition(tenant, merchantId) },
      sort: 'queueSk',
      page,
      toEntry: (item) => ({
        cancellationId: item['cancellationId'] as string,
        orderId: item['orderId'] as string,
        deadline: item['deadline'] as string,
      }),
    });
  }

  async listDue(now: string, limit: number): Promise<readonly CancellationPointer[]> {
    const perShard = Math.ceil(limit / keys.dueShards);
    const shards = await Promise.all(
      Array.from({ length: keys.dueShards }, (_, shard) => this.dueOf(shard, now, perShard)),
    );
    return shards.flat().map((item) => toPointer(tenantOf(item['pk'] as string), item));
  }

  private async dueOf(shard: number, now: string, limit: number): Promise<Record<string, unknown>[]> {
    const items: Record<string, unknown>[] = [];
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const page = await this.client.send(
        new QueryCommand({
          TableName: this.table,
          IndexName: keys.openIndex,
          KeyConditionExpression: 'openPk = :shard AND openSk < :now',
          ExpressionAttributeValues: { ':shard': keys.duePartition(shard), ':now': now },
          Limit: limit - items.length,
          ...(ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey }),
        }),
      );
      items.push(...(page.Items ?? []));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined && items.length < limit);
    return items;
  }

  async listCases(tenant: string, page: PageRequest): Promise<Page<CaseEntry> | Refusal> {
    return readPage(this.client, {
      table: this.table,
      index: { name: keys.openIndex, pkStart: keys.tenantStart(tenant) },
      partition: { name: 'openPk', value: keys.casesPartition(tenant) },
      sort: 'openSk',
      page,
      toEntry: (item) => {
        const stray = keys.strayOfPartition(tenant, item['pk'] as string);
        return stray === undefined ? toPointer(tenant, item) : { stray };
      },
    });
  }

  async keepToken(tenant: string, cancellationId: string, wait: WaitName, token: string): Promise<void> {
    const Item = { pk: keys.cancellationPartition(tenant, cancellationId), sk: keys.tokenSort(wait), token };
    await this.client.send(new PutCommand({ TableName: this.table, Item }));
  }

  async token(tenant: string, cancellationId: string, wait: WaitName): Promise<string | undefined> {
    const Key = { pk: keys.cancellationPartition(tenant, cancellationId), sk: keys.tokenSort(wait) };
    const { Item } = await this.client.send(new GetCommand({ TableName: this.table, Key, ConsistentRead: true }));
    return Item?.['token'] as string | undefined;
  }

  private async header(tenant: string, orderId: string): Promise<OrderHeader | undefined> {
    const Key = { pk: keys.orderPartition(tenant, orderId), sk: keys.head };
    const { Item } = await this.client.send(new GetCommand({ TableName: this.table, Key, ConsistentRead: true }));
    return Item && toHeader(Item);
  }

  private replacing(before: Cancellation, Item: CancellationItem) {
    return {
      TableName: this.table,
      Item,
      ConditionExpression: unchangedSinceRead,
      ExpressionAttributeNames: { '#revision': 'revision', '#generation': 'generation' },
      ExpressionAttributeValues: { ':revision': before.revision, ':generation': before.run.generation },
    };
  }

  private beginning({ cancellation, events, entry }: NonNullable<OrderChange['begins']>, lastSequence: number) {
    const Item = toItem(cancellation, entry, numberEvents(lastSequence, entry.at, events));
    return [{ Put: { TableName: this.table, Item, ConditionExpression: isNew } }];
  }

  /** Moves the order's version, so that every decision made on the old one loses. */
  private moveOrder(before: OrderHeader, change: Partial<OrderHeader>, entry: TimelineEntry) {
    const after = { ...before, ...change, version: before.version + 1 };
    return {
      Put: {
        TableName: this.table,
        Item: toHeadItem(after, entry, []),
        ConditionExpression: versionUnchanged,
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':version': before.version },
      },
    };
  }
}

function statusAfter(header: OrderHeader, cancelledUnits: number): OrderHeader['status'] {
  if (cancelledUnits >= header.units) return 'cancelled';
  return cancelledUnits > 0 ? 'partially_cancelled' : header.status;
}

const orderEvent = (status: OrderHeader['status']): EventType =>
  status === 'cancelled' ? 'order.cancelled' : 'order.partially_cancelled';

function toPointer(tenant: string, item: Record<string, unknown>): CancellationPointer {
  return {
    tenant,
    cancellationId: item['cancellationId'] as string,
    orderId: item['orderId'] as string,
    request: (item['request'] as string | undefined) ?? '',
    at: (item['at'] as string | undefined) ?? '',
    ...(item['refusal'] === undefined ? {} : { refusal: item['refusal'] as Refusal }),
  };
}

/** Facts of a refusal above this, in characters of JSON, are not kept: a quote of many lines can have many kilobytes. */
const largestFacts = 1_500;
/** A refusal is looked at for seconds; a cancellation's pointer is kept as long as the cancellation. */
const refusalLives = { length: 1, unit: 'days' } as const;

function toPointerItem({ tenant, cancellationId, orderId, request, at, refusal }: CancellationPointer) {
  const key = { pk: keys.cancellationPartition(tenant, cancellationId), sk: keys.pointerSort };
  const taken = { ...key, cancellationId, orderId, request, at };
  if (refusal === undefined) return taken;
  const { facts, ...said } = refusal;
  const small = facts !== undefined && JSON.stringify(facts).length <= largestFacts;
  const expires = epochSeconds(later(at, refusalLives));
  return { ...taken, refusal: small ? { ...said, facts } : said, expires };
}

const stillHeldBy = ({ at }: CancellationPointer) => ({
  ConditionExpression: 'attribute_not_exists(pk) OR #at = :at',
  ExpressionAttributeNames: { '#at': 'at' },
  ExpressionAttributeValues: { ':at': at },
});

/** `T#<tenant>#O#<order>`: the tenant of an item that the scheduler found. */
const tenantOf = (pk: string): string => pk.slice('T#'.length, pk.lastIndexOf('#O#'));

const sameEntry = (held: unknown, entry: TimelineEntry): boolean => {
  const { at, step, outcome } = (held ?? {}) as TimelineEntry;
  return at === entry.at && step === entry.step && outcome === entry.outcome;
};

function heldItem(error: unknown): Record<string, unknown> | undefined {
  if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) return undefined;
  return unmarshall(error.Item);
}
