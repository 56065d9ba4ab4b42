import * as z from 'zod/mini';
import { platformDefaultPolicy } from '../../shared/domain/policy';
import { text } from '../../shared/edge/fields';
import { httpHandler, ok } from '../../shared/edge/http';

/** GET /v1/policies/current: the rules that a new order of the market would be sold under. */
export const handler = httpHandler({
  roles: ['customer', 'merchant', 'support', 'platform', 'system'],
  query: z.strictObject({ market: z.optional(text(10)) }),
  ports: () => ({}),
  handle: ({ query }) =>
    Promise.resolve(
      ok({
        object: 'policy',
        ...(query.market === undefined ? {} : { market: query.market }),
        ...platformDefaultPolicy,
      }),
    ),
});
