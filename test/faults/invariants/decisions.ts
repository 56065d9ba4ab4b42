/** What must be true of what was decided, and of what was refused. */
import { cancellationId } from '../../../shared/domain/ids';
import type { Told } from '../world/client';
import type { Check } from './invariants';

const verdicts = ['approved', 'declined', 'nobody_decided'];

/** A request is decided at most once: one verdict in its history, one in its events. */
export const decidedOnce: Check = ({ cancellations, histories, events }) =>
  cancellations.flatMap(({ id }) => {
    const lines = [...(histories.get(id) ?? [])].filter(([, { outcome }]) => verdicts.includes(outcome));
    const told = new Set(
      events
        .filter(({ type }) => type === 'cancellation.approved' || type === 'cancellation.declined')
        .filter(({ data }) => (data['cancellation'] as { id?: unknown } | undefined)?.id === id)
        .map(({ sequence }) => sequence),
    );
    return [
      ...(lines.length > 1 ? [`${id} was decided ${lines.length} times`] : []),
      ...(told.size > 1 ? [`the decision on ${id} was told as ${told.size} events`] : []),
    ];
  });

/** A caller who may ask again with the same key does not know yet; any other refusal is a word. */
const mayAskAgain = ['request_running', 'conflict_try_again'];

/**
 * Whoever was refused has no cancellation under his key, whichever copies of the request were on their way. What is sent
 * again later is judged anew, by whomever.
 */
export const refusedIsNotDone: Check = ({ told, cancellations }) =>
  told.filter(isRefusedWish).flatMap(({ request, answer, at }) => {
    const { claims, headers } = request;
    if (claims === undefined) return [];
    const key = headers?.['idempotency-key'] ?? '';
    const id = cancellationId(claims.tenant, `${claims.role}:${claims.sub}`, key);
    const done = cancellations.find((one) => one.id === id && Date.parse(one.requestedAt) <= at);
    const { code } = answer.body as { code?: string };
    return done === undefined ? [] : [`${id} was refused (${code ?? String(answer.status)}) and is ${done.status}`];
  });

function isRefusedWish({ request, answer }: Told): boolean {
  if (request.method !== 'POST' || request.path !== '/v1/cancellations') return false;
  if (answer.status < 400 || answer.status >= 500) return false;
  const { code } = answer.body as { code?: string };
  // The same key with something else is refused because the first one was done.
  return code !== 'idempotency_key_reused' && !mayAskAgain.includes(code ?? '');
}
