import * as fc from 'fast-check';
import {
  availableUnits,
  cancelledUnits,
  holdingCancellations,
  type OrderAggregate,
} from '../../shared/domain/aggregate';
import { holdsMoney, type RefundLeg } from '../../shared/domain/cancellation';
import { decide } from '../../shared/domain/decide';
import { chooseUnits } from '../../shared/domain/eligibility';
import { addMoney, moneyOf, noMoney, refundOf } from '../../shared/domain/freeze';
import { countOf, overlapOf, type Range } from '../../shared/domain/intervals';
import { allocate } from '../../shared/domain/money';
import { components, type UnitMoney, type UnitSelection } from '../../shared/domain/order';
import { captureRest, planLatePayment, planRefund, type RefundPlan } from '../../shared/domain/plan';
import { isRefusal } from '../../shared/domain/refusal';
import { attempts, soldOrders, type Attempt, type SoldMoney } from '../support/arbitraries';
import {
  accepted,
  afterDecision,
  anOrder,
  aPayment,
  asking,
  aPolicy,
  totalOf,
  withCancellation,
} from '../support/orders';
import { holds } from '../support/property';

const merchant = asking('merchant');
const reason = { core: 'out_of_stock' } as const;

const sumOf = (legs: readonly RefundLeg[]): number => legs.reduce((all, leg) => all + leg.amount, 0);

function planOf(aggregate: OrderAggregate, units: UnitSelection): RefundPlan {
  const plan = planRefund(aggregate, units);
  if (isRefusal(plan)) throw new Error(`refused: ${JSON.stringify(plan)}`);
  return plan;
}

function wishOf(aggregate: OrderAggregate, attempt: Attempt): { lineId: string; quantity: number }[] {
  return aggregate.order.lines.flatMap((line, index) => {
    const left = countOf(availableUnits(aggregate, line));
    const quantity = Math.ceil((left * (attempt.wants[index] ?? 0)) / 1000);
    return quantity > 0 ? [{ lineId: line.id, quantity }] : [];
  });
}

/** The shop captures some of what is still authorized and not released. */
function capture(aggregate: OrderAggregate, permille: number, serial: number): OrderAggregate {
  const payments = aggregate.payments.map((payment) => {
    const captured = payment.captures.reduce((all, { amount }) => all + amount, 0);
    const released = holdingCancellations(aggregate)
      .flatMap(({ legs }) => legs)
      .filter((leg) => leg.paymentRef === payment.ref && leg.captureRef === undefined);
    const amount = Math.floor(((payment.authorized - captured - sumOf(released)) * permille) / 1000);
    if (amount <= 0) return payment;
    return { ...payment, captures: [...payment.captures, { ref: `${payment.ref}-late-${serial}`, amount }] };
  });
  return { ...aggregate, payments };
}

/** One attempt after the other; `look` sees the order before each, the plan, and the order after. */
function play(
  start: OrderAggregate,
  list: readonly Attempt[],
  look: (before: OrderAggregate, units: UnitSelection, plan: RefundPlan, after: OrderAggregate) => void,
): OrderAggregate {
  return list.reduce((before, attempt, serial) => {
    const lines = wishOf(before, attempt);
    if (lines.length === 0) return before;
    const decision = accepted(decide(before, aPolicy(), { lines, reason }, merchant));
    const after =
      attempt.ends === 'given_up'
        ? withCancellation(
            before,
            { units: decision.units, legs: decision.plan.legs.map((leg) => ({ ...leg, status: 'given_up' as const })) },
            'closed',
          )
        : afterDecision(before, decision, attempt.ends);
    look(before, decision.units, decision.plan, after);
    return capture(after, attempt.thenCaptures, serial);
  }, start);
}

