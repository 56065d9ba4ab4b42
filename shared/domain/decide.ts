import { labelledShipmentsHolding, type OrderAggregate } from './aggregate';
import { goesWhole, leftParcelsHolding, unitsToCallBack } from './call-back';
import { reasonsByRole, type CancellationState, type PendingApproval, type Reason } from './cancellation';
import type { Destination } from './choice';
import { deductionsOf } from './deduction';
import { chooseUnits, judgeLine, type Asking, type LineVerdict } from './eligibility';
import { unitsOfLine, type OrderLine, type UnitSelection } from './order';
import { planRefund, type RefundPlan } from './plan';
import type { Policy } from './policy';
import { isRefusal, refuse, type Refusal } from './refusal';
import { beginsAt, spaced } from './spacing';
import { later, wholeSecond, type Instant } from './time';
import { asksWarehouse } from './warehouse';

/** Which units are asked for; without lines the request means all that is left. */
export interface Wish {
  lines?: readonly { lineId: string; quantity: number }[];
  reason: Reason;
  /** The buyer wants this instead of his money; absent: back the way it came. */
  destination?: Destination | undefined;
}

export type Decision =
  | { outcome: 'Refused'; because: Refusal }
  | {
      outcome: 'Accepted';
      units: UnitSelection;
      plan: RefundPlan;
      /** Shipments whose label must be taken back first, or that must be called back. */
      recalls: readonly string[];
      /** The warehouse has to say that it has stopped what lies in no parcel yet. */
      asksWarehouse: boolean;
      /** The rule that let it through. */
      rule: string;
      state: CancellationState & { status: 'in_grace' | 'awaiting_answer' | 'executing' };
    };

/**
 * Decides a wish to cancel: policy + order + now. Pure; the quote and the request both ask it, so what was quoted is
 * what happens. It never looks anything up and never changes anything.
 */
export function decide(aggregate: OrderAggregate, policy: Policy, wish: Wish, asking: Asking): Decision {
  const allowed: readonly string[] = reasonsByRole[asking.role];
  if (!allowed.includes(wish.reason.core)) {
    return refused(
      refuse('reason_not_allowed', `A ${asking.role} may not give ${wish.reason.core}.`, {
        param: '/reason/core',
        facts: { allowed },
      }),
    );
  }
  if (
    asking.role === 'customer' &&
    policy.requireGoodStanding &&
    asking.accountStanding === 'blocked' &&
    wish.reason.core !== 'withdrawal'
  ) {
    return refused(refuse('account_blocked', 'The account of the buyer is blocked.'));
  }

  if (wish.destination !== undefined && asking.role !== 'customer') {
    const detail = 'Only the buyer may choose it; it takes his consent.';
    return refused(refuse('destination_not_allowed', detail, { param: '/destination' }));
  }

  const verdicts = aggregate.order.lines.map((line) => ({ line, verdict: judgeLine(aggregate, line, policy, asking) }));
  const chosen = wish.lines === undefined ? wholeRest(verdicts) : namedLines(verdicts, wish.lines);
  if (isRefusal(chosen)) return refused(chosen);

  const units: UnitSelection = Object.fromEntries(
    chosen.map(({ line, quantity }) => {
      const away = unitsToCallBack(aggregate, line, policy);
      return [line.id, chooseUnits(aggregate, line, quantity, away)];
    }),
  );
  const away = leftParcelsHolding(aggregate, units);
  const torn = away.find((shipment) => !goesWhole(aggregate, shipment, units));
  if (torn !== undefined) {
    const detail = `Parcel ${torn.ref} has left and comes back whole or not at all; it holds more than these units.`;
    return refused(refuse('parcel_not_whole', detail, { param: '/lines', facts: { shipment: torn.ref } }));
  }
  const wanted = { role: asking.role, core: wish.reason.core };
  const deductions = deductionsOf(aggregate, policy.fees ?? [], units, wanted);
  const plan = planRefund(aggregate, units, { deductions, destination: wish.destination });
  if (isRefusal(plan)) return refused(plan);
  const labelled = chosen.flatMap(({ line }) =>
    labelledShipmentsHolding(aggregate, line.id, unitsOfLine(units, line.id)),
  );
  const recalls = [...new Set([...labelled, ...away].map(({ id }) => id))];
  const asksForParcel = away.length > 0 && policy.parcels?.callBack === 'ask_merchant';
  const asks = asksForParcel
    ? { rule: 'parcels.call_back' }
    : chosen.find(({ verdict }) => verdict.answer === 'with_approval')?.verdict;
  const approval = approvalFor(policy, aggregate.order.currency, plan.refund, asks, asking);
  const state = firstState(policy, approval?.pending, asking);
  return {
    outcome: 'Accepted',
    units,
    plan: { ...plan, legs: spaced(plan.legs, aggregate, asking.now, beginsAt(state, asking.now)) },
    recalls,
    asksWarehouse: asksWarehouse(aggregate, units, policy.warehouse),
    rule: approval?.rule ?? chosen[0]?.verdict.rule ?? 'order.empty',
    state,
  };
}

