import { byTime, ordersOf, type Invoice, type InvoiceHead, type Scope } from './invoices';
import { lineTotal } from './price';

/** A line of an order that a C-invoice might take back. */
export interface Lot {
  order: InvoiceHead;
  /** Counted from 1 within the order. */
  line: number;
  price: string;
  /** Units that no earlier C-invoice took. */
  left: number;
}

/** Customer and stock code -> lots. */
export type Shelves = ReadonlyMap<string, Lot[]>;

/** What a C-invoice asks of one order. */
export interface CancellationRequest {
  cancellation: InvoiceHead;
  order: InvoiceHead;
  lines: { line: number; quantity: number }[];
}

export const unmatchedReasons = ['noCustomer', 'neverBought', 'otherPrice', 'tooFewLeft'] as const;
export type UnmatchedReason = (typeof unmatchedReasons)[number];

export interface Matching {
  /** In order of the C-invoices' time. */
  requests: CancellationRequest[];
  matched: number;
  unmatched: Record<UnmatchedReason, number>;
  /** What the matched C-invoices come to, in pence. */
  invoicedMinor: bigint;
}

/** What the second pass over the file brings home. */
export interface Gathered {
  shelves: Shelves;
  /** Units sold of each stock code by the orders of the scope. */
  sold: ReadonlyMap<string, number>;
}

const shelfOf = (customer: string, sku: string): string => `${customer}\n${sku}`;

/** Keeps only those order lines that some C-invoice might mean, so that memory follows the C-invoices, not the file. */
export async function gather(file: string, scope: Scope): Promise<Gathered> {
  const shelves = new Map<string, Lot[]>();
  for (const { customer, lines } of scope.cancellations) {
    if (customer !== '') for (const { sku } of lines) shelves.set(shelfOf(customer, sku), []);
  }
  const sold = new Map<string, number>();
  for await (const order of ordersOf(file, scope.orders)) {
    const { lines, ...head } = order;
    for (const [index, { sku, quantity, price }] of lines.entries()) {
      sold.set(sku, (sold.get(sku) ?? 0) + quantity);
      shelves
        .get(shelfOf(order.customer, sku))
        ?.push({ order: head, line: index + 1, price: price.text, left: quantity });
    }
  }
  return { shelves, sold };
}

/**
 * Matches C-invoices, in order of time, to units of earlier orders or of the same minute's: same customer, stock code
 * and price, latest order first, within an order from its first line. Whole or not at all. Uses up the lots.
 */
export function matchAll(cancellations: readonly Invoice[], shelves: Shelves): Matching {
  const requests: CancellationRequest[] = [];
  const unmatched: Matching['unmatched'] = { noCustomer: 0, neverBought: 0, otherPrice: 0, tooFewLeft: 0 };
  let matched = 0;
  let invoicedMinor = 0n;
  for (const cancellation of cancellations) {
    const picks = pickAll(cancellation, shelves);
    if (typeof picks === 'string') {
      unmatched[picks] += 1;
      continue;
    }
    matched += 1;
    for (const { quantity, price } of cancellation.lines) invoicedMinor += lineTotal(quantity, price);
    requests.push(...requestsOf(cancellation, picks));
  }
  return { requests, matched, unmatched, invoicedMinor };
}

interface Pick {
  lot: Lot;
  quantity: number;
}

function pickAll(cancellation: Invoice, shelves: Shelves): Pick[] | UnmatchedReason {
  if (cancellation.customer === '') return 'noCustomer';
  const picks: Pick[] = [];
  for (const { sku, quantity, price } of cancellation.lines) {
    const shelf = shelves.get(shelfOf(cancellation.customer, sku)) ?? [];
    const before = shelf.filter((lot) => lot.order.minute <= cancellation.minute);
    const fitting = before.filter((lot) => lot.price === price.text).sort(latestFirst);
    let missing = quantity;
    for (const lot of fitting) {
      const taken = Math.min(missing, lot.left);
      if (taken === 0) continue;
      lot.left -= taken;
      missing -= taken;
      picks.push({ lot, quantity: taken });
    }
    if (missing === 0) continue;
    for (const pick of picks) pick.lot.left += pick.quantity;
    if (before.length === 0) return 'neverBought';
    return fitting.length === 0 ? 'otherPrice' : 'tooFewLeft';
  }
  return picks;
}

function latestFirst(left: Lot, right: Lot): number {
  return byTime(right.order, left.order) || left.line - right.line;
}

function requestsOf(cancellation: Invoice, picks: readonly Pick[]): CancellationRequest[] {
  const { lines: _, ...head } = cancellation;
  const byOrder = new Map<string, { order: InvoiceHead; quantities: Map<number, number> }>();
  for (const { lot, quantity } of picks) {
    const entry = byOrder.get(lot.order.number) ?? { order: lot.order, quantities: new Map<number, number>() };
    byOrder.set(lot.order.number, entry);
    entry.quantities.set(lot.line, (entry.quantities.get(lot.line) ?? 0) + quantity);
  }
  return [...byOrder.values()]
    .sort((left, right) => byTime(right.order, left.order))
    .map(({ order, quantities }) => ({
      cancellation: head,
      order,
      lines: [...quantities].sort(([a], [b]) => a - b).map(([line, quantity]) => ({ line, quantity })),
    }));
}