describe('frozen units', () => {
  test('every component of an order sums over its units to what the shop sold, whatever the exponent', () => {
    holds(
      fc.property(soldOrders(false), ({ money, aggregate }) => {
        const frozen = aggregate.order.lines
          .map((line) => moneyOf(line.units, [{ from: 0, to: line.quantity }]))
          .reduce(addMoney, { ...noMoney });
        expect(frozen).toEqual(soldComponents(money));
        expect(refundOf(frozen)).toBe(totalOf(money.lines, money.order));
      }),
    );
  });

  test('each line keeps its own net, tax and duty, and has exactly its quantity of units', () => {
    holds(
      fc.property(soldOrders(false), ({ money, aggregate }) => {
        for (const [index, line] of aggregate.order.lines.entries()) {
          const { net, tax, duty, quantity } = wholeLine(line.units);
          expect({ net, tax, duty, quantity }).toEqual({
            net: money.lines[index]?.net,
            tax: money.lines[index]?.tax,
            duty: money.lines[index]?.duty,
            quantity: money.lines[index]?.quantity,
          });
        }
      }),
    );
  });

  test('no unit has a negative component and no unit costs less than nothing, even when a voucher pays for all', () => {
    holds(
      fc.property(soldOrders(false), ({ aggregate }) => {
        for (const run of aggregate.order.lines.flatMap((line) => line.units)) {
          expect(run.count).toBeGreaterThan(0);
          expect(Math.min(...components.map((component) => run[component]))).toBeGreaterThanOrEqual(0);
          expect(refundOf(run)).toBeGreaterThanOrEqual(0);
        }
      }),
      500,
    );
  });

  test('equal pieces of a line cost the same to within one minor unit per component, so a line has few runs', () => {
    holds(
      fc.property(soldOrders(false), ({ money, aggregate }) => {
        const overGoods = money.order.discount > 0 || money.lines.some((line) => line.discount > line.net);
        for (const { units } of aggregate.order.lines) {
          expect(units.length).toBeLessThanOrEqual(overGoods ? 14 : 7);
          for (const component of components.filter((name) => !overGoods || name !== 'discount')) {
            const values = units.map((run) => run[component]);
            expect(Math.max(...values) - Math.min(...values)).toBeLessThanOrEqual(1);
          }
        }
      }),
    );
  });
});

describe('refund plans', () => {
  test('the legs sum to the plan, the plan to its components, and these to the units it takes', () => {
    holds(
      fc.property(soldOrders(true), attempts, ({ aggregate }, list) => {
        play(aggregate, list, (before, units, plan) => {
          expect(sumOf(plan.legs)).toBe(plan.refund);
          expect(refundOf(plan.money)).toBe(plan.refund);
          const frozen = before.order.lines
            .map((line) => moneyOf(line.units, units[line.id] ?? []))
            .reduce(addMoney, { ...noMoney });
          expect(plan.money).toEqual(frozen);
        });
      }),
    );
  });

  test('a leg is above zero, within the rest of its capture, and alone on it', () => {
    holds(
      fc.property(soldOrders(true), attempts, ({ aggregate }, list) => {
        play(aggregate, list, (before, _units, plan) => {
          for (const leg of plan.legs) {
            expect(leg.amount).toBeGreaterThan(0);
            const payment = before.payments.find(({ ref }) => ref === leg.paymentRef);
            if (payment === undefined) throw new Error(`leg on an unknown payment ${leg.paymentRef}`);
            if (leg.captureRef !== undefined) {
              expect(leg.amount).toBeLessThanOrEqual(captureRest(before, payment, leg.captureRef));
            }
          }
          const targets = plan.legs.map((leg) => `${leg.paymentRef} ${leg.captureRef ?? '-'}`);
          expect(new Set(targets).size).toBe(targets.length);
          expect(new Set(plan.legs.map(({ id }) => id)).size).toBe(plan.legs.length);
        });
      }),
    );
  });

  test('after any prefix of any history no capture gave back more than it took, no authorization more than it held', () => {
    holds(
      fc.property(soldOrders(true), attempts, ({ aggregate }, list) => {
        play(aggregate, list, (_before, _units, _plan, after) => expectNothingOverdrawn(after));
      }),
      300,
    );
  });

  test('after any prefix no component was cancelled beyond what was sold', () => {
    holds(
      fc.property(soldOrders(true), attempts, ({ money, aggregate }, list) => {
        const sold = soldComponents(money);
        play(aggregate, list, (_before, _units, _plan, after) => {
          const gone = after.order.lines
            .map((line) => moneyOf(line.units, cancelledUnits(after, line.id)))
            .reduce(addMoney, { ...noMoney });
          for (const component of components) expect(gone[component]).toBeLessThanOrEqual(sold[component]);
        });
      }),
    );
  });

  test('an order that was paid or authorized in full is never refused for want of money', () => {
    holds(
      fc.property(soldOrders(false), attempts, ({ aggregate }, list) => {
        const after = play(aggregate, list, () => undefined);
        const rest = decide(after, aPolicy(), { reason }, merchant);
        if (rest.outcome === 'Refused') {
          expect(['nothing_to_cancel', 'units_already_cancelled', 'cancellation_open']).toContain(rest.because.code);
        }
      }),
    );
  });

  test('an authorization is released before a capture that pays for kept units is refunded', () => {
    holds(
      fc.property(soldOrders(true), attempts, ({ aggregate }, list) => {
        play(aggregate, list, (before, units, plan) => {
          const after = withCancellation(before, { units, legs: plan.legs }, 'closed');
          const refunds = plan.legs.some((leg) => leg.operation === 'refund');
          // Refunded although money stays authorized: then the captures that are left still pay for all that is kept.
          if (refunds && openOf(after) > 0) expect(capturedOf(after)).toBeGreaterThanOrEqual(keptOf(after));
        });
      }),
    );
  });

  test('a late capture on a wholly cancelled order goes back whole and leaves nothing on any capture', () => {
    holds(
      fc.property(soldOrders(false), fc.nat(9_999), ({ aggregate }, extra) => {
        const decision = accepted(decide(aggregate, aPolicy(), { reason }, merchant));
        const cancelled = afterDecision(aggregate, decision, 'closed');
        const late = { ...cancelled, payments: [...cancelled.payments, aPaymentOf('late', extra)] };
        const plan = planLatePayment(late);
        expect(plan.refund).toBe(capturedOf(late));
        expect(sumOf(plan.legs)).toBe(plan.refund);
        const after = withCancellation(late, { units: {}, legs: plan.legs }, 'closed');
        expect(capturedOf(after)).toBe(0);
        expect(planLatePayment(after)).toEqual({ money: noMoney, deductions: [], refund: 0, legs: [] });
      }),
    );
  });
});

