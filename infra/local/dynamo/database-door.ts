/** Hands database requests on: counts what they consume, strikes with the faults asked for, wakes the readers. */
import { ApiError } from '../api-error';
import type { Faults, Happening, Strike } from '../faults';
import { type Json, isRecord, list, record, text } from '../json';
import { INTERNAL_TABLE } from '../store';
import type { Trace } from '../trace';
import type { DatabaseClient, RawAnswer } from './database-client';
import type { Table } from './tables';

const WRITES = new Set([
  'PutItem',
  'UpdateItem',
  'DeleteItem',
  'BatchWriteItem',
  'TransactWriteItems',
  'ExecuteStatement',
]);
const CONSUMING = new Set([...WRITES, 'GetItem', 'BatchGetItem', 'TransactGetItems', 'Query', 'Scan']);
CONSUMING.delete('ExecuteStatement');
/** How many recent writes an injected stale read may overlook, and for how long. */
const RECENT_WRITES = 1_000;
const STALE_MS = 5_000;

export type DoorAnswer = RawAnswer | 'hang-up';

export class DatabaseDoor {
  private readonly recent: { readonly key: string; readonly at: number }[] = [];

  constructor(
    private readonly client: DatabaseClient,
    private readonly tables: ReadonlyMap<string, Table>,
    private readonly faults: Faults,
    private readonly trace: Trace,
    private readonly wrote: (table: string) => void,
    /** The function that runs under an invocation's id. */
    private readonly callerOf: (invocation: string) => string | undefined,
  ) {}

