import * as z from 'zod/mini';
import { isRefusal, refuse, type Refusal } from '../../shared/domain/refusal';
import { sendBack, sendLabel, type Return } from '../../shared/domain/return';
import type { Instant } from '../../shared/domain/time';
import { instant, text } from '../../shared/edge/fields';
import { httpHandler, ok } from '../../shared/edge/http';
import { showReturn } from '../../shared/flows/show-goods';
import { findReturn, workReturn } from '../../shared/flows/work-return';
import { cancellationStore, returns, workflow } from '../../shared/wiring';

const body = z.strictObject({
  carrier: z.optional(text(100)),
  trackingCode: z.optional(text(100)),
  url: z.optional(z.url({ protocol: /^https$/ }).check(z.maxLength(2_000))),
  sentBackAt: z.optional(instant),
});
type Sending = z.infer<typeof body>;
type Step = (before: Return) => Return | Refusal;

/** POST /v1/returns/{id}/label | sent: the shop gives the buyer a label; the buyer shows that he has sent it back. */
export const handler = httpHandler({
  roles: ['customer', 'merchant', 'system', 'support'],
  body,
  ports: () => ({ cancellations: cancellationStore(), returns: returns(), workflow: workflow() }),
  async handle({ caller, body: given, params, verb, now }, ports) {
    const [other, take] =
      verb === 'label' ? (['customer', labelled(given, now)] as const) : (['merchant', sent(given, now)] as const);
    if (caller.role === other)
      return refuse('role_not_allowed', 'This route is not for it.', { facts: { role: other } });
    if (isRefusal(take)) return take;
    const found = await findReturn(ports, caller, params['id'] ?? '');
    if (isRefusal(found)) return found;
    const by = { actor: caller.role, step: `return-${verb}`, now };
    const after = await workReturn(ports, found, by, take);
    return isRefusal(after) ? after : ok(showReturn(after, caller.role));
  },
});

function labelled({ carrier, trackingCode, url, sentBackAt }: Sending, now: Instant): Step | Refusal {
  if (sentBackAt !== undefined) return unfit('sentBackAt', 'A label has not been sent.');
  if (trackingCode === undefined && url === undefined) return unfit('url', 'A label has a `url` or a `trackingCode`.');
  const label = {
    ...(carrier !== undefined && { carrier }),
    ...(trackingCode !== undefined && { trackingCode }),
    ...(url !== undefined && { url }),
  };
  return (before) => sendLabel(before, label, now);
}

function sent({ carrier, trackingCode, url, sentBackAt }: Sending, now: Instant): Step | Refusal {
  if (url !== undefined) return unfit('url', 'Only a label has one.');
  if (trackingCode === undefined) return unfit('trackingCode', 'It shows that it was sent.');
  const proof = { trackingCode, ...(carrier !== undefined && { carrier }) };
  const at = sentBackAt === undefined ? now : new Date(sentBackAt).toISOString();
  return (before) => sendBack(before, proof, at, now);
}

const unfit = (field: string, why: string): Refusal => refuse('invalid_field', why, { param: `/${field}` });