describe('points', () => {
  test('never come back twice, whatever was withdrawn in between, and all of them with the last of the money', () => {
    const redeemed = fc.record({ amount: fc.integer({ min: 1, max: 500 }), points: fc.integer({ min: 1, max: 500 }) });
    const steps = fc.array(
      fc.record({ takes: fc.integer({ min: 1, max: 4 }), withdraws: fc.option(fc.nat(9), { freq: 2 }) }),
      { maxLength: 12 },
    );
    holds(
      fc.property(redeemed, steps, ({ amount, points }, list) => {
        const payment = { ...aPayment('points', amount, [amount]), channel: 'loyalty_points' as const, points };
        let order = anOrder({ lines: [{ id: 'l0', quantity: 10, net: amount }], payments: [payment] });
        const given = () => heldLegs(order).reduce((all, leg) => all + (leg.points ?? 0), 0);
        const cancel = (quantity: number) => {
          const lines = [{ lineId: 'l0', quantity }];
          order = afterDecision(order, accepted(decide(order, aPolicy(), { lines, reason }, merchant)), 'in_grace');
          expect(given()).toBeLessThanOrEqual(points);
        };
        const left = () => order.order.lines.reduce((all, line) => all + countOf(availableUnits(order, line)), 0);
        for (const { takes, withdraws } of list) {
          if (left() > 0) cancel(Math.min(takes, left()));
          order = {
            ...order,
            cancellations: order.cancellations.map((each, at) =>
              at === withdraws ? { ...each, status: 'withdrawn', closedAt: each.requestedAt } : each,
            ),
          };
        }
        if (left() > 0) cancel(left());
        expect(given()).toBe(points);
      }),
      300,
    );
  });
});

