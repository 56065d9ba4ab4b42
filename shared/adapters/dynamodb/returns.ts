import { GetCommand, TransactWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { numberEvents, type EventType, type TimelineEntry } from '../../domain/events';
import type { Return } from '../../domain/return';
import type { Returns } from '../../ports/returns';
import * as keys from './keys';
import { toHeader, toHeadItem } from './order-items';
import { failedConditions, wasLost } from './outcome';
import { toReturn, toReturnItem } from './return-item';
import type { Writes } from './transaction-size';

const isNew = 'attribute_not_exists(pk)';
const unchangedSinceRead = '#revision = :revision';
const versionUnchanged = '#version = :version';

/** One item per return in the partition of its order. */
export class DynamoReturns implements Returns {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  async find(tenant: string, orderId: string, cancellationId: string): Promise<Return | undefined> {
    const Key = { pk: keys.orderPartition(tenant, orderId), sk: keys.returnSort(cancellationId) };
    const { Item } = await this.client.send(new GetCommand({ TableName: this.table, Key, ConsistentRead: true }));
    return Item && toReturn(Item);
  }

  async open(given: Return, entry: TimelineEntry): Promise<'opened' | 'exists' | 'lost'> {
    const outcome = await this.write(given, ['return.authorised'], entry, { ConditionExpression: isNew });
    return outcome === 'written' ? 'opened' : outcome === 'refused' ? 'exists' : 'lost';
  }

  async save(
    before: Return,
    after: Return,
    events: readonly EventType[],
    entry: TimelineEntry,
  ): Promise<'saved' | 'lost'> {
    const outcome = await this.write({ ...after, revision: before.revision + 1 }, events, entry, {
      ConditionExpression: unchangedSinceRead,
      ExpressionAttributeNames: { '#revision': 'revision' },
      ExpressionAttributeValues: { ':revision': before.revision },
    });
    return outcome === 'written' ? 'saved' : 'lost';
  }

  /** The order numbers the events, so it moves with the return. @returns `refused`: by the condition of the return itself */
  private async write(
    given: Return,
    types: readonly EventType[],
    entry: TimelineEntry,
    condition: Omit<NonNullable<Writes[number]['Put']>, 'TableName' | 'Item'>,
  ): Promise<'written' | 'refused' | 'lost'> {
    const header = await this.header(given);
    const events = numberEvents(header.sequence, entry.at, types);
    const moved = { ...header, version: header.version + 1, sequence: header.sequence + events.length };
    const TransactItems: Writes = [
      { Put: { TableName: this.table, Item: toReturnItem(given, entry, events), ...condition } },
      {
        Put: {
          TableName: this.table,
          Item: { ...toHeadItem(moved, { ...entry, detail: given.id }, []) },
          ConditionExpression: versionUnchanged,
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: { ':version': header.version },
        },
      },
    ];
    try {
      await this.client.send(new TransactWriteCommand({ TransactItems }));
      return 'written';
    } catch (error) {
      if (!wasLost(error)) throw error;
      return failedConditions(error)[0] === true ? 'refused' : 'lost';
    }
  }

  private async header({ tenant, orderId, id }: Return) {
    const Key = { pk: keys.orderPartition(tenant, orderId), sk: keys.head };
    const { Item } = await this.client.send(new GetCommand({ TableName: this.table, Key, ConsistentRead: true }));
    if (Item === undefined) throw new Error(`order ${orderId} of ${id} is missing`);
    return toHeader(Item);
  }
}
