import type { Cancellation } from '../domain/cancellation';
import type { CancellationStore } from '../ports/cancellation-store';
import type { Workflow } from '../ports/workflow';

/** Wakes a story that waits for parcels that were called back. One that does not, or not yet, looks by itself. */
export async function wakeWhoWaits(
  ports: { cancellations: CancellationStore; workflow: Workflow },
  { tenant, id, status, goodsUntil }: Cancellation,
): Promise<void> {
  if (status !== 'executing' || goodsUntil === undefined) return;
  const token = await ports.cancellations.token(tenant, id, 'goods');
  if (token !== undefined) await ports.workflow.wake(token);
}
