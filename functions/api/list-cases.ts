import * as z from 'zod/mini';
import { isRefusal } from '../../shared/domain/refusal';
import { page } from '../../shared/edge/fields';
import { httpHandler, ok } from '../../shared/edge/http';
import { showCase, showList } from '../../shared/flows/show';
import { cancellationStore } from '../../shared/wiring';

/** GET /v1/cases: what a person has to settle, oldest first. */
export const handler = httpHandler({
  roles: ['support', 'platform'],
  query: z.strictObject(page),
  ports: () => ({ cancellations: cancellationStore() }),
  async handle({ caller, query }, ports) {
    const listed = await ports.cancellations.listCases(caller.tenant, {
      limit: query.limit ?? 20,
      ...(query.starting_after === undefined ? {} : { startingAfter: query.starting_after }),
    });
    if (isRefusal(listed)) return listed;
    const { items, next } = listed;
    const read = await Promise.all(
      items.map(({ orderId, cancellationId }) => ports.cancellations.find(caller.tenant, orderId, cancellationId)),
    );
    const open = read.filter((cancellation) => cancellation !== undefined).filter(({ status }) => status === 'in_case');
    return ok(
      showList(
        open.map((cancellation) => showCase(cancellation)),
        next,
      ),
    );
  },
});
