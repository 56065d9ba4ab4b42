import {
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  type DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb';
import type { DomainEvent } from '../../domain/events';
import type { ParkedEvents } from '../../ports/views';
import * as keys from './keys';

/** Parked events by sequence, and one item per parked order in a list that redrive reads. */
export class DynamoParkedEvents implements ParkedEvents {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  async isParked(tenant: string, orderId: string): Promise<boolean> {
    const Key = { pk: keys.parkedList, sk: listSort(tenant, orderId) };
    const { Item } = await this.client.send(new GetCommand({ TableName: this.table, Key, ConsistentRead: true }));
    return Item !== undefined;
  }

  async park(events: readonly DomainEvent[], error: string): Promise<void> {
    for (const event of events) {
      const { tenant, orderId, sequence } = event;
      await this.put({
        pk: keys.parkedPartition(tenant, orderId),
        sk: keys.parkedSort(sequence),
        event: JSON.stringify(event),
        error,
      });
      await this.put({ pk: keys.parkedList, sk: listSort(tenant, orderId), tenant, orderId });
    }
  }

  async list(limit: number): Promise<readonly { tenant: string; orderId: string }[]> {
    const items = await this.query(keys.parkedList, limit);
    return items.map((item) => ({ tenant: item['tenant'] as string, orderId: item['orderId'] as string }));
  }

  async of(tenant: string, orderId: string): Promise<readonly DomainEvent[]> {
    const items = await this.query(keys.parkedPartition(tenant, orderId), 1_000);
    return items.map((item) => JSON.parse(item['event'] as string) as DomainEvent);
  }

  async release(tenant: string, orderId: string, sequences: readonly number[], all: boolean): Promise<void> {
    for (const sequence of sequences) {
      await this.delete({ pk: keys.parkedPartition(tenant, orderId), sk: keys.parkedSort(sequence) });
    }
    if (!all) return;
    await this.delete({ pk: keys.parkedList, sk: listSort(tenant, orderId) });
    // One more may have been parked behind the others just now; it must not lie there unseen.
    const [left] = await this.query(keys.parkedPartition(tenant, orderId), 1);
    if (left !== undefined) await this.put({ pk: keys.parkedList, sk: listSort(tenant, orderId), tenant, orderId });
  }

  private async put(Item: Record<string, unknown>): Promise<void> {
    await this.client.send(new PutCommand({ TableName: this.table, Item }));
  }

  private async delete(Key: Record<string, unknown>): Promise<void> {
    await this.client.send(new DeleteCommand({ TableName: this.table, Key }));
  }

  private async query(pk: string, Limit: number): Promise<Record<string, unknown>[]> {
    const { Items } = await this.client.send(
      new QueryCommand({
        TableName: this.table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': pk },
        ConsistentRead: true,
        Limit,
      }),
    );
    return Items ?? [];
  }
}

const listSort = (tenant: string, orderId: string): string => `${tenant}#${orderId}`;
