import { setTimeout as pause } from 'node:timers/promises';

/** Who asks, as the claims of a token. */
export interface Claims {
  tenant: string;
  role: 'system' | 'merchant';
  sub: string;
  merchant_id?: string;
}

export interface Answer {
  status: number;
  body: unknown;
  /** How long the call took that brought it. */
  milliseconds: number;
}

interface Ask {
  method: 'GET' | 'POST';
  path: string;
  claims?: Claims;
  key?: string;
  /** JSON text, or what becomes it. */
  body?: unknown;
}

/** A merchant's client tries again, with the same key, when the line or the house is overloaded. */
const ATTEMPTS = 6;
const isPassing = (status: number): boolean => status === 429 || status >= 500;

/** A running laptop host, over HTTP: its API and its control routes. */
export class Host {
  private readonly tokens = new Map<string, Promise<string>>();

  constructor(readonly baseUrl: string) {}

  /** Puts the clock forward; a clock that is there already, or just past it, stays. */
  async moveClock(milliseconds: number): Promise<void> {
    const { now } = (await this.control('GET', 'clock')) as { now: string };
    if (new Date(now).getTime() >= milliseconds) return;
    await this.control('POST', 'clock', { now: new Date(milliseconds).toISOString() });
    // Tokens follow the clock: those of yesterday have expired.
    this.tokens.clear();
  }

  /** Control routes of the host and its stand-ins. */
  async control(method: Ask['method'], path: string, body?: unknown): Promise<unknown> {
    const answer = await this.send({ method, path: `/_local/${path}`, body });
    if (answer.status >= 300) throw new Error(`${method} /_local/${path} answered ${describe(answer)}`);
    return answer.body;
  }

  /** A call of the API; passing trouble is tried again, every other answer is the caller's. */
  async call(ask: Ask): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await this.send(ask);
        if (!isPassing(answer.status) || attempt === ATTEMPTS) return answer;
      } catch (error) {
        if (attempt === ATTEMPTS) throw new Error(`${ask.method} ${ask.path} got no answer`, { cause: error });
      }
      await pause(50 * 2 ** attempt);
    }
  }

  private async send({ method, path, claims, key, body }: Ask): Promise<Answer> {
    const headers: Record<string, string> = { accept: 'application/json' };
    if (claims !== undefined) headers['authorization'] = `Bearer ${await this.tokenOf(claims)}`;
    if (key !== undefined) headers['idempotency-key'] = key;
    if (body !== undefined) headers['content-type'] = 'application/json';
    const sent = typeof body === 'string' ? body : JSON.stringify(body);
    const before = performance.now();
    const reply = await fetch(new URL(path, this.baseUrl), {
      method,
      headers,
      ...(body !== undefined && { body: sent }),
    });
    const text = await reply.text();
    return { status: reply.status, body: parsed(text), milliseconds: performance.now() - before };
  }

  private tokenOf(claims: Claims): Promise<string> {
    const name = JSON.stringify(claims);
    const known = this.tokens.get(name);
    if (known !== undefined) return known;
    const token = this.control('POST', 'token', claims).then((body) => (body as { token: string }).token);
    this.tokens.set(name, token);
    return token;
  }
}

/** For messages: the status, and what the body says of it. */
export function describe({ status, body }: Answer): string {
  return `${status} ${(typeof body === 'string' ? body : JSON.stringify(body)).slice(0, 300)}`;
}

function parsed(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
