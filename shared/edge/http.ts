import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyEventV2WithJWTAuthorizer, Context } from 'aws-lambda';
import type * as z from 'zod/mini';
import type { Caller } from '../domain/access';
import type { Role } from '../domain/cancellation';
import { isRefusal, refuse, type Refusal } from '../domain/refusal';
import type { Instant } from '../domain/time';
import type { KeptAnswers } from '../ports/kept-answers';
import { claimNames, now } from '../wiring';
import { answerOnce } from './answer-once';
import { log } from './log';
import { parse } from './parse';
import { problem, type HttpReply } from './problem';

/** A route as its file states it: who may call, what it takes, what it needs, what it does. */
export interface Endpoint<Body, Query, Ports> {
  roles: readonly Role[];
  /** Absent: no body is read. */
  body?: z.ZodMiniType<Body>;
  query?: z.ZodMiniType<Query>;
  /** Largest body in bytes; 256 KB where nothing is said. */
  bodyLimit?: number;
  /** Whether an Idempotency-Key is demanded although no answers are kept: what the route records is found by its key. */
  needsKey?: boolean;
  /** Where answers are kept by Idempotency-Key, which is then demanded; a repeated request gets the first answer. */
  answers?: () => KeptAnswers;
  ports: () => Ports;
  handle(request: ApiRequest<Body, Query>, ports: Ports): Promise<Reply | Refusal>;
}

export interface ApiRequest<Body, Query> {
  caller: Caller;
  body: Body;
  query: Query;
  /** Path parameters, decoded. */
  params: Readonly<Record<string, string>>;
  /** The last part of the path, for routes that share a file (approve | decline). */
  verb: string;
  /** Present when the endpoint demands it. */
  idempotencyKey: string;
  now: Instant;
  requestId: string;
}

