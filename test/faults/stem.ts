/**
 * Plans as they grow out of each other. A stem is a plan that others extend; its leaves are faults behind which nothing is
 * to come. Every plan is a stem, or a stem with one leaf.
 */
import type { Fault, Plan } from './plan';

export interface Picked {
  /** What the leaf grows from. */
  readonly stem: Stem;
  /** To be struck one after the other, the leaf last. */
  readonly faults: readonly Fault[];
}

export class Stem {
  /** Stems with one fault more, in the order of its place. */
  readonly branches: Stem[] = [];
  /** Last faults that are still to be tried, in the order of their places. */
  private readonly leaves: Fault[] = [];
  /** Leaves of this stem and of all that grow out of it. */
  private untried = 0;
  /** Where another run had been before, if this one ended there, and the calls that were made by then. */
  end: { readonly digest: number; readonly count: number } | undefined;

  /** @param onlyEffects whether all its faults are at calls that carry an effect, and may be extended among these */
  constructor(
    private readonly parent: Stem | undefined,
    private readonly fault: Fault | undefined,
    readonly onlyEffects: boolean,
  ) {}

  static root(): Stem {
    return new Stem(undefined, undefined, true);
  }

  get plan(): Plan {
    return this.parent === undefined ? [] : [...this.parent.plan, this.fault as Fault];
  }

  branch(fault: Fault, onlyEffects: boolean): Stem {
    const branch = new Stem(this, fault, onlyEffects);
    this.branches.push(branch);
    return branch;
  }

  leaf(fault: Fault): void {
    this.leaves.push(fault);
    this.counted(1);
  }

  /**
   * Takes off the leaf that is reached first by a run of this stem that has made `count` calls, through its branches too,
   * unless nothing is to be struck within so many calls. @returns nothing when there is none
   */
  pick(count: number, within = Infinity): Picked | undefined {
    if (this.untried === 0) return undefined;
    const branch = this.branches.find(({ fault, untried }) => untried > 0 && (fault as Fault).at > count);
    const place = this.leaves.findIndex(({ at }) => at > count);
    const leaf = this.leaves[place];
    const first = branch?.fault;
    if (leaf !== undefined && leaf.at <= (first?.at ?? Infinity)) {
      if (leaf.at - count > within) return undefined;
      this.leaves.splice(place, 1);
      this.counted(-1);
      return { stem: this, faults: [leaf] };
    }
    if (first === undefined || first.at - count > within) return undefined;
    const onward = branch?.pick(first.at);
    return onward && { stem: onward.stem, faults: [first, ...onward.faults] };
  }

  private counted(by: number): void {
    this.untried += by;
    this.parent?.counted(by);
  }
}

/** Which stem's run came by a state, and with how many calls made. */
export class Ways {
  private readonly stems: Stem[] = [];
  private readonly places = new Map<number, number>();

  /** Remembers the states that the run of a stem came by behind its last fault. */
  add(stem: Stem, path: readonly { readonly digest: number; readonly count: number }[]): void {
    const index = this.stems.push(stem) - 1;
    for (const { digest, count } of path) this.places.set(digest, index * CALLS + count);
  }

  /**
   * Takes off the leaf that is reached first from a state, unless nothing is to be struck within so many calls.
   * @returns by how much its places have to be moved, counted from the state
   */
  onward(from: number, within: number): (Picked & { shift: number }) | undefined {
    let [digest, ahead] = [from, 0];
    // A run that ended where another had been goes on as that one did.
    for (let hops = 0; hops < MOST_HOPS && ahead <= within; hops += 1) {
      const place = this.places.get(digest);
      if (place === undefined) return undefined;
      const stem = this.stems[Math.floor(place / CALLS)] as Stem;
      const count = place % CALLS;
      const picked = stem.pick(count, within - ahead);
      if (picked !== undefined) return { ...picked, shift: ahead - count };
      if (stem.end === undefined) return undefined;
      ahead += stem.end.count - count;
      digest = stem.end.digest;
    }
    return undefined;
  }
}

/** More than a run ever has. */
const CALLS = 8_192;
const MOST_HOPS = 8;
