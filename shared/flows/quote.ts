import type { OrderAggregate } from '../domain/aggregate';
import { reasonsByRole, type ReasonCore } from '../domain/cancellation';
import { decide, type Decision, type Wish } from '../domain/decide';
import { judgeLine, type Asking } from '../domain/eligibility';
import { fingerprint } from '../domain/ids';
import { sum } from '../domain/money';
import { refuse, type Refusal } from '../domain/refusal';
import { isPast, later, type Instant } from '../domain/time';
import type { SignedTokens } from '../ports/signed-tokens';
import { selectionOf, type Selection } from './selection';

/** How long a quote holds, if the order does not change. */
const validity = { length: 15, unit: 'minutes' } as const;
const prefix = 'quo';

export interface QuoteWish {
  lines?: Wish['lines'] | undefined;
  reason?: { core: string; own?: string | undefined } | undefined;
  destination?: Wish['destination'];
}

/** What may be cancelled and what comes back, from the very decision that the request will make. */
export async function quoteOf(tokens: SignedTokens, aggregate: OrderAggregate, wish: QuoteWish, asking: Asking) {
  const { order } = aggregate;
  const policy = order.contract.policy;
  const decision = decide(aggregate, policy, wishOf(wish, asking), asking);
  const lines = order.lines.map((line) => {
    const { lineId, available, answer, rule, until, because } = judgeLine(aggregate, line, policy, asking);
    return {
      lineId,
      available,
      answer,
      rule,
      ...(until === undefined ? {} : { until }),
      ...(because === undefined ? {} : { code: because.code, detail: because.detail }),
    };
  });
  const head = {
    object: 'cancellation_quote',
    orderId: order.id,
    lines,
    policy: { id: policy.id, version: policy.version },
  };
  if (decision.outcome === 'Refused') {
    const { code, detail, param, facts } = decision.because;
    return {
      ...head,
      outcome: 'refused',
      code,
      detail,
      ...(param === undefined ? {} : { param }),
      ...(facts === undefined ? {} : { facts }),
    };
  }
  const expiresAt = later(asking.now, validity);
  const id = await tokens.sign(prefix, {
    tenant: order.tenant,
    orderId: order.id,
    ...selectionOf(wish.lines),
    plan: planHash(decision),
    expiresAt,
  });
  return {
    ...head,
    id,
    outcome: decision.state.status === 'awaiting_answer' || 'approval' in decision.state ? 'with_approval' : 'accepted',
    rule: decision.rule,
    refund: { amount: decision.plan.refund, currency: order.currency },
    components: decision.plan.money,
    deductions: decision.plan.deductions,
    legs: decision.plan.legs.map(({ channel, paymentRef, operation, amount, bonus }) => ({
      channel,
      payment: paymentRef,
      operation,
      amount,
      ...(bonus === undefined ? {} : { bonus }),
    })),
    ...offersOf(aggregate, wish, asking, decision),
    recalls: decision.recalls.length,
    expiresAt,
  };
}

export interface Quote extends Selection {
  orderId: string;
  plan: string;
}

/** Reads a quote back. A quote of another tenant is not ours. */
export async function readQuote(
  tokens: SignedTokens,
  tenant: string,
  id: string,
  now: Instant,
): Promise<Quote | Refusal> {
  const payload = await tokens.verify(prefix, id);
  if (payload === undefined || payload['tenant'] !== tenant)
    return refuse('quote_invalid', 'Its signature does not verify.', { param: '/quoteId' });
  if (isPast(payload['expiresAt'] as string, now))
    return refuse('quote_expired', 'A quote holds for 15 minutes.', { param: '/quoteId' });
  return payload as unknown as Quote;
}

/** Whether a decision still is what was quoted. */
export function stillTrue(quote: Quote, decision: Decision): boolean {
  return decision.outcome === 'Accepted' && planHash(decision) === quote.plan;
}

type Accepted = Extract<Decision, { outcome: 'Accepted' }>;

function planHash(decision: Accepted): string {
  const { units, plan, recalls, state } = decision;
  // Until when a leg has to wait moves on with the time, and was not promised.
  const legs = plan.legs.map(({ notBefore: _notBefore, ...leg }) => leg);
  return fingerprint(JSON.stringify([units, plan.refund, legs, recalls, state.status]));
}

/** A quote needs no reason; the most neutral one of the role stands in. */
function wishOf(wish: QuoteWish, asking: Asking): Wish {
  const core = (wish.reason?.core ?? reasonsByRole[asking.role].at(-1) ?? 'other') as ReasonCore;
  const { lines, destination } = wish;
  return { ...(lines === undefined ? {} : { lines }), reason: { core }, destination };
}

/** What the buyer could have instead of his money, where that is worth more; he chooses it or not. */
function offersOf(aggregate: OrderAggregate, wish: QuoteWish, asking: Asking, accepted: Accepted) {
  const { policy } = aggregate.order.contract;
  if (wish.destination !== undefined || asking.role !== 'customer' || policy.storeCreditBonus === undefined) return {};
  const instead = decide(aggregate, policy, { ...wishOf(wish, asking), destination: 'store_credit' }, asking);
  if (instead.outcome === 'Refused') return {};
  const bonus = sum(instead.plan.legs.map((leg) => leg.bonus ?? 0));
  if (bonus === 0) return {};
  return { offers: [{ destination: 'store_credit', refund: accepted.plan.refund, bonus }] };
}
