import type { Expectation } from './expected.mjs';
import type { Findings, Verdict } from './judge';
import type { Matching, UnmatchedReason } from './match';
import { percentile } from './percentile';

/** What `--json` prints; money in pence. */
export interface Report {
  orders: number;
  /** C-invoices replayed. */
  cancellations: number;
  unmatched: Record<UnmatchedReason, number>;
  unitsRestored: number;
  refundedMinor: number;
  expectedMinor: number;
  differences: number;
  stockDifferences: number;
  closed: number;
  partial: number;
  /** Cancellation requests a second. */
  perSecond: number;
  p50Ms: number;
  p95Ms: number;
}

export function reportOf(matching: Matching, findings: Findings, expected: Expectation, verdict: Verdict): Report {
  const { played, cardRefunds, credits, stock, states } = findings;
  const total = (amounts: readonly { amount: number }[]) => amounts.reduce((sum, { amount }) => sum + amount, 0);
  const having = (status: string) => [...states.values()].filter((state) => state === status).length;
  return {
    orders: played.orders - played.refusedOrders.length,
    cancellations: matching.matched,
    unmatched: matching.unmatched,
    unitsRestored: stock.movements.reduce(
      (sum, { type, quantity }) => sum + (type === 'reserve' ? -quantity : quantity),
      0,
    ),
    refundedMinor: total(cardRefunds) + total(credits),
    expectedMinor: expected.expectedMinor,
    differences: verdict.differences.length,
    stockDifferences: verdict.stockDifferences.length,
    closed: having('cancelled'),
    partial: having('partially_cancelled'),
    perSecond: rounded((played.outcomes.size / Math.max(played.cancellingMs, 1)) * 1_000),
    p50Ms: rounded(percentile(played.postMs, 0.5)),
    p95Ms: rounded(percentile(played.postMs, 0.95)),
  };
}

/** What the table tells beyond the report. */
export interface Surroundings {
  requests: number;
  /** The C-invoices' own total, in pence. */
  invoicedMinor: bigint;
  movements: number;
  expectedUnits: number;
  notReplayed: { adjustment: number; negative: number; no_customer: number; malformed: number };
  perturbed: boolean;
  seconds: number;
}

const reasons: Record<UnmatchedReason, string> = {
  noCustomer: 'no customer',
  neverBought: 'never bought before',
  otherPrice: 'only at another price',
  tooFewLeft: 'too few units left',
};

/** The table, ready to print. */
export function tableOf(report: Report, about: Surroundings): string {
  const { unmatched } = report;
  const { notReplayed } = about;
  const all = Object.values(unmatched).reduce((sum, count) => sum + count, 0);
  const origin = about.perturbed ? 'the invoices, without discount, tax and shipping' : 'the invoices';
  const rows: [string, string, string?][] = [
    ['orders', count(report.orders)],
    ['cancellations replayed', count(report.cancellations), `${count(about.requests)} requests`],
    ['unmatched', count(all)],
    ...Object.entries(unmatched).map(([reason, number]): [string, string] => [
      `  ${reasons[reason as UnmatchedReason]}`,
      count(number),
    ]),
    ['rows not replayed', count(Object.values(notReplayed).reduce((sum, number) => sum + number, 0))],
    ['  without a customer', count(notReplayed.no_customer)],
    ['  negative, no cancellation', count(notReplayed.negative)],
    ['  adjustments (A)', count(notReplayed.adjustment)],
    ['  malformed', count(notReplayed.malformed)],
    ['units restored', count(report.unitsRestored), `expected ${count(about.expectedUnits)}`],
    ['refunded', pounds(report.refundedMinor), `expected ${pounds(report.expectedMinor)}`],
    ['', '', `${pounds(Number(about.invoicedMinor))} by ${origin}`],
    ['differences', count(report.differences)],
    ['stock movements', count(about.movements), `${count(report.stockDifferences)} differences`],
    ['orders closed', count(report.closed)],
    ['orders partially cancelled', count(report.partial)],
    ['cancellations/s', report.perSecond.toFixed(1), `whole run ${about.seconds.toFixed(0)} s`],
    ['POST p50', `${report.p50Ms.toFixed(1)} ms`],
    ['POST p95', `${report.p95Ms.toFixed(1)} ms`],
  ];
  const name = Math.max(...rows.map(([text]) => text.length));
  const value = Math.max(...rows.map(([, text]) => text.length));
  return rows
    .map(([left, middle, right]) => `${left.padEnd(name)}  ${middle.padStart(value)}  ${right ?? ''}`.trimEnd())
    .join('\n');
}

function count(number: number): string {
  return number.toLocaleString('en-GB');
}

function pounds(pence: number): string {
  const sign = pence < 0 ? '-' : '';
  const digits = String(Math.abs(pence)).padStart(3, '0');
  return `${sign}£${count(Number(digits.slice(0, -2)))}.${digits.slice(-2)}`;
}

function rounded(number: number): number {
  return Math.round(number * 10) / 10;
}
