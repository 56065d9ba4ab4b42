/** What is there when a round has come to rest: the service's answers, the parties' books, the stock, the events. */
import { inLanes } from '../../../bench/replay/lanes';
import { fromItem } from '../../../shared/adapters/dynamodb/cancellation-item';
import { toNote } from '../../../shared/adapters/dynamodb/credit-notes';
import type { Cancellation } from '../../../shared/domain/cancellation';
import { merchantPartition } from '../../../shared/adapters/dynamodb/keys';
import type { CreditNote } from '../../../shared/domain/credit-note';
import type { HeardEvent, LaptopControls, LedgerRefund, StockBalance } from '../../support/laptop-controls';
import { listenerQueue } from '../../support/listening-assembly';
import type { Cancellation as Shown, Order } from '../../support/service';
import type { Attempt, Shop } from './shop';
import { itemsIn } from './victim';

export interface Movement {
  readonly type: string;
  readonly quantity: number;
}

/** Everything about one request. */
export interface Trail {
  readonly attempt: Attempt;
  /** Absent: the service does not know what it accepted. */
  readonly cancellation?: Shown;
  readonly order: Order;
  /** As stored, under the order, whatever its id. */
  readonly stored: readonly Cancellation[];
  /** In the provider's books, on the payments of this order. */
  readonly refunds: readonly LedgerRefund[];
  /** On our own ledger, by payment reference: the sum, and in how many entries. */
  readonly credit: Readonly<Record<string, { readonly amount: number; readonly entries: number }>>;
  readonly balance?: StockBalance;
  readonly movements: readonly Movement[];
  /** What the carrier says of each label. */
  readonly labels: readonly (string | undefined)[];
  /** Each once, in sequence. */
  readonly heard: readonly HeardEvent[];
  /** Number of the order's last event, as its header has it. */
  readonly sequence: number;
  readonly isActive: boolean;
  readonly creditNotes: readonly CreditNote[];
}

export interface Evidence {
  readonly trails: readonly Trail[];
  /** Executions that still run. */
  readonly running: readonly string[];
  /** Messages in queues for what failed. */
  readonly letters: readonly string[];
  /** Orders whose events are held back. */
  readonly parked: readonly string[];
  /** The last number that the merchant, who is the only one, has given to a credit note. */
  readonly lastNumber: number;
}

const LANES = 12;

export async function gather(local: LaptopControls, shop: Shop, attempts: readonly Attempt[]): Promise<Evidence> {
  const call = (operation: string, input: unknown): Promise<Record<string, unknown>> =>
    local.aws(`DynamoDB_20120810.${operation}`, input);
  const { TableNames } = await local.aws<{ TableNames: string[] }>('DynamoDB_20120810.ListTables', {});
  const table = (part: string) => itemsIn(call, TableNames.find((name) => name.includes(part)) ?? part);
  const orders = byPartition(await table('Orders'));
  const stock = byPartition(await table('Stock'));
  const views = await table('Views');
  const { refunds } = await local.stripe<{ refunds: readonly LedgerRefund[] }>('ledger');
  const { shipments } = await local.easypost<{ shipments: readonly { shipment: string; refund_status?: string }[] }>(
    'ledger',
  );
  const heard = await heardByOrder(local);
  const active = await shop.active();

  const trails: Trail[] = [];
  await inLanes(attempts, LANES, async (attempt) => {
    const { order } = attempt;
    const [id] = attempt.ids;
    const shown = id === undefined ? undefined : await shop.support.get<Shown>(`/v1/cancellations/${id}`);
    const items = orders.get(`T#demo#O#${order.id}`) ?? [];
    const goods = stock.get(`T#demo#S#${order.merchantId}#main#${order.skus[0]}`) ?? [];
    const moved = (stock.get(`T#demo#SO#${order.id}`) ?? []).filter(({ sku }) => sku === order.skus[0]);
    const balance = goods.find(({ sk }) => sk === 'BALANCE') as StockBalance | undefined;
    const credit = order.payments.map((ref) => [ref, creditOf(orders.get(`T#demo#SC#${ref}`) ?? [])] as const);
    trails.push({
      attempt,
      ...(shown?.status === 200 && { cancellation: shown.body }),
      order: (await shop.support.get<Order>(`/v1/orders/${order.id}`)).body,
      stored: items.filter(({ sk }) => String(sk).startsWith('CAN#')).map(fromItem),
      refunds: refunds.filter(({ payment_intent: payment }) => order.payments.includes(payment)),
      credit: Object.fromEntries(credit),
      ...(balance && { balance }),
      movements: [...goods, ...moved].filter(({ sk }) => String(sk).startsWith('M#')) as unknown as Movement[],
      labels: order.parcels.map((parcel) => shipments.find(({ shipment }) => shipment === parcel)?.refund_status),
      heard: heard.get(order.id) ?? [],
      sequence: Number(items.find(({ sk }) => sk === 'HEAD')?.['sequence']),
      isActive: active.has(order.reference),
      creditNotes: items.flatMap((item) => (item['creditNote'] === undefined ? [] : (toNote([item]) ?? []))),
    });
  });
  return {
    trails,
    running: await running(local),
    letters: await letters(local),
    parked: views.filter(({ pk }) => pk === 'PARKED').map(({ sk }) => String(sk)),
    lastNumber: Number(orders.get(merchantPartition('demo', shop.merchantId))?.[0]?.['last'] ?? 0),
  };
}

