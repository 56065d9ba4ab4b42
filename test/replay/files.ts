import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const columns = 'Invoice,StockCode,Description,Quantity,InvoiceDate,Price,CustomerID,Country';

/** A throw-away file of these rows under the usual header. */
export function csvFile(rows: readonly string[], header = columns): string {
  return rawFile(`${[header, ...rows].join('\n')}\n`);
}

export function rawFile(content: string | Buffer, name = 'shop.csv'): string {
  const file = join(mkdtempSync(join(tmpdir(), 'replay-')), name);
  writeFileSync(file, content);
  return file;
}

/** `row('536365', 'A', 6, '10:00', '2.55', '17850')`: a row of 1 December 2010 unless the time names a day. */
export function row(
  invoice: string,
  sku: string,
  quantity: number,
  time: string,
  price: string,
  customer: string,
): string {
  const date = time.length > 5 ? time : `2010-12-01 ${time}`;
  return `${invoice},${sku},A THING,${quantity},${date}:00,${price},${customer},United Kingdom`;
}
