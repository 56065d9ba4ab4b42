import { createHash } from 'node:crypto';
import type { Invoice } from './invoices';
import { lineTotal } from './price';

/** An order's money as it is handed to the service, in pence. */
export interface OrderMoney {
  /** Per line, in the invoice's order. */
  lines: { net: bigint; tax: bigint }[];
  discount: bigint;
  shipping: bigint;
  shippingTax: bigint;
  /** As listed; an order of total zero has none. */
  tenders: Tender[];
}

export interface Tender {
  channel: 'stripe' | 'store_credit';
  amount: bigint;
}

/** The money of an invoice as the shop sold it: one card tender over the total. */
export function moneyAsSold(invoice: Invoice): OrderMoney {
  const lines = invoice.lines.map(({ quantity, price }) => ({ net: lineTotal(quantity, price), tax: 0n }));
  const total = sum(lines.map((line) => line.net));
  const tenders: Tender[] = total === 0n ? [] : [{ channel: 'stripe', amount: total }];
  return { lines, discount: 0n, shipping: 0n, shippingTax: 0n, tenders };
}

/**
 * The same with a discount, tax, shipping and a second tender, decided by seed and invoice number alone, so that no
 * other order, limit or sequence changes it. `expected.mjs` holds the same definition, carried out a second time:
 *
 * draw(name, n) is the first eight bytes, big endian, of SHA-256 of `SEED|INVOICE|name`, modulo n.
 *   tax of line k   floor(net x rate / 10000), rate = 0, 500 or 2000 by draw(`tax ${k}`, 3); k counts from 1
 *   discount        floor(goods x draw('discount', 3001) / 10000), goods being the sum of the lines' net
 *   shipping        draw('shipping', 1501), its tax floor(shipping / 5)
 *   tenders         total 0: none; total 1: the card alone; else 1 + draw('credit', total - 1) in store credit and the
 *                   rest on the card; the card is listed first when draw('first', 2) is 0, else second
 */
export function moneyPerturbed(invoice: Invoice, seed: string): OrderMoney {
  const draw = (name: string, below: bigint): bigint => {
    const digest = createHash('sha256').update(`${seed}|${invoice.number}|${name}`).digest('hex');
    return BigInt(`0x${digest.slice(0, 16)}`) % below;
  };
  const lines = moneyAsSold(invoice).lines.map(({ net }, index) => {
    const rate = [0n, 500n, 2_000n][Number(draw(`tax ${index + 1}`, 3n))] ?? 0n;
    return { net, tax: (net * rate) / 10_000n };
  });
  const goods = sum(lines.map((line) => line.net));
  const discount = (goods * draw('discount', 3_001n)) / 10_000n;
  const shipping = draw('shipping', 1_501n);
  const shippingTax = shipping / 5n;
  const total = goods - discount + sum(lines.map((line) => line.tax)) + shipping + shippingTax;
  return { lines, discount, shipping, shippingTax, tenders: tendersOf(total, draw) };
}

function tendersOf(total: bigint, draw: (name: string, below: bigint) => bigint): Tender[] {
  if (total === 0n) return [];
  if (total === 1n) return [{ channel: 'stripe', amount: 1n }];
  const credit = 1n + draw('credit', total - 1n);
  const card: Tender = { channel: 'stripe', amount: total - credit };
  const second: Tender = { channel: 'store_credit', amount: credit };
  return draw('first', 2n) === 0n ? [card, second] : [second, card];
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}
