import {
  freezeUnits,
  moneyOf,
  moneyProblem,
  refundOf,
  type LineMoney,
  type OrderMoney,
} from '../../shared/domain/freeze';
import type { UnitRun } from '../../shared/domain/order';
import { totalOf } from '../support/orders';

const line = (more: Partial<LineMoney>): LineMoney => ({ quantity: 1, net: 0, discount: 0, tax: 0, duty: 0, ...more });
const whole = (more: Partial<OrderMoney>): OrderMoney => ({ discount: 0, shipping: 0, shippingTax: 0, ...more });
/** What each unit refunds, written out. */
const prices = (runs: readonly UnitRun[]): number[] =>
  runs.flatMap((run) => Array<number>(run.count).fill(refundOf(run)));

describe('the refund of each unit', () => {
  test.each<[string, LineMoney[], OrderMoney, number[][]]>([
    ['an even line', [line({ quantity: 3, net: 300 })], whole({}), [[100, 100, 100]]],
    [
      'a line that does not divide: the first units carry the odd cents',
      [line({ quantity: 3, net: 1000 })],
      whole({}),
      [[334, 333, 333]],
    ],
    ['a discount of the line', [line({ quantity: 2, net: 201, discount: 50 })], whole({}), [[76, 75]]],
    ['tax and duty', [line({ quantity: 2, net: 200, tax: 39, duty: 5 })], whole({}), [[123, 121]]],
    [
      'shipping by what each line costs',
      [line({ net: 300 }), line({ net: 100 })],
      whole({ shipping: 100 }),
      [[375], [125]],
    ],
    [
      'shipping tax like shipping',
      [line({ net: 300 }), line({ net: 100 })],
      whole({ shippingTax: 10 }),
      [[308], [102]],
    ],
    [
      'an order discount by what each line costs',
      [line({ net: 300 }), line({ net: 100 })],
      whole({ discount: 40 }),
      [[270], [90]],
    ],
    [
      'an order discount after the lines own',
      [line({ net: 300, discount: 200 }), line({ net: 100 })],
      whole({ discount: 40 }),
      [[80], [80]],
    ],
    [
      'a free line beside a priced one carries no discount and no shipping',
      [line({ quantity: 2 }), line({ net: 100 })],
      whole({ discount: 10, shipping: 5 }),
      [[0, 0], [95]],
    ],
    ['only free lines: shipping is spread evenly', [line({}), line({})], whole({ shipping: 5 }), [[3], [2]]],
    ['only free lines and free shipping', [line({ quantity: 3 })], whole({}), [[0, 0, 0]]],
    ['fewer minor units than pieces', [line({ quantity: 4, net: 2 })], whole({}), [[1, 1, 0, 0]]],
    [
      'a voucher for everything',
      [line({ quantity: 3, net: 100, tax: 20 })],
      whole({ discount: 145, shipping: 25 }),
      [[0, 0, 0]],
    ],
    [
      'a voucher that pays the goods and half of the shipping',
      [line({ quantity: 2, net: 100 })],
      whole({ discount: 110, shipping: 20 }),
      [[5, 5]],
    ],
    [
      'a voucher above the goods goes only where something is left to pay',
      [line({ net: 10 }), line({ net: 10, tax: 5 })],
      whole({ discount: 22 }),
      [[0], [3]],
    ],
    [
      'free goods, paid shipping, a voucher for part of it',
      [line({}), line({})],
      whole({ discount: 4, shipping: 5 }),
      [[1], [0]],
    ],
    [
      'a line discount that also pays the tax',
      [line({ quantity: 3, net: 10, tax: 1, discount: 11 })],
      whole({}),
      [[0, 0, 0]],
    ],
  ])('%s', (_, lines, order, expected) => {
    const runs = freezeUnits(lines, order);
    expect(runs.map(prices)).toEqual(expected);
    expect(expected.flat().reduce((all, price) => all + price, 0)).toBe(totalOf(lines, order));
  });

  test('of no lines is nothing', () => expect(freezeUnits([], whole({}))).toEqual([]));
});