export interface Reply {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

export const ok = (body: unknown): Reply => ({ status: 200, body });
export const created = (body: unknown): Reply => ({ status: 201, body });
export const accepted = (body: unknown): Reply => ({ status: 202, body });
export const notFound = (what: string, id: string): Refusal => refuse('not_found', `There is no ${what} ${id}.`);

type Event = APIGatewayProxyEventV2WithJWTAuthorizer;

/** The stack of every API route: last-resort error answer, then parsing, then the endpoint. */
export function httpHandler<Body = undefined, Query = undefined, Ports = object>(
  endpoint: Endpoint<Body, Query, Ports>,
) {
  return middy<Event, HttpReply, Error, Context>()
    .use(lastResort)
    .handler(async (event: Event): Promise<HttpReply> => {
      const request = { path: event.rawPath, requestId: event.requestContext.requestId };
      const read = readRequest(event, endpoint);
      const answer = isRefusal(read) ? read : await carryOut(endpoint, event, read);
      if (!isRefusal(answer)) return render(answer);
      // Who was turned away and why is a fact that security people count.
      if (answer.code === 'role_not_allowed' || answer.code === 'token_incomplete') {
        log('warn', { event: 'access_refused', code: answer.code, path: request.path, requestId: request.requestId });
      }
      return problem(answer, request);
    });
}

function carryOut<Body, Query, Ports>(
  endpoint: Endpoint<Body, Query, Ports>,
  event: Event,
  request: ApiRequest<Body, Query>,
): Promise<Reply | Refusal> {
  const handle = () => endpoint.handle(request, endpoint.ports());
  if (endpoint.answers === undefined) return handle();
  return answerOnce(endpoint.answers(), `${event.requestContext.http.method} ${event.rawPath}`, request, handle);
}

function readRequest<Body, Query, Ports>(
  event: Event,
  endpoint: Endpoint<Body, Query, Ports>,
): ApiRequest<Body, Query> | Refusal {
  const caller = readCaller(event);
  if (isRefusal(caller)) return caller;
  if (!endpoint.roles.includes(caller.role)) {
    return refuse('role_not_allowed', `This route is for ${endpoint.roles.join(', ')}.`, {
      facts: { allowed: endpoint.roles },
    });
  }
  const idempotencyKey = readKey(event.headers['idempotency-key']);
  const keyDemanded = endpoint.needsKey === true || endpoint.answers !== undefined;
  if (keyDemanded && isRefusal(idempotencyKey)) return idempotencyKey;
  const query =
    endpoint.query === undefined ? undefined : parse(endpoint.query, event.queryStringParameters ?? {}, 'query');
  if (isRefusal(query)) return query;
  const body =
    endpoint.body === undefined ? undefined : readBody(event, endpoint.body, endpoint.bodyLimit ?? 256 * 1024);
  if (isRefusal(body)) return body;
  return {
    caller,
    body: body as Body,
    query: query as Query,
    params: decoded(event.pathParameters ?? {}),
    verb: event.rawPath.split('/').at(-1) ?? '',
    idempotencyKey: isRefusal(idempotencyKey) ? '' : idempotencyKey,
    now: now(),
    requestId: event.requestContext.requestId,
  };
}

const roles: readonly string[] = ['customer', 'merchant', 'support', 'platform', 'system'] satisfies Role[];

/** The authorizer has verified the token; a token without tenant, role or subject still opens nothing. */
function readCaller(event: Event): Caller | Refusal {
  const claims = event.requestContext.authorizer.jwt.claims;
  const names = claimNames();
  const text = (name: string): string => (typeof claims[name] === 'string' ? claims[name] : '');
  const [tenant, role, subject, merchantId] = [text(names.tenant), text(names.role), text('sub'), text(names.merchant)];
  if (
    !/^[A-Za-z0-9_-]{1,64}$/.test(tenant) ||
    subject === '' ||
    !roles.includes(role) ||
    (role === 'merchant' && merchantId === '')
  ) {
    return refuse('token_incomplete', 'The token names no tenant, role, subject or merchant that we can use.');
  }
  return { tenant, role: role as Role, subject, ...(merchantId === '' ? {} : { merchantId }) };
}

/** The header is a structured-field string, so it may come quoted. */
function readKey(header: string | undefined): string | Refusal {
  const key = header?.trim().replace(/^"(.*)"$/, '$1') ?? '';
  if (key === '') return refuse('idempotency_key_missing', 'Every POST that changes something needs one.');
  if (key.length > 255)
    return refuse('invalid_field', 'The Idempotency-Key has more than 255 characters.', { param: 'Idempotency-Key' });
  return key;
}

function readBody<Body>(event: Event, schema: z.ZodMiniType<Body>, limit: number): Body | Refusal {
  const raw = rawBody(event);
  if (raw.length > limit) return refuse('body_too_large', `The body has ${raw.length} bytes, the limit is ${limit}.`);
  let value: unknown;
  try {
    value = raw.length === 0 ? {} : JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw));
  } catch {
    return refuse('malformed_json', 'The body cannot be read as JSON in UTF-8.');
  }
  return parse(schema, value, 'body');
}

/** The bytes that were sent; API Gateway hands binary ones over in base64. */
export function rawBody(event: Pick<APIGatewayProxyEventV2, 'body' | 'isBase64Encoded'>): Uint8Array {
  return Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
}

function decoded(parameters: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, value ?? '']));
}

function render(reply: Reply): HttpReply {
  return {
    statusCode: reply.status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...reply.headers },
    body: JSON.stringify(reply.body),
  };
}

/** Outside: a generic answer. Inside: everything. */
const lastResort: middy.MiddlewareObj<Event, HttpReply, Error, Context> = {
  onError: (request) => {
    const { rawPath, requestContext } = request.event;
    log('error', { event: 'unexpected', path: rawPath, requestId: requestContext.requestId, error: request.error });
    request.response = problem(refuse('internal_error', 'It is not your fault.'), {
      path: rawPath,
      requestId: requestContext.requestId,
    });
  },
};