  /** Handles one request as it came over the wire. */
  async handle(target: string, body: Buffer, invocation?: string): Promise<DoorAnswer> {
    const operation = target.slice(target.indexOf('.') + 1);
    if (target.startsWith('DynamoDBStreams_')) return this.client.send(target, this.withLocalStreams(body));
    if (
      operation === 'ExecuteStatement' ||
      operation === 'BatchExecuteStatement' ||
      operation === 'ExecuteTransaction'
    ) {
      throw ApiError.unsupported(`dynamodb:${operation}`);
    }
    const source = body.toString();
    const input = record(JSON.parse(source));
    const touched = tablesOf(operation, input);
    if (touched.includes(INTERNAL_TABLE)) {
      throw new ApiError('ResourceNotFoundException', 'Requested resource not found');
    }
    const fault = this.strike({ operation, table: touched.join(' '), text: () => source, invocation });
    if (fault?.kind === 'timeout-before') return 'hang-up';
    if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.delayMs));

    const asked = text(input['ReturnConsumedCapacity']);
    const counted = CONSUMING.has(operation);
    const inject = counted && asked === undefined;
    const sent = inject ? `{"ReturnConsumedCapacity":"INDEXES",${source.slice(source.indexOf('{') + 1)}` : source;
    const answer = await this.client.send(target, sent);
    if (answer.status === 200 && WRITES.has(operation)) {
      if (this.faults.expects('stale')) this.remember(operation, input);
      for (const table of touched) this.wrote(table);
    }
    if (fault?.kind === 'timeout-after') return 'hang-up';
    if (!counted) {
      this.trace.database(operation, undefined);
      return operation === 'ListTables' ? withoutInternal(answer) : answer;
    }
    if (answer.status !== 200) {
      this.trace.database(operation, undefined);
      return answer;
    }
    const parsed = record(JSON.parse(answer.body.toString()));
    const { ConsumedCapacity, ...rest } = parsed;
    const caller = invocation === undefined ? undefined : this.callerOf(invocation);
    this.trace.database(operation, ConsumedCapacity, caller);
    const shown = inject ? rest : parsed;
    const stale = fault?.kind === 'stale' ? this.overlook(touched[0] ?? '', shown) : shown;
    return { status: 200, body: inject || stale !== shown ? Buffer.from(JSON.stringify(stale)) : answer.body };
  }

  private strike(about: Omit<Happening, 'service'> & { readonly operation: string }): Strike | undefined {
    const { operation } = about;
    const happening = { service: 'dynamodb', ...about };
    const reads = operation === 'Query' || operation === 'Scan';
    const fault = this.faults.strike(happening, [
      'throttle',
      'error',
      'timeout-before',
      'timeout-after',
      'delay',
      ...(WRITES.has(operation) ? (['conflict'] as const) : []),
      ...(reads ? (['stale'] as const) : []),
    ]);
    if (fault?.kind === 'throttle') {
      throw new ApiError('ThrottlingException', 'Throughput exceeds the current capacity of your table or index.');
    }
    if (fault?.kind === 'error') throw new ApiError('InternalServerError', 'Internal server error', 500);
    if (fault?.kind === 'conflict') {
      if (operation !== 'TransactWriteItems') {
        throw new ApiError('TransactionConflictException', 'Transaction is ongoing for the item');
      }
      throw new ApiError(
        'TransactionCanceledException',
        'Transaction cancelled, please refer cancellation reasons for specific reasons [TransactionConflict]',
        400,
        { CancellationReasons: [{ Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' }] },
      );
    }
    return fault;
  }

  private remember(operation: string, input: Json): void {
    const at = Date.now();
    for (const { table, item } of writesOf(operation, input)) {
      const keys = this.tables.get(table)?.keys ?? [];
      this.recent.push({ key: `${table} ${JSON.stringify(keys.map((key) => item[key]))}`, at });
    }
    if (this.recent.length > RECENT_WRITES) this.recent.splice(0, this.recent.length - RECENT_WRITES);
  }

  /** The answer as an index that lags behind would give it: without what was just written. */
  private overlook(table: string, answer: Json): Json {
    const since = Date.now() - STALE_MS;
    const unseen = new Set(this.recent.filter(({ at }) => at >= since).map(({ key }) => key));
    const keys = this.tables.get(table)?.keys ?? [];
    const Items = list(answer['Items']).filter(
      (item) => !unseen.has(`${table} ${JSON.stringify(keys.map((key) => record(item)[key]))}`),
    );
    return { ...answer, Items, Count: Items.length };
  }

  /** Streams are known to the functions by the template's names. */
  private withLocalStreams(body: Buffer): string {
    let source = body.toString();
    for (const { stream } of this.tables.values()) if (stream) source = source.replaceAll(stream.arn, stream.localArn);
    return source;
  }
}

function tablesOf(operation: string, input: Json): string[] {
  const bare = (name: unknown): string => String(name).replace(/^arn:.*:table\//, '');
  if (isRecord(input['RequestItems'])) return Object.keys(input['RequestItems']).map(bare);
  const transact = list(input['TransactItems']);
  if (transact.length > 0) {
    const names = transact.flatMap((entry) =>
      Object.values(record(entry)).map((part) => bare(record(part)['TableName'])),
    );
    return [...new Set(names)];
  }
  return input['TableName'] === undefined ? [] : [bare(input['TableName'])];
}

function writesOf(operation: string, input: Json): { table: string; item: Json }[] {
  const one = (part: Json): { table: string; item: Json } => ({
    table: String(part['TableName']),
    item: record(part['Item'] ?? part['Key']),
  });
  if (operation === 'TransactWriteItems') {
    return list(input['TransactItems']).flatMap((entry) =>
      Object.values(record(entry)).map((part) => one(record(part))),
    );
  }
  if (operation !== 'BatchWriteItem') return [one(input)];
  return Object.entries(record(input['RequestItems'])).flatMap(([table, requests]) =>
    list(requests).map((request) => {
      const { PutRequest, DeleteRequest } = record(request);
      return { table, item: record(record(PutRequest)['Item'] ?? record(DeleteRequest)['Key']) };
    }),
  );
}

function withoutInternal(answer: RawAnswer): RawAnswer {
  if (answer.status !== 200) return answer;
  const parsed = record(JSON.parse(answer.body.toString()));
  const TableNames = list(parsed['TableNames']).filter((name) => name !== INTERNAL_TABLE);
  return { status: 200, body: Buffer.from(JSON.stringify({ ...parsed, TableNames })) };
}
