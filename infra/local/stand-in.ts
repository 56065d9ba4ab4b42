/**
 * An outside party that the laptop host plays: a payment provider, a carrier.
 *
 * A stand-in answers on the host's own port (so that a handler reaches it by its ordinary base URL),
 * keeps its state in the host's database file, follows the host's clock, and sends webhooks like a
 * stranger would: by plain HTTP.
 */
import type { IncomingHttpHeaders } from 'node:http';

/** A request as it came over the wire; the body is untouched, so that signatures can be checked. */
export interface StandInRequest {
  readonly method: string;
  /** Path without the query, percent-encoding kept. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-cased names, as Node delivers them. */
  readonly headers: IncomingHttpHeaders;
  readonly rawBody: Buffer;
}

/** `hang-up` closes the connection without an answer, after whatever effect the stand-in already made. */
export type StandInReply =
  { readonly status: number; readonly headers?: Record<string, string>; readonly body: string | Buffer } | 'hang-up';

/** A small durable map: survives `kill -9`, keys are scoped to their owner, values are JSON. */
export interface Store {
  get<T>(key: string): Promise<T | undefined>;
  put<T>(key: string, value: T): Promise<void>;
  delete(key: string): Promise<void>;
  /** Every entry whose key starts with `prefix`, ordered by key. */
  all<T>(prefix: string): Promise<{ key: string; value: T }[]>;
}

/** The part of the host's clock a stand-in may use; `HostClock` satisfies it. */
export interface StandInClock {
  now(): number;
  /** Runs `task` when the clock reaches `time`; the returned function cancels it. */
  at(time: number, task: () => void): () => void;
}

/** A plain HTTP request sent by a stand-in, as a provider's webhook sender would. */
export interface OutgoingRequest {
  readonly method?: string;
  /** Path on the host, e.g. `/webhooks/payments/stripe/con_1`; an absolute URL is used as it is. */
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body: string | Buffer;
  /** Wall-clock limit; 30 s if absent. */
  readonly timeoutMs?: number;
}

/** What the host lends to a stand-in when it starts. */
export interface StandInHost {
  readonly baseUrl: string;
  readonly clock: StandInClock;
  /** Durable state of this stand-in alone. */
  readonly store: Store;
  /** Value of a secret of the template by its name, as the functions would read it. */
  secret(name: string): Promise<string | undefined>;
  /** Sends a request; a refused connection or a timeout rejects. */
  send(request: OutgoingRequest): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }>;
  /**
   * Counts work that has been promised but not yet done (a webhook about to be sent), so that
   * `/_local/idle` waits for it; call the returned function when it is over. Work that waits for the
   * clock is not counted: it is due only when somebody moves the clock.
   */
  busy(): () => void;
  log(line: string): void;
}

export interface StandIn {
  readonly name: string;
  /** Asked only for requests that no route of the HTTP API takes. */
  matches(method: string, path: string, headers: IncomingHttpHeaders): boolean;
  handle(request: StandInRequest): Promise<StandInReply>;
  /** Answers `POST /_local/stand-ins/<name>/<path>` (and GET, with `body` undefined). */
  control?(path: string, body: unknown): Promise<unknown>;
  /** Called once the port is open; reads its state from `host.store`. */
  start?(host: StandInHost): void | Promise<void>;
  stop?(): void | Promise<void>;
}
