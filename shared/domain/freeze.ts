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
 *
 * A discount first lowers what the goods cost. Only what is above that (a voucher that also pays tax or shipping) goes
 * against the other components, never beyond them: no unit ever costs less than nothing.
 * @throws RangeError for money that `moneyProblem` would name
 */
export function freezeUnits(lines: readonly LineMoney[], order: OrderMoney): UnitRun[][] {
  const problem = moneyProblem(lines, order);
  if (problem !== undefined) throw new RangeError(problem);
  if (lines.length === 0) return [];
  const weights = lines.map((line) => Math.max(0, line.net - line.discount));
  const shipping = allocate(order.shipping, weights);
  const shippingTax = allocate(order.shippingTax, weights);
  const offGoods = Math.min(order.discount, sum(weights));
  const discounts = allocate(offGoods, weights);
  const rests = lines.map((line, index) => {
    const costs = line.net + line.tax + line.duty + at(shipping, index) + at(shippingTax, index);
    return costs - line.discount - at(weights, index);
  });
  const offRest = allocate(order.discount - offGoods, rests);
  return lines.map((line, index) =>
    runsOf(line.quantity, {
      net: line.net,
      discount: line.discount + at(discounts, index) + at(offRest, index),
      tax: line.tax,
      duty: line.duty,
      shipping: at(shipping, index),
      shippingTax: at(shippingTax, index),
    }),
  );
}

/** @returns why an order's money cannot be frozen, in words for whoever sent it; undefined when it can */
export function moneyProblem(lines: readonly LineMoney[], order: OrderMoney): string | undefined {
  for (const [index, { quantity, ...amounts }] of lines.entries()) {
    if (!Number.isSafeInteger(quantity) || quantity < 1)
      return `line ${index + 1}: quantity is not a whole number from 1`;
    const wrong = Object.entries<number>(amounts).find(([, amount]) => !isAmount(amount));
    if (wrong !== undefined) return `line ${index + 1}: ${wrong[0]} is not a whole number of minor units from 0`;
  }
  const wrong = Object.entries<number>({ ...order }).find(([, amount]) => !isAmount(amount));
  if (wrong !== undefined) return `order: ${wrong[0]} is not a whole number of minor units from 0`;

  let price = BigInt(order.shipping) + BigInt(order.shippingTax);
  let discount = BigInt(order.discount);
  for (const [index, line] of lines.entries()) {
    const full = BigInt(line.net) + BigInt(line.tax) + BigInt(line.duty);
    if (BigInt(line.discount) > full) return `line ${index + 1}: discount is above what the line costs`;
    price += full;
    discount += BigInt(line.discount);
  }
  if (discount > price) return 'order: discount is above what the order costs';
  if (price > BigInt(Number.MAX_SAFE_INTEGER)) return 'order: the total is too large to be counted exactly';
  if (lines.length === 0 && price > 0n) return 'order: money without a line';
  return undefined;
}

/** Units of one line: each component's remainder goes, one minor unit each, to the first units. */
function runsOf(quantity: number, total: UnitMoney): UnitRun[] {
  const offNet = Math.min(total.discount, total.net);
  const first = { ...total, discount: offNet };
  const base = mapComponents((component) => Math.floor(first[component] / quantity));
  const extra = mapComponents((component) => first[component] - base[component] * quantity);
  const edges = [...new Set([0, ...components.map((component) => extra[component]), quantity])].sort((a, b) => a - b);
  const runs = edges.slice(1).map((to, index) => {
    const from = at(edges, index);
    return { count: to - from, ...mapComponents((component) => base[component] + (from < extra[component] ? 1 : 0)) };
  });
  return total.discount === offNet ? runs : discountRest(runs, total.discount - offNet);
}

/** Takes the part of a discount that is above the goods' price off tax, duty and shipping, unit by unit. */
function discountRest(runs: readonly UnitRun[], discount: number): UnitRun[] {
  const shares = allocate(
    discount,
    runs.map((run) => (refundOf(run) - run.net + run.discount) * run.count),
  );
  return runs.flatMap((run, index) => {
    const share = at(shares, index);
    const base = Math.floor(share / run.count);
    const extra = share - base * run.count;
    const cheaper = { ...run, count: extra, discount: run.discount + base + 1 };
    const other = { ...run, count: run.count - extra, discount: run.discount + base };
    return extra === 0 ? [other] : [cheaper, other];
  });
}

function isAmount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function at(numbers: readonly number[], index: number): number {
  return numbers[index] ?? 0;
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