function byPartition(
  items: readonly Record<string, unknown>[],
): ReadonlyMap<string, readonly Record<string, unknown>[]> {
  const partitions = new Map<string, Record<string, unknown>[]>();
  for (const item of items) {
    const pk = String(item['pk']);
    partitions.set(pk, [...(partitions.get(pk) ?? []), item]);
  }
  return partitions;
}

function creditOf(items: readonly Record<string, unknown>[]): { amount: number; entries: number } {
  return {
    amount: Number(items.find(({ sk }) => String(sk).startsWith('BALANCE#'))?.['amount'] ?? 0),
    entries: items.filter(({ sk }) => String(sk).startsWith('E#')).length,
  };
}

/** Empties the listener's queue: a look into it would show the first thousand messages only. */
async function heardByOrder(local: LaptopControls): Promise<ReadonlyMap<string, readonly HeardEvent[]>> {
  const { QueueUrls } = await local.aws<{ QueueUrls: string[] }>('AmazonSQS.ListQueues', {});
  const QueueUrl = QueueUrls.find((url) => url.includes(listenerQueue));
  const byId = new Map<string, HeardEvent>();
  const drain = async (): Promise<void> => {
    for (;;) {
      const { Messages = [] } = await local.aws<{ Messages?: { Body: string; ReceiptHandle: string }[] }>(
        'AmazonSQS.ReceiveMessage',
        { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 3_600 },
      );
      if (Messages.length === 0) return;
      for (const { Body } of Messages) {
        const { detail } = JSON.parse(Body) as { detail: HeardEvent };
        byId.set(detail.id, detail);
      }
      const Entries = Messages.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle }));
      await local.aws('AmazonSQS.DeleteMessageBatch', { QueueUrl, Entries });
    }
  };
  await Promise.all([drain(), drain(), drain(), drain()]);
  const byOrder = new Map<string, HeardEvent[]>();
  for (const event of byId.values()) byOrder.set(event.orderId, [...(byOrder.get(event.orderId) ?? []), event]);
  for (const events of byOrder.values()) events.sort((one, other) => one.sequence - other.sequence);
  return byOrder;
}

async function running(local: LaptopControls): Promise<readonly string[]> {
  const { stateMachines } = await local.aws<{ stateMachines: { stateMachineArn: string; type: string }[] }>(
    'AWSStepFunctions.ListStateMachines',
    {},
  );
  const names: string[] = [];
  for (const { stateMachineArn } of stateMachines.filter(({ type }) => type === 'STANDARD')) {
    const { executions } = await local.aws<{ executions: { name: string }[] }>('AWSStepFunctions.ListExecutions', {
      stateMachineArn,
      statusFilter: 'RUNNING',
    });
    names.push(...executions.map(({ name }) => name));
  }
  return names;
}

async function letters(local: LaptopControls): Promise<readonly string[]> {
  const { QueueUrls } = await local.aws<{ QueueUrls: string[] }>('AmazonSQS.ListQueues', {});
  const found: string[] = [];
  for (const url of QueueUrls.filter((each) => !each.includes(listenerQueue))) {
    const name = url.slice(url.lastIndexOf('/') + 1);
    const { messages } = await local.control<{ messages: { body: string }[] }>('GET', `queues/${name}`);
    found.push(...messages.map(({ body }) => `${name}: ${body.slice(0, 200)}`));
  }
  return found;
}
