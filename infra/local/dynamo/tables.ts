/** The template's tables, created in the local database where they are absent. */
import { ApiError } from '../api-error';
import { flag, isRecord, list, record, text } from '../json';
import type { ResolvedResource } from '../template/model';
import type { DatabaseClient } from './database-client';

export interface Table {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  /** Partition key first, sort key second where there is one. */
  readonly keys: readonly string[];
  readonly indexes: readonly string[];
  readonly ttlAttribute?: string;
  /** The stream as the template names it, and as the database does. */
  readonly stream?: { readonly arn: string; readonly localArn: string };
}

/** Creates or adopts the table that the template declares. */
export async function openTable(client: DatabaseClient, resource: ResolvedResource): Promise<Table> {
  const { properties, name } = resource;
  const indexes = list(properties['GlobalSecondaryIndexes']).map((index) => {
    const { IndexName, KeySchema, Projection } = record(index);
    return { IndexName, KeySchema, Projection };
  });
  const stream = text(record(properties['StreamSpecification'])['StreamViewType']);
  const wanted = {
    TableName: name,
    AttributeDefinitions: properties['AttributeDefinitions'],
    KeySchema: properties['KeySchema'],
    BillingMode: 'PAY_PER_REQUEST',
    ...(indexes.length > 0 ? { GlobalSecondaryIndexes: indexes } : {}),
    ...(stream ? { StreamSpecification: { StreamEnabled: true, StreamViewType: stream } } : {}),
  };
  let description = await describe(client, name);
  if (description === undefined) {
    await client.call('CreateTable', wanted);
    description = await describe(client, name);
  } else {
    if (JSON.stringify(description['KeySchema']) !== JSON.stringify(wanted.KeySchema)) {
      throw new Error(
        `The table ${name} in the data directory has other keys than the template; start with a new one.`,
      );
    }
    const present = list(description['GlobalSecondaryIndexes']).map((index) => record(index)['IndexName']);
    for (const index of indexes.filter(({ IndexName }) => !present.includes(IndexName))) {
      await client.call('UpdateTable', {
        TableName: name,
        AttributeDefinitions: wanted.AttributeDefinitions,
        GlobalSecondaryIndexUpdates: [{ Create: index }],
      });
    }
  }
  const ttl = record(properties['TimeToLiveSpecification']);
  const ttlAttribute = flag(ttl['Enabled']) ? text(ttl['AttributeName']) : undefined;
  if (ttlAttribute) await enableTtl(client, name, ttlAttribute);
  const localArn = text(description?.['LatestStreamArn']);
  return {
    logicalId: resource.logicalId,
    name,
    arn: resource.arn,
    keys: list(properties['KeySchema']).map((key) => String(record(key)['AttributeName'])),
    indexes: indexes.map(({ IndexName }) => String(IndexName)),
    ...(ttlAttribute ? { ttlAttribute } : {}),
    ...(stream && localArn ? { stream: { arn: `${resource.arn}/stream/2026-01-01T00:00:00.000`, localArn } } : {}),
  };
}

async function describe(client: DatabaseClient, name: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const { Table: table } = await client.call('DescribeTable', { TableName: name });
    return isRecord(table) ? table : undefined;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

async function enableTtl(client: DatabaseClient, TableName: string, AttributeName: string): Promise<void> {
  const { TimeToLiveDescription } = await client.call('DescribeTimeToLive', { TableName });
  if (record(TimeToLiveDescription)['TimeToLiveStatus'] === 'ENABLED') return;
  await client.call('UpdateTimeToLive', {
    TableName,
    TimeToLiveSpecification: { AttributeName, Enabled: true },
  });
}
