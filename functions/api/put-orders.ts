import * as z from 'zod/mini';
import { isRefusal, refusals, refuse, type Refusal } from '../../shared/domain/refusal';
import { httpHandler, ok } from '../../shared/edge/http';
import { batchedOrder } from '../../shared/edge/order-body';
import { parse } from '../../shared/edge/parse';
import { takeOrder } from '../../shared/flows/take-order';
import { cancellationStore, configuredConnections, orderStore, people, workflow } from '../../shared/wiring';

/** Orders written at the same time: enough to fill the wait for the table, few enough not to throttle it. */
const atOnce = 16;

/** POST /v1/orders/batch: up to 1,000 orders or 4 MB, whichever is first; a result each, in their order. */
export const handler = httpHandler({
  roles: ['system'],
  body: z.strictObject({ orders: z.array(z.unknown()).check(z.minLength(1), z.maxLength(1_000)) }),
  bodyLimit: 4 * 1024 * 1024,
  ports: () => ({
    orders: orderStore(),
    people: people(),
    cancellations: cancellationStore(),
    workflow: workflow(),
    configured: configuredConnections(),
  }),
  async handle({ caller, body, now }, ports) {
    const results: unknown[] = [];
    const take = async (given: unknown, index: number): Promise<void> => {
      const order = parse(batchedOrder, given, 'body');
      const reference = (given as { reference?: unknown } | null)?.reference;
      if (isRefusal(order)) return void (results[index] = refusedOne(reference, order));
      if (caller.merchantId !== undefined && caller.merchantId !== order.merchantId) {
        return void (results[index] = refusedOne(
          reference,
          refuse('role_not_allowed', 'The token is for another merchant.'),
        ));
      }
      const taken = await takeOrder(ports, caller.tenant, order.reference, order, now);
      results[index] = isRefusal(taken)
        ? refusedOne(reference, taken)
        : { reference: order.reference, status: taken.outcome === 'created' ? 201 : 200, id: taken.id };
    };
    const queue = body.orders.entries();
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (const [index, given] of queue) await take(given, index);
      }),
    );
    return ok({ object: 'batch', results });
  },
});

function refusedOne(reference: unknown, refusal: Refusal) {
  const { status, title } = refusals[refusal.code];
  const { code, detail, param } = refusal;
  return {
    reference: typeof reference === 'string' ? reference : null,
    status,
    problem: { code, title, detail, ...(param === undefined ? {} : { param }) },
  };
}
