import { cancelledUnits, completesOrder, holdingCancellations, type OrderAggregate } from './aggregate';
import { holdsMoney, isOpen, mayHaveMoved, type Cancellation, type RefundLeg } from './cancellation';
import type { Deduction } from './deduction';
import { addMoney, moneyOf, noMoney, refundOf } from './freeze';
import { recordOf } from './channel';
import type { Destination } from './choice';
import { paymentDisputed } from './dispute';
import { freeOf } from './intervals';
import { allocate, percentOf, shareOf, sum } from './money';
import { unitsOfLine, type Payment, type UnitMoney, type UnitSelection } from './order';
import { refuse, type Refusal } from './refusal';
import { carriedRounding, downToSteps, onSteps } from './rounding';
import { split, type Part } from './split';

/** What a cancellation gives back: units -> components -> legs. The legs always sum to `refund`. */
export interface RefundPlan {
  money: UnitMoney;
  /** What of it the shop keeps. */
  deductions: readonly Deduction[];
  /**
   * Minor units: the components less the deductions, or 0 where nobody paid. Where a channel cannot state that it is rounded
   * up, and the next refund of the order is less by as much.
   */
  refund: number;
  legs: readonly RefundLeg[];
}

/** Where money goes that the buyer does not want back the way it came: his own choice, never a default. */
export interface PlanTerms {
  deductions?: readonly Deduction[];
  destination?: Destination | undefined;
}

/**
 * Plans the refund of some units: the sum of their frozen money, given back on the order's payments as `split` says.
 * Captured money goes back as far as it is more than the rest of the order costs; what was only authorized is released
 * before a capture that pays for other units is touched (shops capture as they ship). An authorization is voided when
 * the whole order goes, else less is to be captured. An order that nobody paid has nothing to give back. A channel that
 * states only every hundredth unit is given amounts that it can state (`rounding.ts`).
 * @returns a refusal when the payments do not cover the units: money is never promised that was not taken
 */
export function planRefund(
  aggregate: OrderAggregate,
  units: UnitSelection,
  { deductions = [], destination }: PlanTerms = {},
): RefundPlan | Refusal {
  const money = aggregate.order.lines.reduce(
    (total, line) => addMoney(total, moneyOf(line.units, unitsOfLine(units, line.id))),
    { ...noMoney },
  );
  if (aggregate.payments.every((payment) => payment.authorized === 0))
    return { money, deductions: [], refund: 0, legs: [] };
  const fees = sum(deductions.map(({ amount }) => amount));
  const cost = refundOf(money) - fees;

  const rests = restsOfCaptures(aggregate);
  const captured = sum(rests.map((rest) => rest.amount));
  const uncaptured = sum(aggregate.payments.map((payment) => uncapturedRest(aggregate, payment)));
  const carried = carriedRounding(aggregate);
  const missing = cost - Math.max(0, carried) - captured - uncaptured;
  if (missing > 0) {
    return refuse('exceeds_captured', 'What is left of the payments is less than these units cost.', {
      facts: { missing },
    });
  }
  const due = Math.min(Math.max(0, cost - carried), captured + uncaptured);
  const surplus = captured - (keptValue(aggregate) - cost) - keptFees(aggregate);
  const fromCaptures = Math.min(due, Math.max(0, surplus, due - uncaptured));
  const strategy = aggregate.order.contract.policy.refundFrom ?? 'oldest_first';
  const { currency } = aggregate.order;
  const refunds = onSteps(split(fromCaptures, rests, strategy, paidBy(aggregate, units)), rests, currency);
  const refunded = sum(refunds.map(({ amount }) => amount));
  // A fee that is still to be captured needs its authorization.
  const whole = completesForGood(aggregate, units) && fees + keptFees(aggregate) === 0;
  const open = aggregate.payments.map((payment) => ({
    payment,
    operation: whole && payment.captures.length === 0 ? ('void' as const) : ('decrease' as const),
    amount: uncapturedRest(aggregate, payment),
  }));
  const releases = onSteps(upTo(Math.max(0, due - refunded), open), open, currency);
  const legs = [...refunds.map(refunding(aggregate)), ...releases].map(toLeg);
  const chosen = destination === undefined ? legs : asStoreCredit(aggregate, legs);
  return balanced({
    money,
    deductions,
    refund: Math.max(due, refunded + sum(releases.map(({ amount }) => amount))),
    legs: withoutDisputed(aggregate, chosen),
  });
}

