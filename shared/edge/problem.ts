import { refusals, type Refusal } from '../domain/refusal';

/** A Lambda reply in API Gateway's payload format 2.0. */
export interface HttpReply {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

/** Renders a refusal as an RFC 9457 problem. `facts` of the refusal are extension members under their own name. */
export function problem(refusal: Refusal, request: { path: string; requestId: string }): HttpReply {
  const { status, title, todo } = refusals[refusal.code];
  const body = {
    type: `urn:problem:order-cancellation:${refusal.code}`,
    title,
    status,
    detail: `${refusal.detail} ${todo}`,
    instance: request.path,
    code: refusal.code,
    ...(refusal.param === undefined ? {} : { param: refusal.param }),
    ...(refusal.facts === undefined ? {} : { facts: refusal.facts }),
    request_id: request.requestId,
    doc_url: `docs/errors.md#${refusal.code}`,
    retryable: status >= 500 || retryable.has(refusal.code),
  };
  return { statusCode: status, headers: { 'content-type': 'application/problem+json' }, body: JSON.stringify(body) };
}

const retryable: ReadonlySet<string> = new Set(['request_running', 'conflict_try_again']);
