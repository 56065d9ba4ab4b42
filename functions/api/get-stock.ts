import * as z from 'zod/mini';
import { availableOf } from '../../shared/domain/stock';
import { refuse } from '../../shared/domain/refusal';
import { reference, text } from '../../shared/edge/fields';
import { httpHandler, ok } from '../../shared/edge/http';
import { stock } from '../../shared/wiring';

/** GET /v1/stock: on hand, reserved, available, incoming and waited for, of one SKU at one location. */
export const handler = httpHandler({
  roles: ['system', 'merchant', 'support'],
  query: z.strictObject({ merchant: z.optional(reference), sku: text(100), location: reference }),
  ports: () => ({ stock: stock() }),
  async handle({ caller, query }, ports) {
    const { sku, location } = query;
    const merchantId = query.merchant ?? caller.merchantId;
    if (merchantId === undefined) return refuse('invalid_field', 'It says whose stock.', { param: 'merchant' });
    if (caller.merchantId !== undefined && caller.merchantId !== merchantId)
      return refuse('not_found', 'There is no stock of it.');
    const balance = await ports.stock.balance(caller.tenant, { merchantId, sku, location });
    if (balance === undefined) return refuse('not_found', 'There is no stock of it.');
    return ok({ object: 'stock', merchantId, sku, location, ...balance, available: availableOf(balance) });
  },
});
