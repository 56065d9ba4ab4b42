import { exceptionsOf, type GoodsException } from '../domain/goods-exception';
import { isRefusal, type Refusal } from '../domain/refusal';
import type { Instant } from '../domain/time';
import type { DueGoods, GoodsExceptions } from '../ports/goods-exceptions';
import type { OrderStore, Page, PageRequest } from '../ports/order-store';

/** How many pages are read for one that has something to show. */
const atMost = 5;

/**
 * One page of goods that are not where they should be, longest overdue first. The index has what may have become one: each
 * entry's order is read again, and what has been settled is left out, so that a page may be short. One of nothing but settled
 * entries is passed over.
 */
export async function listGoodsExceptions(
  ports: { exceptions: GoodsExceptions; orders: OrderStore },
  of: { tenant: string; merchantId?: string | undefined },
  now: Instant,
  page: PageRequest,
): Promise<Page<GoodsException> | Refusal> {
  let next = page.startingAfter;
  for (let read = 1; ; read += 1) {
    const { startingAfter: _first, ...size } = page;
    const listed = await ports.exceptions.list(of, now, {
      ...size,
      ...(next === undefined ? {} : { startingAfter: next }),
    });
    if (isRefusal(listed)) return listed;
    const items = await stillSo(ports.orders, of.tenant, listed.items, now);
    next = listed.next;
    if (items.length > 0 || next === undefined || read === atMost)
      return { items, ...(next === undefined ? {} : { next }) };
  }
}

async function stillSo(
  orders: OrderStore,
  tenant: string,
  entries: readonly DueGoods[],
  now: Instant,
): Promise<GoodsException[]> {
  const ids = [...new Set(entries.map(({ orderId }) => orderId))];
  const read = await Promise.all(ids.map((id) => orders.find(tenant, id)));
  const found = read.flatMap((aggregate) => (aggregate === undefined ? [] : exceptionsOf(aggregate, now)));
  return entries.flatMap((entry) => found.filter((each) => each.orderId === entry.orderId && each.id === entry.id));
}
