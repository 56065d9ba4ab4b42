import {
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  type DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb';
import type { Change, DomainEvent } from '../../domain/events';
import type { Instant } from '../../domain/time';
import type { ParkedEvent, ParkedEvents, ToldMarks } from '../../ports/views';
import * as keys from './keys';
import { wasLost } from './outcome';

/** Parked events by sequence, and one item per parked order in a list that redrive reads. */
export class DynamoParkedEvents implements ParkedEvents {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  async isParked(tenant: string, orderId: string): Promise<boolean> {
    const Key = listKey(tenant, orderId);
    const { Item } = await this.client.send(new GetCommand({ TableName: this.table, Key, ConsistentRead: true }));
    return Item !== undefined;
  }

  async park(events: readonly DomainEvent[], error: string): Promise<void> {
    for (const event of events) {
      const { tenant, orderId, sequence } = event;
      await this.keep(tenant, orderId, sequence, { event: JSON.stringify(event), error });
    }
  }

  async parkUnread({ tenant, orderId, sequences }: ToldMarks, change: Change, error: string): Promise<void> {
    for (const sequence of sequences) {
      await this.keep(tenant, orderId, sequence, { unread: JSON.stringify(change), error });
    }
  }

  /**
   * Reads the whole list, which is short while all is well, and orders it here: the list's key has to name the order,
   * because the change feed asks for one order before each event.
   */
  async list(limit: number): Promise<readonly { tenant: string; orderId: string }[]> {
    const items: Record<string, unknown>[] = [];
    let from: Record<string, unknown> | undefined;
    do {
      const page = await this.page(keys.parkedList, from);
      items.push(...page.items);
      from = page.next;
    } while (from !== undefined);
    const lastTry = (item: Record<string, unknown>): string => (item['tried'] as string | undefined) ?? '';
    return items
      .sort((one, other) => lastTry(one).localeCompare(lastTry(other)))
      .slice(0, limit)
      .map((item) => ({ tenant: item['tenant'] as string, orderId: item['orderId'] as string }));
  }

  async tried(tenant: string, orderId: string, now: Instant): Promise<void> {
    await this.put({ ...listItem(tenant, orderId), tried: now });
  }

  async of(tenant: string, orderId: string): Promise<readonly ParkedEvent[]> {
    const { items } = await this.page(keys.parkedPartition(tenant, orderId));
    return items.map((item) => {
      const sequence = Number(item['sk']);
      return typeof item['unread'] === 'string'
        ? { sequence, unread: JSON.parse(item['unread']) as Change }
        : { sequence, event: JSON.parse(item['event'] as string) as DomainEvent };
    });
  }

  async release(tenant: string, orderId: string, sequences: readonly number[], all: boolean): Promise<void> {
    for (const sequence of sequences) {
      await this.delete({ pk: keys.parkedPartition(tenant, orderId), sk: keys.parkedSort(sequence) });
    }
    if (!all) return;
    await this.delete(listKey(tenant, orderId));
    // One more may have been parked behind the others just now; it must not lie there unseen.
    const { items } = await this.page(keys.parkedPartition(tenant, orderId));
    if (items.length > 0) await this.enlist(tenant, orderId);
  }

  private async keep(tenant: string, orderId: string, sequence: number, more: Record<string, string>): Promise<void> {
    await this.put({ pk: keys.parkedPartition(tenant, orderId), sk: keys.parkedSort(sequence), ...more });
    await this.enlist(tenant, orderId);
  }

  /** An order that is listed keeps its place: one that gains events all the time must not always be first. */
  private async enlist(tenant: string, orderId: string): Promise<void> {
    const Item = listItem(tenant, orderId);
    const ConditionExpression = 'attribute_not_exists(pk)';
    try {
      await this.client.send(new PutCommand({ TableName: this.table, Item, ConditionExpression }));
    } catch (error) {
      if (!wasLost(error)) throw error;
    }
  }

  private async put(Item: Record<string, unknown>): Promise<void> {
    await this.client.send(new PutCommand({ TableName: this.table, Item }));
  }

  private async delete(Key: Record<string, unknown>): Promise<void> {
    await this.client.send(new DeleteCommand({ TableName: this.table, Key }));
  }

  private async page(pk: string, from?: Record<string, unknown>) {
    const { Items, LastEvaluatedKey: next } = await this.client.send(
      new QueryCommand({
        TableName: this.table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': pk },
        ConsistentRead: true,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    );
    return { items: Items ?? [], next };
  }
}

const listKey = (tenant: string, orderId: string) => ({ pk: keys.parkedList, sk: `${tenant}#${orderId}` });
const listItem = (tenant: string, orderId: string) => ({ ...listKey(tenant, orderId), tenant, orderId });
