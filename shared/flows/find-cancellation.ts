import { maySee, type Caller } from '../domain/access';
import type { OrderAggregate } from '../domain/aggregate';
import type { Cancellation } from '../domain/cancellation';
import { refuse, type Refusal } from '../domain/refusal';
import type { CancellationStore } from '../ports/cancellation-store';
import type { OrderStore } from '../ports/order-store';

/** A cancellation that the caller may see. One of others answers like a missing one. */
export async function findCancellation(
  store: CancellationStore,
  caller: Caller,
  id: string,
): Promise<Cancellation | Refusal> {
  const orderId = await orderOf(store, caller, id);
  const cancellation = orderId === undefined ? undefined : await store.find(caller.tenant, orderId, id);
  return cancellation !== undefined && maySee(caller, cancellation) ? cancellation : missing(id);
}

/** The same with its order, by one consistent read of both. */
export async function findInOrder(
  { cancellations, orders }: { cancellations: Pick<CancellationStore, 'locate'>; orders: Pick<OrderStore, 'find'> },
  caller: Caller,
  id: string,
): Promise<CancellationInOrder | Refusal> {
  const orderId = await orderOf(cancellations, caller, id);
  const aggregate = orderId === undefined ? undefined : await orders.find(caller.tenant, orderId);
  const cancellation = aggregate?.cancellations.find((one) => one.id === id);
  if (aggregate === undefined || cancellation === undefined || !maySee(caller, cancellation)) return missing(id);
  return { cancellation, aggregate };
}

export interface CancellationInOrder {
  cancellation: Cancellation;
  aggregate: OrderAggregate;
}

const missing = (id: string): Refusal => refuse('not_found', `There is no cancellation ${id}.`);

async function orderOf(
  store: Pick<CancellationStore, 'locate'>,
  caller: Caller,
  id: string,
): Promise<string | undefined> {
  if (!/^can_[0-9a-z]{26}$/.test(id)) return undefined;
  return (await store.locate(caller.tenant, id))?.orderId;
}
