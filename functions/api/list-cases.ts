import * as z from 'zod/mini';
import { isRefusal } from '../../shared/domain/refusal';
import { placedWithin, unitsOfOrder } from '../../shared/domain/units-of-order';
import { include, page } from '../../shared/edge/fields';
import { httpHandler, ok } from '../../shared/edge/http';
import { showCase, showList, showStray } from '../../shared/flows/show';
import { showUnits } from '../../shared/flows/show-goods';
import { cancellationStore, orderStore, strayRefunds } from '../../shared/wiring';

/** GET /v1/cases: what a person has to settle, oldest first. */
export const handler = httpHandler({
  roles: ['support', 'platform'],
  query: z.strictObject({ ...page, include }),
  ports: () => ({ cancellations: cancellationStore(), orders: orderStore(), strays: strayRefunds() }),
  async handle({ caller, query }, ports) {
    const listed = await ports.cancellations.listCases(caller.tenant, {
      limit: query.limit ?? 20,
      ...(query.starting_after === undefined ? {} : { startingAfter: query.starting_after }),
    });
    if (isRefusal(listed)) return listed;
    const { items, next } = listed;
    const shown = await Promise.all(
      items.map(async (entry) => {
        if ('stray' in entry) {
          const stray = await ports.strays.find(caller.tenant, entry.stray);
          return stray === undefined || stray.closed !== undefined ? [] : [showStray(stray)];
        }
        const { orderId, cancellationId } = entry;
        if (query.include === undefined) {
          const cancellation = await ports.cancellations.find(caller.tenant, orderId, cancellationId);
          return cancellation?.status === 'in_case' ? [showCase(cancellation)] : [];
        }
        const aggregate = await ports.orders.find(caller.tenant, orderId);
        const cancellation = aggregate?.cancellations.find(({ id }) => id === cancellationId);
        if (aggregate === undefined || cancellation?.status !== 'in_case') return [];
        // A case holds its units, so that none of them waits for stock.
        const placed = placedWithin(unitsOfOrder(aggregate), cancellation.units);
        return [{ ...showCase(cancellation), units: showUnits(aggregate.order, placed) }];
      }),
    );
    return ok(showList(shown.flat(), next));
  },
});
