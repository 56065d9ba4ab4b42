/** Feeds the messages of a queue to a function. */
import { ApiError } from '../api-error';
import type { Faults } from '../faults';
import type { Functions } from '../lambda/functions';
import type { Queue, ReceivedMessage } from '../queues/queue';
import { failedItems } from './batches';

export interface QueueMappingSettings {
  readonly functionName: string;
  readonly batchSize: number;
  readonly windowMs: number;
  readonly reportsFailures: boolean;
  /** Batches at a time. */
  readonly concurrency: number;
  readonly region: string;
  readonly accepts: (message: unknown) => boolean;
}

/** Real pause before a throttled batch is offered again. */
const THROTTLED_MS = 100;

export class QueueMapping {
  private running = 0;
  private filling: NodeJS.Timeout | undefined;
  private polling = false;
  private stopArrivals: (() => void) | undefined;
  private closed = false;

  constructor(
    readonly queue: Queue,
    private readonly settings: QueueMappingSettings,
    private readonly functions: Functions,
    private readonly faults: Faults,
    private readonly log: (line: string) => void,
  ) {}

  start(): void {
    this.stopArrivals = this.queue.onArrival(() => this.wake());
    this.wake();
  }

  stop(): void {
    this.closed = true;
    clearTimeout(this.filling);
    this.stopArrivals?.();
  }

  /** Whether nothing is on its way to the function and nothing visible waits. */
  get idle(): boolean {
    return this.running === 0 && !this.polling && !this.queue.readable;
  }

  private wake(): void {
    if (this.closed || this.polling || this.filling || this.running >= this.settings.concurrency) return;
    const { windowMs, batchSize } = this.settings;
    if (windowMs > 0 && this.queue.visible < batchSize) {
      this.filling = setTimeout(() => {
        this.filling = undefined;
        void this.poll();
      }, windowMs);
      return;
    }
    void this.poll();
  }

  private async poll(): Promise<void> {
    this.polling = true;
    try {
      while (!this.closed && this.running < this.settings.concurrency) {
        const messages = await this.queue.receive(this.settings.batchSize);
        if (messages.length === 0) return;
        this.running += 1;
        this.deliver(messages)
          .catch((error: unknown) => this.log(`${this.queue.settings.name}: ${String(error)}`))
          .finally(() => {
            this.running -= 1;
            this.wake();
          });
      }
    } catch (error) {
      this.log(`${this.queue.settings.name}: ${String(error)}`);
    } finally {
      this.polling = false;
    }
  }

  private async deliver(messages: readonly ReceivedMessage[]): Promise<void> {
    const { settings, queue } = this;
    const shaped = messages.map((message) => ({ message, event: this.shape(message) }));
    const wanted = shaped.filter(({ event }) => settings.accepts(event));
    // What the filter refuses is deleted, as the service does.
    await Promise.all(
      shaped.filter((one) => !wanted.includes(one)).map(({ message }) => queue.delete(message.receipt)),
    );
    if (wanted.length === 0) return;
    const event = JSON.stringify({ Records: wanted.map((one) => one.event) });
    const receipts = new Map(wanted.map(({ message }) => [message.id, message.receipt]));
    const happening = {
      service: 'sqs',
      operation: 'Deliver',
      queue: queue.settings.name,
      function: settings.functionName,
    };
    const fault = this.faults.strike(happening, ['duplicate', 'delay']);
    if (fault?.kind === 'duplicate') await this.functions.invoke(settings.functionName, event);
    if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    let failed: ReturnType<typeof failedItems>;
    try {
      const outcome = await this.functions.invoke(settings.functionName, event);
      failed = failedItems(outcome, settings.reportsFailures, new Set(receipts.keys()));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // Throttled: the service keeps the batch a little and gives it back.
      await new Promise((resolve) => setTimeout(resolve, THROTTLED_MS));
      await Promise.all([...receipts.values()].map((receipt) => queue.changeVisibility(receipt, 0)));
      return;
    }
    // What failed stays invisible until its visibility timeout is over.
    if (failed === 'all') return;
    const done = [...receipts].filter(([id]) => failed === 'none' || !failed.has(id));
    await Promise.all(done.map(([, receipt]) => queue.delete(receipt)));
  }

  private shape(message: ReceivedMessage): Record<string, unknown> {
    const messageAttributes = Object.fromEntries(
      Object.entries(message.attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
        name,
        {
          stringValue: StringValue,
          binaryValue: BinaryValue,
          stringListValues: [],
          binaryListValues: [],
          dataType: DataType,
        },
      ]),
    );
    return {
      messageId: message.id,
      receiptHandle: message.receipt,
      body: message.body,
      attributes: message.system,
      messageAttributes,
      md5OfBody: message.md5,
      eventSource: 'aws:sqs',
      eventSourceARN: this.queue.settings.arn,
      awsRegion: this.settings.region,
    };
  }
}
