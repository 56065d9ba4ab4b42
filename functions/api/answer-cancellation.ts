import * as z from 'zod/mini';
import { fingerprint } from '../../shared/domain/ids';
import { isRefusal } from '../../shared/domain/refusal';
import { text } from '../../shared/edge/fields';
import { httpHandler, ok } from '../../shared/edge/http';
import { answerByMerchant } from '../../shared/flows/answer';
import { findCancellation } from '../../shared/flows/find-cancellation';
import { showCancellation } from '../../shared/flows/show';
import { cancellationStore, keptAnswers, workflow } from '../../shared/wiring';

/** POST /v1/cancellations/{id}/approve | decline: the merchant's word, once. It is stored first; waking the story comes after. */
export const handler = httpHandler({
  roles: ['merchant', 'platform'],
  body: z.strictObject({ code: z.optional(text(40)), text: z.optional(text(500)) }),
  answers: keptAnswers,
  ports: () => ({ cancellations: cancellationStore(), workflow: workflow() }),
  async handle({ caller, body, params, verb, idempotencyKey, now }, ports) {
    const found = await findCancellation(ports.cancellations, caller, params['id'] ?? '');
    if (isRefusal(found)) return found;
    const answered = await answerByMerchant(ports.cancellations, found, {
      verdict: verb === 'approve' ? 'approved' : 'declined',
      by: `${caller.role}:${caller.subject}`,
      role: caller.role,
      ...(body.code === undefined ? {} : { code: body.code }),
      ...(body.text === undefined ? {} : { text: body.text }),
      request: fingerprint(idempotencyKey, verb, JSON.stringify(body)),
      now,
    });
    if (isRefusal(answered)) return answered;
    const token = await ports.cancellations.token(caller.tenant, found.id, 'answer');
    if (token !== undefined) await ports.workflow.wake(token);
    return ok(showCancellation(answered, caller.role));
  },
});
