/** The execution environments of one function: worker threads, one event in each at a time. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ApiError } from '../api-error';
import type { FunctionCounts } from '../trace';

export interface FunctionSettings {
  readonly name: string;
  readonly arn: string;
  readonly file: string;
  readonly exportName: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** Executions at a time that AWS would allow; more are refused. */
  readonly concurrency: number;
  /** Workers this host starts at most; what AWS would allow beyond them waits. */
  readonly workers: number;
  readonly jsonLog: boolean;
  readonly region: string;
  readonly account: string;
}

export interface PoolHost {
  /** Offset of the host's clock in milliseconds, shared with every worker. */
  readonly clockOffset: SharedArrayBuffer;
  /** Whether each request of a function says in a header which invocation makes it. */
  readonly namesInvocations?: boolean;
  counts(name: string): FunctionCounts;
  log(name: string, lines: string): void;
  /** Whether there is room for one more without ending one that is in use elsewhere. */
  hasRoom(): boolean;
  /** A worker was started: the host may end an idle one elsewhere. */
  grown(): void;
}

export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export type InvokeOutcome =
  | { readonly requestId: string; readonly payload: string; readonly error?: undefined }
  | { readonly requestId: string; readonly payload: string; readonly error: FunctionError };

interface Job {
  readonly requestId: string;
  readonly event: string;
  readonly settle: (outcome: InvokeOutcome) => void;
}

interface Environment {
  readonly worker: Worker;
  state: 'starting' | 'idle' | 'busy' | 'gone';
  idleSince: number;
  job?: Job;
  startedAt: number;
  timer?: NodeJS.Timeout;
}

interface WorkerMessage {
  readonly ready?: boolean;
  readonly initMs?: number;
  readonly busyMs?: number;
  readonly payload?: string;
  readonly error?: FunctionError;
  readonly logBytes?: number;
  readonly log?: string;
}

const WORKER = join(__dirname, 'worker.mjs');
/** Log text kept of one invocation; the rest is only counted. */
const KEEP_LOG = 16 * 1024;
/** So many a function gets however many there are of others: with one only, two callers would wait for each other. */
const ALWAYS = 2;
const PAYLOAD_LIMIT = 6 * 1024 * 1024;

export class FunctionPool {
  private readonly environments = new Set<Environment>();
  private readonly waiting: Job[] = [];
  private inFlight = 0;
  private initFailures = 0;
  private closed = false;

  constructor(
    readonly settings: FunctionSettings,
    private readonly host: PoolHost,
  ) {}

  get busy(): number {
    return this.inFlight;
  }

  get size(): number {
    return this.environments.size;
  }

  /** Runs the function on `event` (JSON text); rejects only when no environment may take it. */
  invoke(event: string): Promise<InvokeOutcome> {
    if (this.closed) throw new ApiError('ServiceException', 'The host is closing.', 500);
    if (this.inFlight >= this.settings.concurrency) {
      this.host.counts(this.settings.name).throttles += 1;
      throw new ApiError('TooManyRequestsException', 'Rate Exceeded.', 429, {
        Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      });
    }
    this.inFlight += 1;
    return new Promise((resolve) => {
      const settle = (outcome: InvokeOutcome): void => {
        this.inFlight -= 1;
        resolve(outcome);
      };
      this.waiting.push({ requestId: randomUUID(), event, settle });
      this.dispatch();
    });
  }

  /** Ends one environment that has been idle since before `time`; answers whether there was one. */
  reap(time: number): boolean {
    for (const environment of this.environments) {
      if (environment.state !== 'idle' || environment.idleSince > time) continue;
      this.end(environment);
      return true;
    }
    return false;
  }

  /** Whether an invocation of it is under way. */
  runs(requestId: string): boolean {
    for (const { job } of this.environments) if (job?.requestId === requestId) return true;
    return false;
  }

  /** Ends an invocation where it stands; what it has asked for meanwhile goes on without it. */
  endInvocation(requestId: string, how: 'dies' | 'times out'): void {
    for (const environment of this.environments) {
      if (environment.job?.requestId !== requestId) continue;
      if (how === 'times out') this.timeOut(environment);
      else void environment.worker.terminate();
    }
  }

  /** When its longest idle environment became idle. */
  idleSince(): number | undefined {
    let oldest: number | undefined;
    for (const { state, idleSince } of this.environments) {
      if (state === 'idle' && (oldest === undefined || idleSince < oldest)) oldest = idleSince;
    }
    return oldest;
  }

  async close(): Promise<void> {
    this.closed = true;
    const workers = [...this.environments].map(({ worker, timer }) => {
      clearTimeout(timer);
      return worker.terminate();
    });
    this.environments.clear();
    await Promise.all(workers);
  }

  private dispatch(): void {
    let starting = 0;
    for (const environment of this.environments) {
      if (this.waiting.length === 0) return;
      if (environment.state === 'idle') this.run(environment);
      else if (environment.state === 'starting') starting += 1;
    }
    // One at a time: on few cores a burst of cold starts delays everybody more than it helps.
    if (this.waiting.length > 0 && starting === 0 && this.mayGrow()) this.grow();
  }

