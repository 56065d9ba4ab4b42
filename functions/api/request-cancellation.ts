import * as z from 'zod/mini';
import type { OrderAggregate } from '../../shared/domain/aggregate';
import type { Cancellation, ReasonCore } from '../../shared/domain/cancellation';
import type { Decision, Wish } from '../../shared/domain/decide';
import { fingerprint } from '../../shared/domain/ids';
import { isRefusal, refuse, type Refusal } from '../../shared/domain/refusal';
import { destination, reason, text, wishedLines } from '../../shared/edge/fields';
import { httpHandler } from '../../shared/edge/http';
import { quoteOf, readQuote, stillTrue, type Quote } from '../../shared/flows/quote';
import { resolveOrderId } from '../../shared/flows/resolve-order';
import { linesOf } from '../../shared/flows/selection';
import { showCancellation } from '../../shared/flows/show';
import { submitCancellation, type Asked } from '../../shared/flows/submit-cancellation';
import { accounts, cancellationStore, orderStore, signedTokens, workflow } from '../../shared/wiring';

/** How long a request waits for its result, in milliseconds; what closed later was answered by a 202, and stays one. */
const patience = 800;

const body = z.strictObject({
  quoteId: z.optional(z.string().check(z.maxLength(1_000))),
  orderId: z.optional(z.string().check(z.maxLength(100))),
  lines: z.optional(wishedLines),
  reason,
  note: z.optional(text(500)),
  destination: z.optional(destination),
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
    const request = fingerprint(JSON.stringify(wish));
    const submitted = await submitCancellation(ports, caller, { idempotencyKey, request, read }, now);
    if (isRefusal(submitted)) return submitted;
    const { cancellation, replayed } = submitted;
    return {
      status: firstStatus(cancellation),
      headers: {
        location: `/v1/cancellations/${cancellation.id}`,
        ...(replayed ? { 'idempotent-replayed': 'true' } : {}),
        ...(cancellation.status === 'closed' ? {} : { 'retry-after': '1' }),
      },
      body: showCancellation(cancellation, caller.role),
    };

    async function read(): Promise<Asked | Refusal> {
      const { core, own } = wish.reason;
      const why = {
        reason: { core: core as ReasonCore, ...(own === undefined ? {} : { own }) },
        ...(wish.note === undefined ? {} : { note: wish.note }),
        destination: wish.destination,
      };
      if (wish.quoteId !== undefined) {
        const quote = await readQuote(ports.tokens, caller.tenant, wish.quoteId, now);
        if (isRefusal(quote)) return quote;
        const held = linesOf(quote, wish.lines);
        if (isRefusal(held)) return held;
        const check = (aggregate: OrderAggregate, decision: Decision) => quoteHolds(quote, held, aggregate, decision);
        return { orderId: quote.orderId, wish: { ...held, ...why }, check };
      }
      if (wish.orderId === undefined)
        return refuse('invalid_field', 'Name a quoteId or an orderId.', { param: '/orderId' });
      const orderId = resolveOrderId(caller, wish.orderId, undefined);
      if (isRefusal(orderId)) return orderId;
      return { orderId, wish: { ...(wish.lines === undefined ? {} : { lines: wish.lines }), ...why } };
    }

    async function quoteHolds(quote: Quote, held: Pick<Wish, 'lines'>, aggregate: OrderAggregate, decision: Decision) {
      if (stillTrue(quote, decision)) return undefined;
      const accountStanding = await ports.accounts.standing(caller.tenant, aggregate.order.customerId);
      const asked = { ...held, reason: wish.reason, destination: wish.destination };
      const fresh = await quoteOf(ports.tokens, aggregate, asked, { role: caller.role, now, accountStanding });
      return refuse('quote_stale', 'What was quoted no longer holds.', { param: '/quoteId', facts: { quote: fresh } });
    }
  },
});

function firstStatus(cancellation: Cancellation): number {
  if (cancellation.status !== 'closed') return 202;
  return Date.parse(cancellation.closedAt) - Date.parse(cancellation.requestedAt) < patience ? 201 : 202;
}
