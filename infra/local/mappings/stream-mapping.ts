/** Feeds the change stream of a table to a function: in order per key, at least once. */
import { createHash } from 'node:crypto';
import { ApiError } from '../api-error';
import type { Clock } from '../clock';
import { localPosition, type StreamReader, type StreamRecord } from '../dynamo/stream-reader';
import type { Faults } from '../faults';
import type { Functions } from '../lambda/functions';
import { type Json, list } from '../json';
import type { Store } from '../stand-in';
import { failedItems } from './batches';

export interface StreamMappingSettings {
  readonly id: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly streamArn: string;
  readonly batchSize: number;
  readonly windowMs: number;
  readonly bisect: boolean;
  /** Further attempts after the first; Infinity: until the record grows too old. */
  readonly retries: number;
  readonly maximumAgeMs: number;
  readonly lanes: number;
  readonly startAtLatest: boolean;
  readonly reportsFailures: boolean;
  readonly onFailure?: string;
  readonly partitionKey: string;
  readonly accepts: (record: unknown) => boolean;
}

export interface StreamMappingHost {
  readonly clock: Clock;
  readonly functions: Functions;
  readonly faults: Faults;
  readonly store: Store;
  sendToQueue(arn: string, body: string): Promise<void>;
  counted(records: number): void;
  log(line: string): void;
}

interface Batch {
  readonly records: readonly StreamRecord[];
  readonly attempt: number;
}

interface Lane {
  readonly waiting: StreamRecord[];
  busy: boolean;
  /** Position up to which everything of this lane is done. */
  done: string;
}

/** Records read ahead of the function, over all lanes. */
const READ_AHEAD = 2_000;
const PAGE = 1_000;
const CHECKPOINT_MS = 50;
/** Real pause before a failed batch is tried again; doubles up to the limit. */
const RETRY_MS = 50;
/** Shortest time between two reads of a stream, in milliseconds. */
const GATHER_MS = 100;
const LONGEST_RETRY_MS = 2_000;

export class StreamMapping {
  private readonly lanes: Lane[];
  private position = '0';
  private ahead = 0;
  private reading = false;
  private readAt = -Infinity;
  private again = false;
  private closed = false;
  private saving: NodeJS.Timeout | undefined;
  private filling: NodeJS.Timeout | undefined;
  private filled = true;
  private saved: Promise<void> = Promise.resolve();

  constructor(
    private readonly settings: StreamMappingSettings,
    private readonly reader: StreamReader,
    private readonly host: StreamMappingHost,
  ) {
    this.lanes = Array.from({ length: settings.lanes }, () => ({ waiting: [], busy: false, done: '0' }));
  }

  /** Goes on where the last run stopped. Of another number of lanes only the oldest position is taken. */
  async start(): Promise<void> {
    const known = await this.host.store.get<string[]>(this.settings.id);
    if (known && known.length > 0) {
      const oldest = known.reduce((first, each) => (BigInt(each) < BigInt(first) ? each : first));
      this.position = oldest;
      this.lanes.forEach((lane, at) => {
        lane.done = known.length === this.lanes.length ? (known[at] ?? oldest) : oldest;
      });
    } else if (this.settings.startAtLatest) {
      this.position = await this.reader.latest();
      for (const lane of this.lanes) lane.done = this.position;
      await this.host.store.put(
        this.settings.id,
        this.lanes.map(({ done }) => done),
      );
    }
    this.wake();
  }

  async stop(): Promise<void> {
    this.closed = true;
    clearTimeout(this.filling);
    if (this.saving) {
      clearTimeout(this.saving);
      await this.checkpoint();
    }
    await this.saved;
  }

  /** Whether every record that was written has been handed over. */
  get idle(): boolean {
    return !this.reading && !this.again && this.lanes.every(({ busy, waiting }) => !busy && waiting.length === 0);
  }

  /** Something was written to the table. */
  wake(): void {
    if (this.closed) return;
    this.again = true;
    if (!this.reading) void this.read();
  }

