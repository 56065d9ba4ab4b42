/** One SQS queue: visibility, delay, FIFO groups and deduplication, redrive; every change is on disk first. */
import { createHash, randomUUID } from 'node:crypto';
import { ApiError } from '../api-error';
import type { Clock } from '../clock';
import type { Store } from '../stand-in';

export interface QueueSettings {
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  readonly fifo: boolean;
  readonly contentBasedDeduplication: boolean;
  /** Deduplication per message group instead of per queue. */
  readonly deduplicatePerGroup: boolean;
  readonly visibilityMs: number;
  readonly delayMs: number;
  readonly retentionMs: number;
  readonly maximumBytes: number;
  readonly waitSeconds: number;
  readonly redrive?: { readonly arn: string; readonly maxReceiveCount: number };
}

export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

export interface NewMessage {
  readonly body: string;
  readonly attributes?: Readonly<Record<string, MessageAttribute>>;
  readonly delaySeconds?: number;
  readonly groupId?: string;
  readonly deduplicationId?: string;
}

/** A message as it lies on disk. */
interface Message {
  readonly id: string;
  readonly sequence: number;
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  readonly sentAt: number;
  readonly groupId?: string;
  readonly deduplicationId?: string;
  visibleAt: number;
  receives: number;
  firstReceivedAt?: number;
  receipt?: string;
  deadLetterSource?: string;
}

export interface ReceivedMessage {
  readonly id: string;
  readonly receipt: string;
  readonly body: string;
  readonly md5: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  readonly system: Readonly<Record<string, string>>;
}

const DEDUPLICATION_MS = 5 * 60_000;

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

export class Queue {
  /** In order of sending: FIFO needs it, and standard queues may have it. */
  private readonly messages = new Map<number, Message>();
  /** Messages of each group in order; the first one decides whether the group may be read. */
  private readonly groups = new Map<string, Map<number, Message>>();
  private readonly deduplicated = new Map<string, { id: string; sequence: number; until: number }>();
  private readonly byReceipt = new Map<string, Message>();
  private readonly arrivals = new Set<() => void>();
  private sequence = 0;
  private cancelWake: (() => void) | undefined;
  private wakeTime = Infinity;

  constructor(
    readonly settings: QueueSettings,
    private readonly clock: Clock,
    private readonly store: Store,
    private readonly deadLetters: (arn: string) => Queue,
    private readonly count: (what: 'sent' | 'received' | 'deleted') => void,
  ) {}

  async load(): Promise<void> {
    for (const { value } of await this.store.all<Message>('m')) {
      this.keep(value);
      this.sequence = Math.max(this.sequence, value.sequence);
      if (value.receipt) this.byReceipt.set(value.receipt, value);
    }
    for (const { key, value } of await this.store.all<{ id: string; sequence: number; until: number }>('d')) {
      this.deduplicated.set(key.slice(1), value);
      this.sequence = Math.max(this.sequence, value.sequence);
    }
    const now = this.clock.now();
    for (const { visibleAt } of this.messages.values()) if (visibleAt > now) this.wakeAt(visibleAt);
  }

  async send(message: NewMessage): Promise<{ id: string; sequence: string; md5: string }> {
    const { settings } = this;
    const now = this.clock.now();
    if (message.body.length === 0)
      throw new ApiError('MissingParameter', 'The request must contain the parameter MessageBody.');
    if (Buffer.byteLength(message.body) > settings.maximumBytes) {
      throw new ApiError(
        'InvalidParameterValue',
        `One or more parameters are invalid. Reason: Message must be shorter than ${settings.maximumBytes} bytes.`,
      );
    }
    if (settings.fifo && !message.groupId) {
      throw new ApiError('MissingParameter', 'The request must contain the parameter MessageGroupId.');
    }
    const deduplicationId =
      message.deduplicationId ??
      (settings.contentBasedDeduplication ? createHash('sha256').update(message.body).digest('hex') : undefined);
    if (settings.fifo && !deduplicationId) {
      throw new ApiError(
        'InvalidParameterValue',
        'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
      );
    }
    this.forgetOldDuplicates(now);
    const twin = settings.deduplicatePerGroup ? `${message.groupId} ${deduplicationId}` : deduplicationId;
    const known = settings.fifo && twin !== undefined ? this.deduplicated.get(twin) : undefined;
    if (known) return { id: known.id, sequence: sequenceText(known.sequence), md5: md5(message.body) };

    const delayMs = settings.fifo ? settings.delayMs : (message.delaySeconds ?? settings.delayMs / 1_000) * 1_000;
    const stored: Message = {
      id: randomUUID(),
      sequence: (this.sequence += 1),
      body: message.body,
      attributes: message.attributes ?? {},
      sentAt: now,
      visibleAt: now + delayMs,
      receives: 0,
      ...(message.groupId ? { groupId: message.groupId } : {}),
      ...(deduplicationId && settings.fifo ? { deduplicationId } : {}),
    };
    // The order of sending is fixed before the write; nobody may read the message before it is on disk.
    if (settings.fifo && twin !== undefined) {
      const mark = { id: stored.id, sequence: stored.sequence, until: now + DEDUPLICATION_MS };
      this.deduplicated.set(twin, mark);
      void this.store.put(`d${twin}`, mark).catch(() => undefined);
    }
    await this.save(stored);
    this.keep(stored);
    this.count('sent');
    if (stored.visibleAt > now) this.wakeAt(stored.visibleAt);
    else this.arrived();
    return { id: stored.id, sequence: sequenceText(stored.sequence), md5: md5(stored.body) };
  }

