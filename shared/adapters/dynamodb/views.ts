import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand, QueryCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { TimelineEntry } from '../../domain/events';
import type { Refusal } from '../../domain/refusal';
import type { OrderSummary, Page, PageRequest } from '../../ports/order-store';
import type { Views } from '../../ports/views';
import * as keys from './keys';
import { summaryOf } from './order-summary';
import { readPage } from './pages';

export class DynamoViews implements Views {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  async addHistory(tenant: string, subject: string, revision: number, entry: TimelineEntry): Promise<void> {
    await this.putIf('attribute_not_exists(pk)', {
      pk: keys.historyPartition(tenant, subject),
      sk: keys.historySort(revision),
      ...entry,
    });
  }

  async history(tenant: string, subject: string): Promise<readonly TimelineEntry[]> {
    const { Items } = await this.client.send(
      new QueryCommand({
        TableName: this.table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': keys.historyPartition(tenant, subject) },
      }),
    );
    return (Items ?? []).map(({ actor, step, outcome, at, detail }) => ({
      actor: actor as string,
      step: step as string,
      outcome: outcome as string,
      at: at as string,
      ...(detail === undefined ? {} : { detail: detail as string }),
    }));
  }

  async showOrder(tenant: string, customerId: string, order: OrderSummary & { version: number }): Promise<void> {
    await this.putIf(
      'attribute_not_exists(pk) OR #version < :version',
      { pk: keys.customerPartition(tenant, customerId), sk: `${order.placedAt}#${order.id}`, ...order },
      { names: { '#version': 'version' }, values: { ':version': order.version } },
    );
  }

  async listOrders(
    tenant: string,
    customerId: string,
    status: string | undefined,
    page: PageRequest,
  ): Promise<Page<OrderSummary> | Refusal> {
    return readPage(this.client, {
      table: this.table,
      partition: { name: 'pk', value: keys.customerPartition(tenant, customerId) },
      sort: 'sk',
      newestFirst: true,
      page,
      ...(status === undefined ? {} : { keep: (item: Record<string, unknown>) => item['status'] === status }),
      toEntry: (item) => summaryOf(item['id'] as string, item),
    });
  }

  /** A put whose condition fails has nothing to do: the view is already as new. */
  private async putIf(
    ConditionExpression: string,
    Item: Record<string, unknown>,
    expression: { names: Record<string, string>; values: Record<string, unknown> } = { names: {}, values: {} },
  ): Promise<void> {
    const attributes =
      Object.keys(expression.names).length === 0
        ? {}
        : { ExpressionAttributeNames: expression.names, ExpressionAttributeValues: expression.values };
    try {
      await this.client.send(new PutCommand({ TableName: this.table, Item, ConditionExpression, ...attributes }));
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}
