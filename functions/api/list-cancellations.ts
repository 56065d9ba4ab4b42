import * as z from 'zod/mini';
import { maySee } from '../../shared/domain/access';
import { isRefusal, refuse } from '../../shared/domain/refusal';
import { page, reference } from '../../shared/edge/fields';
import { httpHandler, ok } from '../../shared/edge/http';
import { showCancellation, showList } from '../../shared/flows/show';
import { cancellationStore } from '../../shared/wiring';

/** GET /v1/cancellations?status=awaiting_answer: a merchant's queue, nearest deadline first; `before` cuts it at a time. */
export const handler = httpHandler({
  roles: ['merchant', 'support', 'platform'],
  query: z.strictObject({
    ...page,
    status: z.optional(z.enum(['awaiting_answer'])),
    before: z.optional(z.iso.datetime()),
    merchant: z.optional(reference),
  }),
  ports: () => ({ cancellations: cancellationStore() }),
  async handle({ caller, query }, ports) {
    const merchantId = caller.role === 'merchant' ? caller.merchantId : query.merchant;
    if (merchantId === undefined) return refuse('invalid_field', 'Name the merchant.', { param: 'merchant' });
    const listed = await ports.cancellations.listQueue(caller.tenant, merchantId, {
      limit: query.limit ?? 20,
      ...(query.starting_after === undefined ? {} : { startingAfter: query.starting_after }),
    });
    if (isRefusal(listed)) return listed;
    const { items, next } = listed;
    const due = items.filter(
      ({ deadline }) => query.before === undefined || deadline < new Date(query.before).toISOString(),
    );
    // The index lags: each entry is read again, and what has been answered meanwhile is left out.
    const read = await Promise.all(
      due.map(({ orderId, cancellationId }) => ports.cancellations.find(caller.tenant, orderId, cancellationId)),
    );
    const waiting = read
      .filter((cancellation) => cancellation !== undefined)
      .filter((cancellation) => cancellation.status === 'awaiting_answer' && maySee(caller, cancellation));
    return ok(
      showList(
        waiting.map((cancellation) => showCancellation(cancellation, caller.role)),
        due.length < items.length ? undefined : next,
      ),
    );
  },
});
