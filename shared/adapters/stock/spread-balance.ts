import { GetCommand, TransactWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { TransientFault } from '../../domain/faults';
import { changesOf, takenFrom, type Balance, type MovementType } from '../../domain/stock';
import type { StockPlace } from '../../ports/stock-keeper';
import { stockBalance, stockPartition } from '../dynamodb/keys';
import { wasLost } from '../dynamodb/outcome';
import { pause } from './pause';
import type { Changes, StoredBalance, Write } from './stock-items';

/** What one item of a balance takes of a movement. */
export interface Portion {
  share: number;
  changes: Changes;
}

/**
 * A balance that many move at once is spread over items in partitions of their own: one item takes 1,000 write units a
 * second, which are 500 movements. None of the items falls below 0, so their sum does not; a movement takes from whichever has
 * enough, and from several when none has alone. How many there are stands on the first item, and is learned when that is
 * found busy or empty: a balance of one item costs nothing more.
 */
export class SpreadBalance {
  private readonly learned = new Map<string, number>();

  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  /** Where a movement is tried first: on one item, any of them. */
  first(tenant: string, place: StockPlace, changes: Changes): Portion[] {
    const shares = isOfFirst(changes) ? 1 : (this.learned.get(partition(tenant, place)) ?? 1);
    return [{ share: shares === 1 ? 0 : Math.floor(Math.random() * shares), changes }];
  }

  /** Every item of a balance, the first at 0; empty when there is none. */
  async read(tenant: string, place: StockPlace): Promise<StoredBalance[]> {
    const first = await this.item(tenant, place, 0);
    if (first === undefined) return [];
    const { shares = 1 } = first;
    if (shares === 1) this.learned.delete(partition(tenant, place));
    else this.learned.set(partition(tenant, place), shares);
    const more = Array.from({ length: shares - 1 }, (_, place_) => this.item(tenant, place, place_ + 1));
    return [first, ...(await Promise.all(more)).map((item) => item ?? {})];
  }

  /** Spreads a balance evenly over so many items, or gathers it in one. While orders wait for units it stays in one. */
  async spread(tenant: string, place: StockPlace, shares: number): Promise<void> {
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const items = await this.read(tenant, place);
      if (items.length === shares || items.length === 0) return;
      if (shares > 1 && (items[0]?.waiting ?? 0) > 0) return;
      try {
        await this.client.send(
          new TransactWriteCommand({ TransactItems: this.redistribution(tenant, place, items, shares) }),
        );
        this.learned.set(partition(tenant, place), shares);
        return;
      } catch (error) {
        if (!wasLost(error)) throw error;
        await pause(attempt);
      }
    }
    throw new TransientFault(`the stock of ${place.sku} is moved by many at once`);
  }

  private redistribution(tenant: string, place: StockPlace, items: readonly StoredBalance[], shares: number): Write[] {
    const whole = sumOf(items);
    return Array.from({ length: Math.max(items.length, shares) }, (_, share): Write => {
      const before = items[share];
      const Key = { pk: partition(tenant, place, share), sk: stockBalance };
      const unchanged =
        before === undefined
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : {
              ConditionExpression: 'onHand = :onHand AND reserved = :reserved',
              ExpressionAttributeValues: { ':onHand': before.onHand, ':reserved': before.reserved },
            };
      if (share >= shares) return { Delete: { TableName: this.table, Key, ...unchanged } };
      const onHand = portionOf(whole.onHand - whole.reserved, share, shares) + portionOf(whole.reserved, share, shares);
      const reserved = portionOf(whole.reserved, share, shares);
      const counters = { onHand, reserved, available: onHand - reserved };
      if (share > 0) return { Put: { TableName: this.table, Item: { ...Key, ...counters }, ...unchanged } };
      const { incoming = 0, waiting = 0 } = whole;
      const first = { ...counters, ...(incoming > 0 && { incoming }), ...(waiting > 0 && { waiting }) };
      const asRead = before?.waiting ?? 0;
      return {
        Put: {
          TableName: this.table,
          Item: { ...Key, ...first, ...(shares > 1 && { shares }) },
          ConditionExpression: `${unchanged.ConditionExpression} AND ${asIs('waiting', asRead)} AND ${asIs('incoming', before?.incoming ?? 0)}`,
          ExpressionAttributeValues: {
            ...unchanged.ExpressionAttributeValues,
            ':waiting': asRead,
            ':incoming': before?.incoming ?? 0,
          },
        },
      };
    });
  }

  private async item(tenant: string, place: StockPlace, share: number): Promise<StoredBalance | undefined> {
    const Key = { pk: partition(tenant, place, share), sk: stockBalance };
    const { Item } = await this.client.send(new GetCommand({ TableName: this.table, Key, ConsistentRead: true }));
    return Item;
  }
}

const attempts = 12;

const partition = (tenant: string, { merchantId, sku, location }: StockPlace, share = 0): string =>
  stockPartition(tenant, merchantId, sku, location, share);

/** What is announced and who waits is counted in one place. */
const isOfFirst = ({ incoming, waiting }: Changes): boolean => incoming !== undefined || waiting !== undefined;

/** A counter that nothing has touched is not there, and is 0. */
const asIs = (counter: string, value: number): string =>
  value === 0 ? `(attribute_not_exists(${counter}) OR ${counter} = :${counter})` : `${counter} = :${counter}`;

/** The earlier items take what cannot be divided. */
const portionOf = (whole: number, share: number, shares: number): number =>
  Math.floor(whole / shares) + (share < whole % shares ? 1 : 0);

export function sumOf(items: readonly StoredBalance[]): Balance {
  const sum = (counter: keyof Balance): number => items.reduce((all, item) => all + (item[counter] ?? 0), 0);
  return { onHand: sum('onHand'), reserved: sum('reserved'), incoming: sum('incoming'), waiting: sum('waiting') };
}

/** Which items a movement takes from or adds to. @returns undefined when all of them together have too few units */
export function portionsOf(
  type: MovementType,
  quantity: number,
  items: readonly StoredBalance[],
): Portion[] | undefined {
  const capacity = (item: StoredBalance): number =>
    Math.min(...takenFrom(type).map((counter) => item[counter] ?? 0), Number.MAX_SAFE_INTEGER);
  const usable = isOfFirst(changesOf(type, quantity)) ? items.slice(0, 1) : items;
  const enough = usable.flatMap((item, share) => (capacity(item) >= quantity ? [share] : []));
  const one = enough[Math.floor(Math.random() * enough.length)];
  if (one !== undefined) return [{ share: one, changes: changesOf(type, quantity) }];
  let missing = quantity;
  const portions: Portion[] = [];
  for (const [share, item] of usable.entries()) {
    const taken = Math.min(missing, Math.max(0, capacity(item)));
    if (taken > 0) portions.push({ share, changes: changesOf(type, taken) });
    missing -= taken;
  }
  return missing > 0 ? undefined : portions;
}
