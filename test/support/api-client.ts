/** HTTP as a client of the service speaks it: JSON, a token, an Idempotency-Key. */
import { randomUUID } from 'node:crypto';

/** An answer with its body read; a body that is no JSON is left as text. */
export interface Reply<Body = Problem> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** RFC 9457 with our members; answers of the gateway itself have only `message`. */
export interface Problem {
  readonly code?: string;
  readonly param?: string;
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly message?: string;
}

export interface Ask {
  readonly method: string;
  readonly path: string;
  readonly token?: string | undefined;
  /** Text is sent as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function ask<Body>(baseUrl: string, { method, path, token, body, headers }: Ask): Promise<Reply<Body>> {
  const response = await fetch(new URL(path, baseUrl), {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: parsed(text) as Body };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Who somebody is, as his token says. */
export interface Claims {
  readonly tenant?: string;
  readonly role?: string;
  readonly sub?: string;
  readonly merchant_id?: string;
}

/** One party of a journey. */
export class Caller {
  constructor(
    readonly claims: Claims,
    private readonly baseUrl: string,
    /** What he shows at the door. */
    readonly token: () => Promise<string>,
  ) {}

  get sub(): string {
    return this.claims.sub ?? '';
  }

  get<Body = Problem>(path: string): Promise<Reply<Body>> {
    return this.send<Body>({ method: 'GET', path });
  }

  put<Body = Problem>(path: string, body: unknown): Promise<Reply<Body>> {
    return this.send<Body>({ method: 'PUT', path, body });
  }

  /** Every POST gets a new key, unless the same one is to be repeated. */
  post<Body = Problem>(path: string, body: unknown = {}, key: string = randomUUID()): Promise<Reply<Body>> {
    return this.send<Body>({ method: 'POST', path, body, headers: { 'idempotency-key': key } });
  }

  async send<Body = Problem>(wish: Ask): Promise<Reply<Body>> {
    return ask<Body>(this.baseUrl, { token: await this.token(), ...wish });
  }
}
