import { completesOrder, holdingCancellations, type OrderAggregate } from './aggregate';
import { holdsMoney, type RefundLeg } from './cancellation';
import { addMoney, moneyOf, noMoney, refundOf } from './freeze';
import { unitsOfLine, type Payment, type UnitMoney, type UnitSelection } from './order';
import { refuse, type Refusal } from './refusal';

/** What a cancellation gives back: units -> components -> legs. The legs always sum to `refund`. */
export interface RefundPlan {
  money: UnitMoney;
  /** Minor units. */
  refund: number;
  legs: readonly RefundLeg[];
}

/**
 * Plans the refund of some units: the sum of their frozen money, given back on the order's payments oldest first, each
 * capture up to its rest. What was only authorized is voided when the whole order goes, else less is to be captured.
 * An order that nobody paid has nothing to give back.
 * @returns a refusal when the payments do not cover the units: money is never promised that was not taken
 */
export function planRefund(aggregate: OrderAggregate, units: UnitSelection): RefundPlan | Refusal {
  const money = aggregate.order.lines.reduce(
    (total, line) => addMoney(total, moneyOf(line.units, units[line.id] ?? [])),
    { ...noMoney },
  );
  const due = refundOf(money);
  if (due === 0) return { money, refund: 0, legs: [] };
  if (aggregate.payments.every((payment) => payment.authorized === 0)) return { money, refund: 0, legs: [] };

  const drafts: Draft[] = [];
  let missing = due;
  for (const payment of aggregate.payments) {
    for (const capture of payment.captures) {
      const amount = Math.min(missing, captureRest(aggregate, payment, capture.ref));
      if (amount > 0) drafts.push({ payment, operation: 'refund', captureRef: capture.ref, amount });
      missing -= amount;
    }
  }
  const whole = completesOrder(aggregate, units);
  for (const payment of aggregate.payments) {
    const amount = Math.min(missing, uncapturedRest(aggregate, payment));
    if (amount > 0)
      drafts.push({ payment, operation: whole && payment.captures.length === 0 ? 'void' : 'decrease', amount });
    missing -= amount;
  }
  if (missing > 0) {
    return refuse('exceeds_captured', 'What is left of the payments is less than these units cost.', {
      facts: { missing },
    });
  }
  return { money, refund: due, legs: drafts.map(toLeg) };
}

/** A capture that came after the order was cancelled goes back whole. */
export function planLatePayment(aggregate: OrderAggregate): RefundPlan {
  const drafts = aggregate.payments.flatMap((payment): Draft[] =>
    payment.captures
      .map((capture) => ({
        payment,
        operation: 'refund' as const,
        captureRef: capture.ref,
        amount: captureRest(aggregate, payment, capture.ref),
      }))
      .filter((draft) => draft.amount > 0),
  );
  return {
    money: { ...noMoney },
    refund: drafts.reduce((total, draft) => total + draft.amount, 0),
    legs: drafts.map(toLeg),
  };
}

/** What of a capture no earlier leg has given back or is about to, in minor units. */
export function captureRest(aggregate: OrderAggregate, payment: Payment, captureRef: string): number {
  const captured = payment.captures.find((capture) => capture.ref === captureRef)?.amount ?? 0;
  const given = legsOn(aggregate, payment).filter((leg) => leg.captureRef === captureRef);
  return captured - given.reduce((total, leg) => total + leg.amount, 0);
}

function uncapturedRest(aggregate: OrderAggregate, payment: Payment): number {
  const captured = payment.captures.reduce((total, capture) => total + capture.amount, 0);
  const released = legsOn(aggregate, payment).filter((leg) => leg.captureRef === undefined);
  return Math.max(0, payment.authorized - captured - released.reduce((total, leg) => total + leg.amount, 0));
}

function legsOn(aggregate: OrderAggregate, payment: Payment): RefundLeg[] {
  return holdingCancellations(aggregate)
    .flatMap((cancellation) => cancellation.legs)
    .filter((leg) => leg.paymentRef === payment.ref && holdsMoney(leg));
}

interface Draft {
  payment: Payment;
  operation: 'refund' | 'void' | 'decrease';
  captureRef?: string;
  amount: number;
}

function toLeg(draft: Draft, index: number): RefundLeg {
  return {
    id: `l${index + 1}`,
    paymentRef: draft.payment.ref,
    channel: draft.payment.channel,
    ...(draft.payment.connectionId === undefined ? {} : { connectionId: draft.payment.connectionId }),
    ...(draft.captureRef === undefined ? {} : { captureRef: draft.captureRef }),
    operation: draft.operation,
    amount: draft.amount,
    status: draft.operation === 'decrease' ? 'succeeded' : 'planned',
    attempt: 1,
  };
}
