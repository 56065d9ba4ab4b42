import type { Cancellation } from '../domain/cancellation';
import { TransientFault } from '../domain/faults';
import { isRefusal } from '../domain/refusal';
import { authorise, expire, expiresAt, returnDue, type Return } from '../domain/return';
import { outcomeOf, type ReturnOutcome } from '../domain/return-outcome';
import { isPast, type Instant } from '../domain/time';
import type { OrderStore } from '../ports/order-store';
import type { Returns } from '../ports/returns';
import { changeReturn } from './work-return';

/**
 * What becomes of parcels that could not be stopped: `none` where the terms let the order stand; else their buyer sends them back,
 * and it is waited for what that comes to. `overdue`: a person has to look.
 */
export type AwaitedReturn =
  { state: 'none' | 'overdue' } | { state: 'wait'; until: Instant } | { state: 'known'; outcome: ReturnOutcome };

/** @param parcels shipments that could not be stopped; their return is opened the first time */
export async function waitForReturn(
  ports: { orders: OrderStore; returns: Returns },
  cancellation: Cancellation,
  parcels: readonly string[],
  now: Instant,
): Promise<AwaitedReturn> {
  const { tenant, orderId, id } = cancellation;
  if (parcels.length === 0) return { state: 'none' };
  const aggregate = await ports.orders.find(tenant, orderId);
  if (aggregate === undefined) throw new TransientFault(`order ${orderId} is not there (yet)`);
  const { lines, contract } = aggregate.order;
  if (contract.policy.parcels?.afterRefusal !== 'return') return { state: 'none' };
  const known = await ports.returns.find(tenant, orderId, id);
  const shipments = aggregate.shipments.filter((shipment) => parcels.includes(shipment.id));
  const given = known ?? authorise(cancellation, shipments, contract.policy.parcels, now);
  if (given === undefined) return { state: 'none' };
  if (known === undefined) await open(ports.returns, given, now);
  const { returnRefundOn } = contract.policy.parcels;
  const whatItComesTo = (as: Return): AwaitedReturn => {
    const outcome = outcomeOf(as, lines, returnRefundOn);
    return outcome === undefined ? { state: 'overdue' } : { state: 'known', outcome };
  };
  const unheardOf = given.status === 'authorised' || given.status === 'label_sent';
  const due = unheardOf ? expiresAt(given) : returnDue(given);
  if (due === undefined || outcomeOf(given, lines, returnRefundOn) !== undefined) return whatItComesTo(given);
  if (!isPast(due, now)) return { state: 'wait', until: due };
  if (!unheardOf) return { state: 'overdue' };
  const by = { actor: 'system', step: 'secure-goods', now };
  const expired = await changeReturn(ports.returns, given, by, (before) => expire(before, now));
  if (isRefusal(expired)) throw new TransientFault(`${given.id}: ${expired.detail}`);
  return whatItComesTo(expired);
}

async function open(returns: Returns, given: Return, now: Instant): Promise<void> {
  const entry = { actor: 'system', step: 'secure-goods', outcome: 'return authorised', at: now, detail: given.id };
  if ((await returns.open(given, entry)) === 'lost')
    throw new TransientFault(`order ${given.orderId} is being written by others`);
}
