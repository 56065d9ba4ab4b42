/** Runs the outside parties: hands them their requests, lends them clock, store and a way to call back. */
import { Agent, request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { Clock } from './clock';
import type { DoorAnswer } from './http/front-door';
import type { HttpRequest } from './http/payload';
import type { OutgoingRequest, StandIn, StandInHost, Store } from './stand-in';

export interface StandInsHost {
  readonly baseUrl: string;
  readonly clock: Clock;
  secret(name: string): string | undefined;
  store(name: string): Store;
  log(source: string, line: string): void;
}

const PATIENCE_MS = 30_000;

export class StandIns {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 32 });
  private promised = 0;

  constructor(
    readonly all: readonly StandIn[],
    private readonly host: StandInsHost,
  ) {}

  async start(): Promise<void> {
    for (const standIn of this.all) await standIn.start?.(this.hostFor(standIn));
  }

  async stop(): Promise<void> {
    for (const standIn of this.all) await standIn.stop?.();
    this.agent.destroy();
  }

  /** Work that they have promised and not yet done. */
  get busy(): number {
    return this.promised;
  }

  /** Hands a request to the first party that knows its path. */
  async handle({ method, path, rawQuery, message, body }: HttpRequest): Promise<DoorAnswer | undefined> {
    const standIn = this.all.find((one) => one.matches(method, path, message.headers));
    if (!standIn) return undefined;
    const query = new URLSearchParams(rawQuery);
    const reply = await standIn.handle({ method, path, query, headers: message.headers, rawBody: body });
    return reply === 'hang-up' ? reply : { status: reply.status, headers: reply.headers ?? {}, body: reply.body };
  }

  private hostFor({ name }: StandIn): StandInHost {
    return {
      baseUrl: this.host.baseUrl,
      clock: this.host.clock,
      store: this.host.store(name),
      secret: (wanted) => Promise.resolve(this.host.secret(wanted)),
      send: (request) => this.send(request),
      busy: () => {
        this.promised += 1;
        let over = false;
        return () => {
          if (over) return;
          over = true;
          this.promised -= 1;
        };
      },
      log: (line) => this.host.log(name, line),
    };
  }

  private send({ method, path, headers, body, timeoutMs }: OutgoingRequest): ReturnType<StandInHost['send']> {
    this.promised += 1;
    const url = new URL(path, this.host.baseUrl);
    const secure = url.protocol === 'https:';
    return new Promise<Awaited<ReturnType<StandInHost['send']>>>((resolve, reject) => {
      const outgoing = (secure ? secureRequest : plainRequest)(
        url,
        {
          method: method ?? 'POST',
          headers: { 'content-length': String(Buffer.byteLength(body)), ...headers },
          ...(secure ? {} : { agent: this.agent }),
          timeout: timeoutMs ?? PATIENCE_MS,
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: answer.headers,
              body: Buffer.concat(chunks).toString(),
            }),
          );
          answer.on('error', reject);
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error(`No answer from ${url.href} in time.`)));
      outgoing.on('error', reject);
      outgoing.end(body);
    }).finally(() => {
      this.promised -= 1;
    });
  }
}
