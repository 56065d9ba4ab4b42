import { absorb, absorbNumber, handOut, type Value, type ValueMap } from './attributes';
import { hashOf } from './item-hash';
import { sizeOf, sizeOfItem } from './item-size';

/** Where something stands in a partition. Two items of an index may have the same sort key; the table's keys tell them apart. */
export interface Position {
  readonly sort: string;
  readonly pk: string;
  readonly sk: string;
}

/** An item as it lies in the table. It never changes: a write puts another one in its place. */
export class Stored implements Position {
  private bytes = -1;
  private low = 0;
  private high = 0;
  private hashed = false;

  /**
   * @param nested names of the attributes that need more than a look to be copied
   * @param sizeAtMost a bound that costs nothing to know
   */
  constructor(
    readonly pk: string,
    readonly sk: string,
    readonly value: ValueMap,
    private readonly nested: readonly string[],
    readonly sizeAtMost: number,
  ) {}

  get sort(): string {
    return this.sk;
  }

  get size(): number {
    if (this.bytes < 0) this.bytes = sizeOfItem(this.value);
    return this.bytes;
  }

  get lowHash(): number {
    if (!this.hashed) this.hash();
    return this.low;
  }

  get highHash(): number {
    if (!this.hashed) this.hash();
    return this.high;
  }

  /** Why an event is parked is for people alone: two states that differ in nothing else have the same future. */
  private hash(): void {
    const read = 'error' in this.value ? withoutError(this.value) : this.value;
    this.low = hashOf(read, 0x2545f491);
    this.high = hashOf(read, 0x6c078965);
    this.hashed = true;
  }

  /** A copy for somebody else. */
  copy(): Record<string, unknown> {
    const copy: Record<string, unknown> = { ...this.value };
    for (const name of this.nested) copy[name] = handOut(this.value[name] as Value);
    return copy;
  }

  /** The same item with some numbers changed. */
  with(numbers: Readonly<Record<string, number>>): Stored {
    const added = Object.keys(numbers).reduce((sum, name) => sum + 3 * name.length + largestNumber, 0);
    return new Stored(this.pk, this.sk, { ...this.value, ...numbers }, this.nested, this.sizeAtMost + added);
  }
}

const largestNumber = 22;

/** What of an item is needed to store it, see `Stored`. */
export interface Absorbed {
  readonly value: ValueMap;
  readonly nested: readonly string[];
  readonly sizeAtMost: number;
}

const none: readonly string[] = [];

export function absorbItem(item: Readonly<Record<string, unknown>>): Absorbed {
  const value: Record<string, unknown> = { ...item };
  let nested: string[] | undefined;
  let gaps = false;
  let size = 0;
  for (const name in value) {
    const given = value[name];
    size += 3 * name.length;
    if (typeof given === 'string') size += 3 * given.length;
    else if (typeof given === 'number') {
      value[name] = absorbNumber(given);
      size += largestNumber;
    } else if (given === undefined) gaps = true;
    else {
      const own = absorb(given, 1) as Value;
      value[name] = own;
      size += sizeOf(own);
      if (typeof own === 'object' && own !== null) (nested ??= []).push(name);
    }
  }
  return {
    value: (gaps ? withoutGaps(value) : value) as ValueMap,
    nested: nested ?? none,
    sizeAtMost: size,
  };
}

/** Built anew, because an object that lost members is slow from then on. */
function withoutGaps(value: Record<string, unknown>): Record<string, unknown> {
  const dense: Record<string, unknown> = {};
  for (const name in value) if (value[name] !== undefined) dense[name] = value[name];
  return dense;
}

const withoutError = ({ error: _error, ...rest }: ValueMap): ValueMap => rest;
