import { QueryCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Page, PageRequest } from '../../ports/order-store';

export interface PageQuery<Entry> {
  table: string;
  index?: string;
  partition: { name: string; value: string };
  sort: string;
  newestFirst?: boolean;
  page: PageRequest;
  toEntry(item: Record<string, unknown>): Entry;
}

/** One page of a partition. The cursor is the last item's key, opaque to callers; a foreign cursor reads nothing. */
export async function readPage<Entry>(client: DynamoDBDocumentClient, query: PageQuery<Entry>): Promise<Page<Entry>> {
  const start = query.page.startingAfter === undefined ? undefined : decode(query.page.startingAfter, query.partition);
  if (start === null) return { items: [] };
  const answer = await client.send(
    new QueryCommand({
      TableName: query.table,
      ...(query.index === undefined ? {} : { IndexName: query.index }),
      KeyConditionExpression: '#partition = :partition',
      ExpressionAttributeNames: { '#partition': query.partition.name },
      ExpressionAttributeValues: { ':partition': query.partition.value },
      ScanIndexForward: query.newestFirst !== true,
      Limit: query.page.limit,
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    }),
  );
  const next = answer.LastEvaluatedKey === undefined ? undefined : encode(answer.LastEvaluatedKey);
  return { items: (answer.Items ?? []).map((item) => query.toEntry(item)), ...(next === undefined ? {} : { next }) };
}

function encode(key: Record<string, unknown>): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** A cursor of another partition is somebody else's: it is refused rather than followed. */
function decode(cursor: string, partition: { name: string; value: string }): Record<string, unknown> | null {
  try {
    const key = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as Record<string, unknown>;
    return key[partition.name] === partition.value ? key : null;
  } catch {
    return null;
  }
}