/** Of a disputed payment nothing is sent: the buyer's bank may give it back, and then he would have it twice. */
function withoutDisputed({ payments }: OrderAggregate, legs: readonly RefundLeg[]): RefundLeg[] {
  const disputed = new Set(payments.filter((payment) => payment.disputed === true).map(({ ref }) => ref));
  return legs.map((leg) =>
    disputed.has(leg.paymentRef) && (leg.operation === 'refund' || leg.operation === 'credit')
      ? { ...leg, status: 'failed', failure: paymentDisputed }
      : leg,
  );
}

/** Captured money as store credit, with what the contract gives on top; gift cards and points go back as they are. */
function asStoreCredit({ order }: OrderAggregate, legs: readonly RefundLeg[]): RefundLeg[] {
  const turned = legs.filter(
    (leg) => leg.operation === 'refund' && (recordOf(leg.channel).kind ?? 'money') === 'money',
  );
  const amounts = turned.map(({ amount }) => amount);
  const bonus = percentOf(sum(amounts), order.contract.policy.storeCreditBonus ?? 0, 'half-up');
  const shares = bonus === 0 ? amounts.map(() => 0) : allocate(bonus, amounts);
  return legs.map((leg) => {
    const place = turned.indexOf(leg);
    return place < 0 ? leg : onStoreCredit(leg, order.customerId, shares[place] ?? 0);
  });
}

/**
 * A leg that gives store credit instead of money. It keeps naming the payment and capture that it gives back, for the books.
 * @param bonus minor units on top
 */
export function onStoreCredit(
  { connectionId: _connectionId, points: _points, bonus: _bonus, label: _label, ...leg }: RefundLeg,
  account: string,
  bonus = 0,
): RefundLeg {
  const more = bonus > 0 ? { bonus } : {};
  return { ...leg, operation: 'credit', channel: 'store_credit', account, ...more };
}

/**
 * A capture that came after the order was cancelled goes back whole; while some of it is kept, what is above its cost.
 * Units that a cancellation may still give back (grace, no answer yet, nothing refunded so far) count as kept, unless it
 * is the one that is `closing`. Money that a person gave up on is not late: it was decided that it stays.
 */
export function planLatePayment(aggregate: OrderAggregate, closing?: string): RefundPlan {
  const decided = aggregate.cancellations.filter((each) => each.id === closing || isDecided(each));
  const settled = { ...aggregate, cancellations: decided };
  const captured = sum(restsOfCaptures(settled, anyLeg).map((rest) => rest.amount));
  const kept = keptValue(settled) + keptFees(settled);
  const rests = restsOfCaptures(aggregate, anyLeg);
  const refunds = downToSteps(upTo(Math.max(0, captured - kept), rests), rests, aggregate.order.currency);
  return balanced({
    money: { ...noMoney },
    deductions: [],
    refund: sum(refunds.map((draft) => draft.amount)),
    legs: withoutDisputed(aggregate, refunds.map(refunding(aggregate)).map(toLeg)),
  });
}

/** The plan, if its legs sum to its refund. @throws Error else: nothing goes on with wrong money */
export function balanced(plan: RefundPlan): RefundPlan {
  const given = sum(plan.legs.map((leg) => leg.amount));
  if (given !== plan.refund) throw new Error(`the legs sum to ${given}, the refund is ${plan.refund}`);
  return plan;
}

const anyLeg = (): boolean => true;

/** A late payment that is on its way holds money and no units, so it is not waited for. */
function isDecided({ status, legs, units }: Cancellation): boolean {
  if (status === 'in_grace' || status === 'awaiting_answer') return false;
  return status !== 'executing' || legs.some(mayHaveMoved) || Object.keys(units).length === 0;
}

/** What the units cost that no cancellation holds, in minor units. */
function keptValue(aggregate: OrderAggregate): number {
  return sum(
    aggregate.order.lines.map((line) =>
      refundOf(moneyOf(line.units, freeOf(line.quantity, cancelledUnits(aggregate, line.id)))),
    ),
  );
}

/** What the shop keeps of units that cancellations hold, in minor units. */
function keptFees(aggregate: OrderAggregate): number {
  return sum(holdingCancellations(aggregate).flatMap(({ deductions = [] }) => deductions.map(({ amount }) => amount)));
}

/**
 * Whether the order ends with these units whatever happens. Units that an open cancellation holds may come back
 * (declined, withdrawn, undone) and must then still find their authorization, so they do not count as gone.
 */
function completesForGood(aggregate: OrderAggregate, units: UnitSelection): boolean {
  const final = aggregate.cancellations.filter((cancellation) => !isOpen(cancellation.status));
  return completesOrder({ ...aggregate, cancellations: final }, units);
}

