/** Payload format 2.0 of an HTTP API, in both directions. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { flag, integer, isRecord, list, record, text } from '../json';

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly rawQuery: string;
  readonly message: IncomingMessage;
  readonly body: Buffer;
}

export interface RouteContext {
  readonly routeKey: string;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly apiId: string;
  readonly account: string;
  readonly stage: string;
  readonly domain: string;
  readonly requestId: string;
  readonly now: number;
  readonly authorizer?: {
    readonly claims: Readonly<Record<string, string>>;
    readonly scopes: readonly string[] | null;
  };
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  readonly body: string | Buffer;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The request id in the gateway's own form. */
export function gatewayRequestId(): string {
  return `${randomUUID().replaceAll('-', '').slice(0, 15)}=`;
}

/** The event that the function gets. */
export function eventOf(request: HttpRequest, context: RouteContext): Record<string, unknown> {
  const headers: Record<string, string> = {};
  const cookies: string[] = [];
  const { rawHeaders } = request.message;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    const value = rawHeaders[at + 1] ?? '';
    if (name === 'cookie') cookies.push(...value.split(/;\s*/));
    else if (name !== 'connection' && name !== 'transfer-encoding')
      headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`;
  }
  headers['x-forwarded-for'] ??= '127.0.0.1';
  headers['x-forwarded-proto'] ??= 'https';
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(request.rawQuery))
    query[name] = name in query ? `${query[name]},${value}` : value;
  const path = decodedPath(request.path);
  const textual = isText(headers['content-type'], request.body);
  return {
    version: '2.0',
    routeKey: context.routeKey,
    rawPath: path,
    rawQueryString: request.rawQuery,
    ...(cookies.length > 0 ? { cookies } : {}),
    headers,
    ...(Object.keys(query).length > 0 ? { queryStringParameters: query } : {}),
    requestContext: {
      accountId: context.account,
      apiId: context.apiId,
      ...(context.authorizer ? { authorizer: { jwt: context.authorizer } } : {}),
      domainName: context.domain,
      domainPrefix: context.domain.split('.')[0],
      http: {
        method: request.method,
        path,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: context.requestId,
      routeKey: context.routeKey,
      stage: context.stage,
      time: logTime(context.now),
      timeEpoch: context.now,
    },
    ...(Object.keys(context.pathParameters).length > 0 ? { pathParameters: context.pathParameters } : {}),
    ...(request.body.length > 0 ? { body: textual ? request.body.toString() : request.body.toString('base64') } : {}),
    isBase64Encoded: request.body.length > 0 && !textual,
  };
}

/** The function's answer as HTTP; undefined when the gateway could not make sense of it. */
export function answerOf(payload: string): HttpAnswer | undefined {
  const result: unknown = JSON.parse(payload);
  if (!isRecord(result) || result['statusCode'] === undefined) {
    const body = typeof result === 'string' ? result : payload;
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  }
  const status = integer(result['statusCode']);
  if (status === undefined || status < 100 || status > 599) return undefined;
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(record(result['headers']))) headers[name.toLowerCase()] = String(value);
  const cookies = list(result['cookies']).map(String);
  if (cookies.length > 0) headers['set-cookie'] = cookies;
  const given = result['body'];
  if (given !== undefined && given !== null && typeof given !== 'string') return undefined;
  headers['content-type'] ??= 'text/plain;charset=utf-8';
  const body = text(given) ?? '';
  return { status, headers, body: flag(result['isBase64Encoded']) ? Buffer.from(body, 'base64') : body };
}

function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The gateway passes JSON, XML, script and text as they are; all else, forms included, as base64. */
function isText(contentType: string | undefined, body: Buffer): boolean {
  if (contentType !== undefined && !/^\s*(text\/|application\/([\w.+-]*\+)?(json|xml|javascript)\b)/i.test(contentType))
    return false;
  return contentType !== undefined || body.equals(Buffer.from(body.toString()));
}

/** `22/Nov/2026:17:45:00 +0000` */
function logTime(now: number): string {
  const iso = new Date(now).toISOString();
  const month = MONTHS[Number(iso.slice(5, 7)) - 1] ?? '';
  return `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}
