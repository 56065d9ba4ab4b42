import * as z from 'zod/mini';
import { isRefusal, refuse } from '../../shared/domain/refusal';
import { sendLabel } from '../../shared/domain/return';
import { text } from '../../shared/edge/fields';
import { httpHandler, ok } from '../../shared/edge/http';
import { showReturn } from '../../shared/flows/show-goods';
import { findReturn, workReturn } from '../../shared/flows/work-return';
import { cancellationStore, returns, workflow } from '../../shared/wiring';

/** POST /v1/returns/{id}/label: the shop gives the buyer a label to send it back with. */
export const handler = httpHandler({
  roles: ['system', 'merchant', 'support'],
  body: z.strictObject({
    carrier: z.optional(text(100)),
    trackingCode: z.optional(text(100)),
    url: z.optional(z.url({ protocol: /^https$/ }).check(z.maxLength(2_000))),
  }),
  ports: () => ({ cancellations: cancellationStore(), returns: returns(), workflow: workflow() }),
  async handle({ caller, body, params, now }, ports) {
    const { carrier, trackingCode, url } = body;
    if (trackingCode === undefined && url === undefined)
      return refuse('invalid_field', 'A label has a `url` or a `trackingCode`.', { param: '/url' });
    const found = await findReturn(ports, caller, params['id'] ?? '');
    if (isRefusal(found)) return found;
    const label = {
      ...(carrier !== undefined && { carrier }),
      ...(trackingCode !== undefined && { trackingCode }),
      ...(url !== undefined && { url }),
    };
    const by = { actor: caller.role, step: 'label-return', now };
    const labelled = await workReturn(ports, found, by, (before) => sendLabel(before, label, now));
    return isRefusal(labelled) ? labelled : ok(showReturn(labelled, caller.role));
  },
});
