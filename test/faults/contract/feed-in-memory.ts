import { Feed } from '../world/feed';
import { throttled } from '../world/invoker';
import { Tables } from '../world/tables/tables';
import { shapes } from '../world/cloud';
import { tableNames } from '../world/settings';
import type { FeedRecord, FeedSubject, Read, Reader } from './feed.contract';

/** The tables and the feed of the world in memory, without faults. */
export async function feedInMemory(): Promise<FeedSubject> {
  let read: Read = () => 'taken';
  let busy = 0;
  const feed = new Feed({
    message: (_label, _kinds, _fingerprint, go) => {
      busy += 1;
      // Later, so that what is written meanwhile comes along.
      setTimeout(() => {
        busy -= 1;
        go(undefined);
      }, 1);
    },
    invoke: async (name, event) => {
      const verdict = read(name as Reader, (event as { Records: FeedRecord[] }).Records);
      if (verdict === 'throttled') return { error: { errorType: throttled, errorMessage: 'Rate Exceeded.' } };
      if (verdict === 'broken') return { error: { errorType: 'Error', errorMessage: 'broken' } };
      return { payload: { batchItemFailures: verdict === 'taken' ? [] : [{ itemIdentifier: verdict.failed }] } };
    },
    // The wait of the poll: what is queued above waits as well.
    later: (_ms, run) => run(),
  });
  const tables = new Tables(shapes, { changed: (change) => feed.changed(change) });
  return {
    write: async (Key, attributes) => {
      const TableName = tableNames.orders;
      if (attributes === 'deleted') tables.carryOut('DeleteCommand', { TableName, Key }, 0, 0);
      else tables.carryOut('PutCommand', { TableName, Item: { ...Key, ...attributes } }, 0, 0);
    },
    reads: (next) => {
      read = next;
    },
    rest: async () => {
      do await new Promise((resolve) => setTimeout(resolve, 5));
      while (busy > 0);
    },
    deadLetters: async () => feed.deadLetters.map(({ reader }) => reader as Reader),
    stop: async () => undefined,
  };
}
