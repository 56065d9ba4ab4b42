import middy from '@middy/core';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import type { Change } from '../domain/events';
import type { Instant } from '../domain/time';
import { now } from '../wiring';
import { log } from './log';

export interface StreamReader<Ports> {
  ports: () => Ports;
  /** Reads one change. It may come twice; throwing repeats it and, after some tries, sets the record aside. */
  handle(change: Change, ports: Ports, now: Instant): Promise<void>;
}

/**
 * The stack of every stream reader: records in order; the first one that fails ends the batch there, so that nothing
 * of the same item is read before it.
 */
export function streamHandler<Ports>(reader: StreamReader<Ports>) {
  return middy<DynamoDBStreamEvent, DynamoDBBatchResponse, Error, Context>().handler(
    async (event: DynamoDBStreamEvent) => {
      const ports = reader.ports();
      for (const record of event.Records) {
        try {
          await reader.handle(changeOf(record), ports, now());
        } catch (error) {
          log('error', { event: 'record_failed', sequenceNumber: record.dynamodb?.SequenceNumber, error });
          return { batchItemFailures: [{ itemIdentifier: record.dynamodb?.SequenceNumber ?? '' }] };
        }
      }
      return { batchItemFailures: [] };
    },
  );
}

function changeOf(record: DynamoDBStreamEvent['Records'][number]): Change {
  const read = (image: unknown) => unmarshall(image as Record<string, AttributeValue>);
  return {
    ...(record.dynamodb?.OldImage === undefined ? {} : { before: read(record.dynamodb.OldImage) }),
    ...(record.dynamodb?.NewImage === undefined ? {} : { after: read(record.dynamodb.NewImage) }),
  };
}
