import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { marshall } from '@aws-sdk/util-dynamodb';
import { functions, pascalCase } from '../../../infra/functions';
import { ApiError } from '../../../infra/local/api-error';
import { assembly } from '../../../infra/local/assembly';
import { HostClock } from '../../../infra/local/clock';
import { startDatabase } from '../../../infra/local/dynamo/database-process';
import { openTable } from '../../../infra/local/dynamo/tables';
import { TtlSweeper } from '../../../infra/local/dynamo/ttl-sweeper';
import { Faults } from '../../../infra/local/faults';
import type { Functions } from '../../../infra/local/lambda/functions';
import { Mappings } from '../../../infra/local/mappings/mappings';
import { Queues } from '../../../infra/local/queues/queues';
import { DurableTable } from '../../../infra/local/store';
import { readAssembly } from '../../../infra/local/template/assembly-reader';
import { buildModel } from '../../../infra/local/template/model';
import { Trace } from '../../../infra/local/trace';
import type { FeedRecord, FeedSubject, Read, Reader } from './feed.contract';

/** The real engine's stream, read by the mappings of the synthesized template, with its queue for what was given up. */
export async function feedOnLaptop(): Promise<FeedSubject> {
  const model = buildModel(readAssembly(await assembly()), 'http://127.0.0.1');
  const dataDir = mkdtempSync(join(tmpdir(), 'feed-contract-'));
  const database = await startDatabase(dataDir, model.region, () => undefined);
  const durable = new DurableTable(database.client);
  await durable.create();
  const orders = model.ofType('AWS::DynamoDB::GlobalTable').find(({ name }) => name.includes('Orders'));
  if (orders === undefined) throw new Error('The template has no orders table.');
  const table = await openTable(database.client, orders);
  const clock = new HostClock();
  const [faults, trace] = [new Faults(), new Trace()];
  const ttl = new TtlSweeper(
    database.client,
    clock,
    durable.scope('ttl'),
    () => [table],
    () => undefined,
  );
  const queues = new Queues(model, {
    baseUrl: 'http://127.0.0.1',
    clock,
    faults,
    trace,
    store: (scope) => durable.scope(scope),
  });
  let read: Read = () => 'taken';
  const readers = new Map(
    model.ofType('AWS::Lambda::Function').map(({ name, arn }) => [name, { arn, reader: readerOf(name) }]),
  );
  const invoke = async (name: string, event: string) => {
    const reader = readers.get(name)?.reader ?? 'publish-events';
    const verdict = read(reader, (JSON.parse(event) as { Records: FeedRecord[] }).Records);
    if (verdict === 'throttled') throw new ApiError('TooManyRequestsException', 'Rate Exceeded.', 429);
    const requestId = 'contract';
    if (verdict === 'broken') {
      const error = { errorType: 'Error', errorMessage: 'broken' };
      return { requestId, payload: JSON.stringify(error), error };
    }
    const batchItemFailures = verdict === 'taken' ? [] : [{ itemIdentifier: verdict.failed }];
    return { requestId, payload: JSON.stringify({ batchItemFailures }) };
  };
  const mappings = new Mappings(model, {
    client: database.client,
    clock,
    clockOffset: () => clock.offset,
    faults,
    functions: {
      pool: (name: string) => ({ settings: { name, arn: readers.get(name)?.arn ?? '' } }),
      invoke,
    } as unknown as Functions,
    queues,
    store: durable.scope('mappings'),
    tables: [table],
    trace,
    ttl,
    sendToQueue: async (arn, body) => void (await queues.send(queues.at(arn), { body, attributes: {} })),
    log: () => undefined,
  });
  await mappings.start();
  return {
    write: async (key, attributes) => {
      const TableName = table.name;
      if (attributes === 'deleted') await database.client.call('DeleteItem', { TableName, Key: marshall(key) });
      else await database.client.call('PutItem', { TableName, Item: marshall({ ...key, ...attributes }) });
      mappings.wrote(TableName);
    },
    reads: (next) => {
      read = next;
    },
    rest: async () => {
      for (let quiet = 0; quiet < 4; quiet = mappings.streamsIdle ? quiet + 1 : 0)
        await new Promise((resolve) => setTimeout(resolve, 10));
    },
    deadLetters: async () =>
      [...queues.all()]
        .filter(({ settings }) => settings.name.includes('ChangeFeedFailures'))
        .flatMap((queue) => queue.peek())
        .map(({ body }) => {
          const { requestContext } = JSON.parse(body) as { requestContext: { functionArn: string } };
          return readerOf(requestContext.functionArn) ?? 'publish-events';
        }),
    stop: async () => {
      await mappings.stop();
      await ttl.stop();
      clock.stop();
      await database.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** A function's physical name holds its construct's. */
function readerOf(name: string): Reader | undefined {
  const found = functions.find(
    ({ name: each, trigger }) => trigger.kind === 'change-feed' && name.includes(pascalCase(each)),
  );
  return found?.name as Reader | undefined;
}
