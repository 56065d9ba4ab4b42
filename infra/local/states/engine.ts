import { randomUUID } from 'node:crypto';
import { ApiError } from '../api-error';
import type { Clock } from '../clock';
import { Halted, InvalidDefinition, StateFailure, Stopped, TaskFailure, UnsupportedDefinition } from './errors';
import { Execution } from './execution';
import type { HistoryEvent } from './history';
import type { Integrations, TaskRequest } from './integrations';
import { runTopLevel } from './interpreter';
import { definitionKey, type DefinitionRecord, type ExecutionRecord, type HistoryRecord } from './journal';
import type { Journal, JournalRecord, Status, TakenRecord } from './journal';
import { MAX_EXPRESS_MS, MAX_PAYLOAD_BYTES, RETENTION_MS } from './limits';
import { loadMachine, type Machine, type MachineSource, type Traffic } from './machine';

export { InvalidDefinition, TaskFailure, UnsupportedDefinition };
export type { HistoryEvent, Integrations, Journal, MachineSource, TaskRequest, Traffic };

export interface EngineOptions {
  readonly clock: Clock;
  readonly integrations: Integrations;
  /** Without it, Standard executions end with the process. */
  readonly journal?: Journal;
  /** A fresh id for executions without a name. */
  readonly newId?: () => string;
  /** A number from 0 up to 1, for the jitter of retries. */
  readonly random?: () => number;
  /** Closed executions that stay describable; of older ones only the name is remembered. */
  readonly keepClosed?: number;
  /** Told when an execution cannot go on here, e.g. because the journal fails; a restart resumes it. */
  readonly onFault?: (error: unknown, executionArn: string) => void;
}

export interface StartRequest {
  readonly stateMachineArn: string;
  readonly name?: string;
  /** JSON text; `{}` when absent. */
  readonly input?: string;
}

/** Times in every answer are seconds since the epoch, as the wire carries them. */
export interface StartAnswer {
  readonly executionArn: string;
  readonly startDate: number;
}

export interface ExecutionAnswer {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly status: Status;
  readonly startDate: number;
  readonly stopDate?: number;
  readonly input: string;
  readonly inputDetails: { readonly included: boolean };
  readonly output?: string;
  readonly outputDetails?: { readonly included: boolean };
  readonly error?: string;
  readonly cause?: string;
}

export interface SyncAnswer extends ExecutionAnswer {
  readonly billingDetails: { readonly billedMemoryUsedInMB: number; readonly billedDurationInMilliseconds: number };
}

export interface ListedExecution {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly status: Status;
  readonly startDate: number;
  readonly stopDate?: number;
}

const NAME = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u;

/**
 * Runs state machines as Step Functions does. Refusals of a request are ApiErrors with AWS's names. What a method
 * accepts (a start, the answer to a task, a stop) is journalled before the method resolves.
 */
export class Engine {
  private readonly machines = new Map<string, Machine>();
  private readonly executions = new Map<string, Execution>();
  /** Closed Standard executions that can still be described, oldest first. */
  private readonly closed = new Set<string>();
  /** Names of older ones, with the time of their end. */
  private readonly taken = new Map<string, number>();
  private readonly savedDefinitions = new Map<string, Promise<void>>();
  private readonly starting = new Map<string, Promise<void>>();

  private readonly clock: Clock;
  private readonly integrations: Integrations;
  private readonly journal: Journal | undefined;
  private readonly newId: () => string;
  private readonly random: () => number;
  private readonly keepClosed: number;
  private readonly onFault: (error: unknown, executionArn: string) => void;

  constructor(options: EngineOptions) {
    this.clock = options.clock;
    this.integrations = options.integrations;
    this.journal = options.journal;
    this.newId = options.newId ?? randomUUID;
    this.random = options.random ?? Math.random;
    this.keepClosed = options.keepClosed ?? 2_000;
    this.onFault =
      options.onFault ??
      ((error, executionArn) => {
        process.stderr.write(`The execution ${executionArn} cannot go on before a restart: ${String(error)}\n`);
      });
  }

  /**
   * Adds a machine, or gives an existing one a new definition: what runs goes on with the one it began with.
   * Throws UnsupportedDefinition or InvalidDefinition.
   */
  createMachine(source: MachineSource): void {
    const before = this.machines.get(source.arn);
    const supports = (resource: string): boolean => this.integrations.supports(resource);
    this.machines.set(source.arn, loadMachine(source, this.clock, supports, before?.traffic));
  }

