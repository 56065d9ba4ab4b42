import { GetCommand, PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Placed, Watermark, Watermarks } from '../../ports/watermarks';
import * as keys from './keys';
import { wasLost } from './outcome';

export class DynamoWatermarks implements Watermarks {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  async find(tenant: string, connectionId: string): Promise<Placed | undefined> {
    const Key = keyOf(tenant, connectionId);
    const { Item } = await this.client.send(new GetCommand({ TableName: this.table, Key, ConsistentRead: true }));
    return Item && { ...(JSON.parse(Item['mark'] as string) as Watermark), version: Item['version'] as number };
  }

  async move(
    tenant: string,
    connectionId: string,
    before: Placed | undefined,
    { until, reading, unheard }: Watermark,
  ): Promise<Placed | 'lost'> {
    const after = { until, ...(reading === undefined ? {} : { reading }), unheard };
    const version = (before?.version ?? 0) + 1;
    try {
      await this.client.send(
        new PutCommand({
          TableName: this.table,
          Item: { ...keyOf(tenant, connectionId), mark: JSON.stringify(after), version },
          ...(before === undefined
            ? { ConditionExpression: 'attribute_not_exists(pk)' }
            : {
                ConditionExpression: '#version = :before',
                ExpressionAttributeNames: { '#version': 'version' },
                ExpressionAttributeValues: { ':before': before.version },
              }),
        }),
      );
    } catch (error) {
      if (wasLost(error)) return 'lost';
      throw error;
    }
    return { ...after, version };
  }
}

const keyOf = (tenant: string, connectionId: string) => ({
  pk: keys.reconciledPartition(tenant, connectionId),
  sk: keys.refundsHeardSort,
});
