import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import type { Instant } from '../domain/time';
import { now } from '../wiring';
import { log } from './log';

/** What is needed of an event of ours to act on it; its data may be old by the time it is read. */
const envelope = z.object({
  detail: z.object({
    id: z.string(),
    type: z.string(),
    tenant: z.string(),
    orderId: z.string(),
    data: z.record(z.string(), z.unknown()),
  }),
});
export type HeardEvent = z.infer<typeof envelope>['detail'];

export interface EventListener<Ports> {
  ports: () => Ports;
  /** Hears one event. It may come late, twice and in any order; throwing brings it again, and after some times aside. */
  handle(event: HeardEvent, ports: Ports, now: Instant): Promise<void>;
}

/** The stack of everybody who listens to the bus by a queue: each message by itself, those that failed come again. */
export function eventQueueHandler<Ports>(listener: EventListener<Ports>) {
  return middy<SQSEvent, SQSBatchResponse, Error, Context>().handler(async ({ Records }: SQSEvent) => {
    const ports = listener.ports();
    const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
    for (const { messageId, body } of Records) {
      try {
        await listener.handle(z.parse(envelope, JSON.parse(body)).detail, ports, now());
      } catch (error) {
        log('error', { event: 'message_failed', messageId, error });
        batchItemFailures.push({ itemIdentifier: messageId });
      }
    }
    return { batchItemFailures };
  });
}
