import * as z from 'zod/mini';
import type { Caller } from '../../shared/domain/access';
import { isRefusal, type Refusal } from '../../shared/domain/refusal';
import { include } from '../../shared/edge/fields';
import { httpHandler } from '../../shared/edge/http';
import { findCancellation, findInOrder, type CancellationInOrder } from '../../shared/flows/find-cancellation';
import { showCancellation } from '../../shared/flows/show';
import { unitsOfCancellation } from '../../shared/flows/units-of-cancellation';
import type { CancellationStore } from '../../shared/ports/cancellation-store';
import { cancellationStore, orderStore, stock, views } from '../../shared/wiring';

/** GET /v1/cancellations/{id}: where it is, what comes back, its story so far and, if asked for, where its units are. */
export const handler = httpHandler({
  roles: ['customer', 'merchant', 'support', 'platform', 'system'],
  query: z.strictObject({ include }),
  ports: () => ({ cancellations: cancellationStore(), orders: orderStore(), stock: stock(), views: views() }),
  async handle({ caller, params, query }, ports) {
    const find = query.include === undefined ? findAlone : findInOrder;
    const found = await find(ports, caller, params['id'] ?? '');
    if (isRefusal(found)) return found;
    const { cancellation, aggregate } = found;
    const [timeline, units] = await Promise.all([
      ports.views.history(caller.tenant, cancellation.id),
      aggregate && unitsOfCancellation(ports.stock, { cancellation, aggregate }),
    ]);
    const settled = ['closed', 'declined', 'withdrawn', 'undone'].includes(cancellation.status);
    const waiting = ['refund_pending', 'awaiting_answer', 'in_grace', 'in_case'].includes(cancellation.status);
    return {
      status: 200,
      body: { ...showCancellation(cancellation, caller.role, timeline), units },
      headers: settled ? {} : { 'retry-after': waiting ? '30' : '1' },
    };
  },
});

type Found = Pick<CancellationInOrder, 'cancellation'> & Partial<CancellationInOrder>;

async function findAlone(
  { cancellations }: { cancellations: CancellationStore },
  caller: Caller,
  id: string,
): Promise<Found | Refusal> {
  const cancellation = await findCancellation(cancellations, caller, id);
  return isRefusal(cancellation) ? cancellation : { cancellation };
}