  private async read(): Promise<void> {
    this.reading = true;
    try {
      while (this.again && !this.closed && this.ahead < READ_AHEAD) {
        // AWS reads a shard four times a second. Here the first write after a pause is read at once, and what follows
        // is gathered a little, so that a busy table does not cost an invocation per write.
        await pause(Math.max(0, GATHER_MS - (performance.now() - this.readAt)));
        this.readAt = performance.now();
        this.again = false;
        const page = await this.reader.read(this.position, PAGE);
        this.position = page.position;
        if (page.more) this.again = true;
        this.host.counted(page.records.length);
        for (const record of page.records) this.sort(record);
        if (this.ahead === 0) this.passed(page.position);
        else this.fill();
      }
    } catch (error) {
      if (!this.closed) {
        this.host.log(`${this.settings.id}: ${String(error)}`);
        setTimeout(() => this.wake(), LONGEST_RETRY_MS).unref();
      }
    } finally {
      this.reading = false;
    }
  }

  /** Puts a record into the lane of its key, unless the lane saw it before the restart or the filter refuses it. */
  private sort(record: StreamRecord): void {
    const lane = this.lanes[this.laneOf(record)];
    if (!lane || BigInt(record.dynamodb.SequenceNumber) <= BigInt(lane.done)) return;
    if (!this.settings.accepts(record)) return;
    lane.waiting.push(record);
    this.ahead += 1;
  }

  private laneOf(record: StreamRecord): number {
    if (this.lanes.length === 1) return 0;
    const key = JSON.stringify(record.dynamodb.Keys[this.settings.partitionKey]);
    return createHash('md5').update(key).digest().readUInt32BE(0) % this.lanes.length;
  }

  /** Starts the lanes, at once or when the batching window is over. */
  private fill(): void {
    const { windowMs, batchSize } = this.settings;
    if (windowMs > 0 && this.ahead < batchSize && !this.filling) {
      this.filled = false;
      this.filling = setTimeout(() => {
        this.filling = undefined;
        this.filled = true;
        this.drain();
      }, windowMs);
      return;
    }
    if (this.filled || this.ahead >= batchSize) this.drain();
  }

  private drain(): void {
    for (const lane of this.lanes) if (!lane.busy && lane.waiting.length > 0) void this.run(lane);
  }

  private async run(lane: Lane): Promise<void> {
    lane.busy = true;
    try {
      while (lane.waiting.length > 0 && !this.closed) {
        const records = lane.waiting.slice(0, this.settings.batchSize);
        await this.deliver({ records, attempt: 0 });
        if (this.closed) return;
        lane.waiting.splice(0, records.length);
        this.ahead -= records.length;
        lane.done = localPosition(records.at(-1)?.dynamodb.SequenceNumber ?? lane.done);
        if (this.ahead === 0) this.passed(this.position);
        this.plan();
        if (this.again && !this.reading) void this.read();
      }
    } catch (error) {
      this.host.log(`${this.settings.id}: ${String(error)}`);
    } finally {
      lane.busy = false;
    }
    if (lane.waiting.length > 0 && !this.closed) setTimeout(() => this.drain(), LONGEST_RETRY_MS).unref();
  }