  /** Takes up to `limit` visible messages. Synchronous up to the choice, so that two readers never get the same one. */
  async receive(limit: number, visibilityMs = this.settings.visibilityMs): Promise<ReceivedMessage[]> {
    const now = this.clock.now();
    const taken: Message[] = [];
    const dead: Message[] = [];
    for (const message of this.candidates(now)) {
      if (taken.length >= limit) break;
      if (now - message.sentAt > this.settings.retentionMs) {
        dead.push(message);
        continue;
      }
      const { redrive } = this.settings;
      if (redrive && message.receives >= redrive.maxReceiveCount) {
        dead.push(message);
        continue;
      }
      taken.push(message);
    }
    for (const message of taken) {
      if (message.receipt) this.byReceipt.delete(message.receipt);
      message.receives += 1;
      message.firstReceivedAt ??= now;
      message.visibleAt = now + visibilityMs;
      message.receipt = randomUUID();
      this.byReceipt.set(message.receipt, message);
    }
    for (const message of dead) this.drop(message);
    await Promise.all([
      ...taken.map((message) => this.save(message)),
      ...dead.map((message) => this.bury(message, now)),
    ]);
    if (taken.length > 0) this.wakeAt(now + visibilityMs);
    // A buried message may have been all that kept its group waiting.
    if (dead.length > 0) this.arrived();
    return taken.map((message) => {
      this.count('received');
      return this.show(message);
    });
  }

  async delete(receipt: string): Promise<void> {
    const message = this.byReceipt.get(receipt);
    // Deleting twice succeeds on AWS too.
    if (!message || message.receipt !== receipt) return;
    this.drop(message);
    await this.store.delete(keyOf(message));
    this.count('deleted');
    if (message.groupId) this.arrived();
  }

  async changeVisibility(receipt: string, milliseconds: number): Promise<void> {
    const message = this.byReceipt.get(receipt);
    if (!message || message.receipt !== receipt) {
      throw new ApiError(
        'InvalidParameterValue',
        'Value for parameter ReceiptHandle is invalid. Reason: Message does not exist.',
      );
    }
    message.visibleAt = this.clock.now() + milliseconds;
    await this.save(message);
    if (milliseconds <= 0) this.arrived();
    else this.wakeAt(message.visibleAt);
  }

  async purge(): Promise<void> {
    await Promise.all(
      [...this.messages.values()].map((message) => {
        this.drop(message);
        return this.store.delete(keyOf(message));
      }),
    );
  }

  /** Gives every dead letter back to the queue from which it came, as a message move task does. */
  async redrive(queueAt: (arn: string) => Queue): Promise<number> {
    const letters = [...this.messages.values()].filter(({ deadLetterSource }) => deadLetterSource !== undefined);
    for (const letter of letters) {
      this.drop(letter);
      await queueAt(letter.deadLetterSource ?? '').adopt(letter, undefined);
      await this.store.delete(keyOf(letter));
    }
    return letters.length;
  }

  /** Calls `run` whenever a message may have become readable; the returned function ends it. */
  onArrival(run: () => void): () => void {
    this.arrivals.add(run);
    return () => this.arrivals.delete(run);
  }

  /** Whether any message could be received now. */
  get readable(): boolean {
    return this.candidates(this.clock.now()).next().done === false;
  }

  /** Messages that could be received now. */
  get visible(): number {
    let count = 0;
    for (const _message of this.candidates(this.clock.now())) count += 1;
    return count;
  }

  counts(): { visible: number; hidden: number; delayed: number } {
    const now = this.clock.now();
    const result = { visible: 0, hidden: 0, delayed: 0 };
    for (const message of this.messages.values()) {
      if (message.visibleAt <= now) result.visible += 1;
      else if (message.receives > 0) result.hidden += 1;
      else result.delayed += 1;
    }
    return result;
  }

