import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect as oracle, type Expectation } from '../../bench/replay/expected.mjs';
import { scopeOf, survey } from '../../bench/replay/invoices';
import { gather, matchAll, type Matching } from '../../bench/replay/match';
import { csvFile, row } from './files';

async function match(file: string, limit?: number): Promise<Matching & { orders: number }> {
  const all = await survey(file, () => undefined);
  const scope = scopeOf(all, limit);
  const { shelves } = await gather(file, scope);
  return { ...matchAll(scope.cancellations, shelves), orders: scope.orders.length };
}

/** `C1 on 100: 1x2 2x3` = two units of line 1 and three of line 2. */
function words(matching: Matching): string[] {
  return matching.requests.map(
    ({ cancellation, order, lines }) =>
      `${cancellation.number} on ${order.number}: ${lines.map(({ line, quantity }) => `${line}x${quantity}`).join(' ')}`,
  );
}

function wordsOf(expected: Expectation): string[] {
  return expected.requests.map(
    ({ invoice, order, lines }) =>
      `${invoice} on ${order}: ${lines.map(({ line, quantity }) => `${line}x${quantity}`).join(' ')}`,
  );
}

describe('matching a C-invoice', () => {
  const cases: [string, string[], string[], Partial<Matching['unmatched']>][] = [
    [
      'takes part of a line',
      [row('100', 'X', 6, '08:00', '2.55', '7'), row('C1', 'X', -2, '09:00', '2.55', '7')],
      ['C1 on 100: 1x2'],
      {},
    ],
    [
      'looks at the latest order first and splits a line over several',
      [
        row('100', 'X', 6, '08:00', '2.55', '7'),
        row('101', 'X', 2, '08:30', '2.55', '7'),
        row('C1', 'X', -5, '09:00', '2.55', '7'),
      ],
      ['C1 on 101: 1x2', 'C1 on 100: 1x3'],
      {},
    ],
    [
      'takes an order of the same minute, even when it stands below',
      [row('C1', 'X', -1, '09:00', '2.55', '7'), row('100', 'X', 1, '09:00', '2.55', '7')],
      ['C1 on 100: 1x1'],
      {},
    ],
    [
      'takes no order of a later minute',
      [row('C1', 'X', -1, '09:00', '2.55', '7'), row('100', 'X', 1, '09:01', '2.55', '7')],
      [],
      { neverBought: 1 },
    ],
    [
      'keeps to the customer',
      [row('100', 'X', 6, '08:00', '2.55', '8'), row('C1', 'X', -2, '09:00', '2.55', '7')],
      [],
      { neverBought: 1 },
    ],
    [
      'keeps to the stock code, capitals and all',
      [row('100', '85123A', 6, '08:00', '2.55', '7'), row('C1', '85123a', -2, '09:00', '2.55', '7')],
      [],
      { neverBought: 1 },
    ],
    [
      'keeps to the price, however it is written',
      [
        row('100', 'X', 6, '08:00', '2.5', '7'),
        row('C1', 'X', -2, '09:00', '2.50', '7'),
        row('C2', 'X', -2, '09:00', '2.55', '7'),
      ],
      ['C1 on 100: 1x2'],
      { otherPrice: 1 },
    ],
    [
      'leaves alone what an earlier one took',
      [
        row('100', 'X', 3, '08:00', '2.55', '7'),
        row('C1', 'X', -2, '09:00', '2.55', '7'),
        row('C2', 'X', -2, '10:00', '2.55', '7'),
        row('C3', 'X', -1, '11:00', '2.55', '7'),
      ],
      ['C1 on 100: 1x2', 'C3 on 100: 1x1'],
      { tooFewLeft: 1 },
    ],
    [
      'is done whole or not at all, and then leaves no trace',
      [
        row('100', 'X', 3, '08:00', '2.55', '7'),
        row('C1', 'X', -3, '09:00', '2.55', '7'),
        row('C1', 'Y', -1, '09:00', '1', '7'),
        row('C2', 'X', -3, '10:00', '2.55', '7'),
      ],
      ['C2 on 100: 1x3'],
      { neverBought: 1 },
    ],
    [
      'makes one request of several rows and of equal lines',
      [
        row('100', 'X', 1, '08:00', '2.55', '7'),
        row('100', 'Y', 4, '08:00', '1', '7'),
        row('100', 'X', 2, '08:00', '2.55', '7'),
        row('C1', 'Y', -1, '09:00', '1', '7'),
        row('C1', 'X', -2, '09:00', '2.55', '7'),
        row('C1', 'Y', -1, '09:00', '1', '7'),
      ],
      ['C1 on 100: 1x1 2x2 3x1'],
      {},
    ],
    [
      'without a customer is not matched',
      [row('100', 'X', 1, '08:00', '2.55', ''), row('C1', 'X', -1, '09:00', '2.55', '')],
      [],
      { noCustomer: 1 },
    ],
    [
      'goes by time, not by the place in the file',
      [
        row('C2', 'X', -2, '10:00', '2.55', '7'),
        row('C1', 'X', -2, '09:00', '2.55', '7'),
        row('100', 'X', 3, '08:00', '2.55', '7'),
      ],
      ['C1 on 100: 1x2'],
      { tooFewLeft: 1 },
    ],
  ];

  it.each(cases)('%s', async (_, rows, requests, unmatched) => {
    const file = csvFile(rows);
    const ours = await match(file);
    const theirs = await oracle({ file });
    const nothing = { noCustomer: 0, neverBought: 0, otherPrice: 0, tooFewLeft: 0 };
    expect(words(ours)).toEqual(requests);
    expect(wordsOf(theirs)).toEqual(requests);
    expect(ours.unmatched).toEqual({ ...nothing, ...unmatched });
    expect(theirs.unmatched).toEqual({ ...nothing, ...unmatched });
  });

  it('looks at the first C-invoices only, and leaves out later orders, when there is a limit', async () => {
    const file = csvFile([
      row('100', 'X', 6, '08:00', '2.55', '7'),
      row('C1', 'X', -2, '09:00', '2.55', '7'),
      row('101', 'X', 6, '10:00', '2.55', '7'),
      row('C2', 'X', -2, '11:00', '2.55', '7'),
    ]);
    const ours = await match(file, 1);
    expect(words(ours)).toEqual(['C1 on 100: 1x2']);
    expect(ours.orders).toBe(1);
    expect((await match(file, 2)).orders).toBe(2);
    expect((await oracle({ file, limit: 1 })).orders).toBe(1);
  });
});

