import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { changesOf, type Balance, type Counter, type MovementType } from '../../domain/stock';
import type { StockPlace } from '../../ports/stock-keeper';
import { movementSort, orderStockPartition, stockBalance, stockPartition } from '../dynamodb/keys';

export type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number];
export type Changes = Readonly<Partial<Record<Counter | 'available', number>>>;

/** A balance item as it is stored; counters that nothing has touched yet are not there. */
export type StoredBalance = Partial<Balance> & {
  available?: number;
  /** Over how many items the balance is spread; absent: this one alone. */
  shares?: number;
};

/** What the ledger says of one movement. */
export interface Entry extends StockPlace {
  id: string;
  type: MovementType;
  quantity: number;
  at: string;
  orderId?: string;
  lineId?: string;
  cancellationId?: string;
  round?: number;
  reason?: string;
  receipt?: string;
  /** The place among those that wait, of a movement that changes it. */
  since?: string;
}

/** A movement is appended, never changed: it is put only if it is not there. */
export function putEntry(table: string, tenant: string, { id, ...entry }: Entry): Write {
  const { orderId, merchantId, sku, location } = entry;
  const pk =
    orderId === undefined ? stockPartition(tenant, merchantId, sku, location) : orderStockPartition(tenant, orderId);
  return {
    Put: {
      TableName: table,
      Item: { pk, sk: movementSort(id), ...entry },
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  };
}

/** @param conditions besides that no counter falls below 0 */
export function updateBalance(table: string, pk: string, changes: Changes, conditions: readonly string[]): Write {
  const changed = Object.entries(changes);
  const short = changed.filter(([, change]) => change < 0).map(([counter]) => `${counter} >= :${counter}Taken`);
  const waits = conditions.some((condition) => condition.includes(':none'));
  return {
    Update: {
      TableName: table,
      Key: { pk, sk: stockBalance },
      UpdateExpression: `ADD ${changed.map(([counter]) => `${counter} :${counter}`).join(', ')}`,
      ...(short.length + conditions.length > 0 && {
        ConditionExpression: [...short, ...conditions].join(' AND '),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
      }),
      ExpressionAttributeValues: {
        ...Object.fromEntries(changed.map(([counter, change]) => [`:${counter}`, change])),
        ...Object.fromEntries(
          changed.filter(([, change]) => change < 0).map(([counter, change]) => [`:${counter}Taken`, -change]),
        ),
        ...(waits && { ':none': 0 }),
      },
    },
  };
}

/** What several movements of one SKU at one location change together. */
export function changesOfAll(entries: readonly Pick<Entry, 'type' | 'quantity'>[]): Changes {
  const all: Partial<Record<Counter | 'available', number>> = {};
  for (const { type, quantity } of entries)
    for (const [counter, change] of Object.entries(changesOf(type, quantity)) as [Counter | 'available', number][])
      all[counter] = (all[counter] ?? 0) + change;
  return all;
}
