import type { OrderAggregate } from './aggregate';
import type { Cancellation } from './cancellation';
import { giftCardSpent, type Deduction } from './deduction';
import { addMoney, moneyOf, noMoney, refundOf } from './freeze';
import { countOf } from './intervals';
import { allocate, sum } from './money';
import { unitsOfLine, type Order, type OrderLine, type UnitMoney } from './order';
import { coarsestStep } from './rounding';
import type { Instant } from './time';

/** What reverses the tax document of a sale: which units, what each of their components was, and what was kept of it. */
export interface CreditNote {
  cancellationId: string;
  /** 1, 2, 3, ... per merchant, without a gap. */
  number: number;
  issuedAt: Instant;
  /** ISO 4217; every amount is in its minor units. */
  currency: string;
  lines: readonly CreditNoteLine[];
  /** The lines' components together. */
  components: UnitMoney;
  /** What was kept, under the names that the terms give it; the lines' fees come to as much. */
  deductions: readonly Deduction[];
  /** Given on top because a channel could not state the amount; below 0 where it evens out an earlier one. Absent: none. */
  rounding?: number;
  /** What is given back: the lines' amounts less their fees, and the rounding. */
  total: number;
}

export interface CreditNoteLine extends UnitMoney {
  lineId: string;
  sku: string;
  quantity: number;
  /** What the buyer paid for these units: net - discount + tax + duty + shipping + shippingTax. */
  amount: number;
  /** What of it the shop keeps; the rest is given back. */
  fee: number;
}

/**
 * Whether a cancellation has reversed a sale: it has closed once, whatever becomes of its money since. One that gives back
 * what was paid too much takes no units and reverses none; neither does one of an order that nobody paid.
 */
export function reversesSale({ counted, units, legs, deductions = [] }: Cancellation): boolean {
  return counted === true && Object.keys(units).length > 0 && legs.length + deductions.length > 0;
}

/**
 * Speaks of the sale alone: not of the ways that the money went, of a bonus on store credit, or of interest.
 * @throws Error when its sums do not agree with the cancellation: no document goes out with wrong money
 */
export function creditNoteOf(
  { order }: Pick<OrderAggregate, 'order'>,
  { id, units, refund, deductions = [] }: Cancellation,
  number: number,
  now: Instant,
): CreditNote {
  const sold = order.lines.filter((line) => countOf(unitsOfLine(units, line.id)) > 0);
  const money = sold.map((line) => moneyOf(line.units, unitsOfLine(units, line.id)));
  const fees = feesOf(order, sold, money.map(refundOf), deductions);
  const lines = sold.map((line, at): CreditNoteLine => {
    const ofLine = money[at] ?? noMoney;
    const quantity = countOf(unitsOfLine(units, line.id));
    return { lineId: line.id, sku: line.sku, quantity, ...ofLine, amount: refundOf(ofLine), fee: fees[at] ?? 0 };
  });
  const total = sum(lines.map(({ amount, fee }) => amount - fee));
  const rounding = refund - total;
  if (!mayBeRounding(rounding, order))
    throw new Error(`the credit note of ${id} sums to ${total}, its refund is ${refund}`);
  return {
    cancellationId: id,
    number,
    issuedAt: now,
    currency: order.currency,
    lines,
    components: money.reduce(addMoney, { ...noMoney }),
    deductions,
    ...(rounding === 0 ? {} : { rounding }),
    total: refund,
  };
}

/**
 * Most currencies have no rounding. Where they have, a cancellation rounds by less than a step, and evens out what earlier ones
 * did, of which there are at most as many as units.
 */
function mayBeRounding(difference: number, { currency, units }: Order): boolean {
  const step = coarsestStep(currency);
  return step === 1 ? difference === 0 : Math.abs(difference) < step * (units + 1);
}

/**
 * What is kept of each line: a deduction goes to the lines that owe it by what of them is still given back, and never beyond
 * that; only what they cannot bear, because others have taken it, goes to the rest.
 */
function feesOf(
  order: Order,
  lines: readonly OrderLine[],
  amounts: readonly number[],
  deductions: readonly Deduction[],
): number[] {
  const left = [...amounts];
  const take = (wanted: number, owedOf: (line: OrderLine, left: number) => number): number => {
    const owed = lines.map((line, at) => owedOf(line, left[at] ?? 0));
    const taken = Math.min(wanted, sum(owed));
    if (taken > 0) allocate(taken, owed).forEach((share, at) => (left[at] = (left[at] ?? 0) - share));
    return wanted - taken;
  };
  for (const { code, amount } of deductions) take(take(amount, owedUnder(order, code)), (_line, rest) => rest);
  return amounts.map((amount, at) => amount - (left[at] ?? 0));
}

/** What of a deduction each line may owe: a gift card what was spent of it, else all that is left of the fee's kinds. */
function owedUnder({ contract }: Order, code: string): (line: OrderLine, left: number) => number {
  if (code === giftCardSpent) return ({ spent = 0 }, left) => Math.min(spent, left);
  const kinds = contract.policy.fees?.find((fee) => fee.code === code)?.kinds;
  return ({ kind }, left) => (kinds === undefined || kinds.includes(kind) ? left : 0);
}

/** What people and ledgers call it. */
export const creditReference = ({ number }: Pick<CreditNote, 'number'>): string =>
  `CN-${String(number).padStart(6, '0')}`;
