import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod/mini';
import { batchesOf } from './batches';
import { foreignId } from './foreign-id';
import { describe, type Answer, type Claims, type Host } from './host';
import { stripeConnection, type Naming, type OrderBody } from './intake';

const batchReply = z.object({
  results: z.array(z.object({ status: z.number(), id: z.optional(z.string()), problem: z.optional(z.unknown()) })),
});
const intakeReply = z.object({
  results: z.array(
    z.object({
      reference: z.string(),
      status: z.number(),
      id: z.optional(z.string()),
      problem: z.optional(z.unknown()),
    }),
  ),
});
const cancellationReply = z.object({ id: z.string(), status: z.string() });
const problemReply = z.object({ code: z.string() });
const orderReply = z.object({ status: z.string() });

/** What became of a request: its cancellation and how far it got, or the code of the refusal. */
export type Outcome = { cancellationId: string; status: string } | { refused: string };

const OPENINGS_PER_CALL = 1_000;
const SETTLED: readonly string[] = ['closed', 'declined', 'withdrawn', 'undone', 'in_case'];
/** Real time; nothing in a replay waits for the clock. */
const PATIENCE_MS = 60_000;

/** The calls a shop's systems and its merchant make during a replay. */
export class Service {
  private readonly system: Claims;
  private readonly merchant: Claims;

  constructor(
    private readonly host: Host,
    private readonly naming: Naming,
  ) {
    const { tenant, merchantId } = naming;
    this.system = { tenant, role: 'system', sub: 'replay' };
    this.merchant = { tenant, role: 'merchant', sub: merchantId, merchant_id: merchantId };
  }

  /** Opens the stock with every unit that will be sold, on hand and reserved. */
  async openStock(sold: ReadonlyMap<string, number>): Promise<void> {
    const { location, prefix, merchantId } = this.naming;
    const items = [...sold].map(([sku, quantity]) => ({
      sku: foreignId(sku),
      location,
      onHand: quantity,
      reserved: quantity,
      ref: `${prefix}opening`,
    }));
    for (let start = 0; start < items.length; start += OPENINGS_PER_CALL) {
      const slice = items.slice(start, start + OPENINGS_PER_CALL);
      const key = `${prefix}stock-${start}`;
      const answer = await this.asSystem('POST', '/v1/stock/batch', { merchantId, items: slice }, key);
      if (answer.status !== 200) throw new Error(`opening stock answered ${describe(answer)}`);
      const bad = batchReply.parse(answer.body).results.findIndex((result) => result.status >= 300);
      if (bad >= 0) throw new Error(`stock code ${slice[bad]?.sku ?? ''} was not opened: ${describe(answer)}`);
    }
  }

  /** Puts orders, their captured payments first. @returns the reference sent -> id, or why the order was refused */
  async putOrders(orders: readonly OrderBody[]): Promise<Map<string, { id: string } | { refused: string }>> {
    await this.seedPayments(orders);
    const put = new Map<string, { id: string } | { refused: string }>();
    for (const body of batchesOf(orders)) {
      const key = `${this.naming.prefix}orders-${orders[put.size]?.reference ?? ''}`;
      const answer = await this.asSystem('POST', '/v1/orders/batch', body, key);
      if (answer.status !== 200) throw new Error(`the order batch answered ${describe(answer)}`);
      for (const { reference, id, problem } of intakeReply.parse(answer.body).results) {
        put.set(reference, id === undefined ? { refused: JSON.stringify(problem) } : { id });
      }
    }
    return put;
  }

  /** The money that the orders say was captured must also lie at the payment provider. */
  private async seedPayments(orders: readonly OrderBody[]): Promise<void> {
    const seed = orders.flatMap((order) =>
      (order.payments ?? [])
        .filter((payment) => payment.channel === 'stripe')
        .flatMap((payment) =>
          payment.captures.map((capture) => ({
            account: stripeConnection,
            payment_intent: payment.ref,
            charge: capture.ref,
            amount: capture.amount,
            currency: order.currency,
          })),
        ),
    );
    if (seed.length > 0) await this.host.control('POST', 'stand-ins/stripe/seed', { seed });
  }

  /** Asks for a cancellation as the merchant and waits for its end. */
  async cancel(
    orderId: string,
    lines: readonly { lineId: string; quantity: number }[],
    key: string,
  ): Promise<{ outcome: Outcome; postMs: number }> {
    const body = { orderId, lines, reason: { core: 'customer_asked' } };
    const answer = await this.host.call({
      method: 'POST',
      path: '/v1/cancellations',
      claims: this.merchant,
      key: `${this.naming.prefix}${key}`,
      body,
    });
    const postMs = answer.milliseconds;
    if (answer.status !== 201 && answer.status !== 202) {
      const problem = problemReply.safeParse(answer.body);
      return { outcome: { refused: problem.success ? problem.data.code : describe(answer) }, postMs };
    }
    const { id, status } = cancellationReply.parse(answer.body);
    return { outcome: { cancellationId: id, status: await this.endOf(id, status) }, postMs };
  }

  private async endOf(id: string, first: string): Promise<string> {
    let status = first;
    for (const start = performance.now(); !SETTLED.includes(status);) {
      if (performance.now() - start > PATIENCE_MS) return status;
      await pause(50);
      const answer = await this.host.call({ method: 'GET', path: `/v1/cancellations/${id}`, claims: this.merchant });
      if (answer.status === 200) status = cancellationReply.parse(answer.body).status;
    }
    return status;
  }

  async orderStatus(orderId: string): Promise<string> {
    const answer = await this.host.call({ method: 'GET', path: `/v1/orders/${orderId}`, claims: this.merchant });
    return answer.status === 200 ? orderReply.parse(answer.body).status : describe(answer);
  }

  private asSystem(method: 'POST', path: string, body: unknown, key: string): Promise<Answer> {
    return this.host.call({ method, path, claims: this.system, key, body });
  }
}
