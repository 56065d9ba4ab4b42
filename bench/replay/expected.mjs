#!/usr/bin/env node
/**
 * What the replay of an "Online Retail II" file must refund and restore, worked out a second time.
 *
 * Stands alone on purpose: node built-ins only, its own CSV reading, its own matching, its own money in BigInt. Nothing
 * of the service is imported, so that a mistake there cannot repeat itself here.
 *
 *   node expected.mjs FILE [--limit N] [--perturb SEED] [--json]
 *
 * ROWS. A row is a line of text (no field holds a line break). It is malformed, hence skipped, when its fields do not
 * fit the header, when invoice or stock code are empty, when quantity, date or price cannot be read, when the quantity
 * is zero, when a C row does not take away, when a C row or a sale has a price below zero, when a sale comes to more
 * pence than a double counts exactly, and when it names another customer than the rows of its invoice before it.
 * Invoices starting with A, other rows that take away, and sales without a customer are counted and left alone.
 *
 * ORDERS. The sales rows of one invoice, in the file's order; line k is its k-th row. An invoice is dated by its
 * earliest minute. Line net = quantity x price, rounded half up once to pence. With a limit, orders later than the last
 * C-invoice looked at are left out.
 *
 * MATCHING. C-invoices by minute, then place in the file; the first N of them with a limit. Each C row looks for units
 * of the same customer, stock code and price that no earlier one took, in orders of its minute or before: the latest
 * order first (by minute, then place in the file), its lines from the top. A C-invoice is matched whole or not at all.
 * Matched, it becomes one request per order concerned.
 *
 * PERTURBATION. draw(name, n) is the first eight bytes, big endian, of SHA-256 of `SEED|INVOICE|name`, modulo n.
 *   tax of line k   floor(net x rate / 10000), rate = 0, 500 or 2000 by draw(`tax ${k}`, 3)
 *   discount        floor(goods x draw('discount', 3001) / 10000), goods being the sum of the lines' net
 *   shipping        draw('shipping', 1501), its tax floor(shipping / 5)
 *   tenders         total 0: none; total 1: the card alone; else 1 + draw('credit', total - 1) in store credit and the
 *                   rest on the card; the card is listed first when draw('first', 2) is 0, else second
 *
 * MONEY. Discount, shipping and shipping tax go to the lines in proportion to their net by largest remainder (equal
 * shares when every net is zero; ties to the upper line). Each component of a line goes to its units the same way, all
 * units weighing the same. A request takes the first units of a line that are left and refunds what they carry: net -
 * discount + tax + shipping + shipping tax, from the tenders as listed, each up to what is left of it.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { createGunzip } from 'node:zlib';

const COLUMNS = {
  invoice: ['invoice', 'invoiceno'],
  sku: ['stockcode'],
  quantity: ['quantity'],
  date: ['invoicedate'],
  price: ['price', 'unitprice'],
  customer: ['customerid'],
};

/** Cuts a line into its fields; undefined when a quote is left open or text follows a closing quote. */
export function fieldsOf(line) {
  const fields = [];
  let at = 0;
  for (;;) {
    let field = '';
    if (line[at] === '"') {
      at += 1;
      for (;;) {
        const quote = line.indexOf('"', at);
        if (quote < 0) return undefined;
        field += line.slice(at, quote);
        at = quote + 1;
        if (line[at] !== '"') break;
        field += '"';
        at += 1;
      }
      if (at < line.length && line[at] !== ',') return undefined;
    } else {
      const comma = line.indexOf(',', at);
      field = comma < 0 ? line.slice(at) : line.slice(at, comma);
      if (field.includes('"')) return undefined;
      at += field.length;
    }
    fields.push(field);
    if (at >= line.length) return fields;
    at += 1;
  }
}

