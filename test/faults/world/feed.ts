/**
 * The change feed of the orders table: two readers, each with its own place. Changes of one item stay in order, as in a
 * shard; a batch that fails is read again from where it failed, in halves; what fails six times by itself goes to the
 * dead letters. `test/faults/contract/feed.contract.ts` holds it to what the laptop host does with the real stream.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { functions } from '../../../infra/functions';
import { compile } from '../../../infra/local/event-pattern';
import type { FaultKind } from '../plan';
import { hashText } from './hash';
import { throttled, type Outcome } from './invoker';
import type { TableChange } from './tables/shape';

type Image = Record<string, AttributeValue>;

interface Record_ {
  readonly eventName: 'INSERT' | 'MODIFY';
  readonly dynamodb: { Keys: Image; OldImage?: Image; NewImage: Image; SequenceNumber: string };
}

interface Lane {
  readonly reader: string;
  readonly waiting: Record_[];
  /** What of it is to be handed over together, in order; empty: as much as a batch takes. */
  readonly parts: Part[];
  busy: boolean;
  /** What was read before, which the reader of a child shard may be given again. */
  before: Record_ | undefined;
  /** What the plan has for the batch under way, and has not happened yet. */
  fault: FaultKind | 'second time' | undefined;
  print: number;
}

interface Part {
  readonly size: number;
  readonly attempts: number;
}

export interface FeedHost {
  /** Queues a batch, which is a message. */
  message(
    label: string,
    kinds: readonly FaultKind[],
    fingerprint: number,
    go: (kind: FaultKind | undefined) => void,
  ): void;
  invoke(name: string, event: unknown): Promise<Outcome>;
  /** @param fingerprint of what will run */
  later(ms: number, run: () => void, fingerprint: number): void;
}

const readers = functions.flatMap(({ name, trigger }) =>
  trigger.kind === 'change-feed' ? [{ name, accepts: compile({ dynamodb: { NewImage: trigger.newImage } }) }] : [],
);

/** A shard is asked for records five times a second. What was written meanwhile comes in one batch. */
const pollMs = 200;

/** As in infra/constructs/change-feed.ts; a test compares them with the template. */
export const bounds = { batch: 100, furtherAttempts: 5, bisects: true } as const;
const kinds: readonly FaultKind[] = ['duplicated', 'delayed', 'reordered', 'replayed', 'cut', 'split', 'overtaken'];

/** Images are made once for each version of an item: a version is the `before` of one change and the `after` of another. */
const images = new WeakMap<object, Image>();
function imageOf(item: Readonly<Record<string, unknown>>): Image {
  let image = images.get(item);
  if (image === undefined) {
    image = marshall(item, { removeUndefinedValues: true });
    images.set(item, image);
  }
  return image;
}

export class Feed {
  /** Records that no reader would take: what is on them is not announced, or not shown, until a person looks. */
  readonly deadLetters: { reader: string; record: Record_ }[] = [];
  private readonly lanes = new Map<string, Lane>();

  constructor(private readonly host: FeedHost) {}

  changed({ keys, before, after, write }: TableChange): void {
    // Deletions announce nothing; the mappings filter them out.
    if (after === undefined) return;
    const NewImage = imageOf(after);
    for (const { name, accepts } of readers) {
      if (!accepts({ dynamodb: { NewImage } })) continue;
      const partition = String(keys['pk']);
      const lane = this.lane(name, partition);
      lane.waiting.push({
        eventName: before === undefined ? 'INSERT' : 'MODIFY',
        dynamodb: {
          Keys: marshall(keys),
          ...(before === undefined ? {} : { OldImage: imageOf(before) }),
          NewImage,
          SequenceNumber: String(write).padStart(21, '0'),
        },
      });
      lane.print = hashText(`${lane.print} ${String(after['sk'])} ${String(after['revision'] ?? after['version'])}`);
      this.offer(lane);
    }
  }

