import { invalid, Unfit, Unmodelled } from './refusals';
import type { KeyNames, Range } from './key-condition';
import { compare, Partitions, putInto, removeFrom, type Shared } from './partitions';
import { readPage, type Page, type PageWish } from './page';
import type { IndexShape, TableShape } from './shape';
import { absorbItem, Stored, type Position } from './stored';
import type { ValueMap } from './attributes';

/** An entry of an index: its own sort key, and the item it stands for. */
export interface Listed extends Position {
  readonly item: Stored;
}

interface Change {
  readonly before: Stored | undefined;
  readonly after: Stored | undefined;
}

export interface TableSnapshot {
  readonly items: Shared<Stored>;
  readonly indexes: readonly Shared<Listed>[];
  readonly writes: number;
  readonly low: number;
  readonly high: number;
  readonly soonest: number;
}

/** How many changes a read can lag behind. Few, because what is remembered lives on in the collector's old space. */
const remembered = 32;
const largestItem = 400 * 1024;
const longestKey = { partition: 2_048, sort: 1_024 };
/** The service keeps items whose time lies further back: probably a unit mistake. */
const fiveYearsS = 5 * 365.25 * 24 * 3_600;

/** The items of one table, its indexes, and what it was before its latest changes. */
export class Table {
  /** Changes so far. */
  writes = 0;
  readonly keys: readonly string[];

  private readonly items = new Partitions<Stored>();
  private readonly indexes: readonly Index[];
  private changes: Change[] = [];
  private low = 0;
  private high = 0;
  /** Present, but not yet in the sums: hashed when somebody asks. */
  private readonly unsummed = new Set<Stored>();
  /** No item expires before this second. */
  private soonest = Infinity;

  constructor(readonly shape: TableShape) {
    this.keys = shape.sortKey === undefined ? [shape.partitionKey] : [shape.partitionKey, shape.sortKey];
    this.indexes = shape.indexes.map((index) => new Index(index, this.keys));
  }

  /** An item that could be put. @throws ValidationException for one too large, Unfit for one without its keys */
  stored(given: Readonly<Record<string, unknown>>): Stored {
    const { value, nested, sizeAtMost } = absorbItem(given);
    const { pk, sk } = this.position(value, false);
    for (const index of this.indexes) index.check(value);
    const stored = new Stored(pk, sk, value, nested, sizeAtMost);
    if (isTooLarge(stored)) throw invalid('Item size has exceeded the maximum allowed size');
    return stored;
  }

  /** The place of an item. @param alone whether nothing but keys may be there. @throws Unfit for other keys */
  position(value: Readonly<Record<string, unknown>>, alone: boolean): Position {
    const { partitionKey, sortKey } = this.shape;
    const pk = value[partitionKey];
    const sk = sortKey === undefined ? '' : value[sortKey];
    if (alone) {
      let count = 0;
      for (const name in value) if (value[name] !== undefined) count += 1;
      if (count !== this.keys.length || typeof pk !== 'string' || typeof sk !== 'string') {
        throw new Unfit('The provided key element does not match the schema');
      }
    }
    checkKey(partitionKey, pk, longestKey.partition);
    if (sortKey !== undefined) checkKey(sortKey, sk, longestKey.sort);
    return { sort: sk as string, pk: pk as string, sk: sk as string };
  }

  find(position: Position): Stored | undefined {
    return this.items.find(position.pk, position);
  }

  /** The item as it was `behind` changes of this table ago. */
  findBehind(position: Position, behind: number): Stored | undefined {
    let found = this.find(position);
    for (const { before, after } of this.latest(behind)) {
      const touched = (before ?? after) as Stored;
      if (touched.pk === position.pk && touched.sk === position.sk) found = before;
    }
    return found;
  }

  /** Puts one item in the place of another. */
  write(before: Stored | undefined, after: Stored | undefined): void {
    this.writes += 1;
    if (after !== undefined) {
      this.items.put(after.pk, after);
      this.noteExpiry(after);
      this.unsummed.add(after);
    } else if (before !== undefined) this.items.remove(before.pk, before);
    if (before !== undefined && !this.unsummed.delete(before)) this.sum(before, -1);
    for (const index of this.indexes) index.write(before, after);
    this.changes.push({ before, after });
    if (this.changes.length >= 2 * remembered) this.changes = this.changes.slice(-remembered);
  }

  /** The keys that a query goes by. @throws ValidationException for an index that there is not */
  keysOf(index: string | undefined): KeyNames {
    return index === undefined ? this.shape : this.index(index).shape;
  }

