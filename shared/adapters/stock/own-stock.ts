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
    const unmatched: StockRelease[] = [];
    for (const line of lines) {
      if ((await this.move('release', source, line, at)) === 'refused') unmatched.push(line);
    }
    return { unmatched };
  }

  async reserveAgain(source: StockMovementSource, lines: readonly StockRelease[], at: string) {
    const gone: StockRelease[] = [];
    for (const line of lines) {
      if ((await this.move('reserve', source, line, at)) === 'refused') gone.push(line);
    }
    return { gone };
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

  /** One movement and its balance. `refused`: the balance does not allow it. A conflict with a neighbour is tried again. */
  private async move(
    type: Movement,
    source: StockMovementSource,
    line: StockRelease,
    at: string,
  ): Promise<'moved' | 'refused'> {
    const pk = stockPartition(source.tenant, source.merchantId, line.sku, line.location);
    const id = derivedId('mov', type, source.cancellationId, line.lineId);
    const { quantity, lineId } = line;
    const { orderId, cancellationId } = source;
    const given = type === 'release' ? quantity : -quantity;
    const allowed = type === 'release' ? 'reserved >= :quantity' : 'available >= :quantity';
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.client.send(
          new TransactWriteCommand({
            TransactItems: [
              {
                Put: {
                  TableName: this.table,
                  Item: { pk, sk: movementSort(id), type, quantity, orderId, cancellationId, lineId, at },
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
            ],
          }),
        );
        return 'moved';
      } catch (error) {
        if (!wasLost(error)) throw error;
        const [known, short] = failedConditions(error);
        if (known === true) return 'moved';
        if (short === true) return 'refused';
        if (attempt === conflictAttempts) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * 2 ** attempt));
      }
    }
  }
}

/** Another transaction touched the same SKU at the same moment; full jitter spreads the next tries. */
const conflictAttempts = 8;
