/** Mounts an outside party on a loopback port of its own, so that an adapter meets it over real HTTP. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HostClock } from '../../infra/local/clock';
import type { StandIn, StandInHost, StandInReply, StandInRequest, Store } from '../../infra/local/stand-in';

/** What went over the wire to the party. */
export interface Exchange {
  readonly request: StandInRequest;
  readonly reply: StandInReply;
}

/** A webhook as it arrived. */
export interface Delivery {
  readonly path: string;
  readonly headers: Record<string, string | undefined>;
  readonly rawBody: Buffer;
}

export interface Mounted {
  readonly baseUrl: string;
  readonly clock: HostClock;
  readonly exchanges: Exchange[];
  readonly deliveries: Delivery[];
  /** What the application answers to webhooks; 200 without a body at first. */
  answerWebhooksWith(status: number, body?: string): void;
  control(path: string, body?: unknown): Promise<unknown>;
  /** Settles when every webhook that is due has been tried. */
  idle(): Promise<void>;
  /** As after `kill -9`: a new party on the old store. */
  restart(standIn: StandIn): Promise<void>;
  close(): Promise<void>;
}

export async function mount(standIn: StandIn, clock = new HostClock()): Promise<Mounted> {
  const store = new MemoryStore();
  const exchanges: Exchange[] = [];
  const deliveries: Delivery[] = [];
  let party = standIn;
  let webhookAnswer = { status: 200, body: '' };
  let promised = 0;

  const server = createServer((incoming, outgoing) => {
    void serve(incoming, outgoing, async (request) => {
      if (request.path.startsWith('/webhooks/')) {
        const headers = Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
        );
        deliveries.push({ path: request.path, headers, rawBody: request.rawBody });
        return webhookAnswer;
      }
      if (!party.matches(request.method, request.path, request.headers)) return { status: 404, body: 'no such route' };
      const reply = await party.handle(request);
      exchanges.push({ request, reply });
      return reply;
    });
  });
  const baseUrl = await listen(server);

  const host: StandInHost = {
    baseUrl,
    clock,
    store,
    secret: () => Promise.resolve(undefined),
    send: async (request) => {
      const answer = await fetch(new URL(request.path, baseUrl), {
        method: request.method ?? 'POST',
        headers: request.headers ?? {},
        body: request.body,
      });
      return { status: answer.status, headers: {}, body: await answer.text() };
    },
    busy: () => {
      promised += 1;
      return () => (promised -= 1);
    },
    log: () => undefined,
  };
  await party.start?.(host);

  return {
    baseUrl,
    clock,
    exchanges,
    deliveries,
    answerWebhooksWith: (status, body = '') => (webhookAnswer = { status, body }),
    control: async (path, body) => party.control?.(path, body),
    idle: async () => {
      // A timer of the clock may still have to run before it promises anything.
      do await new Promise((resolve) => setTimeout(resolve, 10));
      while (promised > 0);
    },
    restart: async (next) => {
      await party.stop?.();
      party = next;
      await party.start?.(host);
    },
    close: async () => {
      await party.stop?.();
      clock.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A server that does what a test tells it, for answers that no stand-in would give. */
export async function rawServer(
  answer: (incoming: IncomingMessage, outgoing: ServerResponse) => void,
): Promise<{ baseUrl: string; close(): Promise<void> }> {
  const server = createServer(answer);
  const baseUrl = await listen(server);
  return {
    baseUrl,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Keeps JSON, so that nothing survives a restart that would not survive on disk. */
export class MemoryStore implements Store {
  private readonly entries = new Map<string, string>();

  get<T>(key: string): Promise<T | undefined> {
    const value = this.entries.get(key);
    return Promise.resolve(value === undefined ? undefined : (JSON.parse(value) as T));
  }

  put<T>(key: string, value: T): Promise<void> {
    this.entries.set(key, JSON.stringify(value));
    return Promise.resolve();
  }

  delete(key: string): Promise<void> {
    this.entries.delete(key);
    return Promise.resolve();
  }

  all<T>(prefix: string): Promise<{ key: string; value: T }[]> {
    const found = [...this.entries].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
    return Promise.resolve(found.map(([key, value]) => ({ key, value: JSON.parse(value) as T })));
  }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  handle: (request: StandInRequest) => Promise<StandInReply>,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const url = new URL(incoming.url ?? '/', 'http://local');
  const reply = await handle({
    method: incoming.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    rawBody: Buffer.concat(chunks),
  }).catch((error: unknown): StandInReply => ({ status: 599, body: String(error) }));
  if (reply === 'hang-up') incoming.socket.destroy();
  else outgoing.writeHead(reply.status, reply.headers).end(reply.body);
}