  query(index: string | undefined, range: Range, wish: PageWish, behind: number): Page {
    if (index === undefined) {
      const entries = behind === 0 ? this.items.entries(range.partition) : this.itemsBehind(range.partition, behind);
      return readPage(entries, range, wish, {
        size: (entry) => entry.size,
        sizeAtMost: (entry) => entry.sizeAtMost,
        copy: (entry) => entry.copy(),
        keys: (entry) => this.keysIn(entry.value),
      });
    }
    const known = this.index(index);
    const entries = behind === 0 ? known.entries(range.partition) : this.listedBehind(known, range.partition, behind);
    return readPage(entries, range, wish, known);
  }

  /** Where a query goes on. @throws ValidationException for what is no key of a page of this query */
  startOf(index: string | undefined, range: Range, key: Readonly<Record<string, unknown>>): Position {
    const shape = this.keysOf(index);
    const names = new Set([...this.keys, shape.partitionKey, ...(shape.sortKey === undefined ? [] : [shape.sortKey])]);
    const given = Object.keys(key).filter((name) => key[name] !== undefined);
    if (given.length !== names.size || !given.every((name) => names.has(name) && typeof key[name] === 'string')) {
      throw invalid('The provided starting key is invalid');
    }
    if (key[shape.partitionKey] !== range.partition) {
      throw invalid('The provided starting key is outside query boundaries based on provided conditions');
    }
    const sort = shape.sortKey === undefined ? '' : (key[shape.sortKey] as string);
    if (!range.within(sort)) throw invalid('The provided starting key does not match the range key predicate');
    const { pk, sk } = this.position(key, false);
    return { sort, pk, sk };
  }

  /** Items whose time has passed. */
  expired(nowSeconds: number): Stored[] {
    const attribute = this.shape.timeToLive;
    if (attribute === undefined || this.soonest >= nowSeconds) return [];
    const over: Stored[] = [];
    this.soonest = Infinity;
    for (const item of this.items.all()) {
      const time = item.value[attribute];
      if (typeof time !== 'number' || time <= nowSeconds - fiveYearsS) continue;
      if (time < nowSeconds) over.push(item);
      else this.soonest = Math.min(this.soonest, time);
    }
    return over;
  }

  all(): Iterable<Stored> {
    return this.items.all();
  }

  keysAt({ pk, sk }: Position): Record<string, string> {
    const { partitionKey, sortKey } = this.shape;
    return sortKey === undefined ? { [partitionKey]: pk } : { [partitionKey]: pk, [sortKey]: sk };
  }

  keysIn(value: ValueMap): Record<string, string> {
    const keys: Record<string, string> = {};
    for (const name of this.keys) keys[name] = value[name] as string;
    return keys;
  }

  /** Two sums over the hashes of all items, in which their order does not matter. */
  digest(): readonly [low: number, high: number] {
    for (const item of this.unsummed) this.sum(item, 1);
    this.unsummed.clear();
    return [this.low, this.high];
  }

  snapshot(): TableSnapshot {
    const [low, high] = this.digest();
    const indexes = this.indexes.map((index) => index.share());
    return { items: this.items.share(), indexes, writes: this.writes, low, high, soonest: this.soonest };
  }

  restore(snapshot: TableSnapshot): void {
    this.items.take(snapshot.items);
    this.indexes.forEach((index, at) => index.take(snapshot.indexes[at] as Shared<Listed>));
    this.writes = snapshot.writes;
    this.low = snapshot.low;
    this.high = snapshot.high;
    this.soonest = snapshot.soonest;
    this.unsummed.clear();
    this.changes = [];
  }

  private index(name: string): Index {
    const found = this.indexes.find(({ shape }) => shape.name === name);
    if (found === undefined) throw invalid(`The table does not have the specified index: ${name}`);
    return found;
  }

  private sum(item: Stored, sign: 1 | -1): void {
    this.low = (this.low + sign * item.lowHash) | 0;
    this.high = (this.high + sign * item.highHash) | 0;
  }

  private noteExpiry({ value }: Stored): void {
    const { timeToLive } = this.shape;
    if (timeToLive === undefined) return;
    const time = value[timeToLive];
    if (typeof time === 'number' && time < this.soonest) this.soonest = time;
  }

  /** The last changes, the newest first. */
  private *latest(count: number): Generator<Change> {
    if (count > remembered) throw new Unmodelled(`a read that is ${count} changes behind`);
    const first = Math.max(0, this.changes.length - count);
    for (let at = this.changes.length - 1; at >= first; at -= 1) yield this.changes[at] as Change;
  }

  private itemsBehind(partition: string, behind: number): Stored[] {
    const entries = this.items.entries(partition).slice();
    for (const { before, after } of this.latest(behind)) {
      if (after?.pk === partition) removeFrom(entries, after);
      if (before?.pk === partition) putInto(entries, before);
    }
    return entries;
  }

