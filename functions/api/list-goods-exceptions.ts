import * as z from 'zod/mini';
import { isRefusal } from '../../shared/domain/refusal';
import { page, reference } from '../../shared/edge/fields';
import { httpHandler, ok } from '../../shared/edge/http';
import { listGoodsExceptions } from '../../shared/flows/list-goods-exceptions';
import { showList } from '../../shared/flows/show';
import { showGoodsException } from '../../shared/flows/show-goods';
import { goodsExceptions, orderStore } from '../../shared/wiring';

/** GET /v1/goods/exceptions: goods that are not where they should be, longest overdue first; a merchant's are its own. */
export const handler = httpHandler({
  roles: ['merchant', 'support', 'platform'],
  query: z.strictObject({ ...page, merchant: z.optional(reference) }),
  ports: () => ({ exceptions: goodsExceptions(), orders: orderStore() }),
  async handle({ caller, query, now }, ports) {
    const merchantId = caller.role === 'merchant' ? caller.merchantId : query.merchant;
    const listed = await listGoodsExceptions(ports, { tenant: caller.tenant, merchantId }, now, {
      limit: query.limit ?? 20,
      ...(query.starting_after === undefined ? {} : { startingAfter: query.starting_after }),
    });
    if (isRefusal(listed)) return listed;
    return ok(showList(listed.items.map(showGoodsException), listed.next));
  },
});
