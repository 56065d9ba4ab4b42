import { maySee, type Caller } from '../domain/access';
import type { Cancellation } from '../domain/cancellation';
import { refuse, type Refusal } from '../domain/refusal';
import type { CancellationStore } from '../ports/cancellation-store';

/** A cancellation that the caller may see. One of others answers like a missing one. */
export async function findCancellation(
  store: CancellationStore,
  caller: Caller,
  id: string,
): Promise<Cancellation | Refusal> {
  const missing = refuse('not_found', `There is no cancellation ${id}.`);
  if (!/^can_[0-9a-z]{26}$/.test(id)) return missing;
  const pointer = await store.locate(caller.tenant, id);
  if (pointer === undefined) return missing;
  const cancellation = await store.find(caller.tenant, pointer.orderId, id);
  return cancellation !== undefined && maySee(caller, cancellation) ? cancellation : missing;
}
