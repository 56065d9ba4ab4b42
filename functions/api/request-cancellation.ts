import * as z from 'zod/mini';
import type { OrderAggregate } from '../../shared/domain/aggregate';
import type { Cancellation, ReasonCore } from '../../shared/domain/cancellation';
import type { Decision } from '../../shared/domain/decide';
import { isRefusal, refuse } from '../../shared/domain/refusal';
import { reason, text, wishedLines } from '../../shared/edge/fields';
import { httpHandler } from '../../shared/edge/http';
import { quoteOf, readQuote, stillTrue, type Quote } from '../../shared/flows/quote';
import { resolveOrderId } from '../../shared/flows/resolve-order';
import { showCancellation } from '../../shared/flows/show';
import { submitCancellation } from '../../shared/flows/submit-cancellation';
import { accounts, cancellationStore, orderStore, signedTokens, workflow } from '../../shared/wiring';

/** How long a request waits for its result, in milliseconds; what closed later was answered by a 202, and stays one. */
const patience = 800;

const body = z.strictObject({
  quoteId: z.optional(z.string().check(z.maxLength(20_000))),
  orderId: z.optional(z.string().check(z.maxLength(100))),
  lines: z.optional(wishedLines),
  reason,
  note: z.optional(text(500)),
});

/** POST /v1/cancellations: asks for a cancellation. 201 with the result where nothing is to be waited for, else 202. */
export const handler = httpHandler({
  roles: ['customer', 'merchant', 'support'],
  body,
  needsKey: true,
  ports: () => ({
    orders: orderStore(),
    cancellations: cancellationStore(),
    accounts: accounts(),
    workflow: workflow(),
    tokens: signedTokens(),
  }),
  async handle({ caller, body: wish, idempotencyKey, now }, ports) {
    const quote =
      wish.quoteId === undefined ? undefined : await readQuote(ports.tokens, caller.tenant, wish.quoteId, now);
    if (isRefusal(quote)) return quote;
    const orderId =
      quote?.orderId ?? (wish.orderId === undefined ? undefined : resolveOrderId(caller, wish.orderId, undefined));
    if (orderId === undefined) return refuse('invalid_field', 'Name a quoteId or an orderId.', { param: '/orderId' });
    if (isRefusal(orderId)) return orderId;
    if (quote !== undefined && wish.lines !== undefined)
      return refuse('invalid_field', 'A quote fixes the lines.', { param: '/lines' });

    const lines = quote?.lines ?? wish.lines;
    const { core, own } = wish.reason;
    const submitted = await submitCancellation(
      ports,
      caller,
      {
        orderId,
        wish: {
          ...(lines === undefined ? {} : { lines }),
          reason: { core: core as ReasonCore, ...(own === undefined ? {} : { own }) },
          ...(wish.note === undefined ? {} : { note: wish.note }),
        },
        idempotencyKey,
        ...(quote === undefined ? {} : { check: (aggregate, decision) => quoteHolds(quote, aggregate, decision) }),
      },
      now,
    );
    if (isRefusal(submitted)) return submitted;
    const { cancellation, replayed } = submitted;
    return {
      status: firstStatus(cancellation),
      headers: {
        location: `/v1/cancellations/${cancellation.id}`,
        ...(replayed ? { 'idempotent-replayed': 'true' } : {}),
        ...(cancellation.status === 'closed' ? {} : { 'retry-after': '1' }),
      },
      body: showCancellation(cancellation),
    };

    async function quoteHolds(held: Quote, aggregate: OrderAggregate, decision: Decision) {
      if (stillTrue(held, decision)) return undefined;
      const accountStanding = await ports.accounts.standing(caller.tenant, aggregate.order.customerId);
      const fresh = await quoteOf(ports.tokens, aggregate, held, { role: caller.role, now, accountStanding });
      return refuse('quote_stale', 'What was quoted no longer holds.', { param: '/quoteId', facts: { quote: fresh } });
    }
  },
});

function firstStatus(cancellation: Cancellation): number {
  if (cancellation.status !== 'closed') return 202;
  return Date.parse(cancellation.closedAt) - Date.parse(cancellation.requestedAt) < patience ? 201 : 202;
}
