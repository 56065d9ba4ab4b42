/** What was said to callers must hold. */
import type { Cancellation } from '../../../shared/domain/cancellation';
import type { Told } from '../world/client';
import { legOfAttempt } from '../world/ledgers';
import { referenceOf } from './attempts';
import type { Check } from './invariants';

const accepted = ({ answer, request }: Told): boolean =>
  request.method !== 'GET' && answer.status >= 200 && answer.status < 300;

const keyOf = ({ request }: Told): string =>
  [request.claims?.tenant, request.claims?.sub, request.path, request.headers?.['idempotency-key']].join(' ');

/** Whatever was acknowledged is there. */
export const acknowledgedIsDurable: Check = ({ told, cancellations, orders }) =>
  told.filter(accepted).flatMap(({ request, answer }) => {
    const body = answer.body as Record<string, unknown>;
    const { path } = request;
    const found = (id: unknown): Cancellation | undefined => cancellations.find((one) => one.id === id);
    if (path === '/v1/cancellations') {
      return found(body['id']) === undefined ? [`${String(body['id'])} was accepted and is not there`] : [];
    }
    const [, id, verb] = /^\/v1\/cancellations\/([^/]+)\/(approve|decline|withdraw)$/.exec(path) ?? [];
    if (id !== undefined) return keptWord(found(id), verb ?? '');
    if (path.endsWith('/shipments')) {
      const there = orders.some(({ shipments }) => shipments.some((one) => one.id === body['id']));
      return there ? [] : [`shipment ${String(body['id'])} was claimed and is not there`];
    }
    return [];
  });

function keptWord(cancellation: Cancellation | undefined, verb: string): string[] {
  if (cancellation === undefined) return [`a ${verb} was accepted for a cancellation that is not there`];
  const { id, status, answer } = cancellation;
  if (verb === 'withdraw') return status === 'withdrawn' ? [] : [`${id} was withdrawn and is ${status}`];
  const wanted = verb === 'approve' ? 'approved' : 'declined';
  return answer?.verdict === wanted ? [] : [`${id} was ${wanted}, the answer kept is ${answer?.verdict ?? 'none'}`];
}

/** The same key is the same cancellation, however often it is sent. */
export const oneKeyOneCancellation: Check = ({ told }) => {
  const first = new Map<string, unknown>();
  return told.filter(accepted).flatMap((one) => {
    const { id } = one.answer.body as { id?: unknown };
    if (one.request.path !== '/v1/cancellations') return [];
    const key = keyOf(one);
    if (!first.has(key)) first.set(key, id);
    return first.get(key) === id ? [] : [`${key} became ${String(first.get(key))} and ${String(id)}`];
  });
};

/** No answer shows what is inside, and none is a 5xx for good. */
export const nobodyIsLeftWithoutAnAnswer: Check = ({ told }) =>
  told
    .filter(({ answer }) => answer.status === 0 || answer.status >= 500)
    .map(({ request, answer }) => `${request.method} ${request.path} ended with ${answer.status}`);

/** Nothing of one tenant is written, refunded or told by another's work. */
export const tenantsAreApart: Check = ({ cloud, refunds, events, orders, credits, cancellations }) => [
  ...cloud.crossings,
  ...refunds
    .filter(({ account, tenant }) => tenant !== undefined && !account.endsWith(`_${tenant}`))
    .map(({ id, account, tenant = '' }) => `refund ${id} of ${tenant} went over ${account}`),
  ...cancellations.flatMap((cancellation) =>
    cancellation.legs.flatMap((leg) =>
      refunds
        .filter(({ attempt }) => legOfAttempt(attempt ?? '') === referenceOf(cancellation, leg))
        .filter(({ account }) => !account.endsWith(`_${cancellation.tenant}`))
        .map(({ account }) => `${cancellation.id} ${leg.id} of ${cancellation.tenant} went over ${account}`),
    ),
  ),
  ...events
    .filter(({ tenant, orderId }) => !orders.some(({ placed }) => placed.id === orderId && placed.tenant === tenant))
    .map(({ id, tenant, orderId }) => `event ${id} says that ${orderId} is of ${tenant}`),
  ...credits
    .filter(({ partition, cancellationId }) => {
      const owner = orders.find(({ cancellations }) => cancellations.some(({ id }) => id === cancellationId));
      return owner !== undefined && !partition.startsWith(`T#${owner.placed.tenant}#`);
    })
    .map(({ legId, partition }) => `credit ${legId} lies in ${partition}`),
];
