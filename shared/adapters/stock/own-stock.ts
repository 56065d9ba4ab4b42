import { TransactWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { derivedId } from '../../domain/ids';
import type { StockKeeper, StockMovementSource, StockOpening, StockRelease } from '../../ports/stock-keeper';
import { movementSort, stockBalance, stockPartition } from '../dynamodb/keys';
import { failedConditions, wasLost } from '../dynamodb/outcome';

type Movement = 'release' | 'reserve';

/**
 * Our own stock: an append-only ledger of movements and a balance per SKU and location. A movement has a derived id
 * and is put only if absent, in one transaction with the balance it moves, so a repeated step moves nothing twice.
 */
export class OwnStock implements StockKeeper {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  async release(source: StockMovementSource, lines: readonly StockRelease[], at: string) {
    return { unmatched: await this.moveAll('release', source, lines, at) };
  }

  async reserveAgain(source: StockMovementSource, lines: readonly StockRelease[], at: string) {
    return { gone: await this.moveAll('reserve', source, lines, at) };
  }

  async open(tenant: string, opening: StockOpening, at: string): Promise<'opened' | 'known'> {
    const pk = stockPartition(tenant, opening.merchantId, opening.sku, opening.location);
    const sk = movementSort(derivedId('mov', 'opening', opening.ref, opening.sku, opening.location));
    const { onHand, reserved } = opening;
    try {
      await this.client.send(
        new TransactWriteCommand({
          TransactItems: [
            {
              Put: {
                TableName: this.table,
                Item: { pk, sk, type: 'opening', onHand, reserved, ref: opening.ref, at },
                ConditionExpression: 'attribute_not_exists(pk)',
              },
            },
            {
              Update: {
                TableName: this.table,
                Key: { pk, sk: stockBalance },
                UpdateExpression: 'ADD onHand :onHand, reserved :reserved, available :available',
                ExpressionAttributeValues: {
                  ':onHand': onHand,
                  ':reserved': reserved,
                  ':available': onHand - reserved,
                },
              },
            },
          ],
        }),
      );
      return 'opened';
    } catch (error) {
      if (failedConditions(error)[0] === true) return 'known';
      throw error;
    }
  }

  /** Moves lines side by side: real orders have a thousand. @returns those that the balance does not allow */
  private async moveAll(type: Movement, source: StockMovementSource, lines: readonly StockRelease[], at: string) {
    const refused: StockRelease[] = [];
    const queue = lines.values();
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (const line of queue) {
          if ((await this.move(type, source, line, at)) === 'refused') refused.push(line);
        }
      }),
    );
    return refused;
  }

  /**
   * One movement and its balance. What an undo reserves again must have been released before, and what is released after
   * an undo must have been reserved by it; a line of which that is not so stays as it is. `refused`: the balance does
   * not allow it. A conflict with a neighbour is tried again.
   */
  private async move(
    type: Movement,
    source: StockMovementSource,
    line: StockRelease,
    at: string,
  ): Promise<'moved' | 'refused'> {
    const pk = stockPartition(source.tenant, source.merchantId, line.sku, line.location);
    const { quantity, lineId } = line;
    const { orderId, cancellationId } = source;
    const given = type === 'release' ? quantity : -quantity;
    const allowed = type === 'release' ? 'reserved >= :quantity' : 'available >= :quantity';
    const earlier =
      type === 'release'
        ? { type: 'reserve' as const, round: source.round }
        : { type: 'release' as const, round: source.round - 1 };
    const TransactItems = [
      {
        Put: {
          TableName: this.table,
          Item: {
            pk,
            sk: movementSort(movementId(type, source, line, source.round)),
            type,
            quantity,
            orderId,
            cancellationId,
            lineId,
            at,
          },
          ConditionExpression: 'attribute_not_exists(pk)',
        },
      },
      {
        Update: {
          TableName: this.table,
          Key: { pk, sk: stockBalance },
          UpdateExpression: 'ADD available :given, reserved :taken',
          ConditionExpression: allowed,
          ExpressionAttributeValues: { ':given': given, ':taken': -given, ':quantity': quantity },
        },
      },
      ...(type === 'release' && source.round === 0
        ? []
        : [
            {
              ConditionCheck: {
                TableName: this.table,
                Key: { pk, sk: movementSort(movementId(earlier.type, source, line, earlier.round)) },
                ConditionExpression: 'attribute_exists(pk)',
              },
            },
          ]),
    ];
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.client.send(new TransactWriteCommand({ TransactItems }));
        return 'moved';
      } catch (error) {
        if (!wasLost(error)) throw error;
        const [known, short, unprepared] = failedConditions(error);
        if (known === true || unprepared === true) return 'moved';
        if (short === true) return 'refused';
        if (attempt === conflictAttempts) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * 2 ** attempt));
      }
    }
  }
}

/** Derived, so that a movement made again is the same movement. */
function movementId(type: Movement, source: StockMovementSource, line: StockRelease, round: number): string {
  return derivedId('mov', type, source.cancellationId, line.lineId, round);
}

/** Movements under way together: enough to fill the wait for the table. */
const atOnce = 16;

/** Another transaction touched the same SKU at the same moment; full jitter spreads the next tries. */
const conflictAttempts = 8;
