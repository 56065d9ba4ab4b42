import * as fc from 'fast-check';
import type { OrderAggregate } from '../../shared/domain/aggregate';
import type { LineMoney, OrderMoney } from '../../shared/domain/freeze';
import { allocate, exponentOf, knownCurrencies } from '../../shared/domain/money';
import { shipmentPositions, type LineKind, type Payment, type Shipment } from '../../shared/domain/order';
import { stepOf } from '../../shared/domain/rounding';
import { anOrder, aPayment, aShipment, totalOf } from './orders';

/** Any listed currency; each exponent (0, 2, 3) as often as the others. */
export const currencies: fc.Arbitrary<string> = fc.oneof(
  ...[0, 2, 3].map((exponent) =>
    fc.constantFrom(...knownCurrencies.filter((currency) => exponentOf(currency) === exponent)),
  ),
);

const shares = fc.integer({ min: 0, max: 1000 });
const part = (total: number, permille: number): number => Number((BigInt(total) * BigInt(permille)) / 1000n);

/** From a single piece over an ordinary handful to the largest line seen in real orders. */
const quantities = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 12 }) },
  { weight: 1, arbitrary: fc.integer({ min: 13, max: 80_995 }) },
);

/** Sums that no quantity divides evenly; about one line in six costs nothing. */
const lineMoney = (ceiling: number): fc.Arbitrary<LineMoney> =>
  fc
    .record({
      quantity: quantities,
      net: fc.oneof(
        { weight: 5, arbitrary: fc.integer({ min: 1, max: ceiling }) },
        { weight: 1, arbitrary: fc.constant(0) },
      ),
      tax: fc.oneof(fc.constant(0), shares),
      duty: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: shares }),
      discount: fc.oneof(fc.constant(0), shares),
      discountPaysTax: fc.boolean(),
    })
    .map(({ quantity, net, tax, duty, discount, discountPaysTax }) => {
      const taxed = { tax: part(net, tax), duty: part(net, duty) };
      const most = net + (discountPaysTax ? taxed.tax + taxed.duty : 0);
      return { quantity, net, ...taxed, discount: part(most, discount) };
    });

export interface SoldMoney {
  currency: string;
  lines: LineMoney[];
  order: OrderMoney;
}

/** What a shop sold: lines, a discount that may also pay for shipping and tax (up to all), shipping with its tax. */
export const soldMoney: fc.Arbitrary<SoldMoney> = currencies.chain((currency) =>
  fc
    .record({
      lines: fc.array(lineMoney(5_000 * 10 ** (exponentOf(currency) ?? 0)), { minLength: 1, maxLength: 6 }),
      shipping: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9_999 })),
      shippingTax: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1_999 })),
      discount: fc.oneof(fc.constant(0), shares, fc.constant(1000)),
    })
    .map(({ lines, shipping, shippingTax, discount }) => {
      const full = totalOf(lines, { discount: 0, shipping, shippingTax });
      return { currency, lines, order: { discount: part(full, discount), shipping, shippingTax } };
    }),
);

/** How one tender was taken: its captures as weights, and whether the last part is still only authorized. */
const tenders = fc.array(
  fc.record({
    weight: fc.integer({ min: 1, max: 100 }),
    captures: fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 3 }),
    takes: fc.constantFrom<'all' | 'some' | 'none'>('all', 'all', 'some', 'none'),
    overAuthorized: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(5_000) }),
  }),
  { minLength: 1, maxLength: 3 },
);

/** By card, or from an account of ours where cards cannot state every minor unit. */
const byCard = (currency: string, payment: Payment): Payment =>
  stepOf('stripe', currency) === 1 ? payment : { ...payment, channel: 'store_credit' };

const payments = (total: number, currency: string): fc.Arbitrary<Payment[]> =>
  total === 0
    ? fc.constant([])
    : tenders.map((list) => {
        const amounts = allocate(
          total,
          list.map((tender) => tender.weight),
        );
        return list.flatMap((tender, index) => {
          const amount = amounts[index] ?? 0;
          const parts = allocate(amount, tender.captures);
          const captured = tender.takes === 'all' ? parts : tender.takes === 'some' ? parts.slice(0, -1) : [];
          const taken = captured.filter((capture) => capture > 0);
          if (amount === 0) return [];
          return [byCard(currency, aPayment(`p${index + 1}`, amount + tender.overAuthorized, taken))];
        });
      });

const kinds: readonly LineKind[] = ['goods', 'prepared', 'service', 'digital'];

/** A parcel over part of one line; parcels of one order never share a unit because each line has at most one. */
const shipments = (lines: readonly LineMoney[]): fc.Arbitrary<Shipment[]> =>
  fc
    .tuple(
      ...lines.map(() =>
        fc.option(fc.record({ from: shares, size: shares, position: fc.constantFrom(...shipmentPositions) }), {
          freq: 1,
        }),
      ),
    )
    .map((parcels) =>
      parcels.flatMap((parcel, index) => {
        if (parcel === null) return [];
        const quantity = lines[index]?.quantity ?? 0;
        const from = part(quantity, parcel.from);
        const to = from + part(quantity - from, parcel.size);
        return from < to ? [aShipment(`shp_${index}`, parcel.position, { [`l${index}`]: [{ from, to }] })] : [];
      }),
    );

export interface Sold {
  money: SoldMoney;
  aggregate: OrderAggregate;
}

/** Valid orders, paid or authorized in full over one to three tenders with up to three captures each. */
export function soldOrders(withShipments: boolean): fc.Arbitrary<Sold> {
  return soldMoney.chain((money) =>
    fc
      .tuple(
        payments(totalOf(money.lines, money.order), money.currency),
        withShipments ? shipments(money.lines) : fc.constant([]),
        fc.array(fc.constantFrom(...kinds), { minLength: money.lines.length, maxLength: money.lines.length }),
      )
      .map(([paid, parcels, kindOf]) => ({
        money,
        aggregate: anOrder({
          lines: money.lines.map((line, index) => ({ id: `l${index}`, kind: kindOf[index] ?? 'goods', ...line })),
          money: money.order,
          currency: money.currency,
          payments: paid,
          shipments: parcels,
        }),
      })),
  );
}

/** One request for part of an order (thousandths of what is left, per line) and how it ends. */
export interface Attempt {
  wants: number[];
  ends: 'closed' | 'declined' | 'withdrawn' | 'undone' | 'in_case' | 'executing' | 'refund_pending' | 'given_up';
  /** Thousandths of what is still only authorized that the shop captures afterwards. */
  thenCaptures: number;
}

export const attempts: fc.Arbitrary<Attempt[]> = fc.array(
  fc.record({
    wants: fc.array(fc.oneof(fc.constant(0), shares, fc.constant(1000)), { minLength: 6, maxLength: 6 }),
    ends: fc.constantFrom<Attempt['ends']>(
      'closed',
      'closed',
      'declined',
      'withdrawn',
      'undone',
      'in_case',
      'executing',
      'refund_pending',
      'given_up',
    ),
    thenCaptures: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: shares }),
  }),
  { minLength: 1, maxLength: 8 },
);