  /** Adds a machine that was loaded before; its counts go on. For engines that come and go, one after the other. */
  adoptMachine(machine: Machine): void {
    this.machines.set(machine.arn, machine);
  }

  /** States entered, by machine ARN, since the process began. */
  transitions(): Readonly<Record<string, Traffic>> {
    return Object.fromEntries([...this.machines].map(([arn, machine]) => [arn, machine.traffic]));
  }

  /**
   * Starts an execution. Standard: the same name with the same input, while it runs, answers the same execution.
   * Throws ExecutionAlreadyExists, StateMachineDoesNotExist, InvalidName or InvalidExecutionInput.
   */
  async startExecution(request: StartRequest): Promise<StartAnswer> {
    const machine = this.machineOf(request.stateMachineArn);
    const input = readInput(request.input);
    const name = this.nameFor(request);
    const arn = this.executionArn(machine, name);
    if (machine.type === 'STANDARD') {
      const known = this.executions.get(arn);
      if (known?.status === 'RUNNING' && known.input === input) {
        await this.starting.get(arn);
        return { executionArn: arn, startDate: known.startedAt / 1000 };
      }
      if (known || this.isTaken(arn)) {
        throw new ApiError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
      }
    }
    const execution = this.begin(machine, arn, name, input);
    const saved = this.saveStart(execution);
    this.starting.set(arn, saved);
    try {
      await saved;
    } catch (error) {
      this.executions.delete(arn);
      throw error;
    } finally {
      this.starting.delete(arn);
    }
    this.run(execution);
    return { executionArn: arn, startDate: execution.startedAt / 1000 };
  }

  /** Runs an Express execution to its end, which may be a failure: that is in the answer's `status`. */
  async startSyncExecution(request: StartRequest): Promise<SyncAnswer> {
    const machine = this.machineOf(request.stateMachineArn);
    if (machine.type !== 'EXPRESS') {
      throw new ApiError(
        'StateMachineTypeNotSupported',
        'This operation is not supported by this type of state machine',
      );
    }
    const input = readInput(request.input);
    const name = this.nameFor(request);
    const execution = this.begin(machine, this.executionArn(machine, name), name, input);
    this.run(execution);
    await execution.whenClosed();
    const milliseconds = Math.max(this.clock.now() - execution.startedAt, 1);
    return {
      ...describe(execution),
      billingDetails: {
        billedMemoryUsedInMB: 64,
        billedDurationInMilliseconds: Math.ceil(milliseconds / 100) * 100,
      },
    };
  }

  /** Throws ExecutionDoesNotExist. */
  describeExecution(request: { readonly executionArn: string }): ExecutionAnswer {
    return describe(this.executionOf(request.executionArn));
  }

  /** Ends an execution as ABORTED; one that has ended stays as it is. Throws ExecutionDoesNotExist. */
  async stopExecution(request: {
    readonly executionArn: string;
    readonly error?: string;
    readonly cause?: string;
  }): Promise<{ readonly stopDate: number }> {
    const execution = this.executionOf(request.executionArn);
    if (execution.status === 'RUNNING') {
      await execution.close({ status: 'ABORTED', error: request.error, cause: request.cause });
    }
    return { stopDate: (execution.ended?.stoppedAt ?? this.clock.now()) / 1000 };
  }

  /** The executions of a Standard machine, newest first. */
  listExecutions(request: {
    readonly stateMachineArn: string;
    readonly statusFilter?: Status;
    readonly maxResults?: number;
    readonly nextToken?: string;
  }): { readonly executions: readonly ListedExecution[]; readonly nextToken?: string } {
    const machine = this.machineOf(request.stateMachineArn);
    const all = [...this.executions.values()]
      .filter((execution) => execution.machine.arn === machine.arn && execution.machine.type === 'STANDARD')
      .filter((execution) => request.statusFilter === undefined || execution.status === request.statusFilter)
      .sort((one, other) => other.startedAt - one.startedAt)
      .map((execution) => {
        const { executionArn, stateMachineArn, name, status, startDate, stopDate } = describe(execution);
        return {
          executionArn,
          stateMachineArn,
          name,
          status,
          startDate,
          ...(stopDate === undefined ? {} : { stopDate }),
        };
      });
    const { page, nextToken } = pageOf(all, request.maxResults ?? 100, request.nextToken);
    return { executions: page, ...(nextToken === undefined ? {} : { nextToken }) };
  }

