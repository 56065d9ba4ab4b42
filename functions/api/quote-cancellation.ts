import * as z from 'zod/mini';
import { isRefusal } from '../../shared/domain/refusal';
import { maySee } from '../../shared/domain/access';
import { destination, reason, wishedLines } from '../../shared/edge/fields';
import { httpHandler, notFound, ok } from '../../shared/edge/http';
import { quoteOf } from '../../shared/flows/quote';
import { resolveOrderId } from '../../shared/flows/resolve-order';
import { accounts, orderStore, signedTokens } from '../../shared/wiring';

/** POST /v1/cancellation-quotes: what may be cancelled, line by line, and what comes back. Writes nothing. */
export const handler = httpHandler({
  roles: ['customer', 'merchant', 'support'],
  body: z.strictObject({
    orderId: z.string().check(z.maxLength(100)),
    lines: z.optional(wishedLines),
    reason: z.optional(reason),
    destination: z.optional(destination),
  }),
  ports: () => ({ orders: orderStore(), accounts: accounts(), tokens: signedTokens() }),
  async handle({ caller, body, now }, ports) {
    const id = resolveOrderId(caller, body.orderId, undefined);
    if (isRefusal(id)) return id;
    const aggregate = await ports.orders.find(caller.tenant, id);
    if (aggregate === undefined || !maySee(caller, aggregate.order)) return notFound('order', body.orderId);
    const accountStanding = await ports.accounts.standing(caller.tenant, aggregate.order.customerId);
    return ok(await quoteOf(ports.tokens, aggregate, body, { role: caller.role, now, accountStanding }));
  },
});
