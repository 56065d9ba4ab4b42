import * as z from 'zod/mini';
import { isRefusal } from '../../shared/domain/refusal';
import { page } from '../../shared/edge/fields';
import { httpHandler, ok } from '../../shared/edge/http';
import { showCase, showList, showStray } from '../../shared/flows/show';
import { cancellationStore, strayRefunds } from '../../shared/wiring';

/** GET /v1/cases: what a person has to settle, oldest first. */
export const handler = httpHandler({
  roles: ['support', 'platform'],
  query: z.strictObject(page),
  ports: () => ({ cancellations: cancellationStore(), strays: strayRefunds() }),
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
        const cancellation = await ports.cancellations.find(caller.tenant, entry.orderId, entry.cancellationId);
        return cancellation?.status === 'in_case' ? [showCase(cancellation)] : [];
      }),
    );
    return ok(showList(shown.flat(), next));
  },
});
