/** The template's queues, and the part of the SQS API that the host answers. */
import { createHash } from 'node:crypto';
import { ApiError } from '../api-error';
import type { Clock } from '../clock';
import type { Faults } from '../faults';
import { flag, integer, isRecord, list, record, text, type Json } from '../json';
import type { Store } from '../stand-in';
import type { Model, ResolvedResource } from '../template/model';
import type { Trace } from '../trace';
import { type MessageAttribute, type NewMessage, Queue, type ReceivedMessage } from './queue';

const BATCH_BYTES = 1024 * 1024;
const MAXIMUM_BYTES = 1024 * 1024;

export interface QueuesHost {
  readonly baseUrl: string;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly trace: Trace;
  store(scope: string): Store;
}

export class Queues {
  private readonly byArn = new Map<string, Queue>();
  private readonly byName = new Map<string, Queue>();
  private readonly byLogicalId = new Map<string, Queue>();

  constructor(
    model: Model,
    private readonly host: QueuesHost,
  ) {
    for (const resource of model.ofType('AWS::SQS::Queue')) {
      const settings = settingsOf(resource, `${host.baseUrl}/${model.account}/${resource.name}`);
      const queue = new Queue(
        settings,
        host.clock,
        host.store(`sqs/${resource.name}`),
        (arn) => this.at(arn),
        (what) => host.trace.queue(resource.name, what),
      );
      this.byArn.set(resource.arn, queue);
      this.byName.set(resource.name, queue);
      this.byLogicalId.set(resource.logicalId, queue);
    }
  }

  async load(): Promise<void> {
    await Promise.all([...this.byArn.values()].map((queue) => queue.load()));
  }

  /** The queue with an ARN, a URL, a name or a logical id. */
  find(which: string): Queue | undefined {
    return (
      this.byArn.get(which) ??
      this.byName.get(which) ??
      this.byLogicalId.get(which) ??
      this.byName.get(which.slice(which.lastIndexOf('/') + 1))
    );
  }

  at(which: string): Queue {
    const queue = this.find(which);
    if (!queue) {
      throw new ApiError('QueueDoesNotExist', 'The specified queue does not exist.', 400);
    }
    return queue;
  }

  all(): Iterable<Queue> {
    return this.byArn.values();
  }

  /** Sends a message, twice if a fault says so (never to a FIFO queue, which would drop the second). */
  async send(queue: Queue, message: NewMessage): Promise<{ id: string; sequence: string; md5: string }> {
    const { name: queueName, fifo } = queue.settings;
    const fault = this.host.faults.strike({ service: 'sqs', operation: 'SendMessage', queue: queueName }, [
      'duplicate',
    ]);
    if (fault && !fifo) await queue.send(message);
    return queue.send(message);
  }

  /** Answers one operation of the AWS JSON protocol. */
  async handle(operation: string, input: Json): Promise<unknown> {
    const url = text(input['QueueUrl']);
    const fault = this.host.faults.strike({ service: 'sqs', operation, queue: url ?? '' }, [
      'throttle',
      'error',
      'delay',
    ]);
    if (fault?.kind === 'throttle') throw new ApiError('RequestThrottled', 'Rate exceeded.', 403);
    if (fault?.kind === 'error') throw new ApiError('InternalError', 'Internal error.', 500);
    if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    switch (operation) {
      case 'GetQueueUrl':
        return { QueueUrl: this.at(text(input['QueueName']) ?? '').settings.url };
      case 'ListQueues':
        return { QueueUrls: [...this.all()].map((queue) => queue.settings.url) };
      case 'SendMessage': {
        const message = messageOf(input);
        const sent = await this.send(this.at(url ?? ''), message);
        return sentAnswer(sent, message);
      }
      case 'SendMessageBatch':
        return this.sendBatch(this.at(url ?? ''), list(input['Entries']).map(record));
      case 'ReceiveMessage':
        return this.receive(this.at(url ?? ''), input);
      case 'DeleteMessage':
        await this.at(url ?? '').delete(text(input['ReceiptHandle']) ?? '');
        return {};
      case 'DeleteMessageBatch': {
        const queue = this.at(url ?? '');
        const entries = list(input['Entries']).map(record);
        await Promise.all(entries.map((entry) => queue.delete(text(entry['ReceiptHandle']) ?? '')));
        return { Successful: entries.map(({ Id }) => ({ Id })), Failed: [] };
      }
      case 'ChangeMessageVisibility': {
        const seconds = integer(input['VisibilityTimeout']) ?? 0;
        await this.at(url ?? '').changeVisibility(text(input['ReceiptHandle']) ?? '', seconds * 1_000);
        return {};
      }
      case 'GetQueueAttributes':
        return { Attributes: attributesOf(this.at(url ?? ''), list(input['AttributeNames']).map(String)) };
      case 'PurgeQueue':
        await this.at(url ?? '').purge();
        return {};
      default:
        throw ApiError.unsupported(`sqs:${operation}`);
    }
  }

