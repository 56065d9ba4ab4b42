import * as z from 'zod/mini';
import { isRefusal } from '../../shared/domain/refusal';
import { httpHandler, ok } from '../../shared/edge/http';
import { answerHold } from '../../shared/flows/answer-hold';
import { findCancellation } from '../../shared/flows/find-cancellation';
import { showCancellation } from '../../shared/flows/show';
import { cancellationStore, keptAnswers, workflow } from '../../shared/wiring';

/** POST /v1/cancellations/{id}/hold: the warehouse says that it has stopped what lay in no parcel yet, or that it has left. */
export const handler = httpHandler({
  roles: ['system', 'merchant'],
  body: z.strictObject({ answer: z.enum(['stopped', 'shipped']) }),
  answers: keptAnswers,
  ports: () => ({ cancellations: cancellationStore(), workflow: workflow() }),
  async handle({ caller, body, params, now }, ports) {
    const found = await findCancellation(ports.cancellations, caller, params['id'] ?? '');
    if (isRefusal(found)) return found;
    const answered = await answerHold(ports, found, body.answer, { actor: caller.role, now });
    return isRefusal(answered) ? answered : ok(showCancellation(answered, caller.role));
  },
});