/** An exact decimal: `units` / 10^`scale`, without trailing zeros so that equal prices look equal. */
export function decimalOf(text) {
  const match = /^(-?)(\d{1,12})(?:\.(\d{1,12}))?$/.exec(text);
  if (!match) return undefined;
  const fraction = (match[3] ?? '').replace(/0+$/, '');
  const units = BigInt(match[2] + fraction) * (match[1] === '-' ? -1n : 1n);
  return { units, scale: fraction.length };
}

/** Quantity x price in pence, rounded half up; both zero or above. */
export function penceOf(quantity, price) {
  const divisor = 10n ** BigInt(price.scale);
  const hundredfold = BigInt(quantity) * price.units * 100n;
  return (2n * hundredfold + divisor) / (2n * divisor);
}

/** Minutes since the epoch, reading the file's times as UTC. */
function minuteOf(text) {
  const match = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?$/.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1).map((part) => Number(part ?? 0));
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const time = new Date(Date.UTC(year, month - 1, day, hour, minute));
  if (time.getUTCMonth() !== month - 1 || time.getUTCDate() !== day) return undefined;
  return time.getTime() / 60_000;
}

/** Longer "lines" are not text. */
const LONGEST_LINE = 1_000_000;

async function* linesOf(file) {
  const handle = await open(file, 'r');
  const head = Buffer.alloc(2);
  const { bytesRead } = await handle.read(head, 0, 2, 0);
  await handle.close();
  const source = createReadStream(file);
  let bytes = source;
  if (bytesRead === 2 && head[0] === 0x1f && head[1] === 0x8b) {
    bytes = createGunzip();
    source.on('error', (error) => bytes.destroy(error));
    source.pipe(bytes);
  }
  bytes.setEncoding('utf8');
  let unfinished = '';
  for await (const chunk of bytes) {
    const lines = (unfinished + chunk).split('\n');
    unfinished = lines.pop();
    if (unfinished.length > LONGEST_LINE) throw new Error('a line is longer than a million characters');
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  if (unfinished !== '') yield unfinished;
}

/** Reads the file once: sales by invoice, C-invoices, and what is only counted. */
async function readShop(file) {
  const shop = { orders: new Map(), cancellations: new Map(), counted: { adjustments: 0, negative: 0, noCustomer: 0 } };
  const malformed = [];
  const customers = new Map();
  let header;
  let number = 0;
  for await (const raw of linesOf(file)) {
    number += 1;
    const line = number === 1 ? raw.replace(/^\uFEFF/, '') : raw;
    if (!header) {
      header = readHeader(line);
      continue;
    }
    if (line === '') continue;
    const row = readRow(line, header);
    if (!row || !isSound(row)) {
      malformed.push(number);
      continue;
    }
    const kind = row.invoice[0];
    if (kind === 'A') {
      shop.counted.adjustments += 1;
      continue;
    }
    if (kind !== 'C' && row.quantity < 0) {
      shop.counted.negative += 1;
      continue;
    }
    if (kind !== 'C' && row.customer === '') {
      shop.counted.noCustomer += 1;
      continue;
    }
    const known = customers.get(row.invoice);
    if (known !== undefined && known !== row.customer) {
      malformed.push(number);
      continue;
    }
    customers.set(row.invoice, row.customer);
    const invoices = kind === 'C' ? shop.cancellations : shop.orders;
    let invoice = invoices.get(row.invoice);
    if (!invoice) {
      invoice = { number: row.invoice, customer: row.customer, minute: row.minute, place: number, lines: [] };
      invoices.set(row.invoice, invoice);
    }
    invoice.minute = Math.min(invoice.minute, row.minute);
    invoice.lines.push({ sku: row.sku, quantity: Math.abs(row.quantity), price: row.price });
  }
  if (!header) throw new Error('the file is empty');
  return { ...shop, malformed };
}

function readHeader(line) {
  const names = (fieldsOf(line) ?? []).map((name) => name.toLowerCase().replace(/[\s_]/g, ''));
  const places = {};
  for (const [column, aliases] of Object.entries(COLUMNS)) {
    places[column] = names.findIndex((name) => aliases.includes(name));
    if (places[column] < 0) throw new Error(`the header names no column ${aliases[0]}`);
  }
  return { places, width: names.length };
}

function readRow(line, { places, width }) {
  const fields = fieldsOf(line);
  if (fields?.length !== width) return undefined;
  const field = (column) => fields[places[column]].trim();
  const price = decimalOf(field('price'));
  const minute = minuteOf(field('date'));
  if (!/^-?\d{1,9}$/.test(field('quantity')) || price === undefined || minute === undefined) return undefined;
  if (field('invoice') === '' || field('sku') === '') return undefined;
  const quantity = Number(field('quantity'));
  return { invoice: field('invoice'), sku: field('sku'), quantity, minute, price, customer: field('customer') };
}

function isSound(row) {
  if (row.quantity === 0) return false;
  const kind = row.invoice[0];
  if (kind === 'A') return true;
  if (kind === 'C' && row.quantity > 0) return false;
  if (kind !== 'C' && row.quantity < 0) return true;
  if (row.price.units < 0n) return false;
  return penceOf(Math.abs(row.quantity), row.price) <= BigInt(Number.MAX_SAFE_INTEGER);
}

const byTime = (a, b) => a.minute - b.minute || a.place - b.place;

/** Finds units for every C-invoice in turn. */
function matchAll(orders, cancellations) {
  const shelves = new Map();
  for (const order of [...orders].sort(byTime)) {
    order.lines.forEach((line, index) => {
      const key = JSON.stringify([order.customer, line.sku]);
      if (!shelves.has(key)) shelves.set(key, []);
      shelves.get(key).push({ order, number: index + 1, price: line.price, left: line.quantity });
    });
  }
  const requests = [];
  const unmatched = { noCustomer: 0, neverBought: 0, otherPrice: 0, tooFewLeft: 0 };
  let matched = 0;
  let invoicedPence = 0n;
  for (const cancellation of cancellations) {
    const found = takeUnits(cancellation, shelves);
    if (typeof found === 'string') {
      unmatched[found] += 1;
      continue;
    }
    matched += 1;
    for (const line of cancellation.lines) invoicedPence += penceOf(line.quantity, line.price);
    const perOrder = new Map();
    for (const { lot, quantity } of found) {
      if (!perOrder.has(lot.order)) perOrder.set(lot.order, new Map());
      const lines = perOrder.get(lot.order);
      lines.set(lot.number, (lines.get(lot.number) ?? 0) + quantity);
    }
    for (const [order, lines] of [...perOrder].sort(([a], [b]) => byTime(b, a))) {
      const wanted = [...lines].sort(([a], [b]) => a - b).map(([line, quantity]) => ({ line, quantity }));
      requests.push({ cancellation, order, lines: wanted });
    }
  }
  return { requests, unmatched, matched, invoicedPence };
}

function takeUnits(cancellation, shelves) {
  if (cancellation.customer === '') return 'noCustomer';
  const taken = [];
  const giveUp = (reason) => {
    for (const { lot, quantity } of taken) lot.left += quantity;
    return reason;
  };
  for (const line of cancellation.lines) {
    const shelf = shelves.get(JSON.stringify([cancellation.customer, line.sku])) ?? [];
    const earlier = shelf.filter((lot) => lot.order.minute <= cancellation.minute);
    if (earlier.length === 0) return giveUp('neverBought');
    const same = earlier.filter((lot) => lot.price.units === line.price.units && lot.price.scale === line.price.scale);
    if (same.length === 0) return giveUp('otherPrice');
    same.sort((a, b) => byTime(b.order, a.order) || a.number - b.number);
    let missing = line.quantity;
    for (const lot of same) {
      const quantity = Math.min(missing, lot.left);
      if (quantity === 0) continue;
      lot.left -= quantity;
      missing -= quantity;
      taken.push({ lot, quantity });
    }
    if (missing > 0) return giveUp('tooFewLeft');
  }
  return taken;
}

/** Shares `total` by weight, largest remainder, ties to the earlier; equal weights when all are zero. */
export function share(total, weights) {
  let whole = weights.reduce((sum, weight) => sum + weight, 0n);
  let scales = weights;
  if (whole === 0n) {
    scales = weights.map(() => 1n);
    whole = BigInt(weights.length);
  }
  const parts = scales.map((weight) => (total * weight) / whole);
  const rests = scales.map((weight, index) => total * weight - parts[index] * whole);
  const missing = Number(total - parts.reduce((sum, part) => sum + part, 0n));
  const order = rests.map((_, index) => index);
  order.sort((a, b) => (rests[b] > rests[a] ? 1 : rests[b] < rests[a] ? -1 : a - b));
  for (const index of order.slice(0, missing)) parts[index] += 1n;
  return parts;
}

/** What the first `count` units of a line carry of one component: the rest of an even split lies on the first units. */
function firstUnits(total, quantity, count) {
  const base = total / quantity;
  const rest = total % quantity;
  return base * count + (count < rest ? count : rest);
}

/**
 * The money of an order, ready to be asked for refunds.
 * @param lines { quantity, net, tax } each, BigInt
 * @param extras { discount, shipping, shippingTax } of the order, BigInt
 * @param tenders { channel, amount } in the order in which they are listed
 */
export function openBooks(lines, extras, tenders) {
  const nets = lines.map((line) => line.net);
  const discounts = share(extras.discount, nets);
  const shipping = share(extras.shipping, nets);
  const shippingTax = share(extras.shippingTax, nets);
  const gone = lines.map(() => 0n);
  const rests = tenders.map((tender) => tender.amount);
  const upTo = (index, count) => {
    const { quantity, net, tax } = lines[index];
    const of = (total) => firstUnits(total, quantity, count);
    return of(net) - of(discounts[index]) + of(tax) + of(shipping[index]) + of(shippingTax[index]);
  };
  return {
    /** Takes the next `quantity` units of each line asked for; answers the refund and its split over the tenders. */
    cancel(wanted) {
      let refund = 0n;
      for (const { line, quantity } of wanted) {
        const index = line - 1;
        const from = gone[index];
        const to = from + BigInt(quantity);
        if (to > lines[index].quantity) throw new Error(`line ${line} has no ${quantity} units left`);
        refund += upTo(index, to) - upTo(index, from);
        gone[index] = to;
      }
      let missing = refund;
      const legs = tenders.map((tender, index) => {
        const amount = missing < rests[index] ? missing : rests[index];
        rests[index] -= amount;
        missing -= amount;
        return { channel: tender.channel, amount };
      });
      if (missing > 0n) throw new Error('the tenders do not cover the units');
      return { refund, legs: legs.filter((leg) => leg.amount > 0n) };
    },
    isAllGone: () => lines.every((line, index) => gone[index] === line.quantity),
  };
}

function draw(seed, invoice, name, below) {
  const digest = createHash('sha256').update(`${seed}|${invoice}|${name}`).digest();
  return digest.readBigUInt64BE(0) % BigInt(below);
}

/** The books of an invoice as it was sold, or as the seed makes it. */
export function booksOf(order, seed) {
  const lines = order.lines.map((line) => ({
    quantity: BigInt(line.quantity),
    net: penceOf(line.quantity, line.price),
    tax: 0n,
  }));
  const goods = lines.reduce((sum, line) => sum + line.net, 0n);
  if (seed === undefined) {
    const tenders = goods === 0n ? [] : [{ channel: 'stripe', amount: goods }];
    return openBooks(lines, { discount: 0n, shipping: 0n, shippingTax: 0n }, tenders);
  }
  const rates = [0n, 500n, 2000n];
  lines.forEach((line, index) => {
    line.tax = (line.net * rates[Number(draw(seed, order.number, `tax ${index + 1}`, 3))]) / 10_000n;
  });
  const discount = (goods * draw(seed, order.number, 'discount', 3001)) / 10_000n;
  const shipping = draw(seed, order.number, 'shipping', 1501);
  const shippingTax = shipping / 5n;
  const tax = lines.reduce((sum, line) => sum + line.tax, 0n);
  const total = goods - discount + tax + shipping + shippingTax;
  let tenders = [];
  if (total === 1n) tenders = [{ channel: 'stripe', amount: 1n }];
  if (total > 1n) {
    const credit = 1n + draw(seed, order.number, 'credit', total - 1n);
    tenders = [
      { channel: 'stripe', amount: total - credit },
      { channel: 'store_credit', amount: credit },
    ];
    if (draw(seed, order.number, 'first', 2) === 1n) tenders.reverse();
  }
  return openBooks(lines, { discount, shipping, shippingTax }, tenders);
}

/** The whole answer for a file. */
export async function expect({ file, limit, seed }) {
  const shop = await readShop(file);
  const all = [...shop.cancellations.values()].sort(byTime);
  const looked = limit === undefined ? all : all.slice(0, limit);
  const horizon = looked.length < all.length ? (looked.at(-1)?.minute ?? -Infinity) : Infinity;
  const orders = [...shop.orders.values()].filter((order) => order.minute <= horizon);
  const { requests, unmatched, matched, invoicedPence } = matchAll(orders, looked);

  const books = new Map();
  const stock = {};
  const answers = requests.map(({ cancellation, order, lines }) => {
    if (!books.has(order)) books.set(order, booksOf(order, seed));
    const { refund, legs } = books.get(order).cancel(lines);
    const restored = (stock[order.number] ??= {});
    for (const { line, quantity } of lines) {
      const { sku } = order.lines[line - 1];
      restored[sku] = (restored[sku] ?? 0) + quantity;
    }
    return { invoice: cancellation.number, order: order.number, lines, refund: Number(refund), legs: plain(legs) };
  });
  const states = {};
  for (const [order, book] of books) states[order.number] = book.isAllGone() ? 'cancelled' : 'partially_cancelled';
  return {
    orders: orders.length,
    cancellations: matched,
    unmatched,
    counted: shop.counted,
    malformedLines: shop.malformed,
    invoicedMinor: Number(invoicedPence),
    expectedMinor: answers.reduce((sum, answer) => sum + answer.refund, 0),
    unitsRestored: answers.flatMap((answer) => answer.lines).reduce((sum, line) => sum + line.quantity, 0),
    requests: answers,
    stock,
    states,
  };
}

function plain(legs) {
  return legs.map((leg) => ({ channel: leg.channel, amount: Number(leg.amount) }));
}

async function main(words) {
  const options = { file: undefined, limit: undefined, seed: undefined };
  let json = false;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    if (word === '--json') json = true;
    else if (word === '--limit') options.limit = Number(words[(at += 1)]);
    else if (word === '--perturb') options.seed = words[(at += 1)];
    else options.file = word;
  }
  if (options.file === undefined || (options.limit !== undefined && !Number.isSafeInteger(options.limit))) {
    process.stderr.write('usage: node expected.mjs FILE [--limit N] [--perturb SEED] [--json]\n');
    process.exitCode = 2;
    return;
  }
  try {
    const answer = await expect(options);
    const { requests, stock, states, malformedLines, ...summary } = answer;
    const short = { ...summary, malformed: malformedLines.length, requests: requests.length };
    process.stdout.write(`${JSON.stringify(json ? answer : short, null, json ? undefined : 2)}\n`);
  } catch (error) {
    process.stderr.write(`${options.file}: ${error.message}\n`);
    process.exitCode = 2;
  }
}

if (basename(process.argv[1] ?? '') === 'expected.mjs') void main(process.argv.slice(2));
