import { QueryCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { orderStockPartition, movementSort, stockRevision } from '../dynamodb/keys';
import type { Entry, Write } from './stock-items';

/** The movements of one order's units, and a revision by which those who decide on them notice each other. */
export class OrderLedgers {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  async read(tenant: string, orderId: string) {
    const movements: (Entry & { lineId: string })[] = [];
    let revision = 0;
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const page = await this.client.send(
        new QueryCommand({
          TableName: this.table,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': orderStockPartition(tenant, orderId) },
          ConsistentRead: true,
          ...(ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey }),
        }),
      );
      for (const { sk, ...item } of page.Items ?? []) {
        if (sk === stockRevision) revision = Number(item['revision']);
        else movements.push({ ...(item as unknown as Entry & { lineId: string }), id: String(sk).slice(start.length) });
      }
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return { revision, movements };
  }

  /** A part of a transaction that fails when somebody else has moved units of the order since `revision` was read. */
  advance(tenant: string, orderId: string, revision: number): Write {
    return {
      Update: {
        TableName: this.table,
        Key: { pk: orderStockPartition(tenant, orderId), sk: stockRevision },
        UpdateExpression: 'ADD revision :one',
        ConditionExpression: revision === 0 ? 'attribute_not_exists(pk)' : 'revision = :read',
        ExpressionAttributeValues: { ':one': 1, ...(revision > 0 && { ':read': revision }) },
      },
    };
  }
}

const start = movementSort('');
