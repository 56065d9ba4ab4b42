import { parse } from 'csv-parse/sync';
import { lineTotal, parsePrice, type Price } from './price';
import { linesOf } from './text-lines';

/** One row of an "Online Retail II" file that could be read. */
export interface RetailRow {
  /** Line number in the file. */
  line: number;
  kind: RowKind;
  invoice: string;
  sku: string;
  /** Above zero; a cancellation's units are counted positively. */
  quantity: number;
  /** Minutes since the epoch, the file's times read as UTC. */
  minute: number;
  price: Price;
  /** Empty when the file names none. */
  customer: string;
}

/** `sale` and `cancellation` are replayed, the others only counted. */
export type RowKind = 'sale' | 'cancellation' | 'adjustment' | 'negative' | 'no_customer';

export interface MalformedRow {
  line: number;
  problem: string;
}

const COLUMNS = {
  invoice: ['invoice', 'invoiceno'],
  sku: ['stockcode'],
  quantity: ['quantity'],
  date: ['invoicedate'],
  price: ['price', 'unitprice'],
  customer: ['customerid'],
} as const;
type Column = keyof typeof COLUMNS;

interface Header {
  width: number;
  place: Record<Column, number>;
}

/**
 * Reads the rows in the file's order. A row is a line: no field of these files holds a line break, and so a quote that
 * is never closed costs one row instead of all that follow.
 * @throws Error when the file cannot be read or its header does not name the columns
 */
export async function* rowsOf(file: string, onMalformed: (row: MalformedRow) => void): AsyncGenerator<RetailRow[]> {
  let header: Header | undefined;
  for await (const lines of linesOf(file)) {
    const rows: RetailRow[] = [];
    for (const { number, text } of lines) {
      if (header === undefined) {
        header = readHeader(text);
        continue;
      }
      if (text === '') continue;
      const row = readRow(number, text, header);
      if (typeof row === 'string') onMalformed({ line: number, problem: row });
      else rows.push(row);
    }
    yield rows;
  }
  if (header === undefined) throw new Error('the file is empty');
}

function readHeader(text: string): Header {
  const fields = fieldsOf(text.replace(/^\uFEFF/, ''));
  const names = (fields ?? []).map((name) => name.toLowerCase().replace(/[\s_]/g, ''));
  const placeOf = (column: Column): number => {
    const place = names.findIndex((name) => COLUMNS[column].some((known) => known === name));
    if (place < 0) throw new Error(`the header names no column ${COLUMNS[column][0]}; is it an Online Retail file?`);
    return place;
  };
  return {
    width: names.length,
    place: {
      invoice: placeOf('invoice'),
      sku: placeOf('sku'),
      quantity: placeOf('quantity'),
      date: placeOf('date'),
      price: placeOf('price'),
      customer: placeOf('customer'),
    },
  };
}

/** @returns what is wrong with the row when it cannot be used */
function readRow(line: number, text: string, header: Header): RetailRow | string {
  const fields = fieldsOf(text);
  if (fields === undefined) return 'a quote is out of place or not closed';
  if (fields.length !== header.width) return `${fields.length} fields, the header has ${header.width}`;
  const field = (column: Column): string => (fields[header.place[column]] ?? '').trim();
  const [invoice, sku, customer] = [field('invoice'), field('sku'), field('customer')];
  if (invoice === '') return 'no invoice number';
  if (sku === '') return 'no stock code';
  if (!/^-?\d{1,9}$/.test(field('quantity'))) return `quantity "${field('quantity')}" is not a whole number`;
  const signed = Number(field('quantity'));
  if (signed === 0) return 'quantity is zero';
  const minute = minuteOf(field('date'));
  if (minute === undefined) return `date "${field('date')}" is not YYYY-MM-DD HH:MM:SS`;
  const price = parsePrice(field('price'));
  if (price === undefined) return `price "${field('price')}" is not a decimal number`;

  const kind = kindOf(invoice, signed, customer);
  const quantity = Math.abs(signed);
  if (kind === 'cancellation' && signed > 0) return 'a cancellation with a quantity above zero';
  if (kind !== 'adjustment' && kind !== 'negative') {
    if (price.units < 0n) return 'a price below zero';
    if (lineTotal(quantity, price) > BigInt(Number.MAX_SAFE_INTEGER)) return 'the line total is too large to count';
  }
  return { line, kind, invoice, sku, quantity, minute, price, customer };
}

function kindOf(invoice: string, quantity: number, customer: string): RowKind {
  if (invoice.startsWith('A')) return 'adjustment';
  if (invoice.startsWith('C')) return 'cancellation';
  if (quantity < 0) return 'negative';
  return customer === '' ? 'no_customer' : 'sale';
}

/** Most rows hold no quote and need no parser. @returns undefined when the quoting is broken */
function fieldsOf(text: string): string[] | undefined {
  if (!text.includes('"')) return text.split(',');
  try {
    const [fields] = parse(text, { relax_column_count: true });
    return fields;
  } catch {
    return undefined;
  }
}

const DATE = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(?::[0-5]\d)?$/;

function minuteOf(text: string): number | undefined {
  const match = DATE.exec(text);
  if (!match) return undefined;
  const stamp = `${match[1] ?? ''}T${match[2] ?? ''}`;
  const time = Date.parse(`${stamp}:00.000Z`);
  // Date.parse takes 30 February for 1 March, and 24:00 for the next day.
  if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(stamp)) return undefined;
  return time / 60_000;
}
