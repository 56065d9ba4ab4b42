/** What only a laptop host lets a test do: move time, play the outside parties, look into tables, make trouble. */
import { unmarshall } from '@aws-sdk/util-dynamodb';
import {
  ledgerBalance,
  ledgerPartition,
  orderStockPartition,
  type OwnLedgerKind,
} from '../../shared/adapters/dynamodb/keys';
import { ask, type Claims } from './api-client';
import { listenerQueue } from './listening-assembly';
import type { Placed } from './order-sketch';

/** A refund in the provider's own books. Amounts are the provider's units. */
export interface LedgerRefund {
  readonly id: string;
  readonly payment_intent: string;
  readonly amount: number;
  readonly currency: string;
  readonly status: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A payment in the provider's own books. */
export interface LedgerPayment {
  readonly payment_intent: string;
  readonly amount: number;
  readonly captured: number;
  /** Without refunds that failed or were cancelled. */
  readonly refunded: number;
  readonly refunds: number;
  readonly status: string;
}

export interface StockBalance {
  readonly onHand: number;
  readonly reserved: number;
  readonly available: number;
}

/** An event as a listener on the bus receives it. */
export interface HeardEvent {
  readonly id: string;
  readonly type: string;
  readonly sequence: number;
  readonly orderId: string;
  readonly tenant: string;
  readonly merchantId: string;
  readonly data: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface Span {
  readonly seconds?: number;
  readonly minutes?: number;
  readonly hours?: number;
  readonly days?: number;
}

/** Longer than any journey moves the clock, so that no token expires by accident. */
const TOKEN_SECONDS = 5 * 365 * 24 * 3_600;

function secondsOf({ seconds = 0, minutes = 0, hours = 0, days = 0 }: Span): number {
  return seconds + 60 * (minutes + 60 * (hours + 24 * days));
}

/** An order whose articles have stock. */
type Stocked = Pick<Placed, 'id' | 'merchantId' | 'skus'>;

const stockPartition = ({ merchantId, skus }: Stocked, line: number): string =>
  `T#demo#S#${merchantId}#main#${skus[line] ?? ''}`;

export class LaptopControls {
  private tableNames: readonly string[] | undefined;

  constructor(readonly baseUrl: string) {}

  /** A control route of the host; what it refuses is an error. */
  async control<Body>(method: string, path: string, body?: unknown): Promise<Body> {
    const reply = await ask<Body>(this.baseUrl, { method, path: `/_local/${path}`, body });
    if (reply.status >= 300)
      throw new Error(`${method} /_local/${path}: ${reply.status} ${JSON.stringify(reply.body).slice(0, 500)}`);
    return reply.body;
  }

  async token(claims: Claims, expiresInSeconds = TOKEN_SECONDS): Promise<string> {
    return (await this.control<{ token: string }>('POST', 'token', { ...claims, expiresInSeconds })).token;
  }

  async now(): Promise<Date> {
    return new Date((await this.control<{ now: string }>('GET', 'clock')).now);
  }

  /** Moves the clock and waits until everything that fell due is done. */
  async pass(span: Span): Promise<void> {
    await this.control('POST', 'clock', { advanceSeconds: secondsOf(span) });
    await this.idle();
  }

  /**
   * Lets time go by in strides, for runs that pause between tries: such a run is under way, so nobody can wait for
   * silence; each stride ends its next pause and leaves it a moment of real time to work.
   */
  async goBy(span: Span, strideSeconds = 15): Promise<void> {
    for (let left = secondsOf(span); left > 0; left -= strideSeconds) {
      await this.control('POST', 'clock', { advanceSeconds: Math.min(left, strideSeconds) });
      await ask(this.baseUrl, { method: 'GET', path: '/_local/idle?timeoutMs=250' });
    }
  }

  /** Waits until nothing is in flight: no request, function, state machine task, stream record, message or webhook. */
  async idle(): Promise<void> {
    await this.control('GET', 'idle?timeoutMs=60000');
  }

  /** A control call of an outside party, by its stand-in's name. */
  party<Body = unknown>(name: string, path: string, body?: unknown): Promise<Body> {
    return this.control<Body>(body === undefined ? 'GET' : 'POST', `stand-ins/${name}/${path}`, body);
  }

  stripe<Body = unknown>(path: string, body?: unknown): Promise<Body> {
    return this.party<Body>('stripe', path, body);
  }

  easypost<Body = unknown>(path: string, body?: unknown): Promise<Body> {
    return this.party<Body>('easypost', path, body);
  }

  /** Every refund of these payments in the provider's books, failed ones included. */
  async refundsOn(...payments: readonly string[]): Promise<readonly LedgerRefund[]> {
    const { refunds } = await this.stripe<{ refunds: readonly LedgerRefund[] }>('ledger');
    return refunds.filter(({ payment_intent: payment }) => payments.includes(payment));
  }

