/** The HTTP API: from a request to its function, and back. Clients ask again as real ones do; webhooks come by it too. */
import { functions, type Route } from '../../../infra/functions';
import type { FaultKind } from '../plan';
import { hashText } from './hash';
import { throttled, type Invoker } from './invoker';
import type { Process, World } from './world';

export interface Claims {
  readonly tenant: string;
  readonly role: string;
  readonly sub: string;
  readonly merchant_id?: string;
}

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly claims?: Claims;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface ApiAnswer {
  readonly status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers of many routes, read by scenarios
  readonly body: any;
}

interface Door extends Route {
  readonly name: string;
  readonly pattern: RegExp;
  readonly parameters: readonly string[];
  /** Who is nobody is sent away before the function is asked. */
  readonly authorized: boolean;
}

const doors: readonly Door[] = functions.flatMap(({ name, trigger }) =>
  trigger.kind === 'api' || trigger.kind === 'webhook'
    ? trigger.routes.map((route) => ({
        ...route,
        name,
        pattern: new RegExp(`^${route.path.replace(/\{\w+\}/g, '([^/]+)')}$`),
        authorized: trigger.kind === 'api',
        parameters: [...route.path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter ?? ''),
      }))
    : [],
);

const ofRequest: readonly FaultKind[] = [
  'dropped',
  'duplicated',
  'delayed',
  'timeout_applied',
  'overtaken',
  'replayed',
];
const ofRead: readonly FaultKind[] = ['dropped'];
const ofWebhook: readonly FaultKind[] = ['dropped', 'duplicated', 'delayed', 'reordered', 'replayed', 'overtaken'];

export class Gateway {
  private requests = 0;
  /** Requests under way of which nobody will hear the answer. */
  private readonly unheard = new Set<string>();
  /** Whether webhooks get here at all; a scenario may say that they never do. */
  webhooksLost = false;
  /** Connections of which a webhook was lost for good. */
  readonly unheardOf = new Set<string>();

  constructor(
    private readonly world: World,
    private readonly invoker: Invoker,
  ) {}

  digest(): string {
    return `${this.webhooksLost} ${[...this.unheard].sort().join()} ${[...this.unheardOf].sort().join()}`;
  }

  /** One attempt of a client, from the network on. `none`: there was no answer. */
  request(process: Process, request: ApiRequest, attempt: number): Promise<ApiAnswer | 'none'> {
    const { world } = this;
    const label = `${request.method} ${request.path.replace(/\/[^/]*_[^/]*/g, '/*')}`;
    const kinds = request.method === 'GET' ? ofRead : ofRequest;
    const id = `${process.name}-${(this.requests += 1)}-${attempt}`;
    return new Promise((resolve) => {
      world.enter(process, { label, effect: request.method !== 'GET', kinds }, 0, (kind) => {
        const back = (answer: ApiAnswer | 'none'): void =>
          world.resume(process, hashText(JSON.stringify(answer)), () => resolve(answer));
        if (kind === 'dropped') return back('none');
        const work = this.carry(request, id);
        if (kind === 'duplicated') void this.carry(request, `${id}-again`);
        if (kind === 'replayed') {
          world.at(
            world.now + 25 * 3_600_000,
            () => void this.carry(request, `${id}-late`),
            hashText(JSON.stringify(request)),
          );
        }
        const lost = kind === 'timeout_applied';
        const what = `${process.name} ${label}`;
        if (lost) this.unheard.add(what);
        void work.then((answer) => {
          this.unheard.delete(what);
          back(lost ? 'none' : answer);
        });
      });
    });
  }

  /**
   * A party sends a webhook. Answers what the party sees; it sends again after anything but 2xx. `taken`: as if it had got
   * here.
   */
  webhook({ path, headers, body }: { path: string; headers: Record<string, string>; body: string }): Promise<Seen> {
    const { world } = this;
    return new Promise((resolve) => {
      const label = `webhook ${path.split('/').slice(2, 4).join(' ')}`;
      world.enter(undefined, { label, effect: true, kinds: ofWebhook }, hashText(body), (kind) => {
        // Lost on the way although the sender was answered: nobody will send it again.
        if (kind === 'dropped' || this.webhooksLost) {
          this.unheardOf.add(path.split('/').at(-1) ?? '');
          return resolve('taken');
        }
        const carry = (): Promise<ApiAnswer> => this.carry({ method: 'POST', path, headers, body }, 'webhook');
        void carry().then((answer) => resolve({ status: answer.status, text: JSON.stringify(answer.body) }));
        if (kind === 'duplicated') void carry();
        if (kind === 'replayed') world.at(world.now + 25 * 3_600_000, () => void carry(), hashText(path + body));
      });
    });
  }

  private async carry(request: ApiRequest, requestId: string): Promise<ApiAnswer> {
    const door = doors.find(({ method, pattern }) => method === request.method && pattern.test(request.path));
    if (door === undefined) return gatewayAnswer(404, 'Not Found');
    if (door.authorized && request.claims === undefined) return gatewayAnswer(401, 'Unauthorized');
    const [, ...values] = door.pattern.exec(request.path) ?? [];
    const { body } = request;
    const event = {
      version: '2.0',
      rawPath: request.path,
      headers: { 'content-type': 'application/json', ...request.headers },
      queryStringParameters: request.query,
      pathParameters: Object.fromEntries(door.parameters.map((name, at) => [name, decoded(values[at] ?? '')])),
      requestContext: {
        requestId,
        http: { method: request.method, path: request.path },
        ...(request.claims === undefined ? {} : { authorizer: { jwt: { claims: request.claims } } }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      isBase64Encoded: false,
    };
    const { payload, error } = await this.invoker.invoke(door.name, event);
    if (error !== undefined) {
      return error.errorType === throttled
        ? gatewayAnswer(503, 'Service Unavailable')
        : gatewayAnswer(500, 'Internal Server Error');
    }
    const { statusCode, headers, body: text = '' } = payload as HandlersAnswer;
    // A provider may want words of its own; nobody else gets anything but JSON.
    const isJson = text !== '' && headers?.['content-type']?.includes('json') === true;
    return { status: statusCode, body: isJson ? JSON.parse(text) : {} };
  }
}

/** What the sender of a webhook is answered with. */
export type Seen = 'taken' | { readonly status: number; readonly text: string };

interface HandlersAnswer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What the gateway says by itself. */
const gatewayAnswer = (status: number, message: string): ApiAnswer => ({ status, body: { message } });

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
