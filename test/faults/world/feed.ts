/**
 * The change feed of the orders table: two readers, each with its own place. Changes of one item stay in order, as in a
 * shard; a batch that fails is read again from where it failed; what fails six times goes to the dead letters.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { functions } from '../../../infra/functions';
import type { FaultKind } from '../plan';
import { hashText } from './hash';
import type { Outcome } from './invoker';
import type { TableChange } from './tables/shape';

type Image = Record<string, AttributeValue>;

interface Record_ {
  readonly eventName: 'INSERT' | 'MODIFY';
  readonly dynamodb: { Keys: Image; OldImage?: Image; NewImage: Image; SequenceNumber: string };
}

interface Lane {
  readonly reader: string;
  readonly waiting: Record_[];
  attempts: number;
  busy: boolean;
  /** What was read before, which the reader of a child shard may be given again. */
  before: Record_ | undefined;
  print: number;
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
  later(ms: number, run: () => void): void;
}

const readers = functions.flatMap(({ name, trigger }) =>
  trigger.kind === 'change-feed' ? [{ name, attribute: Object.keys(trigger.newImage)[0] ?? '' }] : [],
);

/** As in infra/constructs/change-feed.ts. */
const BATCH = 100;
const FURTHER_ATTEMPTS = 5;
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
    for (const { name, attribute } of readers) {
      if (after[attribute] === undefined) continue;
      const partition = String(keys['pk']);
      const lane = this.lane(name, partition);
      lane.waiting.push({
        eventName: before === undefined ? 'INSERT' : 'MODIFY',
        dynamodb: {
          Keys: marshall(keys),
          ...(before === undefined ? {} : { OldImage: imageOf(before) }),
          NewImage: imageOf(after),
          SequenceNumber: String(write).padStart(21, '0'),
        },
      });
      lane.print = hashText(`${lane.print} ${String(after['sk'])} ${String(after['revision'] ?? after['version'])}`);
      this.offer(lane);
    }
  }

  digest(): string {
    const busy = [...this.lanes].filter(([, { waiting }]) => waiting.length > 0);
    return busy.map(([key, lane]) => `${key} ${lane.waiting.length} ${lane.print} ${lane.attempts}`).join(';');
  }

  private lane(reader: string, partition: string): Lane {
    const key = `${reader} ${partition}`;
    let lane = this.lanes.get(key);
    if (lane === undefined) {
      lane = { reader, waiting: [], attempts: 0, busy: false, before: undefined, print: 0 };
      this.lanes.set(key, lane);
    }
    return lane;
  }

  private offer(lane: Lane): void {
    if (lane.busy || lane.waiting.length === 0) return;
    lane.busy = true;
    this.host.message(`batch to ${lane.reader}`, kinds, lane.print, (kind) => void this.deliver(lane, kind));
  }

  private async deliver(lane: Lane, kind: FaultKind | undefined): Promise<void> {
    const batch = lane.waiting.slice(0, kind === 'cut' ? 1 : BATCH);
    const again = kind === 'split' && lane.before !== undefined ? [lane.before] : [];
    const failedAt = await this.hand(lane, [...again, ...batch]);
    const done = failedAt === undefined ? batch.length : Math.max(0, failedAt - again.length);
    if (failedAt === undefined && kind === 'duplicated') await this.hand(lane, batch);
    if (failedAt === undefined && kind === 'replayed') {
      this.host.later(25 * 3_600_000, () => void this.hand(lane, batch));
    }
    lane.before = done > 0 ? batch[done - 1] : lane.before;
    lane.waiting.splice(0, done);
    // Progress within the batch starts the count anew, as the service does for a checkpoint.
    lane.attempts = done > 0 ? 0 : lane.attempts + 1;
    if (failedAt !== undefined && lane.attempts > FURTHER_ATTEMPTS) {
      const [record] = lane.waiting.splice(0, 1);
      if (record !== undefined) this.deadLetters.push({ reader: lane.reader, record });
      lane.attempts = 0;
    }
    lane.busy = false;
    this.offer(lane);
  }

  /** @returns the place of the first record that was not taken, or undefined when all were */
  private async hand(lane: Lane, records: readonly Record_[]): Promise<number | undefined> {
    const { error, payload } = await this.host.invoke(lane.reader, { Records: records });
    if (error !== undefined) return 0;
    const failed = (payload as { batchItemFailures?: { itemIdentifier: string }[] }).batchItemFailures?.[0];
    if (failed === undefined) return undefined;
    const at = records.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === failed.itemIdentifier);
    return Math.max(0, at);
  }
}
