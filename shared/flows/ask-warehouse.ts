import type { Cancellation } from '../domain/cancellation';
import { alive } from '../domain/run';
import type { Instant } from '../domain/time';
import { afterAsking } from '../domain/warehouse';
import type { CancellationStore } from '../ports/cancellation-store';
import type { OrderStore } from '../ports/order-store';
import type { Run } from '../ports/workflow';
import { changeInRun } from './change-cancellation';

/** The warehouse's time begins now, or is over; a cancellation that asks nothing of it is left alone. */
export async function askWarehouse(
  ports: { cancellations: CancellationStore; orders: OrderStore },
  run: Run,
  cancellation: Cancellation,
  now: Instant,
): Promise<Cancellation> {
  if (cancellation.warehouse === undefined || cancellation.warehouse.answer !== undefined) return cancellation;
  const { tenant, orderId } = cancellation;
  const rule = (await ports.orders.find(tenant, orderId))?.order.contract.policy.warehouse;
  return changeInRun(ports.cancellations, run, (before) => {
    if (rule === undefined || before.warehouse === undefined) return undefined;
    const warehouse = afterAsking(before.warehouse, rule, now);
    const { deadline, answer } = before.warehouse;
    if (warehouse.deadline === deadline && warehouse.answer === answer) return undefined;
    const outcome = warehouse.answer ?? 'warehouse asked';
    const entry = { actor: 'system', step: 'secure-goods', outcome, at: now, detail: warehouse.deadline ?? '' };
    return { after: alive({ ...before, warehouse }, now), entry };
  });
}
