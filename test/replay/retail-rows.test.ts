import { gzipSync } from 'node:zlib';
import { expect as oracle } from '../../bench/replay/expected.mjs';
import { rowsOf, type MalformedRow, type RetailRow } from '../../bench/replay/retail-rows';
import { columns, csvFile, rawFile, row } from './files';

async function read(file: string): Promise<{ rows: RetailRow[]; malformed: MalformedRow[] }> {
  const rows: RetailRow[] = [];
  const malformed: MalformedRow[] = [];
  for await (const bunch of rowsOf(file, (bad) => malformed.push(bad))) rows.push(...bunch);
  return { rows, malformed };
}

describe('reading a retail file', () => {
  it('takes each kind of row for what it is', async () => {
    const { rows, malformed } = await read(
      csvFile([
        row('536365', '85123A', 6, '08:26', '2.55', '17850'),
        row('C536366', '85123A', -2, '08:27', '2.55', '17850'),
        row('A563186', 'B', 1, '08:28', '-11062.06', ''),
        row('536367', '22139', -5, '08:29', '0', ''),
        row('536368', '22139', 5, '08:30', '4.25', ''),
      ]),
    );
    expect(malformed).toEqual([]);
    expect(rows.map(({ line, kind, quantity }) => [line, kind, quantity])).toEqual([
      [2, 'sale', 6],
      [3, 'cancellation', 2],
      [4, 'adjustment', 1],
      [5, 'negative', 5],
      [6, 'no_customer', 5],
    ]);
  });

  it('finds columns by name, in any order and spelling, behind a byte order mark and with Windows line ends', async () => {
    const { rows } = await read(
      rawFile(
        '\uFEFFCustomer ID,UnitPrice,InvoiceDate,Quantity,StockCode,InvoiceNo\r\n7,1.5,2010-12-01 10:00,3,X,9\r\n',
      ),
    );
    expect(rows).toEqual([
      expect.objectContaining({ invoice: '9', sku: 'X', quantity: 3, customer: '7', kind: 'sale' }),
    ]);
  });

  it('reads quoted descriptions with commas and quotes inside', async () => {
    const { rows, malformed } = await read(
      csvFile(['1,X,"BAG, ""VINTAGE"", RED,",3,2010-12-01 10:00:00,1.5,7,"Channel Islands, UK"']),
    );
    expect(malformed).toEqual([]);
    expect(rows[0]).toMatchObject({ sku: 'X', quantity: 3 });
  });

  it.each([
    ['1,X,D,3,2010-12-01 10:00:00,1.5,7', '7 fields, the header has 8'],
    ['1,X,D,three,2010-12-01 10:00:00,1.5,7,UK', 'quantity "three" is not a whole number'],
    ['1,X,D,2.5,2010-12-01 10:00:00,1.5,7,UK', 'quantity "2.5" is not a whole number'],
    ['1,X,D,0,2010-12-01 10:00:00,1.5,7,UK', 'quantity is zero'],
    ['1,X,D,3,2010-02-30 10:00:00,1.5,7,UK', 'date "2010-02-30 10:00:00" is not YYYY-MM-DD HH:MM:SS'],
    ['1,X,D,3,2010-12-01 24:00:00,1.5,7,UK', 'date "2010-12-01 24:00:00" is not YYYY-MM-DD HH:MM:SS'],
    ['1,X,D,3,yesterday,1.5,7,UK', 'date "yesterday" is not YYYY-MM-DD HH:MM:SS'],
    ['1,X,D,3,2010-12-01 10:00:00,cheap,7,UK', 'price "cheap" is not a decimal number'],
    ['1,X,D,3,2010-12-01 10:00:00,-1.5,7,UK', 'a price below zero'],
    ['C1,X,D,3,2010-12-01 10:00:00,1.5,7,UK', 'a cancellation with a quantity above zero'],
    ['1,X,D,999999999,2010-12-01 10:00:00,999999999999,7,UK', 'the line total is too large to count'],
    [',X,D,3,2010-12-01 10:00:00,1.5,7,UK', 'no invoice number'],
    ['1,,D,3,2010-12-01 10:00:00,1.5,7,UK', 'no stock code'],
    ['1,X,"D,3,2010-12-01 10:00:00,1.5,7,UK', 'a quote is out of place or not closed'],
    ['1,X,D"D,3,2010-12-01 10:00:00,1.5,7,UK', 'a quote is out of place or not closed'],
    ['1,X,"D"D,3,2010-12-01 10:00:00,1.5,7,UK', 'a quote is out of place or not closed'],
    ['\u0000\u0001garbage', '1 fields, the header has 8'],
  ])('reports %s by its line number, skips it and goes on', async (bad, problem) => {
    const file = csvFile([row('1', 'X', 1, '09:00', '1', '7'), bad, row('2', 'X', 1, '09:00', '1', '7')]);
    const { rows, malformed } = await read(file);
    expect(malformed).toEqual([{ line: 3, problem }]);
    expect(rows.map(({ invoice }) => invoice)).toEqual(['1', '2']);
    expect((await oracle({ file })).malformedLines).toEqual([3]);
  });

  it('tells gzip by its content, not by the name', async () => {
    const text = `${columns}\n${row('1', 'X', 1, '09:00', '1', '7')}\n`;
    const file = rawFile(gzipSync(text), 'shop.csv');
    expect((await read(file)).rows).toHaveLength(1);
    expect((await oracle({ file })).orders).toBe(1);
  });

  it('reads a last line without an end', async () => {
    const file = rawFile(`${columns}\n${row('1', 'X', 1, '09:00', '1', '7')}`);
    expect((await read(file)).rows).toHaveLength(1);
    expect((await oracle({ file })).orders).toBe(1);
  });

  it.each([
    ['an empty file', '', 'the file is empty'],
    ['another table', 'a,b,c\n1,2,3\n', 'the header names no column invoice; is it an Online Retail file?'],
    ['a gzip file that was cut off', gzipSync(columns.repeat(1_000)).subarray(0, 40), 'unexpected end of file'],
    ['endless text', `${columns}\n${'x'.repeat(1_100_000)}`, 'line 2 is too long for a text file'],
  ])('refuses %s', async (_, content, message) => {
    const file = rawFile(content);
    await expect(read(file)).rejects.toThrow(message);
    await expect(oracle({ file })).rejects.toThrow();
  });
});
