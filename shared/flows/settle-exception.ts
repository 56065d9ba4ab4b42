import { exceptionsOf, type GoodsException } from '../domain/goods-exception';
import type { Shipment } from '../domain/order';
import { refuse, type Refusal } from '../domain/refusal';
import type { Instant } from '../domain/time';
import type { OrderStore } from '../ports/order-store';

const attempts = 8;

export interface Settlement {
  kind: string;
  /** What was done about it. */
  note: string;
  /** Of a label in doubt: what was found out. */
  label?: 'void' | 'live' | undefined;
}

/** The units of a void label can be sent anew; one that is live goes out as if it had never been asked for. */
const foundOut: Readonly<Record<'void' | 'live', Partial<Shipment>>> = {
  void: { recall: 'accepted', position: 'voided' },
  live: { recall: 'refused' },
};

/**
 * A person has seen to a parcel that is not where it should be: it leaves the list of exceptions, and comes back only as another
 * kind of exception. Said again it changes nothing. Money and stock move by their own calls.
 */
export async function settleException(
  orders: OrderStore,
  at: { tenant: string; orderId: string; ref: string },
  { kind, note, label }: Settlement,
  by: { actor: string; who: string; now: Instant },
): Promise<GoodsException | 'known' | Refusal> {
  if ((label !== undefined) !== (kind === 'label_in_doubt')) {
    const why =
      label === undefined ? 'It says whether the label is `void` or `live`.' : 'Only a label in doubt has one.';
    return refuse('invalid_field', why, { param: '/label' });
  }
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const aggregate = await orders.find(at.tenant, at.orderId);
    const shipment = aggregate?.shipments.find(({ ref }) => ref === at.ref);
    if (aggregate === undefined || shipment === undefined)
      return refuse('not_found', `The order has no shipment ${at.ref}.`);
    const found = exceptionsOf(aggregate, by.now).find((one) => one.id === shipment.id);
    if (found === undefined && shipment.settled?.kind === kind) return 'known';
    if (found?.kind !== kind) {
      const facts = found === undefined ? {} : { kind: found.kind };
      return refuse('exception_unknown', `Shipment ${at.ref} is not on the list as ${kind}.`, {
        param: '/kind',
        facts,
      });
    }
    const settled = { kind, note, at: by.now, by: by.who };
    const after = { ...shipment, ...(label === undefined ? {} : foundOut[label]), settled };
    const entry = { actor: by.actor, step: 'settle-exception', outcome: kind, at: by.now };
    if ((await orders.saveShipment(aggregate.order, after, [], entry)) === 'stored') return found;
  }
  return refuse('conflict_try_again', 'The order is being changed by many at once.');
}