describe('batching', () => {
  test('cancelling everything in any batches refunds what was paid, to the minor unit and component by component', () => {
    holds(
      fc.property(soldOrders(false), attempts, ({ money, aggregate }, list) => {
        let refunded = 0;
        let gone = { ...noMoney };
        const closing = list.map((attempt) => ({ ...attempt, ends: 'closed' as const }));
        const all: Attempt = { wants: [1000, 1000, 1000, 1000, 1000, 1000], ends: 'closed', thenCaptures: 0 };
        const end = play(aggregate, [...closing, all], (_before, _units, plan) => {
          refunded += plan.refund;
          gone = addMoney(gone, plan.money);
        });
        expect(refunded).toBe(totalOf(money.lines, money.order));
        expect(gone).toEqual(soldComponents(money));
        expect(keptOf(end)).toBe(0);
      }),
      300,
    );
  });

  test('cancelling some of each line refunds the same however it is cut, and whatever was undone in between', () => {
    const goals = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 6, maxLength: 6 });
    const cuts = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 5 });
    holds(
      fc.property(soldOrders(true), goals, cuts, fc.boolean(), ({ aggregate }, goal, cut, retried) => {
        const wanted = new Map(
          aggregate.order.lines.map((line, index) => [
            line.id,
            Math.floor((countOf(availableUnits(aggregate, line)) * (goal[index] ?? 0)) / 1000),
          ]),
        );
        const once = inBatches(aggregate, wanted, [1], false);
        expect(inBatches(aggregate, wanted, cut, retried)).toEqual(once);
      }),
      300,
    );
  });

  test('any partition of the units, however scattered, refunds the same total and the same components', () => {
    holds(
      fc.property(soldOrders(false), fc.array(fc.nat(4), { minLength: 1, maxLength: 40 }), ({ aggregate }, colours) => {
        const selections = [0, 1, 2, 3, 4].map((colour): UnitSelection =>
          Object.fromEntries(
            aggregate.order.lines.map((line) => [line.id, scattered(line.quantity, colours).get(colour) ?? []]),
          ),
        );
        let order = aggregate;
        let gone = { ...noMoney };
        for (const units of selections) {
          const plan = planOf(order, units);
          gone = addMoney(gone, plan.money);
          order = withCancellation(order, { units, legs: plan.legs }, 'closed');
          expectNothingOverdrawn(order);
        }
        const whole = planOf(aggregate, wholeOf(aggregate));
        expect(gone).toEqual(whole.money);
      }),
    );
  });
});

describe('choosing units', () => {
  test('the chosen units are as many as asked, never taken before, never shipped, and each only once', () => {
    holds(
      fc.property(soldOrders(true), attempts, ({ aggregate }, list) => {
        play(aggregate, list, (before, units) => {
          for (const line of before.order.lines) {
            const chosen = units[line.id] ?? [];
            expect(overlapOf(chosen, cancelledUnits(before, line.id))).toEqual([]);
            expect(countOf(overlapOf(chosen, availableUnits(before, line)))).toBe(countOf(chosen));
            const sorted = [...chosen].sort((a, b) => a.from - b.from);
            sorted.forEach((range, index) => expect(range.from).toBeGreaterThanOrEqual(sorted[index - 1]?.to ?? 0));
          }
        });
      }),
    );
  });

  test('no parcel is stopped as long as loose units are left', () => {
    holds(
      fc.property(soldOrders(true), fc.integer({ min: 1, max: 1000 }), ({ aggregate }, permille) => {
        for (const line of aggregate.order.lines) {
          const available = availableUnits(aggregate, line);
          const quantity = Math.floor((countOf(available) * permille) / 1000);
          const chosen = chooseUnits(aggregate, line, quantity);
          expect(countOf(chosen)).toBe(quantity);
          const labelled = aggregate.shipments
            .filter(({ position }) => position === 'label_created')
            .flatMap(({ units }) => units[line.id] ?? []);
          const loose = countOf(available) - countOf(overlapOf(available, labelled));
          expect(countOf(overlapOf(chosen, labelled))).toBe(Math.max(0, quantity - loose));
        }
      }),
    );
  });
});

function soldComponents({ lines, order }: SoldMoney): UnitMoney {
  const of = (pick: (line: SoldMoney['lines'][number]) => number): number =>
    lines.reduce((all, line) => all + pick(line), 0);
  return {
    net: of((line) => line.net),
    discount: of((line) => line.discount) + order.discount,
    tax: of((line) => line.tax),
    duty: of((line) => line.duty),
    shipping: order.shipping,
    shippingTax: order.shippingTax,
  };
}

