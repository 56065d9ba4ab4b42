import type { HistoryEvent } from './history';

/**
 * Where Standard executions survive the process. `key` is opaque: mostly an execution's ARN, also that of a part of
 * its history or of a definition. A save that resolves must survive `kill -9`. Records are plain JSON.
 */
export interface Journal {
  save(key: string, record: object): Promise<void>;
  remove(key: string): Promise<void>;
  all(): AsyncIterable<object>;
}

/** The answer to a callback task. */
export type Answer = { readonly output: unknown } | { readonly error?: string; readonly cause?: string };

/** What must be remembered about a state that was entered and not yet left. Times are milliseconds since the epoch. */
export interface Mark {
  readonly enteredAt: number;
  enteredEventId?: number;
  /** Retries so far, and when the present attempt began, or is to begin. */
  attempt: number;
  attemptAt: number;
  counters: readonly number[];
  /** The task with a token was handed over: it is only waited for. */
  delivered?: true;
  answer?: Answer;
  heartbeatAt?: number;
}

/** Where the top level of an execution stands. */
export interface Position {
  /** Counts the states of the top level, so that a loop's visits differ. */
  readonly step: number;
  readonly state: string;
  readonly input: unknown;
  readonly variables: Readonly<Record<string, unknown>>;
}

export type Status = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export interface ExecutionRecord {
  readonly kind: 'execution';
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  /** Makes the tokens of this execution differ from those of an earlier one with its name. */
  readonly nonce: string;
  readonly definition: string;
  readonly input: string;
  readonly startedAt: number;
  readonly status: Status;
  readonly stoppedAt?: number;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly position: Position;
  readonly marks: Readonly<Record<string, Mark>>;
  /** Events that lie in parts of the history saved apart, in order. */
  readonly saved: number;
  /** The events after those. */
  readonly events: readonly HistoryEvent[];
}

/** A part of a history that grew too long to be saved with the execution each time. */
export interface HistoryRecord {
  readonly kind: 'history';
  readonly executionArn: string;
  readonly events: readonly HistoryEvent[];
}

/** The text of a definition, as long as an execution that began with it may need it. */
export interface DefinitionRecord {
  readonly kind: 'definition';
  readonly hash: string;
  readonly text: string;
}

/** All that is left of an old execution: its name stays taken for 90 days. */
export interface TakenRecord {
  readonly kind: 'taken';
  readonly executionArn: string;
  readonly stoppedAt: number;
}

export type JournalRecord = ExecutionRecord | HistoryRecord | DefinitionRecord | TakenRecord;

export function historyKey(executionArn: string, firstId: number): string {
  return `${executionArn}#history#${firstId}`;
}

export function definitionKey(hash: string): string {
  return `definition#${hash}`;
}
