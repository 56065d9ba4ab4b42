/** Reads a table's change stream and makes its records what AWS would have written. */
import { isDeepStrictEqual } from 'node:util';
import { type Json, list, record, text } from '../json';
import type { DatabaseClient } from './database-client';
import type { Table } from './tables';
import type { TtlSweeper } from './ttl-sweeper';

export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly eventVersion: string;
  readonly eventSource: 'aws:dynamodb';
  readonly awsRegion: string;
  readonly eventSourceARN: string;
  readonly userIdentity?: { readonly type: string; readonly principalId: string };
  readonly dynamodb: Json & {
    readonly SequenceNumber: string;
    readonly Keys: Json;
    readonly NewImage?: Json;
    readonly OldImage?: Json;
  };
}

/** Shown for sequence 1; real ones have 21 digits or more, and consumers must not count on less. */
const SEQUENCE_WIDTH = 21;

export interface StreamPage {
  readonly records: StreamRecord[];
  /** Position after the last record read, also when every record of the page was dropped. */
  readonly position: string;
  readonly more: boolean;
}

export class StreamReader {
  private shardId: string | undefined;
  private iterator: string | undefined;
  private iteratorPosition: string | undefined;

  constructor(
    private readonly client: DatabaseClient,
    private readonly table: Table & { readonly stream: { readonly arn: string; readonly localArn: string } },
    private readonly region: string,
    private readonly ttl: TtlSweeper,
    private readonly clockOffset: () => number,
  ) {}

  /** The newest position, for a mapping that starts at LATEST. */
  async latest(): Promise<string> {
    const shard = await this.shard();
    return text(record(shard['SequenceNumberRange'])['EndingSequenceNumber']) ?? '0';
  }

  /** Records after `position` ('0': from the oldest one). */
  async read(position: string, limit: number): Promise<StreamPage> {
    const iterator =
      this.iteratorPosition === position && this.iterator ? this.iterator : await this.iteratorAfter(position);
    const page = await this.client.callStreams('GetRecords', { ShardIterator: iterator, Limit: limit });
    const raw = list(page['Records']).map(record);
    const last = raw.at(-1);
    const next = last ? String(record(last['dynamodb'])['SequenceNumber']) : position;
    this.iterator = text(page['NextShardIterator']);
    this.iteratorPosition = next;
    return {
      records: raw.filter(changesSomething).map((one) => this.shape(one)),
      position: next,
      more: raw.length >= limit,
    };
  }

  private async shard(): Promise<Json> {
    const { StreamDescription } = await this.client.callStreams('DescribeStream', {
      StreamArn: this.table.stream.localArn,
    });
    const [shard] = list(record(StreamDescription)['Shards']);
    return record(shard);
  }

  private async iteratorAfter(position: string): Promise<string> {
    this.shardId ??= text((await this.shard())['ShardId']);
    const { ShardIterator } = await this.client.callStreams('GetShardIterator', {
      StreamArn: this.table.stream.localArn,
      ShardId: this.shardId,
      ...(position === '0'
        ? { ShardIteratorType: 'TRIM_HORIZON' }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: position }),
    });
    return String(ShardIterator);
  }

  private shape(raw: Json): StreamRecord {
    const dynamodb = record(raw['dynamodb']);
    const local = String(dynamodb['SequenceNumber']);
    const eventName = raw['eventName'] as StreamRecord['eventName'];
    const Keys = record(dynamodb['Keys']);
    const expired = eventName === 'REMOVE' && this.ttl.removed(this.table.name, Keys, record(dynamodb['OldImage']));
    const created = Number(dynamodb['ApproximateCreationDateTime'] ?? 0);
    return {
      eventID: `${this.table.name}-${local}`,
      eventName,
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: this.region,
      eventSourceARN: this.table.stream.arn,
      ...(expired ? { userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' } } : {}),
      dynamodb: {
        ...dynamodb,
        Keys,
        ApproximateCreationDateTime: Math.floor(created + this.clockOffset() / 1_000),
        SequenceNumber: local.padStart(SEQUENCE_WIDTH, '0'),
      },
    };
  }
}

/** Position in the local stream of a sequence number as functions see it. */
export function localPosition(sequenceNumber: string): string {
  return sequenceNumber.replace(/^0+(?=\d)/, '');
}

/** AWS writes no record for a put that changes nothing; the local database does. */
function changesSomething(raw: Json): boolean {
  if (raw['eventName'] !== 'MODIFY') return true;
  const { NewImage, OldImage } = record(raw['dynamodb']);
  return NewImage === undefined || !isDeepStrictEqual(NewImage, OldImage);
}
