/** Every function of the template, by name or ARN, and the ways to call one. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ApiError } from '../api-error';
import type { Clock } from '../clock';
import type { Faults } from '../faults';
import { integer, record, text } from '../json';
import type { Store } from '../stand-in';
import type { Model, ResolvedResource } from '../template/model';
import { UnsupportedResource } from '../unsupported';
import { FunctionPool, type FunctionSettings, type InvokeOutcome, type PoolHost } from './function-pool';

/** Concurrent executions of an account where the template reserves none. */
const ACCOUNT_CONCURRENCY = 1_000;
/** Environments kept over all functions: each costs about 30 MB of a laptop's memory. */
const WARM_ENVIRONMENTS = 32;
const IDLE_MS = 5 * 60_000;
/** Idle for less than this, an environment is in use: its next event is only a moment away. */
const AT_REST_MS = 2_000;
const ASYNC_LIMIT = 1024 * 1024;
/** Waits of the Lambda service before it tries a failed asynchronous event again. */
const ASYNC_RETRY_MS = [60_000, 120_000];

export interface FunctionsHost extends Omit<PoolHost, 'grown' | 'hasRoom'> {
  readonly baseUrl: string;
  readonly clock: Clock;
  readonly faults: Faults;
  /** Durable asynchronous events. */
  readonly store: Store;
  readonly workersPerFunction: number;
  sendToQueue(arn: string, body: string, attributes?: Readonly<Record<string, string>>): Promise<void>;
}

interface AsyncEvent {
  readonly name: string;
  readonly event: string;
  readonly attempt: number;
  readonly receivedAt: number;
  readonly dueAt: number;
}

interface AsyncSettings {
  readonly retries: number;
  readonly maxAgeMs: number;
  readonly onFailure?: string;
  /** Older than destinations: gets the bare event, the reason in attributes. */
  readonly deadLetters?: string;
}

export class Functions {
  private readonly pools = new Map<string, FunctionPool>();
  private readonly aliases = new Map<string, string>();
  private readonly asyncSettings = new Map<string, AsyncSettings>();
  private readonly reaper: NodeJS.Timeout;
  private asyncRunning = 0;

  constructor(
    model: Model,
    private readonly host: FunctionsHost,
  ) {
    const problems: string[] = [];
    const poolHost = { ...host, hasRoom: () => this.hasRoom(), grown: () => this.trim() };
    for (const resource of model.ofType('AWS::Lambda::Function')) {
      const settings = settingsOf(resource, model, host, problems);
      this.pools.set(settings.name, new FunctionPool(settings, poolHost));
      this.aliases.set(resource.arn, settings.name);
      const deadLetters = text(record(resource.properties['DeadLetterConfig'])['TargetArn']);
      if (deadLetters) {
        this.asyncSettings.set(settings.name, { retries: 2, maxAgeMs: 6 * 3_600_000, deadLetters });
      }
    }
    if (problems.length > 0) throw new UnsupportedResource(problems);
    for (const type of ['AWS::Lambda::Alias', 'AWS::Lambda::Version']) {
      for (const { arn, properties } of model.ofType(type)) {
        const target = this.find(String(properties['FunctionName']));
        if (target) this.aliases.set(arn, target.settings.name);
      }
    }
    for (const { properties } of model.ofType('AWS::Lambda::EventInvokeConfig')) {
      const target = this.pool(String(properties['FunctionName']));
      const destinations = record(properties['DestinationConfig']);
      if (destinations['OnSuccess'] !== undefined)
        throw new UnsupportedResource(['the destination OnSuccess of a function']);
      const onFailure = text(record(destinations['OnFailure'])['Destination']);
      this.asyncSettings.set(target.settings.name, {
        retries: integer(properties['MaximumRetryAttempts']) ?? 2,
        maxAgeMs: (integer(properties['MaximumEventAgeInSeconds']) ?? 6 * 3_600) * 1_000,
        ...(onFailure ? { onFailure } : {}),
        ...this.deadLettersOf(target.settings.name),
      });
    }
    this.reaper = setInterval(() => this.reapIdle(), 30_000).unref();
  }

  /** Takes up the asynchronous events that were accepted before the last stop. */
  async start(): Promise<void> {
    for (const { key, value } of await this.host.store.all<AsyncEvent>('')) this.plan(key, value);
  }

  /** The pool behind a name, a partial or full ARN, with or without a qualifier. */
  pool(nameOrArn: string): FunctionPool {
    const found = this.find(nameOrArn);
    if (!found) throw new ApiError('ResourceNotFoundException', `Function not found: ${nameOrArn}`, 404);
    return found;
  }