  /** The bodies that lie in the queue, oldest first, without receiving them. */
  peek(): { id: string; body: string; attributes: Readonly<Record<string, MessageAttribute>> }[] {
    return [...this.messages.values()].map(({ id, body, attributes }) => ({ id, body, attributes }));
  }

  private *candidates(now: number): Generator<Message> {
    if (!this.settings.fifo) {
      for (const message of this.messages.values()) if (message.visibleAt <= now) yield message;
      return;
    }
    // A group is closed while any of its messages is out; else its messages come in order.
    for (const group of [...this.groups.values()]) {
      if (isOut(group, now)) continue;
      for (const message of group.values()) {
        if (message.visibleAt > now) break;
        yield message;
      }
    }
  }

  private async bury(message: Message, now: number): Promise<void> {
    const { redrive } = this.settings;
    const expired = now - message.sentAt > this.settings.retentionMs;
    if (redrive && !expired) await this.deadLetters(redrive.arn).adopt(message, this.settings.arn);
    await this.store.delete(keyOf(message));
  }

  /** Takes over a message of another queue: into a dead-letter queue with its source, back out of it without. */
  private async adopt(message: Message, source: string | undefined): Promise<void> {
    const { receipt: _receipt, firstReceivedAt: _first, deadLetterSource: _source, ...rest } = message;
    const moved: Message = {
      ...rest,
      sequence: (this.sequence += 1),
      visibleAt: this.clock.now(),
      receives: 0,
      ...(source === undefined ? {} : { deadLetterSource: source }),
    };
    await this.save(moved);
    this.keep(moved);
    this.count('sent');
    this.arrived();
  }

  private keep(message: Message): void {
    this.messages.set(message.sequence, message);
    if (!this.settings.fifo) return;
    const id = message.groupId ?? '';
    const group = this.groups.get(id) ?? new Map<number, Message>();
    this.groups.set(id, group);
    group.set(message.sequence, message);
  }

  private drop(message: Message): void {
    this.messages.delete(message.sequence);
    if (message.receipt) this.byReceipt.delete(message.receipt);
    const id = message.groupId ?? '';
    const group = this.groups.get(id);
    group?.delete(message.sequence);
    if (group?.size === 0) this.groups.delete(id);
  }

  private save(message: Message): Promise<void> {
    return this.store.put(keyOf(message), message);
  }

  private forgetOldDuplicates(now: number): void {
    for (const [key, { until }] of this.deduplicated) {
      if (until > now) return;
      this.deduplicated.delete(key);
      void this.store.delete(`d${key}`).catch(() => undefined);
    }
  }

  private arrived(): void {
    for (const run of this.arrivals) run();
  }

  /** Asks the clock to call when a hidden or delayed message becomes visible; a call too many does no harm. */
  private wakeAt(time: number): void {
    if (time >= this.wakeTime) return;
    this.cancelWake?.();
    this.wakeTime = time;
    this.cancelWake = this.clock.at(time, () => {
      this.wakeTime = Infinity;
      this.arrived();
      const now = this.clock.now();
      let next = Infinity;
      for (const { visibleAt } of this.messages.values()) if (visibleAt > now && visibleAt < next) next = visibleAt;
      if (next < Infinity) this.wakeAt(next);
    });
  }

  private show(message: Message): ReceivedMessage {
    const system: Record<string, string> = {
      ApproximateReceiveCount: String(message.receives),
      SentTimestamp: String(message.sentAt),
      SenderId: 'LAPTOP',
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt ?? message.sentAt),
    };
    if (message.groupId) system['MessageGroupId'] = message.groupId;
    if (message.deduplicationId) system['MessageDeduplicationId'] = message.deduplicationId;
    if (this.settings.fifo) system['SequenceNumber'] = sequenceText(message.sequence);
    if (message.deadLetterSource) system['DeadLetterQueueSourceArn'] = message.deadLetterSource;
    return {
      id: message.id,
      receipt: message.receipt ?? '',
      body: message.body,
      md5: md5(message.body),
      attributes: message.attributes,
      system,
    };
  }
}

/** Whether a message of the group is with a reader; those already received come before all others. */
function isOut(group: ReadonlyMap<number, Message>, now: number): boolean {
  for (const { receives, visibleAt } of group.values()) {
    if (receives === 0) return false;
    if (visibleAt > now) return true;
  }
  return false;
}

function sequenceText(sequence: number): string {
  return String(sequence).padStart(20, '0');
}

function keyOf(message: Message): string {
  return `m${sequenceText(message.sequence)}`;
}
