import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { assembly } from '../infra/local/assembly';
import { startLaptop } from '../infra/local/laptop';
import { OwnStock } from '../shared/adapters/stock/own-stock';
import { table } from './table';

/** Items that a hot SKU's balance is spread over, from none to many. */
const spreads = [1, 4, 8, 16] as const;
/** Processes of the step, each with what it has learned. */
const processes = 8;
/** What DynamoDB serves of one item, and of one partition that it has not split yet, in write units a second. */
const unitsPerSecond = 1_000;

export interface StockReport {
  /** Cancellations of one SKU at once. */
  releases: number;
  runs: readonly StockRun[];
}

export interface StockRun {
  /** Items of the balance. */
  spread: number;
  /** Whether every unit was given back once. */
  right: boolean;
  /** Per release, tries that lost to another one among them: they cost as much. */
  writeUnits: number;
  readUnits: number;
  tries: number;
  /** Of the write units of one release, how many fall on the item that has most of them, were nobody to lose. */
  hottestItemUnits: number;
  /** Releases of one SKU a second, at which that item has its 1,000 write units. */
  ceiling: number;
  seconds: number;
}

/** Gives back one unit each of very many orders of one SKU at once, as the step of the state machine does. */
export async function measureStock(releases: number, progress: (line: string) => void): Promise<StockReport> {
  const laptop = await startLaptop({ assembly: await assembly(), log: 'silent' });
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({ endpoint: laptop.baseUrl, region: 'eu-west-1', credentials }),
    { marshallOptions: { removeUndefinedValues: true } },
  );
  const counted = countUnits(client);
  try {
    const tables = [laptop.table('stock').name, laptop.table('orders').name] as const;
    const runs: StockRun[] = [];
    for (const spread of spreads) {
      progress(`stock: ${releases} releases at once, balance in ${spread}`);
      const place = { merchantId: 'mer_bench', sku: `hot-${spread}`, location: 'main' };
      const opening = { ...place, onHand: releases, reserved: releases, ref: 'o', ...(spread > 1 && { spread }) };
      await new OwnStock(client, ...tables).open('demo', opening, at);
      const keepers = Array.from({ length: processes }, () => new OwnStock(client, ...tables));
      const keeperOf = (number: number): OwnStock => keepers[number % processes] as OwnStock;
      // A warm process has moved the SKU before and knows how it is spread.
      await Promise.all(keepers.map((keeper) => keeper.balance('demo', place)));
      counted.clear();
      const begun = performance.now();
      await Promise.all(
        Array.from({ length: releases }, (_, number) => {
          const source = {
            ...{ tenant: 'demo', merchantId: place.merchantId, round: 0 },
            ...{ orderId: `ord_${spread}_${number}`, cancellationId: `can_${spread}_${number}` },
          };
          const line = { sku: place.sku, location: place.location, lineId: '1', quantity: 1 };
          return keeperOf(number).release(source, [line], at);
        }),
      );
      const seconds = (performance.now() - begun) / 1_000;
      const { writeUnits, readUnits, tries, done } = counted;
      const balance = await keeperOf(0).balance('demo', place);
      const hottestItemUnits = Math.max(...done.values()) / releases;
      runs.push({
        spread,
        right: balance?.onHand === releases && balance.reserved === 0,
        writeUnits: writeUnits / releases,
        readUnits: readUnits / releases,
        tries: tries / releases,
        hottestItemUnits,
        ceiling: Math.floor(unitsPerSecond / hottestItemUnits),
        seconds,
      });
    }
    return { releases, runs };
  } finally {
    client.destroy();
    await laptop.close();
  }
}

export function stockText({ releases, runs }: StockReport): string {
  const head = [
    'the balance is',
    'right',
    'write units',
    'read units',
    'tries',
    'of the hottest item',
    'its limit',
    'seconds',
  ];
  const rows = runs.map(({ spread, right, writeUnits, readUnits, tries, hottestItemUnits, ceiling, seconds }) => [
    spread === 1 ? 'one item' : `${spread} items`,
    right ? 'yes' : 'NO',
    writeUnits.toFixed(1),
    readUnits.toFixed(1),
    tries.toFixed(2),
    hottestItemUnits.toFixed(2),
    `${ceiling}/s`,
    seconds.toFixed(1),
  ]);
  return [
    `stock, ${releases} cancellations of one SKU at once from ${processes} processes (per cancellation; tries that lost cost as much)`,
    table([head, ...rows]),
    `  its limit: cancellations a second at which the hottest item has its ${unitsPerSecond} write units`,
  ].join('\n');
}

const at = '2026-03-01T12:00:00.000Z';

/** A try costs two write units per item of at most 1 KB, whether it is carried out or loses; a consistent read one. */
class Units {
  writeUnits = 0;
  readUnits = 0;
  tries = 0;
  /** Of each item, in tries that were carried out. */
  readonly done = new Map<string, number>();

  clear(): void {
    this.writeUnits = this.readUnits = this.tries = 0;
    this.done.clear();
  }
}

function countUnits(client: DynamoDBDocumentClient): Units {
  const units = new Units();
  client.middlewareStack.add(
    (next) => async (args) => {
      const { TransactItems } = args.input as TransactWriteCommandInput;
      if (TransactItems === undefined) {
        units.readUnits += 1;
        return next(args);
      }
      const items = TransactItems.map(keyOf);
      units.tries += 1;
      units.writeUnits += 2 * items.length;
      const result = await next(args);
      for (const key of items) units.done.set(key, (units.done.get(key) ?? 0) + 2);
      return result;
    },
    { step: 'initialize' },
  );
  return units;
}

/** The client's own middleware may have written the key in the form of the wire by then; any form tells items apart. */
function keyOf({ Put, Update, Delete }: NonNullable<TransactWriteCommandInput['TransactItems']>[number]): string {
  const { pk, sk } = Put?.Item ?? (Update ?? Delete)?.Key ?? {};
  return JSON.stringify([pk, sk]);
}
