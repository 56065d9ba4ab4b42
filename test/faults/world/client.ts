/** The script of one person or system: it asks, waits, and asks again when there is no answer, with the same key. */
import type { Cloud } from './cloud';
import type { ApiAnswer, ApiRequest, Claims } from './gateway';
import { hashText } from './hash';
import { Trace } from './trace';
import { Environment, type Process } from './world';

/** What somebody was told, and with what. */
export interface Told {
  readonly request: ApiRequest;
  readonly answer: ApiAnswer;
  readonly at: number;
}

/** Tries before a client gives up; real ones give up sooner, and then nothing was acknowledged. */
const TRIES = 14;

export class Client {
  readonly told: Told[] = [];
  readonly process: Process;

  constructor(
    private readonly cloud: Cloud,
    name: string,
    private readonly claims: Claims,
  ) {
    this.process = {
      id: name,
      name,
      tenant: claims.tenant,
      alive: true,
      skew: 0,
      trace: new Trace(hashText(name)),
      environment: new Environment(),
      startedAt: cloud.world.now,
      limitMs: Infinity,
      died: () => undefined,
    };
    cloud.world.spawn(this.process);
  }

  /** Begins a script; the world runs it. */
  begin(script: (client: Client) => Promise<void>): void {
    const { world } = this.cloud;
    world.resume(this.process, 12, () => {
      script(this).then(
        () => world.end(this.process),
        (error: unknown) => {
          world.end(this.process);
          this.cloud.violations.push(
            `the script of ${this.process.name} broke: ${(error as Error).stack ?? String(error)}`,
          );
        },
      );
    });
  }

  get(path: string, query?: Readonly<Record<string, string>>): Promise<ApiAnswer> {
    return this.ask({ method: 'GET', path, ...(query === undefined ? {} : { query }) });
  }

  /** @param key the Idempotency-Key */
  post(path: string, key: string, body: unknown): Promise<ApiAnswer> {
    return this.ask({ method: 'POST', path, headers: { 'idempotency-key': key }, body });
  }

  put(path: string, body: unknown): Promise<ApiAnswer> {
    return this.ask({ method: 'PUT', path, body });
  }

  /** Waits until the clock shows `time`, milliseconds. */
  until(time: number): Promise<void> {
    const { world } = this.cloud;
    return new Promise((resolve) => {
      world.at(time, () => world.resume(this.process, 13, resolve), hashText(this.process.name));
    });
  }

  pause(ms: number): Promise<void> {
    return this.until(this.cloud.world.now + ms);
  }

  private async ask(wish: ApiRequest): Promise<ApiAnswer> {
    const request = { ...wish, claims: this.claims };
    const { trace } = this.process;
    const before = trace.value;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.cloud.gateway.request(this.process, request, attempt);
      const again = answer === 'none' || answer.status >= 500 || isRunning(answer);
      // A script never learns how often it had to ask.
      if (again) trace.hear(() => 'again');
      if (!again || attempt === TRIES) {
        const last = answer === 'none' ? { status: 0, body: {} } : answer;
        trace.backTo(before);
        trace.hear(() => JSON.stringify(last));
        const told = { request, answer: last, at: this.cloud.world.now };
        this.told.push(told);
        this.cloud.saysToClients(JSON.stringify(told));
        return last;
      }
      // At once the first times, as an impatient person does; then as a library does.
      if (answer !== 'none' && isRunning(answer)) await this.pause(13_000);
      else if (attempt > 3) await this.pause(1_000 * 2 ** Math.min(attempt - 3, 6));
    }
  }
}

const isRunning = ({ status, body }: ApiAnswer): boolean =>
  status === 409 && ['request_running', 'conflict_try_again'].includes((body as { code?: string }).code ?? '');