  private async sendBatch(queue: Queue, entries: readonly Json[]): Promise<unknown> {
    if (entries.length === 0)
      throw new ApiError('EmptyBatchRequest', 'There should be at least one entry in the request.');
    if (entries.length > 10)
      throw new ApiError('TooManyEntriesInBatchRequest', 'Maximum number of entries per request are 10.');
    if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
      throw new ApiError('BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.');
    }
    const bytes = entries.reduce((sum, entry) => sum + Buffer.byteLength(text(entry['MessageBody']) ?? ''), 0);
    if (bytes > BATCH_BYTES)
      throw new ApiError('BatchRequestTooLong', `Batch requests cannot be longer than ${BATCH_BYTES} bytes.`);
    const Successful: unknown[] = [];
    const Failed: unknown[] = [];
    // Started in order, so that a FIFO queue keeps it; written together.
    await Promise.all(
      entries.map(async (entry) => {
        const message = messageOf(entry);
        try {
          const sent = await this.send(queue, message);
          Successful.push({ Id: entry['Id'], ...sentAnswer(sent, message) });
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          Failed.push({ Id: entry['Id'], SenderFault: error.status < 500, Code: error.code, Message: error.message });
        }
      }),
    );
    return { Successful, Failed };
  }

  private async receive(queue: Queue, input: Json): Promise<unknown> {
    const limit = Math.min(10, integer(input['MaxNumberOfMessages']) ?? 1);
    const seconds = integer(input['VisibilityTimeout']);
    const waitMs = (integer(input['WaitTimeSeconds']) ?? queue.settings.waitSeconds) * 1_000;
    const visibilityMs = seconds === undefined ? undefined : seconds * 1_000;
    let messages = await queue.receive(limit, visibilityMs);
    if (messages.length === 0 && waitMs > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        const stop = queue.onArrival(() => {
          clearTimeout(timer);
          stop();
          resolve();
        });
        setTimeout(stop, waitMs).unref();
      });
      messages = await queue.receive(limit, visibilityMs);
    }
    return messages.length === 0 ? {} : { Messages: messages.map(wireMessage) };
  }
}

function wireMessage(message: ReceivedMessage): unknown {
  return {
    MessageId: message.id,
    ReceiptHandle: message.receipt,
    MD5OfBody: message.md5,
    Body: message.body,
    Attributes: message.system,
    ...(Object.keys(message.attributes).length > 0
      ? { MessageAttributes: message.attributes, MD5OfMessageAttributes: md5OfAttributes(message.attributes) }
      : {}),
  };
}

function sentAnswer(sent: { id: string; sequence: string; md5: string }, message: NewMessage): Record<string, unknown> {
  return {
    MessageId: sent.id,
    MD5OfMessageBody: sent.md5,
    ...(message.groupId ? { SequenceNumber: sent.sequence } : {}),
    ...(message.attributes && Object.keys(message.attributes).length > 0
      ? { MD5OfMessageAttributes: md5OfAttributes(message.attributes) }
      : {}),
  };
}