interface Judged {
  line: OrderLine;
  verdict: LineVerdict;
}
type Chosen = Judged & { quantity: number };

/** Everything that is left. Lines of which nothing is left are passed over; any other no is a no. */
function wholeRest(verdicts: readonly Judged[]): Chosen[] | Refusal {
  const left = verdicts.filter(({ verdict }) => verdict.available > 0);
  if (left.length === 0) return verdicts[0]?.verdict.because ?? refuse('nothing_to_cancel', 'The order has no lines.');
  const no = left.find(({ verdict }) => verdict.because !== undefined)?.verdict.because;
  return no ?? left.map((judged) => ({ ...judged, quantity: judged.verdict.available }));
}

function namedLines(
  verdicts: readonly Judged[],
  wanted: readonly { lineId: string; quantity: number }[],
): Chosen[] | Refusal {
  if (wanted.length === 0) return refuse('invalid_field', 'No line is named.', { param: '/lines' });
  const byId = new Map(verdicts.map((judged) => [judged.line.id, judged]));
  const chosen: Chosen[] = [];
  for (const [index, { lineId, quantity }] of wanted.entries()) {
    const judged = byId.get(lineId);
    if (judged === undefined)
      return refuse('line_unknown', `The order has no line ${lineId}.`, { param: `/lines/${index}/lineId` });
    if (chosen.some((other) => other.line.id === lineId)) {
      return refuse('invalid_field', `Line ${lineId} is named twice.`, { param: `/lines/${index}/lineId` });
    }
    if (!Number.isSafeInteger(quantity) || quantity < 1) {
      return refuse('invalid_field', 'A quantity is a whole number from 1.', { param: `/lines/${index}/quantity` });
    }
    if (judged.verdict.because !== undefined) return { ...judged.verdict.because, param: `/lines/${index}` };
    if (quantity > judged.verdict.available) {
      return refuse('quantity_not_available', `Line ${lineId} has ${judged.verdict.available} units left.`, {
        param: `/lines/${index}/quantity`,
        facts: { available: judged.verdict.available },
      });
    }
    chosen.push({ ...judged, quantity });
  }
  return chosen;
}

function approvalFor(
  policy: Policy,
  currency: string,
  refund: number,
  asks: Pick<LineVerdict, 'rule'> | undefined,
  asking: Asking,
): { rule: string; pending: Omit<PendingApproval, 'deadline'> & { minutes: number } } | undefined {
  if (asking.role !== 'customer' && asking.role !== 'support') return undefined;
  const terms = policy.approval;
  if (terms === null) {
    // A line that only the merchant can let go needs his answer even where the policy asks for none in general.
    return asks === undefined ? undefined : { rule: asks.rule, pending: { minutes: 24 * 60, onSilence: 'decline' } };
  }
  const pending = { minutes: terms.deadlineMinutes, onSilence: terms.onSilence };
  if (asks !== undefined) return { rule: asks.rule, pending };
  const limit = terms.above[currency];
  if (limit === undefined) return { rule: 'approval.currency_not_listed', pending };
  return refund > limit ? { rule: 'approval.above', pending } : undefined;
}

function firstState(
  policy: Policy,
  approval: { minutes: number; onSilence: 'approve' | 'decline' } | undefined,
  asking: Asking,
): CancellationState & { status: 'in_grace' | 'awaiting_answer' | 'executing' } {
  const bound = asking.role === 'customer' || asking.role === 'support';
  const graceUntil =
    bound && policy.graceMinutes > 0
      ? wholeSecond(later(asking.now, { length: policy.graceMinutes, unit: 'minutes' }))
      : undefined;
  const pending = (from: Instant): PendingApproval | undefined =>
    approval && {
      deadline: wholeSecond(later(from, { length: approval.minutes, unit: 'minutes' })),
      onSilence: approval.onSilence,
    };
  if (graceUntil !== undefined) {
    const after = pending(graceUntil);
    return after === undefined
      ? { status: 'in_grace', graceUntil }
      : { status: 'in_grace', graceUntil, approval: after };
  }
  const now = pending(asking.now);
  return now === undefined ? { status: 'executing' } : { status: 'awaiting_answer', ...now };
}

function refused(because: Refusal): Decision {
  return { outcome: 'Refused', because };
}
