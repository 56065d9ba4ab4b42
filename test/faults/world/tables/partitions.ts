import { compareTexts } from './attributes';
import type { Position } from './stored';

/** Of one partition key, in the order of the sort key. */
interface Partition<Entry> {
  readonly owner: number;
  readonly entries: Entry[];
}

export type Shared<Entry> = ReadonlyMap<string, Partition<Entry>>;

let owners = 0;

/**
 * Partitions of a table or of an index. Sharing them with a snapshot and taking them from one costs nothing: a partition
 * is copied when it is written for the first time after that.
 */
export class Partitions<Entry extends Position> {
  private partitions = new Map<string, Partition<Entry>>();
  private owner = (owners += 1);
  private borrowed = false;

  entries(partition: string): readonly Entry[] {
    return this.partitions.get(partition)?.entries ?? [];
  }

  find(partition: string, position: Position): Entry | undefined {
    const entries = this.partitions.get(partition)?.entries;
    if (entries === undefined) return undefined;
    const place = placeOf(entries, position);
    const found = entries[place];
    return found !== undefined && compare(found, position) === 0 ? found : undefined;
  }

  put(partition: string, entry: Entry): void {
    putInto(this.own(partition), entry);
  }

  remove(partition: string, position: Position): void {
    const entries = this.own(partition);
    removeFrom(entries, position);
    if (entries.length === 0) this.partitions.delete(partition);
  }

  *all(): Generator<Entry> {
    for (const { entries } of this.partitions.values()) yield* entries;
  }

  share(): Shared<Entry> {
    this.lend();
    return this.partitions;
  }

  take(shared: Shared<Entry>): void {
    this.partitions = shared as Map<string, Partition<Entry>>;
    this.lend();
  }

  private lend(): void {
    this.borrowed = true;
    this.owner = owners += 1;
  }

  private own(partition: string): Entry[] {
    if (this.borrowed) {
      this.partitions = new Map(this.partitions);
      this.borrowed = false;
    }
    const known = this.partitions.get(partition);
    if (known?.owner === this.owner) return known.entries;
    const entries = known === undefined ? [] : known.entries.slice();
    this.partitions.set(partition, { owner: this.owner, entries });
    return entries;
  }
}

export function compare(one: Position, other: Position): number {
  if (one === other) return 0;
  return compareTexts(one.sort, other.sort) || compareTexts(one.pk, other.pk) || compareTexts(one.sk, other.sk);
}

export function putInto<Entry extends Position>(entries: Entry[], entry: Entry): void {
  const place = placeOf(entries, entry);
  const there = entries[place];
  if (there !== undefined && compare(there, entry) === 0) entries[place] = entry;
  else if (there === undefined) entries.push(entry);
  else entries.splice(place, 0, entry);
}

export function removeFrom<Entry extends Position>(entries: Entry[], position: Position): void {
  const place = placeOf(entries, position);
  const there = entries[place];
  if (there !== undefined && compare(there, position) === 0) entries.splice(place, 1);
}

/** The first place whose entry does not stand before the position. */
function placeOf(entries: readonly Position[], position: Position): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(entries[middle] as Position, position) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
