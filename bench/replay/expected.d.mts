/** Types of `expected.mjs`, which is plain JavaScript so that it stands alone. */
export interface Expectation {
  orders: number;
  /** C-invoices that could be matched. */
  cancellations: number;
  unmatched: Record<'noCustomer' | 'neverBought' | 'otherPrice' | 'tooFewLeft', number>;
  counted: { adjustments: number; negative: number; noCustomer: number };
  malformedLines: number[];
  invoicedMinor: number;
  expectedMinor: number;
  unitsRestored: number;
  /** In order of time. */
  requests: ExpectedRequest[];
  /** Order -> stock code -> units that come back. */
  stock: Record<string, Record<string, number>>;
  /** Order -> how it stands at the end; orders that nobody touched are left out. */
  states: Record<string, 'cancelled' | 'partially_cancelled'>;
}

export interface ExpectedRequest {
  invoice: string;
  order: string;
  lines: { line: number; quantity: number }[];
  refund: number;
  legs: { channel: 'stripe' | 'store_credit'; amount: number }[];
}

export interface ExactPrice {
  units: bigint;
  scale: number;
}

export interface Books {
  cancel(wanted: readonly { line: number; quantity: number }[]): {
    refund: bigint;
    legs: { channel: string; amount: bigint }[];
  };
  isAllGone(): boolean;
}

export function fieldsOf(line: string): string[] | undefined;
export function decimalOf(text: string): ExactPrice | undefined;
export function penceOf(quantity: number, price: ExactPrice): bigint;
export function share(total: bigint, weights: readonly bigint[]): bigint[];
export function openBooks(
  lines: readonly { quantity: bigint; net: bigint; tax: bigint }[],
  extras: { discount: bigint; shipping: bigint; shippingTax: bigint },
  tenders: readonly { channel: string; amount: bigint }[],
): Books;
export function booksOf(
  order: { number: string; lines: readonly { quantity: number; price: ExactPrice }[] },
  seed?: string,
): Books;
export function expect(wants: { file: string; limit?: number; seed?: string }): Promise<Expectation>;