describe('two matchers that know nothing of each other', () => {
  const line = fc.record({
    invoice: fc.constantFrom('1', '2', '3', '4', 'C1', 'C2', 'C3', 'C4', 'C5', 'A1'),
    sku: fc.constantFrom('X', 'Y'),
    quantity: fc.integer({ min: 1, max: 6 }),
    minute: fc.integer({ min: 0, max: 5 }),
    price: fc.constantFrom('1', '1.0', '2.555'),
    customer: fc.constantFrom('7', '7', '7', '8', ''),
    sign: fc.constantFrom(1, 1, 1, 1, -1),
  });

  it('agree on any file', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 30 }),
        fc.option(fc.integer({ min: 1, max: 5 })),
        async (rows, cut) => {
          const file = csvFile(
            rows.map(({ invoice, sku, quantity, minute, price, customer, sign }) => {
              const signed = invoice.startsWith('C') ? -sign * quantity : sign * quantity;
              return row(invoice, sku, signed, `09:0${minute}`, price, customer);
            }),
          );
          const limit = cut ?? undefined;
          const ours = await match(file, limit);
          const theirs = await oracle({ file, ...(limit !== undefined && { limit }) });
          expect(words(ours)).toEqual(wordsOf(theirs));
          expect(ours.unmatched).toEqual(theirs.unmatched);
          expect(ours.orders).toBe(theirs.orders);
          expect(ours.matched).toBe(theirs.cancellations);
          expect(Number(ours.invoicedMinor)).toBe(theirs.invoicedMinor);
        },
      ),
      { numRuns: 150 },
    );
  });

  const shared = process.env['ORDER_CANCELLATION_SHARED'] ?? join(__dirname, '../../../shared');
  const file = join(shared, 'data/online_retail_2010_2011.csv.gz');
  const onData = existsSync(file) ? it : it.skip;

  onData('agree on the whole year of 2010-2011', async () => {
    const ours = await match(file);
    const theirs = await oracle({ file });
    expect(words(ours)).toEqual(wordsOf(theirs));
    expect(ours.unmatched).toEqual(theirs.unmatched);
    expect([ours.orders, ours.matched, ours.requests.length]).toEqual([18_536, 2_677, 3_053]);
    expect(theirs.expectedMinor).toBe(41_995_933);
  });
});