function messageOf(input: Json): NewMessage {
  const attributes: Record<string, MessageAttribute> = {};
  for (const [name, value] of Object.entries(record(input['MessageAttributes']))) {
    if (!isRecord(value)) continue;
    const StringValue = text(value['StringValue']);
    const BinaryValue = text(value['BinaryValue']);
    attributes[name] = {
      DataType: text(value['DataType']) ?? 'String',
      ...(StringValue === undefined ? {} : { StringValue }),
      ...(BinaryValue === undefined ? {} : { BinaryValue }),
    };
  }
  const delaySeconds = integer(input['DelaySeconds']);
  const groupId = text(input['MessageGroupId']);
  const deduplicationId = text(input['MessageDeduplicationId']);
  return {
    body: text(input['MessageBody']) ?? '',
    attributes,
    ...(delaySeconds === undefined ? {} : { delaySeconds }),
    ...(groupId === undefined ? {} : { groupId }),
    ...(deduplicationId === undefined ? {} : { deduplicationId }),
  };
}

/** The digest that the SDK checks: each name, type and value with its length in front, sorted by name. */
function md5OfAttributes(attributes: Readonly<Record<string, MessageAttribute>>): string {
  const hash = createHash('md5');
  const part = (value: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(value.length);
    hash.update(length).update(value);
  };
  for (const name of Object.keys(attributes).sort()) {
    const attribute = attributes[name];
    if (!attribute) continue;
    part(Buffer.from(name));
    part(Buffer.from(attribute.DataType));
    const binary = attribute.DataType.startsWith('Binary');
    hash.update(Buffer.from([binary ? 2 : 1]));
    part(binary ? Buffer.from(attribute.BinaryValue ?? '', 'base64') : Buffer.from(attribute.StringValue ?? ''));
  }
  return hash.digest('hex');
}

function attributesOf(queue: Queue, names: readonly string[]): Record<string, string> {
  const { settings } = queue;
  const counts = queue.counts();
  const all: Record<string, string> = {
    QueueArn: settings.arn,
    ApproximateNumberOfMessages: String(counts.visible),
    ApproximateNumberOfMessagesNotVisible: String(counts.hidden),
    ApproximateNumberOfMessagesDelayed: String(counts.delayed),
    VisibilityTimeout: String(settings.visibilityMs / 1_000),
    DelaySeconds: String(settings.delayMs / 1_000),
    MessageRetentionPeriod: String(settings.retentionMs / 1_000),
    MaximumMessageSize: String(settings.maximumBytes),
    ReceiveMessageWaitTimeSeconds: String(settings.waitSeconds),
    ...(settings.fifo
      ? { FifoQueue: 'true', ContentBasedDeduplication: String(settings.contentBasedDeduplication) }
      : {}),
    ...(settings.redrive
      ? {
          RedrivePolicy: JSON.stringify({
            deadLetterTargetArn: settings.redrive.arn,
            maxReceiveCount: settings.redrive.maxReceiveCount,
          }),
        }
      : {}),
  };
  if (names.includes('All')) return all;
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}

function settingsOf({ name, arn, properties }: ResolvedResource, url: string) {
  const redrive = record(properties['RedrivePolicy']);
  const target = text(redrive['deadLetterTargetArn']);
  return {
    name,
    arn,
    url,
    fifo: flag(properties['FifoQueue']),
    contentBasedDeduplication: flag(properties['ContentBasedDeduplication']),
    deduplicatePerGroup: properties['DeduplicationScope'] === 'messageGroup',
    visibilityMs: (integer(properties['VisibilityTimeout']) ?? 30) * 1_000,
    delayMs: (integer(properties['DelaySeconds']) ?? 0) * 1_000,
    retentionMs: (integer(properties['MessageRetentionPeriod']) ?? 4 * 86_400) * 1_000,
    maximumBytes: integer(properties['MaximumMessageSize']) ?? MAXIMUM_BYTES,
    waitSeconds: integer(properties['ReceiveMessageWaitTimeSeconds']) ?? 0,
    ...(target ? { redrive: { arn: target, maxReceiveCount: integer(redrive['maxReceiveCount']) ?? 10 } } : {}),
  };
}