  /** Runs a function and waits for its answer. A throttled call rejects with TooManyRequestsException. */
  async invoke(nameOrArn: string, event: string): Promise<InvokeOutcome> {
    const pool = this.pool(nameOrArn);
    const { name } = pool.settings;
    const happening = { service: 'lambda', operation: 'Invoke', function: name, text: () => event };
    const fault = this.host.faults.strike(happening, ['throttle', 'error', 'timeout-before', 'timeout-after', 'delay']);
    if (fault?.kind === 'throttle') {
      this.host.counts(name).throttles += 1;
      throw new ApiError('TooManyRequestsException', 'Rate Exceeded.', 429);
    }
    if (fault?.kind === 'error') throw new ApiError('ServiceException', 'Internal service error.', 500);
    if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    if (fault?.kind === 'timeout-before') return timedOut(pool.settings);
    const outcome = await pool.invoke(event);
    return fault?.kind === 'timeout-after' ? timedOut(pool.settings) : outcome;
  }

  /** Ends the process of an invocation that is under way: it dies, or its time is up. */
  end(requestId: string, how: 'dies' | 'times out'): void {
    for (const pool of this.pools.values()) pool.endInvocation(requestId, how);
  }

  /** The name of the function that runs under this id. */
  running(requestId: string): string | undefined {
    for (const [name, pool] of this.pools) if (pool.runs(requestId)) return name;
    return undefined;
  }

  /** Accepts an event, to be run later and again if it fails. */
  async invokeAsync(nameOrArn: string, event: string): Promise<void> {
    if (Buffer.byteLength(event) > ASYNC_LIMIT) {
      throw new ApiError('RequestTooLargeException', 'The event is larger than 1 MB.', 413);
    }
    const { name } = this.pool(nameOrArn).settings;
    const now = this.host.clock.now();
    const twice = this.host.faults.strike({ service: 'lambda', operation: 'InvokeAsync', function: name }, [
      'duplicate',
    ]);
    for (let copy = 0; copy < (twice ? 2 : 1); copy += 1) {
      const accepted = { name, event, attempt: 1, receivedAt: now, dueAt: now };
      const id = randomUUID();
      await this.host.store.put(id, accepted);
      this.plan(id, accepted);
    }
  }

  /** Invocations under way, queued ones and due asynchronous events. */
  get busy(): number {
    let sum = this.asyncRunning;
    for (const pool of this.pools.values()) sum += pool.busy;
    return sum;
  }

  async close(): Promise<void> {
    clearInterval(this.reaper);
    await Promise.all([...this.pools.values()].map((pool) => pool.close()));
  }

  private find(nameOrArn: string): FunctionPool | undefined {
    const alias = this.aliases.get(nameOrArn);
    const bare = alias ?? nameOrArn.replace(/^.*:function:/, '').replace(/:[^:]*$/, '');
    return this.pools.get(bare) ?? this.pools.get(nameOrArn);
  }

  private plan(id: string, event: AsyncEvent): void {
    const wait = event.dueAt - this.host.clock.now();
    if (wait > 0) {
      this.host.clock.at(event.dueAt, () => this.plan(id, { ...event, dueAt: 0 }));
      return;
    }
    this.asyncRunning += 1;
    this.runAsync(id, event)
      .catch((error: unknown) => this.host.log(event.name, `asynchronous event lost its way: ${String(error)}\n`))
      .finally(() => {
        this.asyncRunning -= 1;
      });
  }

  private async runAsync(id: string, event: AsyncEvent): Promise<void> {
    const { clock, store } = this.host;
    const settings = this.asyncSettings.get(event.name) ?? { retries: 2, maxAgeMs: 6 * 3_600_000 };
    let failure: { readonly condition: string; readonly payload: string };
    let again: number | undefined;
    try {
      const outcome = await this.invoke(event.name, event.event);
      if (!outcome.error) return await store.delete(id);
      failure = { condition: 'RetriesExhausted', payload: outcome.payload };
      if (event.attempt <= settings.retries) again = ASYNC_RETRY_MS[event.attempt - 1] ?? 120_000;
    } catch (error) {
      // Throttles and faults of the service do not use up an attempt.
      failure = { condition: 'EventAgeExceeded', payload: JSON.stringify({ errorMessage: String(error) }) };
      again = 1_000;
    }
    const attempt = failure.condition === 'RetriesExhausted' ? event.attempt + 1 : event.attempt;
    if (again !== undefined && clock.now() + again - event.receivedAt <= settings.maxAgeMs) {
      const next = { ...event, attempt, dueAt: clock.now() + again };
      await store.put(id, next);
      return this.plan(id, next);
    }
    if (settings.onFailure) {
      const body = {
        version: '1.0',
        timestamp: new Date(clock.now()).toISOString(),
        requestContext: {
          requestId: id,
          functionArn: this.pool(event.name).settings.arn,
          condition: failure.condition,
          approximateInvokeCount: event.attempt,
        },
        requestPayload: JSON.parse(event.event) as unknown,
        responsePayload: JSON.parse(failure.payload) as unknown,
      };
      await this.host.sendToQueue(settings.onFailure, JSON.stringify(body));
    }
    if (settings.deadLetters) {
      const error = record(JSON.parse(failure.payload));
      await this.host.sendToQueue(settings.deadLetters, event.event, {
        RequestID: id,
        ErrorCode: failure.condition === 'RetriesExhausted' ? '200' : '429',
        ErrorMessage: (text(error['errorMessage']) ?? '').slice(0, 1_024) || 'unknown',
      });
    }
    await store.delete(id);
  }

