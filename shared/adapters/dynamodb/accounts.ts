import { GetCommand, PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Accounts, People, Person, Standing } from '../../ports/accounts';
import * as keys from './keys';

export class DynamoAccounts implements Accounts {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  async standing(tenant: string, accountId: string): Promise<Standing> {
    const Key = { pk: keys.accountPartition(tenant, accountId), sk: keys.standingSort };
    const { Item } = await this.client.send(new GetCommand({ TableName: this.table, Key, ConsistentRead: true }));
    return (Item?.['standing'] as Standing | undefined) ?? 'good';
  }

  async put(tenant: string, accountId: string, standing: Standing): Promise<void> {
    const Item = { pk: keys.accountPartition(tenant, accountId), sk: keys.standingSort, standing };
    await this.client.send(new PutCommand({ TableName: this.table, Item }));
  }
}

/** One erasable item per person; nothing else in any table identifies anybody. */
export class DynamoPeople implements People {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  async put(tenant: string, person: Person): Promise<void> {
    const Item = { pk: keys.personPartition(tenant, person.customerId), sk: keys.personSort, ...person };
    await this.client.send(new PutCommand({ TableName: this.table, Item }));
  }
}
