/** One page of a query. */
import type { Range } from './key-condition';
import { compare } from './partitions';
import type { Position } from './stored';

export interface PageWish {
  readonly forward: boolean;
  readonly limit: number;
  /** Behind which it goes on; nothing needs to be there. */
  readonly start: Position | undefined;
}

export interface Page {
  readonly Items: Record<string, unknown>[];
  readonly Count: number;
  readonly ScannedCount: number;
  readonly LastEvaluatedKey?: Record<string, unknown>;
}

/** What a page shows of an entry, and how much that is. */
export interface View<Entry> {
  size(entry: Entry): number;
  sizeAtMost(entry: Entry): number;
  copy(entry: Entry): Record<string, unknown>;
  keys(entry: Entry): Record<string, unknown>;
}

const largestPage = 1024 * 1024;

/**
 * A page that is full says where the next one begins, also when nothing is left for it; one that has come to the end
 * does not.
 */
export function readPage<Entry extends Position>(
  entries: readonly Entry[],
  range: Range,
  { forward, limit, start }: PageWish,
  view: View<Entry>,
): Page {
  const Items: Record<string, unknown>[] = [];
  const measured = mayBeLarge(entries, view);
  let bytes = 0;
  let last: Entry | undefined;
  const step = forward ? 1 : -1;
  for (let at = forward ? 0 : entries.length - 1; at >= 0 && at < entries.length; at += step) {
    const entry = entries[at] as Entry;
    if (start !== undefined && step * compare(entry, start) <= 0) continue;
    if (!range.within(entry.sort)) continue;
    if (measured) {
      bytes += view.size(entry);
      if (bytes > largestPage && last !== undefined) return full(Items, view.keys(last));
    }
    Items.push(view.copy(entry));
    last = entry;
    if (Items.length >= limit) return full(Items, view.keys(entry));
  }
  return { Items, Count: Items.length, ScannedCount: Items.length };
}

function full(Items: Record<string, unknown>[], LastEvaluatedKey: Record<string, unknown>): Page {
  return { Items, Count: Items.length, ScannedCount: Items.length, LastEvaluatedKey };
}

function mayBeLarge<Entry>(entries: readonly Entry[], view: View<Entry>): boolean {
  let bound = 0;
  for (const entry of entries) bound += view.sizeAtMost(entry);
  return bound > largestPage;
}
