import { GetCommand, TransactWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { PermanentFault } from '../../domain/faults';
import type {
  NoticePage,
  PaymentChannel,
  QueryRequest,
  RefundAnswer,
  RefundRequest,
  ReverseRequest,
} from '../../ports/payment-channel';
import { ledgerBalance, ledgerEntry, ledgerPartition, type OwnLedgerKind } from '../dynamodb/keys';
import { failedConditions } from '../dynamodb/outcome';
import { toUnits } from './units';

/**
 * Store credit, gift cards and loyalty points on our own ledger: one entry per leg, put only if absent, in one transaction
 * with the account's balance. It answers at once and never fails half way, so it has no pending state. Points are given
 * back as points; the entry says for which amount.
 */
export class OwnLedger implements PaymentChannel {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
    private readonly kind: OwnLedgerKind,
    private readonly now: () => string,
  ) {}

  async refund(request: RefundRequest): Promise<RefundAnswer> {
    const { paymentRef: account, amount, currency, legId, trail, points } = request;
    toUnits(this.kind, amount, currency); // refuses what is no amount, or of no currency that we know
    if (this.kind === 'loyalty_points' && points === undefined) throw new PermanentFault(`${legId} says no points`);
    const pk = ledgerPartition(this.kind, request.connection.tenant, account);
    const entry = {
      legId,
      amount,
      currency,
      ...(points === undefined ? {} : { points }),
      orderId: trail.orderId,
      cancellationId: trail.cancellationId,
      at: this.now(),
    };
    try {
      await this.client.send(
        new TransactWriteCommand({
          TransactItems: [
            {
              Put: {
                TableName: this.table,
                Item: { pk, sk: ledgerEntry(legId), ...entry },
                ConditionExpression: 'attribute_not_exists(pk)',
              },
            },
            {
              Update: {
                TableName: this.table,
                Key: { pk, sk: ledgerBalance(points === undefined ? currency : 'POINTS') },
                UpdateExpression: 'ADD amount :amount',
                ExpressionAttributeValues: { ':amount': points ?? amount },
              },
            },
          ],
        }),
      );
    } catch (error) {
      if (failedConditions(error)[0] !== true) throw error;
    }
    return { status: 'succeeded', providerRef: legId, amount };
  }

  /** What lies here is spent or not; an unspent hold does not exist. */
  async reverse(request: ReverseRequest): Promise<RefundAnswer> {
    return this.refund({ ...request, captureRef: request.paymentRef });
  }

  async query(request: QueryRequest): Promise<RefundAnswer | undefined> {
    const pk = ledgerPartition(this.kind, request.connection.tenant, request.paymentRef);
    const Key = { pk, sk: ledgerEntry(request.legId) };
    const { Item } = await this.client.send(new GetCommand({ TableName: this.table, Key, ConsistentRead: true }));
    return Item && { status: 'succeeded', providerRef: request.legId, amount: Item['amount'] as number };
  }

  /** Nobody else writes to our own ledger: there is nothing to hear. */
  async changesSince(): Promise<NoticePage> {
    return { notices: [], unreadable: [] };
  }
}
