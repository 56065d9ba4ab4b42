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

const MOST_ENTRIES = 10;

export class Bus {
  /** In the order of their arrival at the consumer. */
  readonly events: HeardEvent[] = [];
  private print = 0;
  private readonly known = new Set<string>();

  constructor(
    private readonly world: World,
    before: readonly HeardEvent[],
    /** Told of what has arrived at the bus. */
    private readonly arrived: (type: string, detail: string) => void,
  ) {
    for (const event of before) this.hear(event);
  }

  put(entries: readonly Record<string, unknown>[]): object {
    return this.take(entries, -1);
  }

  putAllButLast(entries: readonly Record<string, unknown>[]): object {
    return this.take(entries, entries.length - 1);
  }

  /** Entries are taken or refused one by one, as the service does. */
  private take(entries: readonly Record<string, unknown>[], refused: number): object {
    if (entries.length === 0 || entries.length > MOST_ENTRIES) {
      const message = `Value at 'entries' failed to satisfy constraint: between 1 and ${MOST_ENTRIES}`;
      throw Object.assign(new Error(message), { name: 'ValidationException' });
    }
    const Entries = entries.map((entry, at) => {
      const ErrorCode = at === refused ? 'InternalFailure' : problemOf(entry);
      if (ErrorCode !== undefined) return { ErrorCode, ErrorMessage: 'refused' };
      this.send(JSON.parse(String(entry['Detail'])) as HeardEvent);
      this.arrived(String(entry['DetailType']), String(entry['Detail']));
      return { EventId: String(at) };
    });
    return { FailedEntryCount: Entries.filter((entry) => 'ErrorCode' in entry).length, Entries };
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

function problemOf({ Source, DetailType, Detail }: Record<string, unknown>): string | undefined {
  for (const member of [Source, DetailType, Detail])
    if (typeof member !== 'string' || member === '') return 'InvalidArgument';
  try {
    const value: unknown = JSON.parse(Detail as string);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? undefined : 'MalformedDetail';
  } catch {
    return 'MalformedDetail';
  }
}
