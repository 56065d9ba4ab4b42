import type { OrderAggregate } from './aggregate';
import type { Cancellation } from './cancellation';
import type { Deduction } from './deduction';
import { moneyOf, refundOf } from './freeze';
import { countOf } from './intervals';
import { sum } from './money';
import { unitsOfLine, type UnitMoney } from './order';
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
  deductions: readonly Deduction[];
  /** Lines less deductions: what is given back. */
  total: number;
}

export interface CreditNoteLine extends UnitMoney {
  lineId: string;
  sku: string;
  quantity: number;
  /** What the buyer paid for these units: net - discount + tax + duty + shipping + shippingTax. */
  amount: number;
}

/**
 * Whether a cancellation reverses a sale. One that gives back what was paid too much takes no units and reverses none;
 * neither does one of an order that nobody paid.
 */
export function reversesSale({ status, units, legs, deductions = [] }: Cancellation): boolean {
  return status === 'closed' && Object.keys(units).length > 0 && legs.length + deductions.length > 0;
}

/** @throws Error when its sums do not agree with the cancellation: no document goes out with wrong money */
export function creditNoteOf(
  { order }: Pick<OrderAggregate, 'order'>,
  { id, units, refund, deductions = [] }: Cancellation,
  number: number,
  now: Instant,
): CreditNote {
  const lines = order.lines.flatMap((line): CreditNoteLine[] => {
    const taken = unitsOfLine(units, line.id);
    const quantity = countOf(taken);
    if (quantity === 0) return [];
    const money = moneyOf(line.units, taken);
    return [{ lineId: line.id, sku: line.sku, quantity, ...money, amount: refundOf(money) }];
  });
  const total = sum(lines.map(({ amount }) => amount)) - sum(deductions.map(({ amount }) => amount));
  if (total !== refund) throw new Error(`the credit note of ${id} sums to ${total}, its refund is ${refund}`);
  return { cancellationId: id, number, issuedAt: now, currency: order.currency, lines, deductions, total };
}

/** What people and ledgers call it. */
export const creditReference = ({ number }: Pick<CreditNote, 'number'>): string =>
  `CN-${String(number).padStart(6, '0')}`;