  private mayGrow(): boolean {
    const { size } = this.environments;
    // Under a load on many functions they would otherwise end each other's environments, and start more than they run.
    return size < this.settings.workers && (size < ALWAYS || this.host.hasRoom());
  }

  private grow(): void {
    const { settings } = this;
    const worker = new Worker(WORKER, {
      env: { ...settings.environment },
      // The main thread's loaders are of no use here and would cost each worker its start.
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: Math.max(256, settings.memoryMb) },
      workerData: {
        file: settings.file,
        exportName: settings.exportName,
        clockOffset: this.host.clockOffset,
        keepLog: KEEP_LOG,
        jsonLog: settings.jsonLog,
        region: settings.region,
        account: settings.account,
        namesInvocations: this.host.namesInvocations ?? false,
      },
    });
    const environment: Environment = { worker, state: 'starting', idleSince: 0, startedAt: 0 };
    this.environments.add(environment);
    this.host.counts(settings.name).coldStarts += 1;
    let lastError: Error | undefined;
    worker.on('message', (message: WorkerMessage) => {
      if (environment.state === 'starting') this.started(environment, message);
      else this.finished(environment, message);
    });
    worker.on('error', (error: Error) => {
      lastError = error;
    });
    worker.on('exit', (code) => this.died(environment, code, lastError));
    this.host.grown();
  }

  private started(environment: Environment, { ready, initMs, error }: WorkerMessage): void {
    if (ready) {
      this.initFailures = 0;
      this.host.counts(this.settings.name).initMs += initMs ?? 0;
      environment.state = 'idle';
      environment.idleSince = Date.now();
      this.dispatch();
      return;
    }
    // A bundle that cannot be loaded fails the events that wait for it, as on AWS, one per attempt.
    this.initFailures += 1;
    const job = this.waiting.shift();
    this.environments.delete(environment);
    environment.state = 'gone';
    if (job) this.fail(job, error ?? { errorType: 'Runtime.Unknown', errorMessage: 'The function did not start.' });
    void environment.worker.terminate();
    this.dispatch();
  }

  private run(environment: Environment): void {
    const job = this.waiting.shift();
    if (!job) return;
    const { timeoutMs } = this.settings;
    environment.state = 'busy';
    environment.job = job;
    environment.startedAt = performance.now();
    environment.timer = setTimeout(() => this.timeOut(environment), timeoutMs);
    environment.worker.postMessage({ requestId: job.requestId, event: job.event, deadline: Date.now() + timeoutMs });
  }

  private finished(environment: Environment, message: WorkerMessage): void {
    const { job } = environment;
    if (environment.state !== 'busy' || !job) return;
    clearTimeout(environment.timer);
    delete environment.job;
    environment.state = 'idle';
    environment.idleSince = Date.now();
    const counts = this.host.counts(this.settings.name);
    this.bill(environment);
    counts.busyMs += message.busyMs ?? 0;
    counts.logBytes += message.logBytes ?? 0;
    if (message.log) this.host.log(this.settings.name, message.log);
    // The next event first: answering may take the main thread a while.
    this.dispatch();
    if (message.error) this.fail(job, message.error);
    else if (Buffer.byteLength(message.payload ?? '') > PAYLOAD_LIMIT) {
      this.fail(job, {
        errorType: 'Function.ResponseSizeTooLarge',
        errorMessage: `Response payload size exceeded maximum allowed payload size (${PAYLOAD_LIMIT} bytes).`,
      });
    } else job.settle({ requestId: job.requestId, payload: message.payload ?? 'null' });
  }

  private timeOut(environment: Environment): void {
    const { job } = environment;
    if (environment.state !== 'busy' || !job) return;
    this.bill(environment);
    this.end(environment);
    const seconds = (this.settings.timeoutMs / 1_000).toFixed(2);
    this.fail(job, {
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: ${job.requestId} Error: Task timed out after ${seconds} seconds`,
    });
    this.dispatch();
  }

  private died(environment: Environment, code: number, error: Error | undefined): void {
    const { job, state } = environment;
    if (state === 'gone' || this.closed) return;
    clearTimeout(environment.timer);
    this.environments.delete(environment);
    environment.state = 'gone';
    const reason = {
      errorType: error ? 'Runtime.UnhandledPromiseRejection' : 'Runtime.ExitError',
      errorMessage: error
        ? `${error.name}: ${error.message}`
        : `RequestId: ${job?.requestId} Error: Runtime exited with error: exit status ${code}`,
    };
    if (job) {
      this.bill(environment);
      this.fail(job, reason);
    } else if (state === 'starting') {
      const next = this.waiting.shift();
      if (next) this.fail(next, reason);
    }
    this.dispatch();
  }

  private bill(environment: Environment): void {
    const counts = this.host.counts(this.settings.name);
    counts.calls += 1;
    counts.billedMs += Math.max(1, Math.ceil(performance.now() - environment.startedAt));
  }

  private fail(job: Job, error: FunctionError): void {
    this.host.counts(this.settings.name).errors += 1;
    job.settle({ requestId: job.requestId, payload: JSON.stringify(error), error });
  }

  private end(environment: Environment): void {
    clearTimeout(environment.timer);
    environment.state = 'gone';
    this.environments.delete(environment);
    void environment.worker.terminate();
  }
}
