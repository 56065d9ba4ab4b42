import * as z from 'zod/mini';
import { maySee } from '../../shared/domain/access';
import { isRefusal } from '../../shared/domain/refusal';
import { later } from '../../shared/domain/time';
import { wishedLines } from '../../shared/edge/fields';
import { created, httpHandler, notFound } from '../../shared/edge/http';
import { resolveOrderId } from '../../shared/flows/resolve-order';
import { selectionOf } from '../../shared/flows/selection';
import { keptAnswers, orderStore, signedTokens } from '../../shared/wiring';

/** POST /v1/withdrawals: step one of the statutory withdrawal: says what would be withdrawn from. Writes nothing, asks no reason. */
export const handler = httpHandler({
  roles: ['customer', 'support'],
  body: z.strictObject({ orderId: z.string().check(z.maxLength(100)), lines: z.optional(wishedLines) }),
  answers: keptAnswers,
  ports: () => ({ orders: orderStore(), tokens: signedTokens() }),
  async handle({ caller, body, now }, ports) {
    const id = resolveOrderId(caller, body.orderId, undefined);
    if (isRefusal(id)) return id;
    const aggregate = await ports.orders.find(caller.tenant, id);
    if (aggregate === undefined || !maySee(caller, aggregate.order)) return notFound('order', body.orderId);
    const expiresAt = later(now, { length: 60, unit: 'minutes' });
    const withdrawal = await ports.tokens.sign('wdr', {
      tenant: caller.tenant,
      orderId: id,
      ...selectionOf(body.lines),
      startedAt: now,
      expiresAt,
    });
    return created({
      id: withdrawal,
      object: 'withdrawal',
      status: 'to_confirm',
      orderId: id,
      orderReference: aggregate.order.reference,
      ...(body.lines === undefined ? {} : { lines: body.lines }),
      expiresAt,
    });
  },
});
