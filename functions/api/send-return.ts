import * as z from 'zod/mini';
import { isRefusal } from '../../shared/domain/refusal';
import { sendBack } from '../../shared/domain/return';
import { instant, text } from '../../shared/edge/fields';
import { httpHandler, ok } from '../../shared/edge/http';
import { showReturn } from '../../shared/flows/show-goods';
import { findReturn, workReturn } from '../../shared/flows/work-return';
import { cancellationStore, returns, workflow } from '../../shared/wiring';

/** POST /v1/returns/{id}/sent: the buyer shows that he has sent it back. */
export const handler = httpHandler({
  roles: ['customer', 'system', 'support'],
  body: z.strictObject({
    trackingCode: text(100),
    carrier: z.optional(text(100)),
    sentBackAt: z.optional(instant),
  }),
  ports: () => ({ cancellations: cancellationStore(), returns: returns(), workflow: workflow() }),
  async handle({ caller, body, params, now }, ports) {
    const found = await findReturn(ports, caller, params['id'] ?? '');
    if (isRefusal(found)) return found;
    const { sentBackAt, trackingCode, carrier } = body;
    const proof = { trackingCode, ...(carrier !== undefined && { carrier }) };
    const at = sentBackAt === undefined ? now : new Date(sentBackAt).toISOString();
    const by = { actor: caller.role, step: 'send-return', now };
    const sent = await workReturn(ports, found, by, (before) => sendBack(before, proof, at, now));
    return isRefusal(sent) ? sent : ok(showReturn(sent, caller.role));
  },
});
