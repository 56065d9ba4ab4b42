import type { Instant } from '../domain/time';

/** What was answered to POSTs, so that the same request under the same Idempotency-Key gets the same answer. */
export interface KeptAnswers {
  /** Takes a key for a request that is about to be carried out; one that broke off is taken over after its lease. */
  take(attempt: Attempt): Promise<Taken>;
  /** Keeps the answer, unless another attempt has taken over. */
  keep(attempt: Attempt, answer: KeptAnswer): Promise<void>;
  /** Gives the key back: nothing was answered that is worth repeating. */
  release(attempt: Attempt): Promise<void>;
}

export interface Attempt {
  tenant: string;
  /** Fingerprint of caller and Idempotency-Key. */
  key: string;
  /** Fingerprint of route and payload: the same key with another one is refused. */
  request: string;
  /** This very HTTP request. */
  owner: string;
  now: Instant;
}

export interface KeptAnswer {
  status: number;
  body: unknown;
}

export type Taken =
  | { outcome: 'taken' }
  /** By another route or payload. */
  | { outcome: 'reused' }
  | { outcome: 'running' }
  | { outcome: 'answered'; answer: KeptAnswer };
