import * as z from 'zod/mini';
import { refusals, refuse } from '../../shared/domain/refusal';
import { reference, text } from '../../shared/edge/fields';
import { httpHandler, ok } from '../../shared/edge/http';
import { stock } from '../../shared/wiring';

const units = z.int().check(z.gte(0), z.lte(1_000_000_000));
const atOnce = 16;

/** POST /v1/stock/batch: takes over balances from the shop's stock system, each once per `ref`. */
export const handler = httpHandler({
  roles: ['system'],
  body: z.strictObject({
    merchantId: reference,
    items: z
      .array(
        z.strictObject({
          ...{ sku: text(100), location: reference, onHand: units, reserved: units, ref: reference },
          spread: z.optional(z.int().check(z.gte(1), z.lte(20))),
        }),
      )
      .check(z.minLength(1), z.maxLength(1_000)),
  }),
  bodyLimit: 1024 * 1024,
  ports: () => ({ stock: stock() }),
  async handle({ caller, body, now }, ports) {
    const { merchantId } = body;
    if (caller.merchantId !== undefined && caller.merchantId !== merchantId) {
      return refuse('role_not_allowed', 'The token is for another merchant.', { param: '/merchantId' });
    }
    const results: unknown[] = [];
    const queue = body.items.entries();
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (const [index, opening] of queue) {
          const outcome = await ports.stock.open(caller.tenant, { merchantId, ...opening }, now);
          const { sku, location } = opening;
          results[index] = {
            sku,
            location,
            ...(outcome === 'short' ? overReserved(index) : { status: outcome === 'opened' ? 201 : 200 }),
          };
        }
      }),
    );
    return ok({ object: 'batch', results });
  },
});

function overReserved(index: number) {
  const code = 'quantity_not_available';
  const { status, title } = refusals[code];
  const detail = 'More would be reserved than is on hand.';
  return { status, problem: { code, title, detail, param: `/items/${index}/reserved` } };
}