  /** Hands over a batch; a failed one is retried, halved, or given up, each part in its order. */
  private async deliver(first: Batch): Promise<void> {
    const { settings, host } = this;
    const todo: Batch[] = [first];
    for (let batch = todo.shift(); batch && !this.closed; batch = todo.shift()) {
      const { records, attempt } = batch;
      const event = JSON.stringify({ Records: records });
      const where = { service: 'dynamodbstreams', operation: 'Deliver', function: settings.functionName };
      const happening = { ...where, text: () => event };
      const fault = host.faults.strike(happening, ['duplicate', 'delay']);
      if (fault?.kind === 'duplicate') await host.functions.invoke(settings.functionName, event);
      if (fault?.kind === 'delay') await pause(fault.delayMs);
      let failed: ReturnType<typeof failedItems>;
      try {
        const outcome = await host.functions.invoke(settings.functionName, event);
        const known = new Set(records.map(({ dynamodb }) => dynamodb.SequenceNumber));
        failed = failedItems(outcome, settings.reportsFailures, known);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        // Throttles are tried again without end and use up no attempt.
        await pause(RETRY_MS * 2);
        todo.unshift(batch);
        continue;
      }
      if (failed === 'none') continue;
      const rest = failed === 'all' ? records : fromFirstFailure(records, failed);
      // Progress within the batch starts the count anew, as the service does for a checkpoint.
      const attempts = rest.length < records.length ? 0 : attempt;
      const oldest = Number(rest[0]?.dynamodb['ApproximateCreationDateTime'] ?? 0) * 1_000;
      const tooOld = host.clock.now() - oldest > settings.maximumAgeMs;
      if (settings.bisect && rest.length > 1 && !tooOld) {
        const half = Math.ceil(rest.length / 2);
        // Halving is free of charge: the attempts are counted for what cannot be halved any more.
        todo.unshift({ records: rest.slice(0, half), attempt: 0 }, { records: rest.slice(half), attempt: 0 });
      } else if (attempts < settings.retries && !tooOld) {
        await pause(Math.min(RETRY_MS * 2 ** attempts, LONGEST_RETRY_MS));
        todo.unshift({ records: rest, attempt: attempts + 1 });
      } else await this.giveUp(rest, tooOld ? 'RecordAgeExceeded' : 'RetryAttemptsExhausted', attempts + 1);
    }
  }

  private async giveUp(records: readonly StreamRecord[], condition: string, invokes: number): Promise<void> {
    const { onFailure, functionArn, streamArn } = this.settings;
    const times = records.map(({ dynamodb }) => Number(dynamodb['ApproximateCreationDateTime'] ?? 0) * 1_000);
    this.host.log(`${this.settings.functionName} gave up on ${records.length} record(s): ${condition}`);
    if (!onFailure) return;
    const body = {
      requestContext: {
        requestId: records[0]?.eventID,
        functionArn,
        condition,
        approximateInvokeCount: invokes,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: new Date(this.host.clock.now()).toISOString(),
      DDBStreamBatchInfo: {
        shardId: 'shardId-00000000000000000000-00000000',
        startSequenceNumber: records[0]?.dynamodb.SequenceNumber,
        endSequenceNumber: records.at(-1)?.dynamodb.SequenceNumber,
        approximateArrivalOfFirstRecord: new Date(Math.min(...times)).toISOString(),
        approximateArrivalOfLastRecord: new Date(Math.max(...times)).toISOString(),
        batchSize: records.length,
        streamArn,
      },
    };
    await this.host.sendToQueue(onFailure, JSON.stringify(body));
  }

  /** With nothing under way every lane has come as far as the reader. */
  private passed(position: string): void {
    for (const lane of this.lanes) lane.done = position;
    this.plan();
  }

  private plan(): void {
    this.saving ??= setTimeout(() => {
      this.saved = this.checkpoint().catch((error: unknown) => this.host.log(String(error)));
    }, CHECKPOINT_MS);
  }

  private checkpoint(): Promise<void> {
    this.saving = undefined;
    return this.host.store.put(
      this.settings.id,
      this.lanes.map(({ done }) => done),
    );
  }
}

function fromFirstFailure(records: readonly StreamRecord[], failed: ReadonlySet<string>): readonly StreamRecord[] {
  const at = records.findIndex(({ dynamodb }) => failed.has(dynamodb.SequenceNumber));
  return records.slice(Math.max(at, 0));
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** The patterns of a mapping's FilterCriteria, as objects. */
export function filterPatterns(criteria: Json): unknown[] {
  return list(criteria['Filters']).map((filter) => {
    const pattern = typeof filter === 'object' && filter !== null ? (filter as Json)['Pattern'] : undefined;
    return typeof pattern === 'string' ? (JSON.parse(pattern) as unknown) : pattern;
  });
}
