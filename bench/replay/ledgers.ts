import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { Host } from './host';
import type { Naming } from './intake';
import { inLanes } from './lanes';

/** Money that really left by card, as the provider's stand-in has it. */
export interface CardRefund {
  paymentIntent: string;
  cancellationId: string;
  amount: number;
}

/** Money that was put on a store-credit account. */
export interface Credit {
  account: string;
  cancellationId: string;
  amount: number;
}

export interface Movement {
  sku: string;
  type: string;
  quantity: number;
  orderId: string;
  cancellationId: string;
}

export interface Balance {
  onHand: number;
  reserved: number;
}

export interface StockLedger {
  movements: Movement[];
  balances: Map<string, Balance>;
}

const cardLedger = z.object({
  refunds: z.array(
    z.object({
      payment_intent: z.string(),
      amount: z.number(),
      status: z.string(),
      metadata: z.record(z.string(), z.string()),
    }),
  ),
});

/** Every refund of this replay's payments that succeeded, from the stand-in's own books. */
export async function readCardRefunds(host: Host, naming: Naming): Promise<CardRefund[]> {
  const { refunds } = cardLedger.parse(await host.control('GET', 'stand-ins/stripe/ledger'));
  return refunds
    .filter((refund) => refund.status === 'succeeded' && refund.payment_intent.startsWith(`pi_${naming.prefix}`))
    .map(({ payment_intent, amount, metadata }) => ({
      paymentIntent: payment_intent,
      cancellationId: metadata['cancellation_id'] ?? '',
      amount,
    }));
}

/** The service's tables, read past its API: what it wrote, not what it says. */
export class Tables {
  private constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly names: readonly string[],
  ) {}

  static async at(host: Host): Promise<Tables> {
    const plain = new DynamoDBClient({
      endpoint: host.baseUrl,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'replay', secretAccessKey: 'replay' },
    });
    const { TableNames } = await plain.send(new ListTablesCommand({}));
    return new Tables(DynamoDBDocumentClient.from(plain), TableNames ?? []);
  }

  async readStock(naming: Naming): Promise<StockLedger> {
    const ledger: StockLedger = { movements: [], balances: new Map() };
    const table = this.named('stock');
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const page = await this.client.send(
        new ScanCommand({ TableName: table, ConsistentRead: true, ...(ExclusiveStartKey && { ExclusiveStartKey }) }),
      );
      for (const item of page.Items ?? []) {
        const sku = skuOf(item, naming);
        if (sku !== undefined) keep(ledger, sku, item);
      }
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return ledger;
  }

  async readCredits({ tenant }: Naming, accounts: readonly string[]): Promise<Credit[]> {
    const credits: Credit[] = [];
    const table = this.named('orders');
    await inLanes(accounts, 8, async (account) => {
      let ExclusiveStartKey: Record<string, unknown> | undefined;
      do {
        const page = await this.client.send(
          new QueryCommand({
            TableName: table,
            KeyConditionExpression: 'pk = :account AND begins_with(sk, :entry)',
            ExpressionAttributeValues: { ':account': `T#${tenant}#SC#${account}`, ':entry': 'E#' },
            ConsistentRead: true,
            ...(ExclusiveStartKey && { ExclusiveStartKey }),
          }),
        );
        for (const item of page.Items ?? []) {
          credits.push({ account, cancellationId: String(item['cancellationId']), amount: Number(item['amount']) });
        }
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey !== undefined);
    });
    return credits;
  }

  close(): void {
    this.client.destroy();
  }

  private named(part: string): string {
    const name = this.names.find((table) => table.toLowerCase().includes(part));
    if (name === undefined) throw new Error(`no table of ${part} at this host: ${this.names.join(', ')}`);
    return name;
  }
}

/** Movements lie with their order and say what they moved; a balance lies under its SKU. */
function skuOf(item: Record<string, unknown>, { tenant, merchantId, location }: Naming): string | undefined {
  const pk = String(item['pk']);
  if (pk.startsWith(`T#${tenant}#SO#`) && item['merchantId'] === merchantId && item['location'] === location)
    return String(item['sku']);
  const before = `T#${tenant}#S#${merchantId}#${location}#`;
  return pk.startsWith(before) ? pk.slice(before.length) : undefined;
}

function keep(ledger: StockLedger, sku: string, item: Record<string, unknown>): void {
  if (item['sk'] === 'BALANCE') {
    ledger.balances.set(sku, { onHand: Number(item['onHand']), reserved: Number(item['reserved']) });
  } else if (item['type'] !== 'opening') {
    ledger.movements.push({
      sku,
      type: String(item['type']),
      quantity: Number(item['quantity']),
      orderId: String(item['orderId']),
      cancellationId: String(item['cancellationId']),
    });
  }
}