function wholeLine(runs: readonly (UnitMoney & { count: number })[]): UnitMoney & { quantity: number } {
  const quantity = runs.reduce((all, run) => all + run.count, 0);
  return { quantity, ...moneyOf(runs, [{ from: 0, to: quantity }]) };
}

function aPaymentOf(ref: string, amount: number): OrderAggregate['payments'][number] {
  return {
    ref,
    channel: 'store_credit',
    authorized: amount,
    captures: amount === 0 ? [] : [{ ref: `${ref}-1`, amount }],
  };
}

/** What is left on all captures, read off the legs and not through the planner. */
function capturedOf(aggregate: OrderAggregate): number {
  const taken = aggregate.payments.flatMap(({ captures }) => captures).reduce((all, { amount }) => all + amount, 0);
  return taken - sumOf(heldLegs(aggregate).filter((leg) => leg.captureRef !== undefined));
}

function openOf(aggregate: OrderAggregate): number {
  return aggregate.payments.reduce((all, payment) => {
    const captured = payment.captures.reduce((sum, { amount }) => sum + amount, 0);
    const released = heldLegs(aggregate).filter(
      (leg) => leg.paymentRef === payment.ref && leg.captureRef === undefined,
    );
    return all + Math.max(0, payment.authorized - captured - sumOf(released));
  }, 0);
}

function keptOf(aggregate: OrderAggregate): number {
  return aggregate.order.lines.reduce((all, line) => {
    const whole = moneyOf(line.units, [{ from: 0, to: line.quantity }]);
    return all + refundOf(whole) - refundOf(moneyOf(line.units, cancelledUnits(aggregate, line.id)));
  }, 0);
}

function heldLegs(aggregate: OrderAggregate): RefundLeg[] {
  return holdingCancellations(aggregate)
    .flatMap(({ legs }) => legs)
    .filter(holdsMoney);
}

function expectNothingOverdrawn(aggregate: OrderAggregate): void {
  for (const payment of aggregate.payments) {
    const legs = heldLegs(aggregate).filter((leg) => leg.paymentRef === payment.ref);
    for (const { ref, amount } of payment.captures) {
      expect(sumOf(legs.filter((leg) => leg.captureRef === ref))).toBeLessThanOrEqual(amount);
    }
    expect(sumOf(legs)).toBeLessThanOrEqual(payment.authorized);
  }
}

function wholeOf(aggregate: OrderAggregate): UnitSelection {
  return Object.fromEntries(aggregate.order.lines.map((line) => [line.id, [{ from: 0, to: line.quantity }]]));
}

/** Cuts 0..quantity into as many stretches as there are colours and collects the stretches of each colour. */
function scattered(quantity: number, colours: readonly number[]): Map<number, Range[]> {
  const sizes = allocate(
    quantity,
    colours.map(() => 1),
  );
  const byColour = new Map<number, Range[]>();
  let from = 0;
  for (const [index, size] of sizes.entries()) {
    const colour = colours[index] ?? 0;
    if (size > 0) byColour.set(colour, [...(byColour.get(colour) ?? []), { from, to: from + size }]);
    from += size;
  }
  return byColour;
}

/** Cancels the wanted quantities in batches of the given weights; `retried`: each batch is undone once before it holds. */
function inBatches(
  start: OrderAggregate,
  wanted: ReadonlyMap<string, number>,
  weights: readonly number[],
  retried: boolean,
): { refund: number; money: UnitMoney } {
  let order = start;
  let money = { ...noMoney };
  let refund = 0;
  for (const batch of weights.keys()) {
    const lines = [...wanted].flatMap(([lineId, quantity]) => {
      const part = allocate(quantity, weights)[batch] ?? 0;
      return part > 0 ? [{ lineId, quantity: part }] : [];
    });
    if (lines.length === 0) continue;
    if (retried) {
      const first = accepted(decide(order, aPolicy(), { lines, reason }, merchant));
      order = afterDecision(order, first, 'undone');
    }
    const decision = accepted(decide(order, aPolicy(), { lines, reason }, merchant));
    order = afterDecision(order, decision, 'closed');
    money = addMoney(money, decision.plan.money);
    refund += decision.plan.refund;
  }
  return { refund, money };
}
