import type { OrderAggregate } from '../domain/aggregate';
import { orderId } from '../domain/ids';
import type { Contract, Payment } from '../domain/order';
import { isRefusal, refuse, type Refusal } from '../domain/refusal';
import type { Instant } from '../domain/time';
import type { People } from '../ports/accounts';
import type { ConfiguredConnections } from '../ports/connections';
import type { NewOrder } from '../ports/order-store';
import { mergedPointsProblem } from './check-intake';
import { composeOrder } from './compose-order';
import { refundLate, type RefundLatePorts } from './give-back-late';
import { mergeAll, withEarly } from './merge-payments';
import type { OrderIntake } from './order-intake';
import { replacementOf } from './replace-order';

export interface Taken {
  id: string;
  outcome: 'created' | 'updated' | 'unchanged';
}

const attempts = 5;

/**
 * Takes in a version of an order. New: stored with its units frozen. Newer than known: replaces it while nothing has
 * been cancelled or shipped; afterwards only stages may still change and payments may be added. The same version again
 * changes nothing; an older one is refused. What a newer version leaves out of the contract stays as it was agreed.
 */
export async function takeOrder(
  ports: RefundLatePorts & { people: People; configured: ConfiguredConnections },
  tenant: string,
  shopReference: string,
  intake: OrderIntake,
  now: Instant,
): Promise<Taken | Refusal> {
  const id = orderId(tenant, intake.merchantId, shopReference);
  const entry = { actor: 'system', step: 'put-order', outcome: `version ${intake.version}`, at: now };
  let early: readonly Payment[] = [];
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const order = composeOrder(tenant, id, shopReference, intake, ports.configured, now);
    if (isRefusal(order)) return order;
    // A new order is the common case: try it first and read only when that is lost.
    const paid = withEarly(order, early);
    const twoCaptures = mergedPointsProblem(paid);
    if (twoCaptures !== undefined) return twoCaptures;
    const inserted = await ports.orders.insert(paid, early, entry);
    if (inserted === 'too_large') return tooLarge;
    if (inserted === 'label_taken') return labelTaken;
    if (inserted === 'stored') {
      await keepPerson(ports.people, tenant, intake);
      return { id, outcome: 'created' };
    }
    const known = await ports.orders.find(tenant, id);
    if (known === undefined) {
      early = await ports.orders.earlyPayments(tenant, id);
      continue;
    }
    if (intake.version === known.order.intakeVersion) {
      // Whoever sends it again may have had no answer: the first time may have ended before these two.
      await keepPerson(ports.people, tenant, intake);
      await refundLateOf(ports, known, entry.step, now);
      return { id, outcome: 'unchanged' };
    }
    const merged = onto(known, order, intake);
    const newer = mergedPointsProblem(merged) ?? replacementOf(known, merged);
    if (isRefusal(newer)) return newer;
    const written = await ports.orders.replace(known, newer, entry);
    if (written === 'too_large') return tooLarge;
    if (written === 'label_taken') return labelTaken;
    if (written === 'stored') {
      await keepPerson(ports.people, tenant, intake);
      await refundLateOf(ports, known, entry.step, now);
      return { id, outcome: 'updated' };
    }
  }
  return refuse('conflict_try_again', 'The order is being changed by many at once.');
}

const labelTaken = refuse('label_taken', 'A shipment of another order has a label or tracking code of this one.', {
  param: '/shipments',
});
const tooLarge = refuse('order_too_large', 'It is above what one transaction of the table takes.');

/** Captures that came with a newer version of an order whose cancellation has ended go back like any late payment. */
async function refundLateOf(ports: RefundLatePorts, known: OrderAggregate, step: string, now: Instant): Promise<void> {
  const { tenant, id: orderId } = known.order;
  const ended = known.cancellations.some(({ status }) => status === 'closed' || status === 'refund_pending');
  if (ended) await refundLate(ports, { tenant, orderId }, step, now);
}

/** The newer version as it would be stored: payments add up, and what it does not say of the contract still holds. */
function onto(known: OrderAggregate, order: NewOrder, { contract, groupId }: OrderIntake): NewOrder {
  const agreed = known.order.contract;
  const said = Object.entries(order.contract).filter(([name]) => contract?.[name as keyof Contract] !== undefined);
  return {
    ...order,
    header: {
      ...order.header,
      ...(groupId === undefined && known.order.groupId !== undefined ? { groupId: known.order.groupId } : {}),
    },
    contract: { ...agreed, ...Object.fromEntries(said) },
    payments: mergeAll(known.payments, order.payments),
  };
}

/** Names and addresses go to their one erasable item; orders that carry none leave it alone. */
async function keepPerson(people: People, tenant: string, { customer }: OrderIntake): Promise<void> {
  const { id, ...personal } = customer;
  const known = Object.fromEntries(Object.entries(personal).filter(([, value]) => value !== undefined));
  if (Object.keys(known).length > 0) await people.put(tenant, { customerId: id, ...known });
}
