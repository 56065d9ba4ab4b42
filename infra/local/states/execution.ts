import { createHash } from 'node:crypto';
import { ApiError } from '../api-error';
import type { Clock } from '../clock';
import { History, type HistoryEvent } from './history';
import { historyKey, type Answer, type ExecutionRecord, type HistoryRecord } from './journal';
import type { Journal, Mark, Position, Status } from './journal';
import type { Machine } from './machine';
import { newController } from './waiting';

/** Beyond either, the older events are saved apart, so that one record stays well below the 400 KB of an item. */
const MAX_TAIL_EVENTS = 200;
const MAX_TAIL_CHARACTERS = 100_000;

export interface Outcome {
  readonly status: Exclude<Status, 'RUNNING'>;
  readonly output?: string;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

/** One execution: where it stands, and how that gets into the journal. */
export class Execution {
  readonly arn: string;
  readonly name: string;
  readonly startedAt: number;
  readonly input: string;
  /** The input, parsed. */
  readonly inputValue: unknown;
  readonly history: History;
  readonly controller = newController();
  position: Position;

  private readonly nonce: string;
  private readonly marks: Map<string, Mark>;
  /** Tokens that somebody holds, each with the path of the state that waits for it. */
  private readonly tokens = new Map<string, string>();
  private readonly listeners = new Map<string, () => void>();
  /** Tokens whose answer is on its way into the journal. */
  private readonly answering = new Set<string>();
  private result: (Outcome & { readonly stoppedAt: number }) | undefined;
  private savedEvents: number;
  /** First ids of the parts of the history that are saved apart. */
  private readonly partStarts = new Set<number>();
  private writing: Promise<void> = Promise.resolve();
  private queued: Promise<void> | undefined;
  private closing: Promise<void> | undefined;
  private readonly closed: Promise<void>;
  private resolveClosed: () => void = () => undefined;

  /** `earlier` are the events that were saved apart. */
  constructor(
    readonly machine: Machine,
    record: ExecutionRecord,
    earlier: readonly HistoryEvent[],
    private readonly clock: Clock,
    private readonly journal: Journal | undefined,
  ) {
    this.arn = record.executionArn;
    this.name = record.name;
    this.nonce = record.nonce;
    this.startedAt = record.startedAt;
    this.input = record.input;
    this.inputValue = JSON.parse(record.input);
    this.position = record.position;
    this.marks = new Map(Object.entries(record.marks).map(([path, mark]) => [path, { ...mark }]));
    this.savedEvents = record.saved;
    const whole = [...earlier.filter((event) => event.id <= record.saved), ...record.events];
    this.history = new History(machine.type === 'STANDARD', () => clock.now(), whole);
    this.closed = new Promise((resolve) => {
      this.resolveClosed = resolve;
    });
    for (const [path, mark] of this.marks) {
      if (mark.delivered && !mark.answer) this.tokens.set(this.tokenFor(path, mark.attempt), path);
    }
    if (record.status !== 'RUNNING') {
      const { status, output, error, cause, stoppedAt = record.startedAt } = record;
      this.result = { status, ...(output === undefined ? {} : { output }), error, cause, stoppedAt };
      this.resolveClosed();
    }
  }

  get status(): Status {
    return this.result?.status ?? 'RUNNING';
  }

  /** How it ended, and when; undefined while it runs. */
  get ended(): (Outcome & { readonly stoppedAt: number }) | undefined {
    return this.result;
  }

  /** Resolves once the end is journalled. */
  whenClosed(): Promise<void> {
    return this.closed;
  }

  /** What is remembered about the state at `path`; begun now when nothing is. */
  mark(path: string): Mark {
    let mark = this.marks.get(path);
    if (!mark) {
      const now = this.clock.now();
      mark = { enteredAt: now, attempt: 0, attemptAt: now, counters: [] };
      this.marks.set(path, mark);
    }
    return mark;
  }

  /** An inner state was left. Its answer stays: should the outer state run again, it is not asked for twice. */
  leaveInner(path: string): void {
    if (!this.marks.get(path)?.answer) this.marks.delete(path);
  }

  /** A state of the top level was left, and with it all that was remembered. */
  leaveTop(): void {
    this.marks.clear();
    this.tokens.clear();
  }

  /** The same for the same state, visit and attempt, also after a restart; unlike any other. */
  tokenFor(path: string, attempt: number): string {
    const own = createHash('sha256').update(`${this.nonce}\n${path}\n${attempt}`).digest('base64url');
    return `${Buffer.from(this.arn).toString('base64url')}.${own}`;
  }

  /** Waits for the answer to `token`; answers the function that gives it up. */
  expect(token: string, path: string, listener: () => void): () => void {
    this.tokens.set(token, path);
    this.listeners.set(token, listener);
    return () => {
      this.tokens.delete(token);
      this.listeners.delete(token);
    };
  }

