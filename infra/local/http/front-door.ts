/** The one port: control routes, AWS's JSON APIs, the HTTP API of the template, and the outside parties. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ApiError } from '../api-error';
import { type Json, isRecord, record } from '../json';
import { gatewayAnswer, type HttpApi } from './http-api';
import type { HttpAnswer, HttpRequest } from './payload';

export type DoorAnswer = HttpAnswer | 'hang-up';

/** A service behind `x-amz-target`: it answers with an object, or cuts the line. */
export type JsonService = (operation: string, input: Json, invocation?: string) => Promise<unknown>;

export interface Rooms {
  /** Under /_local. */
  control(request: HttpRequest): Promise<HttpAnswer>;
  /** DynamoDB and its streams, bytes in and out. */
  database(target: string, body: Buffer, invocation?: string): Promise<{ status: number; body: Buffer } | 'hang-up'>;
  /** By the part of `x-amz-target` before the point. */
  readonly services: ReadonlyMap<string, JsonService>;
  lambda(request: HttpRequest): Promise<HttpAnswer>;
  readonly api: HttpApi;
  /** The outside parties; undefined if none of them knows the path. */
  standIns(request: HttpRequest): Promise<DoorAnswer | undefined>;
  log(line: string): void;
}

/** More than any service takes; what is larger is cut off while it arrives. */
const LONGEST_BODY = 20 * 1024 * 1024;

export class FrontDoor {
  private readonly server: Server;
  private rooms: Rooms | undefined;
  private handling = 0;

  constructor() {
    this.server = createServer({ keepAliveTimeout: 65_000, noDelay: true }, (message, response) => {
      this.serve(message, response).catch((error: unknown) => {
        this.rooms?.log(`${message.method} ${message.url}: ${error instanceof Error ? error.stack : String(error)}`);
        if (response.headersSent) response.destroy();
        else send(response, gatewayAnswer(500, 'Internal Server Error'));
      });
    });
    this.server.on('clientError', (_error, socket) => socket.destroy());
  }

  /** Opens the port on the loopback interface; 0 takes any. Until `open` every request is told to come later. */
  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, '127.0.0.1', () => {
        this.server.off('error', reject);
        const address = this.server.address();
        resolve(typeof address === 'object' && address ? address.port : port);
      });
    });
  }

  open(rooms: Rooms): void {
    this.rooms = rooms;
  }

  /** Requests under way, control requests apart. */
  get busy(): number {
    return this.handling;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await read(message);
    const { rooms } = this;
    if (!rooms) return send(response, gatewayAnswer(503, 'Service Unavailable'));
    if (body === undefined) {
      response.setHeader('connection', 'close');
      return send(response, gatewayAnswer(413, 'Request Entity Too Large'));
    }
    const url = message.url ?? '/';
    const mark = url.indexOf('?');
    const request: HttpRequest = {
      method: message.method ?? 'GET',
      path: mark < 0 ? url : url.slice(0, mark),
      rawQuery: mark < 0 ? '' : url.slice(mark + 1),
      message,
      body,
    };
    if (request.path.startsWith('/_local/')) return send(response, await answered(() => rooms.control(request)));
    this.handling += 1;
    try {
      const answer = await this.route(rooms, request);
      if (answer === 'hang-up') response.destroy();
      else send(response, answer);
    } finally {
      this.handling -= 1;
    }
  }

  private async route(rooms: Rooms, request: HttpRequest): Promise<DoorAnswer> {
    const target = request.message.headers['x-amz-target'];
    const invocation = request.message.headers['x-laptop-invocation'];
    if (typeof target === 'string') return this.aws(rooms, target, request.body, invocation?.toString());
    if (request.path.startsWith('/2015-03-31/functions/')) return answered(() => rooms.lambda(request));
    return (await rooms.api.handle(request)) ?? (await rooms.standIns(request)) ?? gatewayAnswer(404, 'Not Found');
  }

  private async aws(rooms: Rooms, target: string, body: Buffer, invocation?: string): Promise<DoorAnswer> {
    const point = target.indexOf('.');
    const prefix = target.slice(0, point);
    const operation = target.slice(point + 1);
    try {
      if (prefix.startsWith('DynamoDB')) {
        const answer = await rooms.database(target, body, invocation);
        if (answer === 'hang-up') return answer;
        return { status: answer.status, headers: amazonHeaders('1.0'), body: answer.body };
      }
      const service = rooms.services.get(prefix);
      if (!service) throw ApiError.unsupported(`the service ${prefix} (${operation})`);
      const answer = await service(operation, record(JSON.parse(body.toString() || '{}')), invocation);
      if (answer === 'hang-up') return answer;
      return { status: 200, headers: amazonHeaders('1.1'), body: JSON.stringify(answer) };
    } catch (error) {
      if (error instanceof SyntaxError) return awsError(new ApiError('SerializationException', error.message));
      if (error instanceof ApiError) return awsError(error);
      throw error;
    }
  }
}

/** Older names that the SQS client still looks at. */
const QUERY_ERRORS: Readonly<Record<string, string>> = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue;Sender',
};

function awsError(error: ApiError): HttpAnswer {
  const query = QUERY_ERRORS[error.code];
  return {
    status: error.status,
    headers: { ...amazonHeaders('1.0'), ...(query ? { 'x-amzn-query-error': query } : {}) },
    body: JSON.stringify({ __type: error.code, message: error.message, Message: error.message, ...error.detail }),
  };
}

function amazonHeaders(version: string): Record<string, string> {
  return { 'content-type': `application/x-amz-json-${version}`, 'x-amzn-requestid': randomUUID() };
}

async function answered(work: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return {
      status: error.status,
      headers: { 'content-type': 'application/json', 'x-amzn-errortype': error.code, 'x-amzn-requestid': randomUUID() },
      body: JSON.stringify({ __type: error.code, message: error.message, Message: error.message, ...error.detail }),
    };
  }
}

/** The whole body, or undefined if it is too long. */
function read(message: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    message.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > LONGEST_BODY) chunks.length = 0;
      else chunks.push(chunk);
    });
    message.on('end', () => {
      if (length > LONGEST_BODY) resolve(undefined);
      else resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
    });
    message.on('error', reject);
  });
}

function send(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  if (response.destroyed) return;
  const bare = status === 204 || status === 304;
  response.writeHead(status, bare ? headers : { ...headers, 'content-length': String(Buffer.byteLength(body)) });
  response.end(bare ? undefined : body);
}

/** JSON body of a control request. */
export function jsonBody(request: HttpRequest): unknown {
  if (request.body.length === 0) return undefined;
  try {
    return JSON.parse(request.body.toString()) as unknown;
  } catch (error) {
    throw new ApiError('ValidationException', `The body is not JSON: ${String(error)}`);
  }
}

/** A control answer. */
export function jsonAnswer(value: unknown, status = 200): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(isRecord(value) || Array.isArray(value) ? value : (value ?? {})),
  };
}
