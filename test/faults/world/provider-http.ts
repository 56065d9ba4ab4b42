/** The line to outside parties: sockets and the Stripe package's HTTP client, each up to the request. */
import type { FaultKind } from '../plan';
import { callOf } from './calls-of-parties';
import type { Cloud } from './cloud';
import { packageNamed } from './packages';
import type { PartyAnswer, PartyRequest } from './parties';
import { tableNames } from './settings';

const kinds: readonly FaultKind[] = [
  'crash_before',
  'crash_after',
  'timeout_lost',
  'timeout_applied',
  'throttled',
  'server_error',
  'slow',
  'overtaken',
  'hung',
];

function exchange(cloud: Cloud, request: PartyRequest): Promise<PartyAnswer> {
  const { parties } = cloud;
  return cloud.call({
    ...callOf(parties.nameOf(request), request),
    kinds,
    request: () => `${request.path} ${request.body}`,
    perform: () => {
      cloud.unintended.push(...cloud.intents.asked(cloud.tables.items(tableNames.orders), request));
      return parties.handle(request);
    },
    failure: () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }),
    otherwise: (kind) => {
      if (kind === 'throttled') return parties.tooMany(request);
      return kind === 'server_error' ? parties.handleBadly(request) : undefined;
    },
  });
}

export function partyModules(cloud: () => Cloud): Record<string, unknown> {
  const stripeModule = packageNamed('stripe');
  const Stripe = (stripeModule['default'] ?? stripeModule) as {
    new (apiKey: string, config: object): object;
    HttpClient: new () => object;
    HttpClientResponse: new (status: number, headers: object) => object;
    createNodeHttpClient: () => object;
  };

  class WorldResponse extends Stripe.HttpClientResponse {
    constructor(private readonly answer: PartyAnswer) {
      super(answer.status, answer.headers);
    }
    getRawResponse(): object {
      return this.answer;
    }
    toJSON(): Promise<unknown> {
      return new Promise((resolve, reject) => {
        try {
          resolve(JSON.parse(this.answer.body));
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    }
  }

  class WorldHttpClient extends Stripe.HttpClient {
    getClientName(): string {
      return 'world';
    }
    async makeRequest(
      _host: string,
      _port: number,
      path: string,
      method: string,
      headers: Record<string, string>,
      data: string | null,
    ): Promise<object> {
      return new WorldResponse(await exchange(cloud(), { method, path, headers: lowered(headers), body: data ?? '' }));
    }
  }
  Stripe.createNodeHttpClient = () => new WorldHttpClient();
  /** A client holds no state but its address and key, and takes long to build: one for each of them will do. */
  const clients = new Map<string, object>();
  class SharedStripe extends Stripe {
    constructor(apiKey: string, config: { host: string; port: number; timeout: number }) {
      const name = [apiKey, config.host, config.port, config.timeout].join(' ');
      const known = clients.get(name);
      if (known !== undefined) return known;
      super(apiKey, config);
      clients.set(name, this);
    }
  }

  const http = {
    ...packageNamed('node:http'),
    request: (options: SocketOptions) => new WorldRequest(cloud(), options),
  };
  const stripe = { ...stripeModule, default: SharedStripe, __esModule: true };
  return { stripe, 'node:http': http, 'node:https': { ...packageNamed('node:https'), request: http.request } };
}

interface SocketOptions {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
}

type Listener = (value: unknown) => void;

/** As much of a ClientRequest as `shared/adapters/http-client.ts` uses. */
class WorldRequest {
  readonly reusedSocket = true;
  private readonly listeners = new Map<string, Listener>();
  private over = false;

  constructor(
    private readonly cloud: Cloud,
    private readonly options: SocketOptions,
  ) {}

  on(event: string, listener: Listener): this {
    this.listeners.set(event, listener);
    return this;
  }

  destroy(error?: Error): void {
    if (this.over) return;
    this.over = true;
    if (error !== undefined) this.listeners.get('error')?.(error);
  }

  end(body?: Buffer): void {
    this.listeners.get('socket')?.({ once: () => undefined });
    const { method, path, headers } = this.options;
    exchange(this.cloud, { method, path, headers: lowered(headers), body: body?.toString('utf8') ?? '' }).then(
      (answer) => {
        if (this.over) return;
        this.listeners.get('response')?.({
          statusCode: answer.status,
          headers: answer.headers,
          async *[Symbol.asyncIterator]() {
            yield Buffer.from(answer.body);
          },
        });
      },
      (error: unknown) => this.destroy(error as Error),
    );
  }
}

const lowered = (headers: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
