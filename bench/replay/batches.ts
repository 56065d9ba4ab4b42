/** What one call of the order intake takes. */
const MOST_ORDERS = 1_000;
const MOST_BYTES = 4_000_000;

/** Cuts orders into bodies of the batch route; each is turned into JSON once. */
export function* batchesOf(orders: Iterable<object>): Generator<string> {
  let texts: string[] = [];
  let bytes = 0;
  for (const order of orders) {
    const text = JSON.stringify(order);
    const size = Buffer.byteLength(text) + 1;
    if (texts.length === MOST_ORDERS || (texts.length > 0 && bytes + size > MOST_BYTES)) {
      yield bodyOf(texts);
      texts = [];
      bytes = 0;
    }
    texts.push(text);
    bytes += size;
  }
  if (texts.length > 0) yield bodyOf(texts);
}

function bodyOf(texts: readonly string[]): string {
  return `{"orders":[${texts.join(',')}]}`;
}
