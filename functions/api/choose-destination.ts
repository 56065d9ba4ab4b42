import * as z from 'zod/mini';
import { fingerprint } from '../../shared/domain/ids';
import { isRefusal } from '../../shared/domain/refusal';
import { destination } from '../../shared/edge/fields';
import { httpHandler } from '../../shared/edge/http';
import { findCancellation } from '../../shared/flows/find-cancellation';
import { showCancellation } from '../../shared/flows/show';
import { workCase } from '../../shared/flows/work-case';
import { cancellationStore, connections, keptAnswers, paymentChannels, workflow } from '../../shared/wiring';

/** POST /v1/cancellations/{id}/destination: the buyer agrees to another way for money that could not go back. */
export const handler = httpHandler({
  roles: ['customer'],
  body: z.strictObject({ destination }),
  answers: keptAnswers,
  ports: () => ({
    cancellations: cancellationStore(),
    workflow: workflow(),
    connections: connections(),
    channels: paymentChannels(),
  }),
  async handle({ caller, params, idempotencyKey, now }, ports) {
    const found = await findCancellation(ports.cancellations, caller, params['id'] ?? '');
    if (isRefusal(found)) return found;
    const request = fingerprint(idempotencyKey, 'destination');
    const worked = await workCase(ports, found, { action: 'redirect', actor: caller.role, request, now });
    return isRefusal(worked) ? worked : { status: 202, body: showCancellation(worked, caller.role) };
  },
});
