import { PutCommand, QueryCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { DisputeNews, Disputes } from '../../ports/disputes';
import * as keys from './keys';
import { wasLost } from './outcome';

/** One item per dispute, in a partition of the payment or capture that it is about. */
export class DynamoDisputes implements Disputes {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  async hear(tenant: string, { dispute, payment, stops, order }: DisputeNews): Promise<void> {
    const Item = { pk: keys.disputesPartition(tenant, payment), sk: keys.disputeSort(dispute), stops, order };
    try {
      await this.client.send(
        new PutCommand({
          TableName: this.table,
          Item,
          ConditionExpression: 'attribute_not_exists(pk) OR #order < :order OR (#order = :order AND #stops = :no)',
          ExpressionAttributeNames: { '#order': 'order', '#stops': 'stops' },
          ExpressionAttributeValues: { ':order': order, ':no': false },
        }),
      );
    } catch (error) {
      if (!wasLost(error)) throw error;
    }
  }

  async stop(tenant: string, payments: readonly string[]): Promise<boolean> {
    const each = await Promise.all(payments.map((payment) => this.stopsOne(tenant, payment)));
    return each.includes(true);
  }

  /** Consistent: whoever asks next stores that he is going to send, and is not stopped any more. */
  private async stopsOne(tenant: string, payment: string): Promise<boolean> {
    const { Items = [] } = await this.client.send(
      new QueryCommand({
        TableName: this.table,
        ConsistentRead: true,
        KeyConditionExpression: '#pk = :pk',
        ExpressionAttributeNames: { '#pk': 'pk' },
        ExpressionAttributeValues: { ':pk': keys.disputesPartition(tenant, payment) },
      }),
    );
    return Items.some((item) => item['stops'] === true);
  }
}