  async payment(ref: string): Promise<LedgerPayment> {
    const { payments } = await this.stripe<{ payments: readonly LedgerPayment[] }>('ledger');
    const found = payments.find(({ payment_intent: payment }) => payment === ref);
    if (found === undefined) throw new Error(`The provider has no payment ${ref}.`);
    return found;
  }

  /** Trouble inside the host: throttles, cut lines, repeated deliveries. */
  fault(wish: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.control('POST', 'faults', wish);
  }

  async noMoreFaults(): Promise<void> {
    await this.control('DELETE', 'faults');
    await this.stripe('faults/clear', {});
    await this.easypost('faults/clear', {});
  }

  /** Whether the caller of a cancellation's run gave up on it before it had ended. */
  async gaveUpOn(cancellationId: string): Promise<boolean> {
    const { lines } = await this.control<{ lines: readonly { text: string }[] }>('GET', 'logs?limit=2000');
    return lines.some(({ text }) => text.includes(cancellationId) && text.includes('unwind-now'));
  }

  /** Runs a scheduled function now, to its end. */
  async fire(schedule: string): Promise<void> {
    await this.control('POST', `schedules/${schedule}`, {});
    await this.idle();
  }

  /** What a listener on the bus has received of an order: in sequence, each once. */
  async heard(orderId: string): Promise<readonly HeardEvent[]> {
    const { messages } = await this.queue(listenerQueue);
    const events = messages.map(({ body }) => (JSON.parse(body) as { detail: HeardEvent }).detail);
    const byId = new Map(events.filter((event) => event.orderId === orderId).map((event) => [event.id, event]));
    return [...byId.values()].sort((one, other) => one.sequence - other.sequence);
  }

  /** The messages of the queue whose name holds `part`. */
  async queue(part: string): Promise<{ messages: readonly { body: string }[] }> {
    const { QueueUrls = [] } = await this.aws<{ QueueUrls?: string[] }>('AmazonSQS.ListQueues', {});
    const name = QueueUrls.map((url) => url.slice(url.lastIndexOf('/') + 1)).find((each) => each.includes(part));
    if (name === undefined) throw new Error(`There is no queue ${part} among ${QueueUrls.join(', ')}.`);
    return this.control('GET', `queues/${name}`);
  }

  /** The balance of one of an order's articles; undefined where none was ever opened. */
  async stock(order: Stocked, line = 0): Promise<StockBalance | undefined> {
    const items = await this.partition('Stock', stockPartition(order, line));
    return items.find(({ sk }) => sk === 'BALANCE') as StockBalance | undefined;
  }

  /** What was opened of one of an order's articles, and what the order moved of it. */
  async movements(order: Stocked, line = 0): Promise<readonly { type: string; quantity: number }[]> {
    const opened = await this.partition('Stock', stockPartition(order, line));
    const moved = await this.partition('Stock', orderStockPartition('demo', order.id));
    const items = [...opened, ...moved.filter(({ sku }) => sku === order.skus[line])];
    return items.filter(({ sk }) => String(sk).startsWith('M#')) as unknown as { type: string; quantity: number }[];
  }

  /** What somebody has on our own ledger of store credit, in minor units. */
  async storeCredit(tenant: string, account: string, currency: string): Promise<number> {
    return this.onLedger('store_credit', tenant, account, currency);
  }

  /** What lies on an account of our own ledger: minor units of a currency, or `POINTS`. */
  async onLedger(kind: OwnLedgerKind, tenant: string, account: string, unit: string): Promise<number> {
    const items = await this.partition('Orders', ledgerPartition(kind, tenant, account));
    return Number(items.find(({ sk }) => sk === ledgerBalance(unit))?.['amount'] ?? 0);
  }

  /** Everything under a partition key, as plain values. */
  async partition(table: 'Orders' | 'Stock' | 'Views', pk: string): Promise<Record<string, unknown>[]> {
    const answer = await this.aws<{ Items?: Record<string, never>[] }>('DynamoDB_20120810.Query', {
      TableName: await this.tableName(table),
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: pk } },
    });
    return (answer.Items ?? []).map((item) => unmarshall(item));
  }

  /** An operation of an AWS JSON API, as an SDK would call it. */
  async aws<Body>(target: string, input: unknown): Promise<Body> {
    const reply = await ask<Body>(this.baseUrl, {
      method: 'POST',
      path: '/',
      body: input,
      headers: { 'x-amz-target': target },
    });
    if (reply.status !== 200) throw new Error(`${target}: ${reply.status} ${JSON.stringify(reply.body)}`);
    return reply.body;
  }

  private async tableName(part: string): Promise<string> {
    this.tableNames ??= (await this.aws<{ TableNames: string[] }>('DynamoDB_20120810.ListTables', {})).TableNames;
    const found = this.tableNames.find((name) => name.includes(part));
    if (found === undefined) throw new Error(`There is no table ${part} among ${this.tableNames.join(', ')}.`);
    return found;
  }
}