  digest(): string {
    const busy = [...this.lanes].filter(([, { waiting }]) => waiting.length > 0);
    return busy
      .map(([key, { waiting, print, parts, fault }]) => {
        const open = parts.map(({ size, attempts }) => `${size}:${attempts}`);
        return `${key} ${waiting.length} ${print} ${open.join()} ${fault ?? ''}`;
      })
      .join(';');
  }

  private lane(reader: string, partition: string): Lane {
    const key = `${reader} ${partition}`;
    let lane = this.lanes.get(key);
    if (lane === undefined) {
      lane = { reader, waiting: [], parts: [], busy: false, before: undefined, print: 0, fault: undefined };
      this.lanes.set(key, lane);
    }
    return lane;
  }

  private offer(lane: Lane): void {
    if (lane.busy || lane.waiting.length === 0) return;
    lane.busy = true;
    const next = (): void =>
      this.host.message(`batch to ${lane.reader}`, kinds, lane.print, (kind) => void this.deliver(lane, kind));
    this.host.later(pollMs, next, lane.print);
  }

  private async deliver(lane: Lane, kind: FaultKind | undefined): Promise<void> {
    lane.fault = kind;
    const whole = lane.parts.shift() ?? { size: Math.min(lane.waiting.length, bounds.batch), attempts: 0 };
    const part = kind === 'cut' ? { ...whole, size: 1 } : whole;
    if (part.size < whole.size) lane.parts.unshift({ ...whole, size: whole.size - part.size });
    const batch = lane.waiting.slice(0, part.size);
    const again = kind === 'split' && lane.before !== undefined ? [lane.before] : [];
    const failedAt = await this.hand(lane, [...again, ...batch]);
    const done =
      failedAt === undefined ? batch.length : Math.max(0, (failedAt === 'refused' ? 0 : failedAt) - again.length);
    if (failedAt === undefined && kind === 'duplicated') {
      // Not the state of the first time: this one is not repeated when it fails.
      lane.fault = 'second time';
      await this.hand(lane, batch);
    }
    if (failedAt === undefined && kind === 'replayed') {
      const fingerprint = hashText(lane.reader + JSON.stringify(batch.map(({ dynamodb }) => dynamodb.NewImage)));
      this.host.later(25 * 3_600_000, () => void this.hand(lane, batch), fingerprint);
    }
    lane.before = done > 0 ? batch[done - 1] : lane.before;
    lane.waiting.splice(0, done);
    // Throttles are tried again without end and use up no attempt.
    if (failedAt === 'refused') lane.parts.unshift(part);
    // Progress within the batch starts the count anew, as the service does for a checkpoint.
    else if (failedAt !== undefined) this.retry(lane, part.size - done, done > 0 ? 0 : part.attempts);
    lane.busy = false;
    lane.fault = undefined;
    this.offer(lane);
  }

  /** Halving is free of charge: attempts are counted for what cannot be halved any more. */
  private retry(lane: Lane, size: number, attempts: number): void {
    if (size > 1) {
      const half = Math.ceil(size / 2);
      lane.parts.unshift({ size: half, attempts: 0 }, { size: size - half, attempts: 0 });
    } else if (attempts < bounds.furtherAttempts) lane.parts.unshift({ size, attempts: attempts + 1 });
    else {
      const [record] = lane.waiting.splice(0, 1);
      if (record !== undefined) this.deadLetters.push({ reader: lane.reader, record });
    }
  }

  /** @returns the place of the first record that was not taken, or undefined when all were */
  private async hand(lane: Lane, records: readonly Record_[]): Promise<number | 'refused' | undefined> {
    const { error, payload } = await this.host.invoke(lane.reader, { Records: records });
    if (error !== undefined) return error.errorType === throttled ? 'refused' : 0;
    const failed = (payload as { batchItemFailures?: { itemIdentifier: string }[] }).batchItemFailures?.[0];
    if (failed === undefined) return undefined;
    const at = records.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === failed.itemIdentifier);
    return Math.max(0, at);
  }
}
