import { availableParallelism } from 'node:os';
import { ordersOf, type Invoice, type Scope } from './invoices';
import { toOrderBody, type Naming, type OrderBody } from './intake';
import { inLanes } from './lanes';
import type { CancellationRequest, Matching } from './match';
import type { OrderMoney } from './perturb';
import type { Progress } from './progress';
import type { Host } from './host';
import type { Outcome, Service } from './service';
import { wavesOf, type Wave } from './waves';

export interface Played {
  orders: number;
  /** Order -> its id, for the orders that some request concerns. */
  orderIds: ReadonlyMap<string, string>;
  /** `requestName` -> what became of it. */
  outcomes: ReadonlyMap<string, Outcome>;
  /** Orders that the intake refused, and why. */
  refusedOrders: readonly string[];
  /** Of each POST that asked for a cancellation. */
  postMs: readonly number[];
  /** Spent on cancellations alone. */
  cancellingMs: number;
}

/** How a request is called in both calculations: the C-invoice and the order it concerns. */
export const requestName = (cancellation: string, order: string): string => `${cancellation} on ${order}`;

/** Requests of a wave that are under way together: more than there are cores only makes each of them slower. */
const LANES = availableParallelism();
/** Orders that are read and put together while nobody waits for them. */
const ORDERS_AT_A_TIME = 250;

interface Stage {
  host: Host;
  service: Service;
  naming: Naming;
  moneyOf: (invoice: Invoice) => OrderMoney;
  progress: Progress;
}

/** Plays the scope through the service: day by day, first the orders, then the day's cancellations. */
export async function play(file: string, scope: Scope, matching: Matching, stage: Stage): Promise<Played> {
  const run = new Run(file, scope, matching, stage);
  for (const wave of wavesOf(matching.requests)) {
    await run.putOrdersUntil(wave.minute);
    await stage.host.moveClock(wave.minute * 60_000);
    await run.cancelAll(wave);
  }
  const last = scope.orders.at(-1);
  await run.putOrdersUntil(Infinity);
  if (last !== undefined) await stage.host.moveClock(last.minute * 60_000);
  return run;
}

interface NamedBody {
  /** The invoice's own number. */
  order: string;
  body: OrderBody;
}

class Run implements Played {
  orders = 0;
  readonly orderIds = new Map<string, string>();
  readonly outcomes = new Map<string, Outcome>();
  readonly refusedOrders: string[] = [];
  readonly postMs: number[] = [];
  cancellingMs = 0;

  private readonly invoices: AsyncGenerator<Invoice>;
  private readonly concerned: ReadonlySet<string>;
  private waiting: Invoice | undefined;

  constructor(
    file: string,
    scope: Scope,
    private readonly matching: Matching,
    private readonly stage: Stage,
  ) {
    this.invoices = ordersOf(file, scope.orders);
    this.concerned = new Set(matching.requests.map(({ order }) => order.number));
    stage.progress.expect(scope.orders.length, matching.requests.length);
  }

  async putOrdersUntil(minute: number): Promise<void> {
    for (;;) {
      const bodies: NamedBody[] = [];
      let at = -Infinity;
      while (bodies.length < ORDERS_AT_A_TIME) {
        const invoice = this.waiting ?? (await this.nextInvoice());
        this.waiting = invoice;
        if (invoice === undefined || invoice.minute > minute) break;
        at = Math.max(at, invoice.minute);
        bodies.push({
          order: invoice.number,
          body: toOrderBody(invoice, this.stage.moneyOf(invoice), this.stage.naming),
        });
        this.waiting = undefined;
      }
      if (bodies.length === 0) return;
      await this.stage.host.moveClock(at * 60_000);
      await this.put(bodies);
    }
  }

  async cancelAll(wave: Wave): Promise<void> {
    const before = performance.now();
    await inLanes(wave.chains, LANES, async (chain) => {
      for (const request of chain) await this.cancel(request);
    });
    this.cancellingMs += performance.now() - before;
  }

  private async nextInvoice(): Promise<Invoice | undefined> {
    const next = await this.invoices.next();
    return next.done === true ? undefined : next.value;
  }

  private async put(bodies: readonly NamedBody[]): Promise<void> {
    const answers = await this.stage.service.putOrders(bodies.map(({ body }) => body));
    for (const { order, body } of bodies) {
      const answer = answers.get(body.reference) ?? { refused: 'it was not answered' };
      if ('refused' in answer) this.refusedOrders.push(`order ${order} was refused: ${answer.refused}`);
      else if (this.concerned.has(order)) this.orderIds.set(order, answer.id);
    }
    this.orders += bodies.length;
    this.stage.progress.tell(this.orders, this.outcomes.size);
  }

  private async cancel({ cancellation, order, lines }: CancellationRequest): Promise<void> {
    const name = requestName(cancellation.number, order.number);
    const orderId = this.orderIds.get(order.number);
    if (orderId === undefined) {
      this.outcomes.set(name, { refused: 'its order was refused' });
      return;
    }
    const wanted = lines.map(({ line, quantity }) => ({ lineId: String(line), quantity }));
    const key = `${cancellation.number}-${order.number}`;
    const { outcome, postMs } = await this.stage.service.cancel(orderId, wanted, key);
    this.outcomes.set(name, outcome);
    this.postMs.push(postMs);
    this.stage.progress.tell(this.orders, this.outcomes.size);
  }
}
