import * as z from 'zod/mini';
import { cancellationOfCase, fingerprint } from '../../shared/domain/ids';
import { isRefusal, refuse } from '../../shared/domain/refusal';
import { isStrayId } from '../../shared/domain/stray-refund';
import { text } from '../../shared/edge/fields';
import { httpHandler, notFound } from '../../shared/edge/http';
import { findCancellation } from '../../shared/flows/find-cancellation';
import { showCase, showStray } from '../../shared/flows/show';
import { closeStray } from '../../shared/flows/stray-refunds';
import { workCase, type CaseAction } from '../../shared/flows/work-case';
import {
  cancellationStore,
  connections,
  keptAnswers,
  paymentChannels,
  strayRefunds,
  workflow,
} from '../../shared/wiring';

/** POST /v1/cases/{id}/retry | settle | redirect | close: a person's decision on what machines could not settle. */
export const handler = httpHandler({
  roles: ['support', 'platform'],
  body: z.strictObject({ leg: z.optional(text(10)), reference: z.optional(text(100)), reason: z.optional(text(500)) }),
  answers: keptAnswers,
  ports: () => ({
    cancellations: cancellationStore(),
    workflow: workflow(),
    connections: connections(),
    channels: paymentChannels(),
    strays: strayRefunds(),
  }),
  async handle({ caller, body, params, verb, idempotencyKey, now }, ports) {
    const id = params['id'] ?? '';
    const request = fingerprint(idempotencyKey, verb, JSON.stringify(body));
    if (isStrayId(id)) {
      const stray = await ports.strays.find(caller.tenant, id);
      if (stray === undefined) return notFound('case', id);
      if (verb !== 'close')
        return refuse('case_action_not_allowed', 'It can only be closed.', { facts: { status: 'open' } });
      const closed = await closeStray(ports.strays, stray, { at: now, by: caller.role, reason: body.reason, request });
      return isRefusal(closed) ? closed : { status: 202, body: showStray(closed) };
    }
    const found = await findCancellation(ports.cancellations, caller, cancellationOfCase(id));
    if (isRefusal(found)) return notFound('case', id);
    const worked = await workCase(ports, found, {
      action: verb as CaseAction,
      actor: caller.role,
      request,
      ...(body.leg === undefined ? {} : { leg: body.leg }),
      ...(body.reference === undefined ? {} : { reference: body.reference }),
      ...(body.reason === undefined ? {} : { reason: body.reason }),
      now,
    });
    return isRefusal(worked) ? worked : { status: 202, body: showCase(worked) };
  },
});
