import { allocate, sum } from './money';
import { components, type Component, type UnitMoney, type UnitRun } from './order';
import type { Range } from './intervals';

/** A line's money as the shop sold it, in minor units, before the order's own discount and shipping are spread. */
export interface LineMoney {
  quantity: number;
  net: number;
  discount: number;
  tax: number;
  duty: number;
}

export interface OrderMoney {
  /** Off the whole order, above what the lines already carry. */
  discount: number;
  shipping: number;
  shippingTax: number;
}

/**
 * Splits an order's money over every unit it sold, once, when it enters. The order's discount and shipping go to lines
 * by what each line costs, then each line's money goes to its units; both by largest remainder, so every component sums
 * exactly. A refund is later the sum of the frozen units, which makes it independent of how cancellations are batched.
 * Prices, promotions, tax and shipping are never computed again.
 */
export function freezeUnits(lines: readonly LineMoney[], order: OrderMoney): UnitRun[][] {
  if (lines.length === 0) return [];
  const weights = lines.map((line) => Math.max(0, line.net - line.discount));
  const discounts = allocate(order.discount, weights);
  const shipping = allocate(order.shipping, weights);
  const shippingTax = allocate(order.shippingTax, weights);
  return lines.map((line, index) =>
    runsOf(line.quantity, {
      net: line.net,
      discount: line.discount + (discounts[index] ?? 0),
      tax: line.tax,
      duty: line.duty,
      shipping: shipping[index] ?? 0,
      shippingTax: shippingTax[index] ?? 0,
    }),
  );
}

/** Units of one line: each component's remainder goes, one minor unit each, to the first units. */
function runsOf(quantity: number, total: UnitMoney): UnitRun[] {
  const base = mapComponents((component) => Math.floor(total[component] / quantity));
  const extra = mapComponents((component) => total[component] - base[component] * quantity);
  const edges = [...new Set([0, ...components.map((component) => extra[component]), quantity])].sort((a, b) => a - b);
  return edges.slice(1).map((to, index) => {
    const from = edges[index] ?? 0;
    return { count: to - from, ...mapComponents((component) => base[component] + (from < extra[component] ? 1 : 0)) };
  });
}

/** The money of some units of a line, per component. */
export function moneyOf(runs: readonly UnitRun[], ranges: readonly Range[]): UnitMoney {
  const total = mapComponents(() => 0);
  let start = 0;
  for (const run of runs) {
    const end = start + run.count;
    const count = sum(ranges.map((range) => Math.max(0, Math.min(range.to, end) - Math.max(range.from, start))));
    if (count > 0) for (const component of components) total[component] += run[component] * count;
    start = end;
  }
  return total;
}

export function addMoney(left: UnitMoney, right: UnitMoney): UnitMoney {
  return mapComponents((component) => left[component] + right[component]);
}

export const noMoney: Readonly<UnitMoney> = { net: 0, discount: 0, tax: 0, duty: 0, shipping: 0, shippingTax: 0 };

/** What those components come to for the buyer, in minor units. */
export function refundOf(money: UnitMoney): number {
  return money.net - money.discount + money.tax + money.duty + money.shipping + money.shippingTax;
}

function mapComponents(of: (component: Component) => number): UnitMoney {
  return {
    net: of('net'),
    discount: of('discount'),
    tax: of('tax'),
    duty: of('duty'),
    shipping: of('shipping'),
    shippingTax: of('shippingTax'),
  };
}
