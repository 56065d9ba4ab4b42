/** A half-open range of unit numbers of one line: `from` is in, `to` is out. Units are numbered from 0. */
export interface Range {
  from: number;
  to: number;
}

export function countOf(ranges: readonly Range[]): number {
  return ranges.reduce((count, range) => count + range.to - range.from, 0);
}

/** The units of 0..quantity that no range of `taken` holds, in ascending order. `taken` may be unsorted. */
export function freeOf(quantity: number, taken: readonly Range[]): Range[] {
  const free: Range[] = [];
  let next = 0;
  for (const range of [...taken].sort((a, b) => a.from - b.from)) {
    const to = Math.min(range.from, quantity);
    if (to > next) free.push({ from: next, to });
    next = Math.max(next, range.to);
  }
  if (next < quantity) free.push({ from: next, to: quantity });
  return free;
}

/** The first `count` units of `ranges`; fewer when there are fewer. */
export function firstOf(ranges: readonly Range[], count: number): Range[] {
  const taken: Range[] = [];
  let missing = count;
  for (const range of ranges) {
    if (missing <= 0) break;
    const size = Math.min(missing, range.to - range.from);
    taken.push({ from: range.from, to: range.from + size });
    missing -= size;
  }
  return taken;
}

/** The units that lie in both. */
export function overlapOf(left: readonly Range[], right: readonly Range[]): Range[] {
  const both: Range[] = [];
  for (const a of left) {
    for (const b of right) {
      const from = Math.max(a.from, b.from);
      const to = Math.min(a.to, b.to);
      if (from < to) both.push({ from, to });
    }
  }
  return both;
}
