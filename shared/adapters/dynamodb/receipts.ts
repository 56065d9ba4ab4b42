import { GetCommand, PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { epochSeconds } from '../../domain/time';
import type { Receipts } from '../../ports/receipts';
import * as keys from './keys';

/** Providers repeat a webhook for three days at most; a week is more than that. */
const keptSeconds = 7 * 86_400;

export class DynamoReceipts implements Receipts {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  async seen(tenant: string, provider: string, eventId: string): Promise<boolean> {
    const Key = { pk: keys.receiptPartition(tenant, provider, eventId), sk: keys.receiptSort };
    const { Item } = await this.client.send(new GetCommand({ TableName: this.table, Key }));
    return Item !== undefined;
  }

  async keep(tenant: string, provider: string, eventId: string, now: string): Promise<void> {
    const expires = epochSeconds(now) + keptSeconds;
    const Item = { pk: keys.receiptPartition(tenant, provider, eventId), sk: keys.receiptSort, expires };
    await this.client.send(new PutCommand({ TableName: this.table, Item }));
  }
}
