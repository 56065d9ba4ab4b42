import * as z from 'zod/mini';
import { isRefusal, refusals, refuse, type Refusal } from '../../shared/domain/refusal';
import { noRestockReasons } from '../../shared/domain/stock';
import { quantity, reference, text } from '../../shared/edge/fields';
import { httpHandler, ok } from '../../shared/edge/http';
import { moveStock, ofOrders, ofWarehouse } from '../../shared/flows/move-stock';
import { orderStore, stock } from '../../shared/wiring';

const movement = z.strictObject({
  ref: reference,
  type: z.enum([...ofOrders, ...ofWarehouse]),
  sku: text(100),
  location: reference,
  quantity,
  orderId: z.optional(reference),
  lineId: z.optional(reference),
  mayWait: z.optional(z.boolean()),
  reason: z.optional(z.enum(noRestockReasons)),
  receipt: z.optional(reference),
});

/**
 * POST /v1/stock/movements: what the warehouse, the returns desk or a supplier reports, each once per `ref`. They are made in
 * their order, because one may need what another brings.
 */
export const handler = httpHandler({
  roles: ['system'],
  body: z.strictObject({
    merchantId: reference,
    movements: z.array(movement).check(z.minLength(1), z.maxLength(100)),
  }),
  ports: () => ({ orders: orderStore(), stock: stock() }),
  async handle({ caller, body, now }, ports) {
    const { merchantId } = body;
    if (caller.merchantId !== undefined && caller.merchantId !== merchantId) {
      return refuse('role_not_allowed', 'The token is for another merchant.', { param: '/merchantId' });
    }
    const results: unknown[] = [];
    for (const [place, wish] of body.movements.entries()) {
      const outcome = await moveStock(ports, caller.tenant, { merchantId, ...wish }, now);
      results.push({
        ref: wish.ref,
        ...(isRefusal(outcome) ? refused(outcome, place) : { status: outcome === 'moved' ? 201 : 200 }),
      });
    }
    return ok({ object: 'batch', results });
  },
});

function refused({ code, detail, param, facts }: Refusal, place: number) {
  const { status, title } = refusals[code];
  const where = param === undefined ? {} : { param: `/movements/${place}${param}` };
  return { status, problem: { code, title, detail, ...where, ...(facts !== undefined && { facts }) } };
}