  private deadLettersOf(name: string): Pick<AsyncSettings, 'deadLetters'> {
    const deadLetters = this.asyncSettings.get(name)?.deadLetters;
    return deadLetters ? { deadLetters } : {};
  }

  /** Of all functions together. */
  private get environments(): number {
    let sum = 0;
    for (const pool of this.pools.values()) sum += pool.size;
    return sum;
  }

  /** The pool of the environment that has been idle for longest. */
  private get mostIdle(): FunctionPool | undefined {
    let oldest: FunctionPool | undefined;
    for (const pool of this.pools.values()) {
      const since = pool.idleSince();
      if (since !== undefined && since < (oldest?.idleSince() ?? Infinity)) oldest = pool;
    }
    return oldest;
  }

  private hasRoom(): boolean {
    if (this.environments < WARM_ENVIRONMENTS) return true;
    return (this.mostIdle?.idleSince() ?? Infinity) <= Date.now() - AT_REST_MS;
  }

  /** Ends the environment that has been idle for longest when there are too many of them. */
  private trim(): void {
    if (this.environments > WARM_ENVIRONMENTS) this.mostIdle?.reap(Infinity);
  }

  private reapIdle(): void {
    for (const pool of this.pools.values()) pool.reap(Date.now() - IDLE_MS);
  }
}

function timedOut({ timeoutMs }: FunctionSettings): InvokeOutcome {
  const requestId = randomUUID();
  const error = {
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${requestId} Error: Task timed out after ${(timeoutMs / 1_000).toFixed(2)} seconds`,
  };
  return { requestId, payload: JSON.stringify(error), error };
}

function settingsOf(
  { name, arn, logicalId, properties }: ResolvedResource,
  model: Model,
  host: FunctionsHost,
  problems: string[],
): FunctionSettings {
  const code = record(properties['Code']);
  const hash = (text(code['S3Key']) ?? '').replace(/\.zip$/, '').replace(/^.*\//, '');
  const directory = model.assets.get(hash);
  const [module = '', exportName = ''] = (text(properties['Handler']) ?? '').split('.');
  const file = ['mjs', 'js', 'cjs']
    .map((ending) => join(directory ?? '', `${module}.${ending}`))
    .find((path) => existsSync(path));
  const runtime = text(properties['Runtime']) ?? '';
  if (!directory || !file)
    problems.push(`the code of ${name} (${logicalId}): no file asset with ${String(properties['Handler'])}`);
  if (!runtime.startsWith('nodejs')) problems.push(`the runtime ${runtime} of ${name} (${logicalId})`);
  const memoryMb = integer(properties['MemorySize']) ?? 128;
  const reserved = integer(properties['ReservedConcurrentExecutions']);
  const concurrency = reserved ?? ACCOUNT_CONCURRENCY;
  const variables = record(record(properties['Environment'])['Variables']);
  const logging = record(properties['LoggingConfig']);
  return {
    name,
    arn,
    file: file ?? '',
    exportName,
    environment: {
      ...Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, String(value)])),
      PATH: process.env['PATH'] ?? '',
      TZ: ':UTC',
      LANG: 'en_US.UTF-8',
      AWS_REGION: model.region,
      AWS_DEFAULT_REGION: model.region,
      AWS_ENDPOINT_URL: host.baseUrl,
      AWS_ACCESS_KEY_ID: 'LAPTOP',
      AWS_SECRET_ACCESS_KEY: 'laptop',
      AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
      AWS_LAMBDA_LOG_GROUP_NAME: text(logging['LogGroup']) ?? `/aws/lambda/${name}`,
      AWS_LAMBDA_LOG_STREAM_NAME: 'laptop',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      LAMBDA_TASK_ROOT: directory ?? '',
    },
    timeoutMs: (integer(properties['Timeout']) ?? 3) * 1_000,
    memoryMb,
    concurrency,
    workers: Math.min(host.workersPerFunction, Math.max(concurrency, 1)),
    jsonLog: logging['LogFormat'] === 'JSON',
    region: model.region,
    account: model.account,
  };
}