/** Payment -> what it paid of these units, as far as the shop has said so. */
function paidBy(aggregate: OrderAggregate, units: UnitSelection): ReadonlyMap<string, number> {
  const paid = new Map<string, number>();
  for (const line of aggregate.order.lines) {
    if (line.paidBy === undefined) continue;
    const cost = refundOf(moneyOf(line.units, unitsOfLine(units, line.id)));
    paid.set(line.paidBy, (paid.get(line.paidBy) ?? 0) + cost);
  }
  return paid;
}

function restsOfCaptures(aggregate: OrderAggregate, holds = holdsMoney): Part[] {
  return aggregate.payments.flatMap((payment) =>
    payment.captures.map((capture) => ({
      payment,
      captureRef: capture.ref,
      amount: captureRest(aggregate, payment, capture.ref, holds),
    })),
  );
}

/** The first drafts, together `amount`, the last one cut to fit. */
function upTo<Piece extends { amount: number }>(amount: number, drafts: readonly Piece[]): Piece[] {
  let missing = amount;
  return drafts.flatMap((draft) => {
    const part = Math.min(missing, draft.amount);
    missing -= part;
    return part > 0 ? [{ ...draft, amount: part }] : [];
  });
}

/**
 * What of a capture no earlier leg has given back or is about to, in minor units. What was to be released, and was refunded
 * because its provider had captured it by then, counts from the first capture on.
 */
export function captureRest(
  aggregate: OrderAggregate,
  payment: Payment,
  captureRef: string,
  holds = holdsMoney,
): number {
  const legs = legsOn(aggregate, payment, holds);
  let reversed = sum(legs.filter(wasCaptured).map(({ amount }) => amount));
  for (const { ref, amount } of payment.captures) {
    const given = sum(legs.filter((leg) => leg.captureRef === ref).map((leg) => leg.amount));
    const rest = Math.max(0, amount - given);
    if (ref === captureRef) return Math.max(0, rest - reversed);
    reversed = Math.max(0, reversed - rest);
  }
  return 0;
}

/** Whether it was to release an authorization, and its provider made a refund: one that only released names the payment. */
const wasCaptured = ({ operation, providerRef, account, paymentRef }: RefundLeg): boolean =>
  operation === 'void' && providerRef !== undefined && providerRef !== (account ?? paymentRef);

function uncapturedRest(aggregate: OrderAggregate, payment: Payment): number {
  const captured = sum(payment.captures.map((capture) => capture.amount));
  const released = legsOn(aggregate, payment).filter((leg) => leg.captureRef === undefined);
  return Math.max(0, payment.authorized - captured - sum(released.map((leg) => leg.amount)));
}

function legsOn(aggregate: OrderAggregate, payment: Payment, holds = holdsMoney): RefundLeg[] {
  return holdingCancellations(aggregate)
    .flatMap((cancellation) => cancellation.legs)
    .filter((leg) => leg.paymentRef === payment.ref && holds(leg));
}

interface Draft {
  payment: Payment;
  operation: 'refund' | 'void' | 'decrease';
  captureRef?: string;
  amount: number;
  points?: number;
}

/**
 * With the points that it gives back: what of all of them is due by now, less what other legs give back. So whichever legs
 * were withdrawn in between, no point comes back twice, and all of them come back with the last of the money.
 */
const refunding =
  (aggregate: OrderAggregate) =>
  ({ payment, captureRef, amount }: Part): Draft => {
    const draft = { payment, captureRef, amount, operation: 'refund' as const };
    const captured = payment.captures.find(({ ref }) => ref === captureRef)?.amount ?? 0;
    if (payment.points === undefined || captured === 0) return draft;
    const before = captured - captureRest(aggregate, payment, captureRef);
    const given = sum(legsOn(aggregate, payment).map(({ points = 0 }) => points));
    return { ...draft, points: Math.max(0, shareOf(payment.points, before + amount, captured) - given) };
  };

function toLeg(draft: Draft, index: number): RefundLeg {
  return {
    id: `l${index + 1}`,
    paymentRef: draft.payment.ref,
    channel: draft.payment.channel,
    ...(draft.payment.connectionId === undefined ? {} : { connectionId: draft.payment.connectionId }),
    ...(draft.captureRef === undefined ? {} : { captureRef: draft.captureRef }),
    ...(draft.payment.account === undefined ? {} : { account: draft.payment.account }),
    ...(draft.payment.label === undefined || draft.operation !== 'refund' ? {} : { label: draft.payment.label }),
    ...(draft.points === undefined ? {} : { points: draft.points }),
    operation: draft.operation,
    amount: draft.amount,
    status: draft.operation === 'decrease' ? 'succeeded' : 'planned',
    attempt: 1,
  };
}
