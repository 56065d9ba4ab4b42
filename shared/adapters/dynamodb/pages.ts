import { QueryCommand, type DynamoDBDocumentClient, type QueryCommandOutput } from '@aws-sdk/lib-dynamodb';
import { fingerprint } from '../../domain/ids';
import { refuse, type Refusal } from '../../domain/refusal';
import type { Page, PageRequest } from '../../ports/order-store';

export interface PageQuery<Entry> {
  table: string;
  /** Of an index, with the keys of the table that its items have beside: what begins every `pk` of this list. */
  index?: { name: string; pkStart: string };
  partition: { name: string; value: string };
  sort: string;
  /** Only entries whose sort key is below this. */
  upTo?: string;
  newestFirst?: boolean;
  page: PageRequest;
  /** Items that are left out; the page is filled from what follows. */
  keep?: (item: Record<string, unknown>) => boolean;
  toEntry(item: Record<string, unknown>): Entry;
}

/** Items read at once while some are left out. */
const stride = 200;

/**
 * One page of a partition. Its cursor holds the sort key of the last entry and nothing that the list itself knows, so
 * that no key of ours leaves the house; it is refused when it is damaged or belongs to another list.
 */
export async function readPage<Entry>(
  client: DynamoDBDocumentClient,
  query: PageQuery<Entry>,
): Promise<Page<Entry> | Refusal> {
  const { limit, startingAfter } = query.page;
  const from = startingAfter === undefined ? undefined : decode(query, startingAfter);
  if (from === null) {
    return refuse('invalid_field', 'It is not the cursor of a page of this list.', { param: 'starting_after' });
  }
  const kept: Keys[] = [];
  let start: Keys | undefined = from;
  do {
    const answer: QueryCommandOutput = await client.send(
      new QueryCommand({
        TableName: query.table,
        ...(query.index === undefined ? {} : { IndexName: query.index.name }),
        KeyConditionExpression: `#partition = :partition${query.upTo === undefined ? '' : ' AND #sort < :upTo'}`,
        ExpressionAttributeNames: {
          '#partition': query.partition.name,
          ...(query.upTo === undefined ? {} : { '#sort': query.sort }),
        },
        ExpressionAttributeValues: {
          ':partition': query.partition.value,
          ...(query.upTo === undefined ? {} : { ':upTo': query.upTo }),
        },
        ScanIndexForward: query.newestFirst !== true,
        // One more than is shown tells whether another page follows.
        Limit: query.keep === undefined ? limit + 1 - kept.length : stride,
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      }),
    );
    kept.push(...(answer.Items ?? []).filter((item) => query.keep?.(item) ?? true));
    start = answer.LastEvaluatedKey;
  } while (start !== undefined && kept.length <= limit);
  const items = kept.slice(0, limit);
  const last = items.at(-1);
  return {
    items: items.map((item) => query.toEntry(item)),
    ...(kept.length > limit && last !== undefined ? { next: encode(query, last) } : {}),
  };
}

type Keys = Record<string, unknown>;

function encode<Entry>(query: PageQuery<Entry>, item: Keys): string {
  const parts = [item[query.sort] as string];
  if (query.index !== undefined) {
    parts.push((item['pk'] as string).slice(query.index.pkStart.length), item['sk'] as string);
  }
  return Buffer.from(JSON.stringify([sealOf(query, parts), ...parts])).toString('base64url');
}

/** @returns null for what is no cursor of this list */
function decode<Entry>(query: PageQuery<Entry>, cursor: string): Keys | null {
  const [seal, ...parts] = textsOf(cursor);
  const [sort, pk, sk] = parts;
  if (sort === undefined || seal !== sealOf(query, parts)) return null;
  const own = { [query.partition.name]: query.partition.value, [query.sort]: sort };
  if (query.index === undefined) return own;
  return pk === undefined || sk === undefined ? null : { ...own, pk: query.index.pkStart + pk, sk };
}

/** Ties a cursor to its list. It keeps mistakes apart, not attackers: they would read on in a list that is theirs anyway. */
function sealOf<Entry>({ index, partition }: PageQuery<Entry>, parts: readonly string[]): string {
  return fingerprint(index?.name ?? '', partition.value, ...parts).slice(0, 8);
}

function textsOf(cursor: string): string[] {
  try {
    const value = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown;
    return Array.isArray(value) && value.every((part) => typeof part === 'string') ? value : [];
  } catch {
    return [];
  }
}