  private listedBehind(index: Index, partition: string, behind: number): Listed[] {
    const entries = index.entries(partition).slice();
    for (const { before, after } of this.latest(behind)) {
      const [added, removed] = [index.listed(after), index.listed(before)];
      if (added !== undefined && index.partitionOf(added) === partition) removeFrom(entries, added);
      if (removed !== undefined && index.partitionOf(removed) === partition) putInto(entries, removed);
    }
    return entries;
  }
}

/** Sparse: an item is in it only while it has the attributes that are its keys. */
class Index {
  private readonly partitions = new Partitions<Listed>();
  /** Attributes that it shows; all of them when undefined. */
  private readonly shown: readonly string[] | undefined;
  private readonly ownKeys: readonly string[];
  /** Its own and those of the table. */
  private readonly keyNames: readonly string[];

  constructor(
    readonly shape: IndexShape,
    tableKeys: readonly string[],
  ) {
    const { partitionKey, sortKey, projection } = shape;
    this.ownKeys = sortKey === undefined ? [partitionKey] : [partitionKey, sortKey];
    const keys = [...tableKeys, ...this.ownKeys];
    this.keyNames = [...new Set(keys)];
    if (projection !== 'ALL') {
      this.shown = projection === 'KEYS_ONLY' ? this.keyNames : [...new Set([...keys, ...projection])];
    }
  }

  /** @throws ValidationException for an item that could not be in it, though it has its keys */
  check(value: ValueMap): void {
    for (const name of this.ownKeys) {
      const key = value[name];
      if (key === undefined) continue;
      if (typeof key !== 'string') {
        throw new Unfit(
          `One or more parameter values were invalid: Type mismatch for Index Key ${name} Expected: S IndexName: ${this.shape.name}`,
        );
      }
      if (key === '') {
        throw invalid(
          `One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: ${this.shape.name}, IndexKey: ${name}`,
        );
      }
      const limit = name === this.shape.partitionKey ? longestKey.partition : longestKey.sort;
      checkLength(name, key, limit);
    }
  }

  entries(partition: string): readonly Listed[] {
    return this.partitions.entries(partition);
  }

  listed(item: Stored | undefined): Listed | undefined {
    if (item?.value[this.shape.partitionKey] === undefined) return undefined;
    const sort = this.shape.sortKey === undefined ? '' : item.value[this.shape.sortKey];
    return sort === undefined ? undefined : { sort: sort as string, pk: item.pk, sk: item.sk, item };
  }

  partitionOf({ item }: Listed): string {
    return item.value[this.shape.partitionKey] as string;
  }

  write(before: Stored | undefined, after: Stored | undefined): void {
    const was = this.listed(before);
    const is = this.listed(after);
    if (was !== undefined) {
      const stays = is !== undefined && this.partitionOf(is) === this.partitionOf(was) && compare(is, was) === 0;
      if (!stays) this.partitions.remove(this.partitionOf(was), was);
    }
    if (is !== undefined) this.partitions.put(this.partitionOf(is), is);
  }

  size({ item }: Listed): number {
    if (this.shown === undefined) return item.size;
    return new Stored('', '', this.pick(item.value, this.shown) as ValueMap, [], 0).size;
  }

  sizeAtMost({ item }: Listed): number {
    return item.sizeAtMost;
  }

  copy({ item }: Listed): Record<string, unknown> {
    return this.shown === undefined ? item.copy() : this.pick(item.copy(), this.shown);
  }

  keys({ item }: Listed): Record<string, unknown> {
    return this.pick(item.value, this.keyNames);
  }

  share(): Shared<Listed> {
    return this.partitions.share();
  }

  take(shared: Shared<Listed>): void {
    this.partitions.take(shared);
  }

  private pick(from: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
    const picked: Record<string, unknown> = {};
    for (const name of names) {
      const value = from[name];
      if (value !== undefined) picked[name] = value;
    }
    return picked;
  }
}

export const isTooLarge = (item: Stored): boolean => item.sizeAtMost > largestItem && item.size > largestItem;

function checkKey(name: string, value: unknown, limit: number): void {
  if (value === undefined) {
    throw new Unfit(`One or more parameter values were invalid: Missing the key ${name} in the item`);
  }
  if (typeof value !== 'string') {
    throw new Unfit(`One or more parameter values were invalid: Type mismatch for key ${name} expected: S`);
  }
  if (value === '') {
    throw invalid(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ${name}`,
    );
  }
  checkLength(name, value, limit);
}

function checkLength(name: string, value: string, limit: number): void {
  if (3 * value.length > limit && Buffer.byteLength(value) > limit) {
    throw invalid(
      `One or more parameter values were invalid: Size of ${name} has exceeded the maximum size limit of ${limit} bytes`,
    );
  }
}
