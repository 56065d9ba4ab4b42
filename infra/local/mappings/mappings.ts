/** Builds the template's event source mappings. */
import type { Clock } from '../clock';
import { StreamReader } from '../dynamo/stream-reader';
import type { Table } from '../dynamo/tables';
import type { DatabaseClient } from '../dynamo/database-client';
import type { TtlSweeper } from '../dynamo/ttl-sweeper';
import { compile } from '../event-pattern';
import type { Faults } from '../faults';
import { flag, integer, list, record, text } from '../json';
import type { Functions } from '../lambda/functions';
import type { Queues } from '../queues/queues';
import type { Store } from '../stand-in';
import type { Model, ResolvedResource } from '../template/model';
import type { Trace } from '../trace';
import { UnsupportedResource } from '../unsupported';
import { QueueMapping } from './queue-mapping';
import { StreamMapping, filterPatterns } from './stream-mapping';

export interface MappingsHost {
  readonly client: DatabaseClient;
  readonly clock: Clock;
  readonly clockOffset: () => number;
  readonly faults: Faults;
  readonly functions: Functions;
  readonly queues: Queues;
  readonly store: Store;
  readonly tables: readonly Table[];
  readonly trace: Trace;
  readonly ttl: TtlSweeper;
  sendToQueue(arn: string, body: string): Promise<void>;
  readonly log: (line: string) => void;
}

/** Batches at a time of a queue without MaximumConcurrency; more would only queue for the same two cores. */
const QUEUE_CONCURRENCY = 8;

export class Mappings {
  private readonly streams: { readonly table: string; readonly mapping: StreamMapping }[] = [];
  private readonly queues: QueueMapping[] = [];

  constructor(
    private readonly model: Model,
    private readonly host: MappingsHost,
  ) {
    for (const resource of model.ofType('AWS::Lambda::EventSourceMapping')) {
      if (resource.properties['Enabled'] !== undefined && !flag(resource.properties['Enabled'])) continue;
      const source = text(resource.properties['EventSourceArn']) ?? '';
      const table = host.tables.find(({ stream }) => stream?.arn === source);
      const queue = host.queues.find(source);
      if (table?.stream) this.addStream(resource, { ...table, stream: table.stream });
      else if (queue) this.addQueue(resource, queue);
      else throw new UnsupportedResource([`the event source ${source} (${resource.logicalId})`]);
    }
  }

  async start(): Promise<void> {
    for (const mapping of this.queues) mapping.start();
    await Promise.all(this.streams.map(({ mapping }) => mapping.start()));
  }

  async stop(): Promise<void> {
    for (const mapping of this.queues) mapping.stop();
    await Promise.all(this.streams.map(({ mapping }) => mapping.stop()));
  }

  /** Something was written to the table. */
  wrote(table: string): void {
    for (const stream of this.streams) if (stream.table === table) stream.mapping.wake();
  }

  get streamsIdle(): boolean {
    return this.streams.every(({ mapping }) => mapping.idle);
  }

  get queuesIdle(): boolean {
    return this.queues.every((mapping) => mapping.idle);
  }

  private addQueue({ properties }: ResolvedResource, queue: ReturnType<Queues['at']>): void {
    const { host, model } = this;
    const limit = integer(record(properties['ScalingConfig'])['MaximumConcurrency']);
    const settings = {
      functionName: text(properties['FunctionName']) ?? '',
      batchSize: integer(properties['BatchSize']) ?? 10,
      windowMs: (integer(properties['MaximumBatchingWindowInSeconds']) ?? 0) * 1_000,
      reportsFailures: list(properties['FunctionResponseTypes']).includes('ReportBatchItemFailures'),
      concurrency: Math.min(limit ?? QUEUE_CONCURRENCY, QUEUE_CONCURRENCY),
      region: model.region,
      accepts: acceptsBody(properties['FilterCriteria']),
    };
    host.functions.pool(settings.functionName);
    this.queues.push(new QueueMapping(queue, settings, host.functions, host.faults, host.log));
  }

  private addStream(
    { logicalId, properties }: ResolvedResource,
    table: Table & { readonly stream: { readonly arn: string; readonly localArn: string } },
  ): void {
    const { host, model } = this;
    const patterns = filterPatterns(record(properties['FilterCriteria'])).map((pattern) => compile(pattern));
    const pool = host.functions.pool(text(properties['FunctionName']) ?? '');
    const retries = integer(properties['MaximumRetryAttempts']) ?? -1;
    const age = integer(properties['MaximumRecordAgeInSeconds']) ?? -1;
    const onFailure = text(record(record(properties['DestinationConfig'])['OnFailure'])['Destination']);
    const reader = new StreamReader(host.client, table, model.region, host.ttl, host.clockOffset);
    const mapping = new StreamMapping(
      {
        id: logicalId,
        functionName: pool.settings.name,
        functionArn: pool.settings.arn,
        streamArn: table.stream.arn,
        batchSize: integer(properties['BatchSize']) ?? 100,
        windowMs: (integer(properties['MaximumBatchingWindowInSeconds']) ?? 0) * 1_000,
        bisect: flag(properties['BisectBatchOnFunctionError']),
        retries: retries < 0 ? Infinity : retries,
        maximumAgeMs: age < 0 ? Infinity : age * 1_000,
        lanes: integer(properties['ParallelizationFactor']) ?? 1,
        startAtLatest: properties['StartingPosition'] === 'LATEST',
        reportsFailures: list(properties['FunctionResponseTypes']).includes('ReportBatchItemFailures'),
        partitionKey: table.keys[0] ?? '',
        accepts: (one) => patterns.length === 0 || patterns.some((matches) => matches(one)),
        ...(onFailure ? { onFailure } : {}),
      },
      reader,
      {
        clock: host.clock,
        functions: host.functions,
        faults: host.faults,
        store: host.store,
        sendToQueue: (arn, body) => host.sendToQueue(arn, body),
        counted: (records) => host.trace.stream(pool.settings.name, records),
        log: (line) => host.log(line),
      },
    );
    this.streams.push({ table: table.name, mapping });
  }
}

/** A queue's filter sees the body as JSON where the pattern speaks of its members. */
function acceptsBody(criteria: unknown): (message: unknown) => boolean {
  const patterns = filterPatterns(record(criteria)).map((pattern) => ({
    matches: compile(pattern),
    parsed: typeof record(pattern)['body'] === 'object' && !Array.isArray(record(pattern)['body']),
  }));
  if (patterns.length === 0) return () => true;
  return (message) =>
    patterns.some(({ matches, parsed }) => {
      if (!parsed) return matches(message);
      try {
        const body: unknown = JSON.parse(String(record(message)['body']));
        return matches({ ...record(message), body });
      } catch {
        return false;
      }
    });
}