describe('size', () => {
  test('80,995 units with odd cents are a handful of runs and exact', () => {
    const [runs = []] = freezeUnits(
      [line({ quantity: 80_995, net: 8_423_481, discount: 99_991, tax: 1_600_462, duty: 7 })],
      whole({ discount: 1_234, shipping: 4_999, shippingTax: 950 }),
    );
    expect(runs.length).toBeLessThanOrEqual(7);
    expect(runs.reduce((all, run) => all + run.count, 0)).toBe(80_995);
    expect(moneyOf(runs, [{ from: 0, to: 80_995 }])).toEqual({
      net: 8_423_481,
      discount: 101_225,
      tax: 1_600_462,
      duty: 7,
      shipping: 4_999,
      shippingTax: 950,
    });
  });

  test('1,114 lines share one discount and one shipping to the cent', () => {
    const lines = Array.from({ length: 1_114 }, (_, index) =>
      line({ quantity: 1 + (index % 7), net: (index * 7_919) % 5_003, tax: (index * 31) % 97 }),
    );
    const order = whole({ discount: 10_007, shipping: 1_999, shippingTax: 379 });
    const totals = freezeUnits(lines, order).map((runs, index) =>
      moneyOf(runs, [{ from: 0, to: lines[index]?.quantity ?? 0 }]),
    );
    const sumOf = (pick: (total: (typeof totals)[number]) => number): number =>
      totals.reduce((all, total) => all + pick(total), 0);
    expect(sumOf((total) => total.discount)).toBe(10_007);
    expect(sumOf((total) => total.shipping)).toBe(1_999);
    expect(sumOf((total) => total.shippingTax)).toBe(379);
    expect(sumOf(refundOf)).toBe(totalOf(lines, order));
  });

  test('a sum near the largest safe integer stays exact', () => {
    const net = Number.MAX_SAFE_INTEGER;
    const [runs = []] = freezeUnits([line({ quantity: 80_995, net })], whole({}));
    expect(moneyOf(runs, [{ from: 0, to: 80_995 }]).net).toBe(net);
  });
});

describe('some units of a line', () => {
  const [runs = []] = freezeUnits([line({ quantity: 5, net: 502, tax: 3 })], whole({}));
  test.each([
    ['none', [], 0],
    ['the first', [{ from: 0, to: 1 }], 102],
    ['the last two', [{ from: 3, to: 5 }], 200],
    [
      'scattered ones',
      [
        { from: 4, to: 5 },
        { from: 1, to: 3 },
      ],
      303,
    ],
    ['all', [{ from: 0, to: 5 }], 505],
    ['units that the line does not have', [{ from: 5, to: 9 }], 0],
  ])('%s', (_, ranges, expected) => expect(refundOf(moneyOf(runs, ranges))).toBe(expected));
});

describe('money that cannot be frozen', () => {
  test.each<[string, LineMoney[], OrderMoney, string]>([
    ['no quantity', [line({ quantity: 0 })], whole({}), 'line 1: quantity'],
    ['half a piece', [line({ quantity: 1.5 })], whole({}), 'line 1: quantity'],
    ['a negative price', [line({}), line({ net: -1 })], whole({}), 'line 2: net'],
    ['a fraction of a cent', [line({ tax: 0.5 })], whole({}), 'line 1: tax'],
    ['an unsafe price', [line({ net: 2 ** 53 })], whole({}), 'line 1: net'],
    ['negative shipping', [line({})], whole({ shipping: -1 }), 'order: shipping'],
    [
      'a line discount above what the line costs',
      [line({ net: 10, tax: 2, discount: 13 })],
      whole({ shipping: 50 }),
      'line 1: discount',
    ],
    [
      'discounts above what the order costs',
      [line({ net: 10, discount: 4 })],
      whole({ discount: 12, shipping: 5 }),
      'order: discount',
    ],
    [
      'a total beyond the safe integers',
      [line({ net: Number.MAX_SAFE_INTEGER })],
      whole({ shipping: 1 }),
      'order: the total',
    ],
    ['shipping of nothing', [], whole({ shipping: 1 }), 'order: money without a line'],
  ])('%s', (_, lines, order, problem) => {
    expect(moneyProblem(lines, order)).toContain(problem);
    expect(() => freezeUnits(lines, order)).toThrow(problem);
  });

  test('everything else can', () => expect(moneyProblem([line({ net: 1 })], whole({}))).toBeUndefined());
});
