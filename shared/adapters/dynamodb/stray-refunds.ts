import { GetCommand, PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { StrayClosed, StrayRefund } from '../../domain/stray-refund';
import type { StrayRefunds } from '../../ports/stray-refunds';
import * as keys from './keys';
import { wasLost } from './outcome';

/** One item each; it stands in the index of open cases until it is closed. */
export class DynamoStrayRefunds implements StrayRefunds {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  async open(stray: StrayRefund): Promise<'opened' | 'known'> {
    const open = { openPk: keys.casesPartition(stray.tenant), openSk: `${stray.foundAt}#${stray.id}` };
    const written = await this.put({ ...keyOf(stray), ...open, stray }, 'attribute_not_exists(pk)');
    return written ? 'opened' : 'known';
  }

  async find(tenant: string, id: string): Promise<StrayRefund | undefined> {
    const Key = keyOf({ tenant, id });
    const { Item } = await this.client.send(new GetCommand({ TableName: this.table, Key, ConsistentRead: true }));
    return Item?.['stray'] as StrayRefund | undefined;
  }

  async close(stray: StrayRefund, closed: StrayClosed): Promise<'closed' | 'lost'> {
    const written = await this.put({ ...keyOf(stray), stray: { ...stray, closed } }, 'attribute_exists(openPk)');
    return written ? 'closed' : 'lost';
  }

  private async put(Item: Record<string, unknown>, ConditionExpression: string): Promise<boolean> {
    try {
      await this.client.send(new PutCommand({ TableName: this.table, Item, ConditionExpression }));
      return true;
    } catch (error) {
      if (!wasLost(error)) throw error;
      return false;
    }
  }
}

const keyOf = ({ tenant, id }: Pick<StrayRefund, 'tenant' | 'id'>) => ({
  pk: keys.strayPartition(tenant, id),
  sk: keys.straySort,
});
