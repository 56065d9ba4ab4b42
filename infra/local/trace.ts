/** Counts of everything that costs money on AWS, so that a run can be priced. */
import { type Json, isRecord, list, record, text } from './json';

export interface FunctionCounts {
  calls: number;
  errors: number;
  throttles: number;
  coldStarts: number;
  /** Wall time from the moment a worker had the event, rounded up to a millisecond as the bill is. */
  billedMs: number;
  /** Time during which the worker's event loop was busy. */
  busyMs: number;
  initMs: number;
  logBytes: number;
}

export interface Units {
  read: number;
  write: number;
}

export interface TraceSnapshot {
  readonly functions: Record<string, FunctionCounts>;
  readonly database: {
    readonly operations: Record<string, number>;
    readonly tables: Record<string, { table: Units; indexes: Record<string, Units> }>;
    /** Tables and indexes together, by the function that asked, where the host has its functions name themselves. */
    readonly functions: Record<string, Units>;
  };
  readonly events: Record<string, number>;
  readonly queues: Record<string, { sent: number; received: number; deleted: number }>;
  readonly http: Record<string, number>;
  readonly streams: Record<string, { reads: number; records: number }>;
}

function empty(): TraceSnapshot {
  return {
    functions: {},
    database: { operations: {}, tables: {}, functions: {} },
    events: {},
    queues: {},
    http: {},
    streams: {},
  };
}

function bump(counts: Record<string, number>, key: string, by = 1): void {
  counts[key] = (counts[key] ?? 0) + by;
}

export class Trace {
  private counts = empty();

  reset(): void {
    this.counts = empty();
  }

  snapshot(): TraceSnapshot {
    return this.counts;
  }

  function(name: string): FunctionCounts {
    return (this.counts.functions[name] ??= {
      calls: 0,
      errors: 0,
      throttles: 0,
      coldStarts: 0,
      billedMs: 0,
      busyMs: 0,
      initMs: 0,
      logBytes: 0,
    });
  }

  event(detailType: string): void {
    bump(this.counts.events, detailType);
  }

  http(route: string, status: number): void {
    bump(this.counts.http, `${route} ${status}`);
  }

  queue(name: string, what: 'sent' | 'received' | 'deleted', by = 1): void {
    const counts = (this.counts.queues[name] ??= { sent: 0, received: 0, deleted: 0 });
    counts[what] += by;
  }

  stream(name: string, records: number): void {
    const counts = (this.counts.streams[name] ??= { reads: 0, records: 0 });
    counts.reads += 1;
    counts.records += records;
  }

  /** Adds what an answer of the database says it consumed, for the function that asked. */
  database(operation: string, consumed: unknown, caller?: string): void {
    const { operations, tables, functions } = this.counts.database;
    bump(operations, operation);
    const reads = /^(Get|BatchGet|Query|Scan|TransactGet)/.test(operation);
    for (const each of Array.isArray(consumed) ? list(consumed) : isRecord(consumed) ? [consumed] : []) {
      const capacity = record(each);
      if (caller !== undefined) add((functions[caller] ??= { read: 0, write: 0 }), withoutParts(capacity), reads);
      const counts = (tables[text(capacity['TableName']) ?? '?'] ??= { table: { read: 0, write: 0 }, indexes: {} });
      add(counts.table, isRecord(capacity['Table']) ? capacity['Table'] : capacity, reads);
      for (const kind of ['GlobalSecondaryIndexes', 'LocalSecondaryIndexes']) {
        for (const [index, units] of Object.entries(record(capacity[kind]))) {
          add((counts.indexes[index] ??= { read: 0, write: 0 }), record(units), reads);
        }
      }
    }
  }
}

/** What DynamoDB says of a table and its indexes together. */
const withoutParts = ({ CapacityUnits, ReadCapacityUnits, WriteCapacityUnits }: Json): Json => ({
  CapacityUnits,
  ReadCapacityUnits,
  WriteCapacityUnits,
});

function add(units: Units, capacity: Json, reads: boolean): void {
  const read = capacity['ReadCapacityUnits'];
  const write = capacity['WriteCapacityUnits'];
  const all = capacity['CapacityUnits'];
  if (typeof read === 'number' || typeof write === 'number') {
    units.read += typeof read === 'number' ? read : 0;
    units.write += typeof write === 'number' ? write : 0;
  } else if (typeof all === 'number') {
    if (reads) units.read += all;
    else units.write += all;
  }
}