  /**
   * Takes the answer to a callback task. Resolves when it is journalled, and only then does the execution go on.
   * Throws TaskTimedOut when nobody waits for it any more.
   */
  async answer(token: string, answer: Answer): Promise<void> {
    const mark = this.awaited(token);
    mark.answer = answer;
    this.answering.add(token);
    try {
      await this.checkpoint();
    } catch (error) {
      delete mark.answer;
      throw error;
    } finally {
      this.answering.delete(token);
      this.listeners.get(token)?.();
    }
  }

  /** Whether an answer came in that is not journalled yet: neither it nor a deadline counts before. */
  isAnswering(token: string): boolean {
    return this.answering.has(token);
  }

  /** The worker is alive. Resolves when that is journalled. Throws TaskTimedOut when nobody waits any more. */
  async heartbeat(token: string): Promise<void> {
    const mark = this.awaited(token);
    mark.heartbeatAt = this.clock.now();
    this.listeners.get(token)?.();
    await this.checkpoint();
  }

  /** Saves where the execution stands; saves asked for during a save are one save. */
  checkpoint(): Promise<void> {
    if (!this.journal || this.machine.type === 'EXPRESS') return Promise.resolve();
    const { journal } = this;
    this.queued ??= this.writing.then(() => {
      this.queued = undefined;
      const written = this.write(journal);
      this.writing = written.catch(() => undefined);
      return written;
    });
    return this.queued;
  }

  /** Ends the execution once, cutting off what still runs. Resolves when the end is journalled. */
  close(outcome: Outcome): Promise<void> {
    this.closing ??= this.end(outcome);
    return this.closing;
  }

  /** Cuts off what runs without ending the execution: a restart resumes it. */
  halt(): void {
    this.controller.abort();
    this.resolveClosed();
  }

  /** The journal's keys of this execution, its own first. */
  keys(): readonly [string, ...string[]] {
    return [this.arn, ...[...this.partStarts].map((firstId) => historyKey(this.arn, firstId))];
  }

  /** Told on resuming where the parts of the history begin. */
  rememberPart(firstId: number): void {
    this.partStarts.add(firstId);
  }

  private async end(outcome: Outcome): Promise<void> {
    this.result = { ...outcome, stoppedAt: this.clock.now() };
    const { status, output, error, cause } = outcome;
    const details = output === undefined ? { ...named('error', error), ...named('cause', cause) } : { output };
    const type = { SUCCEEDED: 'Succeeded', FAILED: 'Failed', TIMED_OUT: 'TimedOut', ABORTED: 'Aborted' }[status];
    const data = output === undefined ? details : { output, outputDetails: { truncated: false } };
    this.history.add(`Execution${type}`, this.history.length, { [`execution${type}EventDetails`]: data });
    this.controller.abort();
    this.leaveTop();
    this.listeners.clear();
    // An ended execution needs only its story, not its place.
    this.position = { step: 0, state: '', input: null, variables: {} };
    try {
      await this.checkpoint();
    } finally {
      this.resolveClosed();
    }
  }

  private awaited(token: string): Mark {
    const path = this.tokens.get(token);
    const mark = path === undefined ? undefined : this.marks.get(path);
    if (!mark || mark.answer) {
      throw new ApiError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
    }
    return mark;
  }

  private async write(journal: Journal): Promise<void> {
    await this.savePart(journal);
    await journal.save(this.arn, this.record());
  }

  private async savePart(journal: Journal): Promise<void> {
    const tail = this.history.since(this.savedEvents);
    const first = tail[0];
    const last = tail.at(-1);
    if (!first || !last || (tail.length <= MAX_TAIL_EVENTS && charactersIn(tail) <= MAX_TAIL_CHARACTERS)) return;
    const part: HistoryRecord = { kind: 'history', executionArn: this.arn, events: tail };
    await journal.save(historyKey(this.arn, first.id), part);
    this.partStarts.add(first.id);
    this.savedEvents = last.id;
  }

  private record(): ExecutionRecord {
    const { status, output, error, cause, stoppedAt } = this.result ?? { status: 'RUNNING' as const };
    return {
      kind: 'execution',
      executionArn: this.arn,
      stateMachineArn: this.machine.arn,
      name: this.name,
      nonce: this.nonce,
      definition: this.machine.hash,
      input: this.input,
      startedAt: this.startedAt,
      status,
      ...(stoppedAt === undefined ? {} : { stoppedAt }),
      ...(output === undefined ? {} : { output }),
      ...(error === undefined ? {} : { error }),
      ...(cause === undefined ? {} : { cause }),
      position: this.position,
      marks: Object.fromEntries([...this.marks].map(([path, mark]) => [path, { ...mark }])),
      saved: this.savedEvents,
      events: this.history.since(this.savedEvents),
    };
  }
}

function named(name: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: value };
}

function charactersIn(events: readonly HistoryEvent[]): number {
  let sum = 0;
  for (const event of events) {
    for (const details of Object.values(event)) {
      if (typeof details !== 'object' || details === null) continue;
      for (const value of Object.values(details)) if (typeof value === 'string') sum += value.length;
    }
  }
  return sum;
}
