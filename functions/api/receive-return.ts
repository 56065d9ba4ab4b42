import * as z from 'zod/mini';
import { fingerprint } from '../../shared/domain/ids';
import { isRefusal } from '../../shared/domain/refusal';
import { receive } from '../../shared/domain/return';
import { instant, wishedLines } from '../../shared/edge/fields';
import { httpHandler, ok } from '../../shared/edge/http';
import { showReturn } from '../../shared/flows/show-goods';
import { findReturn, workReturn } from '../../shared/flows/work-return';
import { cancellationStore, keptAnswers, returns, workflow } from '../../shared/wiring';

/** POST /v1/returns/{id}/received: a returns desk has counted what has arrived. */
export const handler = httpHandler({
  roles: ['system', 'support'],
  body: z.strictObject({ lines: wishedLines, sentBackAt: z.optional(instant) }),
  answers: keptAnswers,
  ports: () => ({ cancellations: cancellationStore(), returns: returns(), workflow: workflow() }),
  async handle({ caller, body, params, idempotencyKey, now }, ports) {
    const found = await findReturn(ports, caller, params['id'] ?? '');
    if (isRefusal(found)) return found;
    const arrival = {
      lines: body.lines,
      ...(body.sentBackAt === undefined ? {} : { sentBackAt: new Date(body.sentBackAt).toISOString() }),
      at: now,
      by: `${caller.role}:${caller.subject}`,
      request: fingerprint(idempotencyKey, 'received', JSON.stringify(body)),
    };
    const by = { actor: caller.role, step: 'receive-return', now };
    const received = await workReturn(ports, found, by, (before) => receive(before, arrival));
    return isRefusal(received) ? received : ok(showReturn(received, caller.role));
  },
});