  /** Throws ExecutionDoesNotExist. */
  getExecutionHistory(request: {
    readonly executionArn: string;
    readonly maxResults?: number;
    readonly nextToken?: string;
    readonly reverseOrder?: boolean;
  }): { readonly events: readonly HistoryEvent[]; readonly nextToken?: string } {
    const events = this.executionOf(request.executionArn).history.all();
    const ordered = request.reverseOrder ? [...events].reverse() : events;
    const { page, nextToken } = pageOf(ordered, request.maxResults ?? 1_000, request.nextToken);
    return { events: page, ...(nextToken === undefined ? {} : { nextToken }) };
  }

  /** `output` is JSON text. Throws InvalidToken, InvalidOutput, TaskDoesNotExist or TaskTimedOut. */
  async sendTaskSuccess(request: { readonly taskToken: string; readonly output: string }): Promise<void> {
    const output = parseOutput(request.output);
    await this.holderOf(request.taskToken).answer(request.taskToken, { output });
  }

  /** Throws InvalidToken, TaskDoesNotExist or TaskTimedOut. */
  async sendTaskFailure(request: {
    readonly taskToken: string;
    readonly error?: string;
    readonly cause?: string;
  }): Promise<void> {
    const { taskToken, error, cause } = request;
    const answer = { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
    await this.holderOf(taskToken).answer(taskToken, answer);
  }

  /** Throws InvalidToken, TaskDoesNotExist or TaskTimedOut. */
  async sendTaskHeartbeat(request: { readonly taskToken: string }): Promise<void> {
    await this.holderOf(request.taskToken).heartbeat(request.taskToken);
  }

  /**
   * Goes on with every journalled Standard execution at the state of the top level in which it was. To be called once,
   * after the machines are created and before requests come in.
   */
  async resume(): Promise<void> {
    if (!this.journal) return;
    const definitions = new Map<string, string>();
    const parts = new Map<string, HistoryRecord[]>();
    const records: ExecutionRecord[] = [];
    for await (const stored of this.journal.all()) {
      const record = stored as JournalRecord;
      if (record.kind === 'definition') definitions.set(record.hash, record.text);
      else if (record.kind === 'taken') this.taken.set(record.executionArn, record.stoppedAt);
      else if (record.kind === 'execution') records.push(record);
      else parts.set(record.executionArn, [...(parts.get(record.executionArn) ?? []), record]);
    }
    for (const hash of definitions.keys()) this.savedDefinitions.set(hash, Promise.resolve());

    const older = new Map<string, Machine>();
    records.sort((one, other) => (one.stoppedAt ?? one.startedAt) - (other.stoppedAt ?? other.startedAt));
    for (const record of records) {
      const machine = this.machineFor(record, definitions, older);
      if (!machine) {
        this.onFault(new Halted(`There is no state machine ${record.stateMachineArn} any more.`), record.executionArn);
        continue;
      }
      const events = (parts.get(record.executionArn) ?? []).sort((one, other) => firstId(one) - firstId(other));
      const flat = events.flatMap((part) => part.events);
      const execution = new Execution(machine, record, flat, this.clock, this.journal);
      for (const part of events) execution.rememberPart(firstId(part));
      this.executions.set(execution.arn, execution);
      if (execution.status === 'RUNNING') this.run(execution);
      else this.closed.add(execution.arn);
    }
    this.prune();
    await this.forgetDefinitions(definitions.keys());
  }

  /** Old definitions go when nothing runs by them any more. */
  private async forgetDefinitions(hashes: Iterable<string>): Promise<void> {
    const needed = new Set([...this.machines.values()].map((machine) => machine.hash));
    for (const execution of this.executions.values()) needed.add(execution.machine.hash);
    for (const hash of hashes) {
      if (needed.has(hash)) continue;
      this.savedDefinitions.delete(hash);
      await this.journal?.remove(definitionKey(hash));
    }
  }

  private machineFor(
    record: ExecutionRecord,
    definitions: ReadonlyMap<string, string>,
    older: Map<string, Machine>,
  ): Machine | undefined {
    const current = this.machines.get(record.stateMachineArn);
    if (!current || current.hash === record.definition || record.status !== 'RUNNING') return current;
    const known = older.get(record.definition);
    const definition = definitions.get(record.definition);
    if (known || definition === undefined) return known ?? current;
    const supports = (resource: string): boolean => this.integrations.supports(resource);
    const machine = loadMachine({ ...current, definition }, this.clock, supports, current.traffic);
    older.set(record.definition, machine);
    return machine;
  }

  private begin(machine: Machine, arn: string, name: string, input: string): Execution {
    const now = this.clock.now();
    const record: ExecutionRecord = {
      kind: 'execution',
      executionArn: arn,
      stateMachineArn: machine.arn,
      name,
      nonce: randomUUID(),
      definition: machine.hash,
      input,
      startedAt: now,
      status: 'RUNNING',
      position: { step: 0, state: machine.definition.StartAt, input: JSON.parse(input) as unknown, variables: {} },
      marks: { '/0': { enteredAt: now, attempt: 0, attemptAt: now, counters: [] } },
      saved: 0,
      events: [],
    };
    const execution = new Execution(machine, record, [], this.clock, this.journal);
    execution.history.add('ExecutionStarted', 0, {
      executionStartedEventDetails: { input, inputDetails: { truncated: false }, roleArn: machine.roleArn },
    });
    machine.traffic.executions += 1;
    this.executions.set(arn, execution);
    return execution;
  }

  private async saveStart(execution: Execution): Promise<void> {
    const { machine } = execution;
    if (!this.journal || machine.type === 'EXPRESS') return;
    let saved = this.savedDefinitions.get(machine.hash);
    if (!saved) {
      const record: DefinitionRecord = { kind: 'definition', hash: machine.hash, text: machine.text };
      saved = this.journal.save(definitionKey(machine.hash), record);
      this.savedDefinitions.set(machine.hash, saved);
      saved.catch(() => this.savedDefinitions.delete(machine.hash));
    }
    await saved;
    await execution.checkpoint();
  }

  /** Lets an execution run on its own; nobody awaits it. */
  private run(execution: Execution): void {
    if (execution.status !== 'RUNNING') return;
    const { machine } = execution;
    const seconds = machine.definition.TimeoutSeconds;
    const limit = Math.min(
      seconds === undefined ? Infinity : seconds * 1000,
      machine.type === 'EXPRESS' ? MAX_EXPRESS_MS : Infinity,
    );
    const cancel =
      limit === Infinity
        ? (): void => undefined
        : this.clock.at(execution.startedAt + limit, () => {
            this.settle(execution, execution.close({ status: 'TIMED_OUT', error: 'States.Timeout' }));
          });
    const { clock, integrations, random } = this;
    const work = runTopLevel({ execution, clock, integrations, random }).then(
      (output) => execution.close({ status: 'SUCCEEDED', output: JSON.stringify(output) }),
      (error: unknown) => {
        if (error instanceof StateFailure) {
          return execution.close({ status: 'FAILED', error: error.error, cause: error.cause });
        }
        if (error instanceof Stopped) return undefined;
        throw error;
      },
    );
    this.settle(execution, work.finally(cancel));
    void execution.whenClosed().then(() => this.retire(execution));
  }

  private settle(execution: Execution, work: Promise<void>): void {
    work.catch((error: unknown) => {
      execution.halt();
      this.onFault(error, execution.arn);
    });
  }

  private retire(execution: Execution): void {
    if (execution.machine.type === 'EXPRESS') {
      this.executions.delete(execution.arn);
      return;
    }
    if (execution.status === 'RUNNING') return;
    this.closed.add(execution.arn);
    this.prune();
  }

  /** Keeps memory and journal bounded: old closed executions shrink to their names, and names expire. */
  private prune(): void {
    const horizon = this.clock.now() - RETENTION_MS;
    for (const arn of this.closed) {
      const execution = this.executions.get(arn);
      const stoppedAt = execution?.ended?.stoppedAt ?? 0;
      if (this.closed.size <= this.keepClosed && stoppedAt > horizon) break;
      this.closed.delete(arn);
      this.executions.delete(arn);
      if (stoppedAt > horizon) this.taken.set(arn, stoppedAt);
      if (execution) this.settle(execution, this.forget(execution, stoppedAt > horizon ? stoppedAt : undefined));
    }
    for (const [arn, stoppedAt] of this.taken) {
      if (stoppedAt > horizon) break;
      this.taken.delete(arn);
      this.journal?.remove(arn).catch((error: unknown) => this.onFault(error, arn));
    }
  }

  private async forget(execution: Execution, stoppedAt: number | undefined): Promise<void> {
    if (!this.journal) return;
    const [own, ...parts] = execution.keys();
    for (const key of parts) await this.journal.remove(key);
    if (stoppedAt === undefined) return this.journal.remove(own);
    const record: TakenRecord = { kind: 'taken', executionArn: execution.arn, stoppedAt };
    await this.journal.save(own, record);
  }

  private isTaken(arn: string): boolean {
    const stoppedAt = this.taken.get(arn);
    return stoppedAt !== undefined && stoppedAt > this.clock.now() - RETENTION_MS;
  }

  private machineOf(arn: string): Machine {
    const machine = this.machines.get(arn);
    if (!machine) throw new ApiError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
    return machine;
  }

  private executionOf(arn: string): Execution {
    const execution = this.executions.get(arn);
    if (!execution) throw new ApiError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return execution;
  }

  private holderOf(token: unknown): Execution {
    const [encoded, own, ...more] = typeof token === 'string' ? token.split('.') : [];
    const arn = Buffer.from(encoded ?? '', 'base64url').toString();
    if (!own || more.length > 0 || !arn.startsWith('arn:')) {
      throw new ApiError('InvalidToken', "Invalid Token: 'Invalid token'");
    }
    const execution = this.executions.get(arn);
    if (execution) return execution;
    if (this.isTaken(arn)) {
      throw new ApiError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
    }
    throw new ApiError('TaskDoesNotExist', `Task does not exist: '${String(token)}'`);
  }

  private nameFor(request: StartRequest): string {
    const name: unknown = request.name ?? this.newId();
    if (typeof name !== 'string' || !NAME.test(name))
      throw new ApiError('InvalidName', `Invalid Name: '${String(name)}'`);
    return name;
  }

  private executionArn(machine: Machine, name: string): string {
    if (machine.type === 'STANDARD') return `${machine.arn.replace(':stateMachine:', ':execution:')}:${name}`;
    return `${machine.arn.replace(':stateMachine:', ':express:')}:${name}:${randomUUID()}`;
  }
}

function firstId(part: HistoryRecord): number {
  return part.events[0]?.id ?? 0;
}

function readInput(text: unknown = '{}'): string {
  if (typeof text !== 'string') {
    throw new ApiError('InvalidExecutionInput', 'Invalid State Machine Execution Input: not a text');
  }
  if (Buffer.byteLength(text) > MAX_PAYLOAD_BYTES) {
    throw new ApiError(
      'InvalidExecutionInput',
      `Invalid State Machine Execution Input: longer than ${MAX_PAYLOAD_BYTES}`,
    );
  }
  try {
    JSON.parse(text);
  } catch (error) {
    throw new ApiError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${String(error)}'`);
  }
  return text;
}

function parseOutput(text: unknown): unknown {
  if (typeof text !== 'string') throw new ApiError('InvalidOutput', 'Invalid Output: not a text');
  if (Buffer.byteLength(text) > MAX_PAYLOAD_BYTES) {
    throw new ApiError('InvalidOutput', `Invalid Output: longer than ${MAX_PAYLOAD_BYTES}`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new ApiError('InvalidOutput', `Invalid Output: '${String(error)}'`);
  }
}

function describe(execution: Execution): ExecutionAnswer {
  const ended = execution.ended;
  return {
    executionArn: execution.arn,
    stateMachineArn: execution.machine.arn,
    name: execution.name,
    status: execution.status,
    startDate: execution.startedAt / 1000,
    ...(ended === undefined ? {} : { stopDate: ended.stoppedAt / 1000 }),
    input: execution.input,
    inputDetails: { included: true },
    ...(ended?.output === undefined ? {} : { output: ended.output, outputDetails: { included: true } }),
    ...(ended?.error === undefined ? {} : { error: ended.error }),
    ...(ended?.cause === undefined ? {} : { cause: ended.cause }),
  };
}

/** Pages by position; the token carries it. */
function pageOf<T>(
  all: readonly T[],
  size: number,
  token: string | undefined,
): { readonly page: readonly T[]; readonly nextToken?: string } {
  const start = token === undefined ? 0 : Number(Buffer.from(token, 'base64url').toString());
  if (!Number.isInteger(start) || start < 0) throw new ApiError('InvalidToken', `Invalid Token: '${String(token)}'`);
  const end = start + Math.max(1, Math.min(size || 100, 1_000));
  const page = all.slice(start, end);
  return end < all.length ? { page, nextToken: Buffer.from(String(end)).toString('base64url') } : { page };
}
