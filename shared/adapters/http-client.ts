import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { PartyAddress } from './party-address';

/**
 * The one HTTP client for parties whose own package is too heavy for a function: keep-alive, one attempt, a limit for
 * the whole exchange, a limit for the answer's size, no redirects followed (a redirect would carry the account's key
 * to another address). The global `fetch` would cost 84 to 105 ms of CPU at a cold start.
 */
export interface HttpClient {
  /** @throws {HttpFailure} when there is no complete answer; an answer of any status is a value */
  send(address: PartyAddress, request: HttpRequest): Promise<HttpAnswer>;
}

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Starts with a slash, already percent-encoded; appended to the address's base path. */
  path: string;
  headers: Record<string, string>;
  body?: string;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export interface HttpLimits {
  /** For the whole exchange, from the call to the last byte. */
  timeoutMs: number;
  maxBytes: number;
}

/**
 * - `not_sent`: no connection was made, so nothing can have happened
 * - `no_answer`: the connection broke or the time was up; the request may have been carried out
 * - `too_large`, `not_json`: there was an answer, but not one that can be read
 */
export type HttpTrouble = 'not_sent' | 'no_answer' | 'too_large' | 'not_json';

export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  constructor(
    readonly trouble: HttpTrouble,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`${trouble}: ${message}`, options);
  }
}

const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };

export function httpClient(limits: HttpLimits): HttpClient {
  return { send: (address, request) => exchange(address, request, limits) };
}

/** @throws {HttpFailure} `not_json` */
export function jsonOf(answer: HttpAnswer): unknown {
  try {
    return JSON.parse(answer.text);
  } catch (cause) {
    throw new HttpFailure('not_json', `HTTP ${answer.status} with a body that is not JSON`, { cause });
  }
}

function exchange(address: PartyAddress, request: HttpRequest, limits: HttpLimits): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const secure = address.protocol === 'https';
    const body = request.body === undefined ? undefined : Buffer.from(request.body);
    let connected = false;
    const outgoing = (secure ? httpsRequest : httpRequest)({
      agent: secure ? agents.https : agents.http,
      host: address.host,
      port: address.port,
      method: request.method,
      path: address.basePath + request.path,
      headers: {
        ...request.headers,
        ...(body || request.method !== 'GET' ? { 'content-length': body?.length ?? 0 } : {}),
      },
    });
    const timer = setTimeout(() => outgoing.destroy(new Error(`${limits.timeoutMs} ms were up`)), limits.timeoutMs);
    const fail = (error: unknown): void => {
      clearTimeout(timer);
      outgoing.destroy();
      reject(error instanceof HttpFailure ? error : brokenOff(error, connected));
    };
    outgoing.on('socket', (socket) => {
      // A socket of the pool is connected already; over TLS nothing is sent before the handshake is done.
      if (outgoing.reusedSocket) connected = true;
      else socket.once(secure ? 'secureConnect' : 'connect', () => (connected = true));
    });
    outgoing.on('error', fail);
    outgoing.on('response', (incoming) => {
      collect(incoming, limits.maxBytes).then((text) => {
        clearTimeout(timer);
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text });
      }, fail);
    });
    outgoing.end(body);
  });
}

async function collect(incoming: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > maxBytes) throw new HttpFailure('too_large', `answer of more than ${maxBytes} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function brokenOff(error: unknown, connected: boolean): HttpFailure {
  const message = error instanceof Error ? error.message : String(error);
  return new HttpFailure(connected ? 'no_answer' : 'not_sent', message, { cause: error });
}
