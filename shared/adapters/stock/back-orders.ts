import { GetCommand, QueryCommand, TransactWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { TransientFault } from '../../domain/faults';
import { derivedId } from '../../domain/ids';
import { changesOf, type MovementType } from '../../domain/stock';
import type { StockPlace } from '../../ports/stock-keeper';
import { stockBalance, stockPartition, waitingSort, waitingStart } from '../dynamodb/keys';
import { wasLost } from '../dynamodb/outcome';
import { pause } from './pause';
import { putEntry, updateBalance, type StoredBalance, type Write } from './stock-items';

/** A place among those that wait for a SKU. */
export interface Place {
  since: string;
  /** How many units of it something is about. */
  quantity: number;
  /** How many it waited for when it was read. */
  waiting: number;
}

interface StoredWaiting {
  sk: string;
  orderId: string;
  lineId: string;
  waiting: number;
}

/**
 * Orders that wait for units, in the order in which they came. Every change of a place is conditional on how many units it
 * waits for, so that a promotion and a cancellation never both have the same unit: a cancelled place is gone, and nothing
 * can be promoted for it.
 */
export class BackOrders {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  /** Gives what is available to those who wait, the first first, until there is nobody or nothing left. */
  async promote(tenant: string, place: StockPlace, at: string): Promise<void> {
    const pk = partition(tenant, place);
    for (let lost = 0; lost < attempts;) {
      const first = await this.first(pk);
      if (first === undefined) return;
      const { Item } = await this.client.send(
        new GetCommand({ TableName: this.table, Key: { pk, sk: stockBalance }, ConsistentRead: true }),
      );
      const quantity = Math.min((Item as StoredBalance | undefined)?.available ?? 0, first.waiting);
      if (quantity <= 0) return;
      const { sk, orderId, lineId, waiting } = first;
      const since = sk.slice(waitingStart.length);
      const id = derivedId('mov', 'promote', since, waiting, at);
      const type: MovementType = 'promote';
      try {
        await this.client.send(
          new TransactWriteCommand({
            TransactItems: [
              putEntry(this.table, tenant, { ...place, id, type, quantity, orderId, lineId, since, at }),
              updateBalance(this.table, pk, changesOf(type, quantity), ['attribute_exists(pk)']),
              this.shorten(tenant, place, { since, quantity, waiting }),
            ],
          }),
        );
      } catch (error) {
        if (!wasLost(error)) throw error;
        lost += 1;
        await pause(lost);
      }
    }
    throw new TransientFault(`orders wait for ${place.sku}, and it is moved by many at once`);
  }

  /** Part of a transaction: so many units fewer are waited for, if it is as it was read. */
  shorten(tenant: string, place: StockPlace, { since, quantity, waiting }: Place): Write {
    const TableName = this.table;
    const Key = { pk: partition(tenant, place), sk: `${waitingStart}${since}` };
    const asRead = { ConditionExpression: 'waiting = :read' };
    if (waiting === quantity)
      return { Delete: { TableName, Key, ...asRead, ExpressionAttributeValues: { ':read': waiting } } };
    return this.add(Key, waiting, -quantity);
  }

  /** Part of a transaction: so many units more are waited for, at that place, if it is as it was read. */
  lengthen(
    tenant: string,
    place: StockPlace,
    { since, quantity, waiting, orderId, lineId }: Place & { orderId: string; lineId: string },
  ): Write {
    const Key = { pk: partition(tenant, place), sk: `${waitingStart}${since}` };
    if (waiting > 0) return this.add(Key, waiting, quantity);
    const Item = { ...Key, orderId, lineId, waiting: quantity };
    return { Put: { TableName: this.table, Item, ConditionExpression: 'attribute_not_exists(pk)' } };
  }

  private add(Key: { pk: string; sk: string }, waiting: number, units: number): Write {
    return {
      Update: {
        TableName: this.table,
        Key,
        UpdateExpression: 'ADD waiting :units',
        ConditionExpression: 'waiting = :read',
        ExpressionAttributeValues: { ':units': units, ':read': waiting },
      },
    };
  }

  private async first(pk: string): Promise<StoredWaiting | undefined> {
    const { Items } = await this.client.send(
      new QueryCommand({
        TableName: this.table,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :start)',
        ExpressionAttributeValues: { ':pk': pk, ':start': waitingStart },
        ConsistentRead: true,
        Limit: 1,
      }),
    );
    return Items?.[0] as StoredWaiting | undefined;
  }
}

const attempts = 12;

/** Where a reservation that is made now would wait. */
export const placeInLine = (at: string, movementId: string): string =>
  waitingSort(at, movementId).slice(waitingStart.length);

const partition = (tenant: string, { merchantId, sku, location }: StockPlace): string =>
  stockPartition(tenant, merchantId, sku, location);

type Moved = readonly { type: MovementType; quantity: number; since?: string }[];

/** @param movements of one SKU of one line. @returns how many units wait at each of its places */
export function placesOf(movements: Moved): Map<string, number> {
  const places = new Map<string, number>();
  for (const { type, quantity, since } of movements) {
    const change = changesOf(type, quantity).waiting ?? 0;
    if (since !== undefined) places.set(since, (places.get(since) ?? 0) + change);
  }
  return places;
}

/** Which places of a line are given up for so many units, the last one first. */
export function placesGivenUp(movements: Moved, units: number): Place[] {
  const given: Place[] = [];
  let missing = units;
  for (const [since, waiting] of [...placesOf(movements)].sort(([one], [other]) => (one < other ? 1 : -1))) {
    const quantity = Math.min(waiting, missing);
    if (quantity > 0) given.push({ since, quantity, waiting });
    missing -= quantity;
  }
  return given;
}
