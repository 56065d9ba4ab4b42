/** The event bus, and one consumer that keeps everything it hears: late, twice and in any order, as buses do. */
import type { FaultKind } from '../plan';
import { hashText } from './hash';
import type { World } from './world';

export interface HeardEvent {
  readonly id: string;
  readonly type: string;
  readonly tenant: string;
  readonly orderId: string;
  readonly sequence: number;
  readonly data: Readonly<Record<string, unknown>>;
}

const kinds: readonly FaultKind[] = ['duplicated', 'delayed', 'reordered', 'replayed'];

export class Bus {
  /** In the order of their arrival at the consumer. */
  readonly events: HeardEvent[] = [];
  private print = 0;
  private readonly known = new Set<string>();

  constructor(
    private readonly world: World,
    before: readonly HeardEvent[],
  ) {
    for (const event of before) this.hear(event);
  }

  put(entries: readonly Record<string, unknown>[]): object {
    for (const entry of entries) this.send(JSON.parse(String(entry['Detail'])) as HeardEvent);
    return { FailedEntryCount: 0, Entries: entries.map((_, at) => ({ EventId: String(at) })) };
  }

  putAllButLast(entries: readonly Record<string, unknown>[]): object {
    this.put(entries.slice(0, -1));
    const Entries = entries.map((_, at) =>
      at === entries.length - 1 ? { ErrorCode: 'InternalFailure', ErrorMessage: 'refused' } : { EventId: String(at) },
    );
    return { FailedEntryCount: 1, Entries };
  }

  /** Of the set of what was heard: in which order and how often must not matter to anybody. */
  digest(): string {
    return `${this.known.size} ${this.print}`;
  }

  private send(event: HeardEvent): void {
    const { world } = this;
    world.enter(undefined, { label: 'event to a consumer', effect: false, kinds }, hashText(event.id), (kind) => {
      this.hear(event);
      if (kind === 'duplicated') this.hear(event);
      if (kind === 'replayed')
        world.at(world.now + 25 * 3_600_000, () => this.hear(event), hashText(JSON.stringify(event)));
    });
  }

  private hear(event: HeardEvent): void {
    this.events.push(event);
    const text = JSON.stringify(event);
    if (this.known.has(text)) return;
    this.known.add(text);
    this.print ^= hashText(text) | 0;
  }
}
