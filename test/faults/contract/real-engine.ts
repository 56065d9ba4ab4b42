import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { DynamoDBClient, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Clock } from '../../../infra/local/clock';
import type { DatabaseClient } from '../../../infra/local/dynamo/database-client';
import { startDatabase } from '../../../infra/local/dynamo/database-process';
import { StreamReader } from '../../../infra/local/dynamo/stream-reader';
import { openTable, type Table } from '../../../infra/local/dynamo/tables';
import { TtlSweeper } from '../../../infra/local/dynamo/ttl-sweeper';
import { list, record } from '../../../infra/local/json';
import { DurableTable } from '../../../infra/local/store';
import type { ResolvedResource } from '../../../infra/local/template/model';
import type { TableShape } from '../world/tables/shape';
import { shapes, type Subject } from './subject';

const region = 'eu-central-1';

/** The database of the laptop host, with the host's own stream reader and expiry, behind the SDK's document client. */
export async function realEngine(): Promise<Subject> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tables-contract-'));
  const database = await startDatabase(dataDir, region, () => undefined);
  const tables = new Map<string, Table>();
  for (const shape of shapes) tables.set(shape.name, await openTable(database.client, resourceOf(shape)));
  const store = new DurableTable(database.client);
  await store.create();
  let seconds = 0;
  const clock: Clock = { now: () => seconds * 1_000, at: () => () => undefined };
  const ttl = new TtlSweeper(
    database.client,
    clock,
    store.scope('ttl'),
    () => [...tables.values()],
    () => undefined,
  );
  const streams = new Map([...tables].flatMap(([name, table]) => streamOf(name, table, database.client, ttl)));
  const client = documentClient(database.client);
  return {
    send: async (command) => ({ ...(await client.send(command as never)) }),
    contents: (table) => scan(database.client, table),
    changes: async (table) => (await streams.get(table)?.news()) ?? [],
    expire: async (nowSeconds) => {
      seconds = nowSeconds;
      await ttl.sweep();
    },
    stop: async () => {
      client.destroy();
      await ttl.stop();
      await database.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function resourceOf({ name, partitionKey, sortKey, indexes, timeToLive, stream }: TableShape): ResolvedResource {
  const keys = [partitionKey, sortKey, ...indexes.flatMap((index) => [index.partitionKey, index.sortKey])];
  const schema = (partition: string, sort: string | undefined) => [
    { AttributeName: partition, KeyType: 'HASH' },
    ...(sort === undefined ? [] : [{ AttributeName: sort, KeyType: 'RANGE' }]),
  ];
  return {
    logicalId: name,
    type: 'AWS::DynamoDB::GlobalTable',
    name,
    arn: `arn:aws:dynamodb:${region}:000000000000:table/${name}`,
    properties: {
      KeySchema: schema(partitionKey, sortKey),
      AttributeDefinitions: keys
        .filter((key) => key !== undefined)
        .map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      GlobalSecondaryIndexes: indexes.map((index) => ({
        IndexName: index.name,
        KeySchema: schema(index.partitionKey, index.sortKey),
        Projection:
          typeof index.projection === 'string'
            ? { ProjectionType: index.projection }
            : { ProjectionType: 'INCLUDE', NonKeyAttributes: index.projection },
      })),
      ...(timeToLive === undefined ? {} : { TimeToLiveSpecification: { Enabled: true, AttributeName: timeToLive } }),
      ...(stream ? { StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' } } : {}),
    },
  };
}

/** The SDK as it is, its bytes handed over directly: a request less on the way. */
function documentClient(database: DatabaseClient): DynamoDBDocumentClient {
  const requestHandler = {
    handle: async (request: { headers: Record<string, string>; body: string }) => {
      const { status, body } = await database.send(request.headers['x-amz-target'] ?? '', request.body);
      return { response: { statusCode: status, headers: {}, body: Readable.from([body]) } };
    },
    destroy: () => undefined,
  };
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ region, credentials, requestHandler: requestHandler as never, maxAttempts: 1 });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

async function scan(client: DatabaseClient, TableName: string): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let ExclusiveStartKey: unknown;
  do {
    const page = await client.call('Scan', {
      TableName,
      ...(ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey }),
    });
    items.push(...list(page['Items']).map(plain));
    ExclusiveStartKey = page['LastEvaluatedKey'];
  } while (ExclusiveStartKey !== undefined);
  return items;
}

function streamOf(name: string, { stream, ...table }: Table, client: DatabaseClient, ttl: TtlSweeper) {
  if (stream === undefined) return [];
  const reader = new StreamReader(client, { ...table, stream }, region, ttl, () => 0);
  let position = '0';
  const news = async () => {
    const found: Awaited<ReturnType<Subject['changes']>> = [];
    for (let more = true; more;) {
      const page = await reader.read(position, 1_000);
      for (const { dynamodb, userIdentity } of page.records) {
        found.push({
          keys: plain(dynamodb.Keys) as Record<string, string>,
          ...(dynamodb.OldImage === undefined ? {} : { before: plain(dynamodb.OldImage) }),
          ...(dynamodb.NewImage === undefined ? {} : { after: plain(dynamodb.NewImage) }),
          ...(userIdentity === undefined ? {} : { expired: true as const }),
        });
      }
      ({ position, more } = page);
    }
    return found;
  };
  return [[name, { news }] as const];
}

/** Off the wire, where bytes are text. */
function plain(item: unknown): Record<string, unknown> {
  const values = Object.entries(record(item)).map(([name, value]) => {
    const bytes = record(value)['B'];
    return [name, typeof bytes === 'string' ? { B: Buffer.from(bytes, 'base64') } : value] as const;
  });
  return unmarshall(Object.fromEntries(values) as Record<string, AttributeValue>);
}
