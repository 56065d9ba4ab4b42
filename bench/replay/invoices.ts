import type { Price } from './price';
import { rowsOf, type MalformedRow, type RetailRow, type RowKind } from './retail-rows';

/** What an invoice is before its lines. */
export interface InvoiceHead {
  number: string;
  customer: string;
  /** The earliest of its rows. */
  minute: number;
  /** Line number of its first row; settles the order of invoices of one minute. */
  place: number;
  /** How many rows it has, so that a reader knows when it is complete. */
  rows: number;
}

export interface InvoiceLine {
  sku: string;
  quantity: number;
  price: Price;
}

export interface Invoice extends InvoiceHead {
  lines: InvoiceLine[];
}

/** The file at a glance: heads of all orders, the C-invoices whole. Lines of orders stay in the file. */
export interface Survey {
  orders: Map<string, InvoiceHead>;
  /** In order of time. */
  cancellations: Invoice[];
  counted: Record<Exclude<RowKind, 'sale' | 'cancellation'>, number>;
}

export const byTime = (left: InvoiceHead, right: InvoiceHead): number =>
  left.minute - right.minute || left.place - right.place;

/** First pass over the file. */
export async function survey(file: string, onMalformed: (row: MalformedRow) => void): Promise<Survey> {
  const orders = new Map<string, InvoiceHead>();
  const cancellations = new Map<string, Invoice>();
  const counted: Survey['counted'] = { adjustment: 0, negative: 0, no_customer: 0 };
  const strangers = (row: RetailRow): void =>
    onMalformed({ line: row.line, problem: `another customer than the rows of invoice ${row.invoice} before it` });
  for await (const rows of rowsOf(file, onMalformed)) {
    for (const row of rows) {
      if (row.kind === 'sale') {
        const head = orders.get(row.invoice);
        if (head === undefined) orders.set(row.invoice, headOf(row));
        else if (head.customer === row.customer) extend(head, row);
        else strangers(row);
      } else if (row.kind === 'cancellation') {
        const invoice = cancellations.get(row.invoice);
        if (invoice === undefined) cancellations.set(row.invoice, { ...headOf(row), lines: [lineOf(row)] });
        else if (invoice.customer === row.customer) {
          extend(invoice, row);
          invoice.lines.push(lineOf(row));
        } else strangers(row);
      } else {
        counted[row.kind] += 1;
      }
    }
  }
  return { orders, cancellations: [...cancellations.values()].sort(byTime), counted };
}

/** Which part of the file is replayed: the first C-invoices, and the orders up to the last of them. */
export interface Scope {
  cancellations: Invoice[];
  /** In order of time. */
  orders: InvoiceHead[];
}

export function scopeOf(all: Survey, limit: number | undefined): Scope {
  const cancellations = all.cancellations.slice(0, limit);
  const isCut = cancellations.length < all.cancellations.length;
  const horizon = isCut ? (cancellations.at(-1)?.minute ?? -Infinity) : Infinity;
  const orders = [...all.orders.values()].filter((head) => head.minute <= horizon).sort(byTime);
  return { cancellations, orders };
}

/**
 * Reads the orders of a scope again, now with their lines, in order of time. Only orders that are not complete yet, or
 * that wait for an earlier one, are held in memory: next to none in a file that is itself in order of time.
 */
export async function* ordersOf(file: string, heads: readonly InvoiceHead[]): AsyncGenerator<Invoice> {
  const wanted = new Map(heads.map((head) => [head.number, head]));
  const collected = new Map<string, Invoice>();
  let next = 0;
  for await (const rows of rowsOf(file, () => undefined)) {
    for (const row of rows) {
      const head = row.kind === 'sale' ? wanted.get(row.invoice) : undefined;
      if (head === undefined || head.customer !== row.customer) continue;
      const invoice = collected.get(row.invoice) ?? { ...head, lines: [] };
      collected.set(row.invoice, invoice);
      invoice.lines.push(lineOf(row));
    }
    for (let head = heads[next]; head !== undefined; head = heads[next]) {
      const invoice = collected.get(head.number);
      if (invoice?.lines.length !== head.rows) break;
      collected.delete(head.number);
      next += 1;
      yield invoice;
    }
    if (next === heads.length) return;
  }
}

function headOf(row: RetailRow): InvoiceHead {
  return { number: row.invoice, customer: row.customer, minute: row.minute, place: row.line, rows: 1 };
}

function lineOf(row: RetailRow): InvoiceLine {
  return { sku: row.sku, quantity: row.quantity, price: row.price };
}

function extend(head: InvoiceHead, row: RetailRow): void {
  head.minute = Math.min(head.minute, row.minute);
  head.rows += 1;
}
