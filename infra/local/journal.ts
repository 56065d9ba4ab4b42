/** The state machines' journal, in the host's own table. */
import { record } from './json';
import type { Journal } from './states/journal';
import type { DurableTable } from './store';

const SCOPE = 'journal';

/** Keeps Standard executions in `table`, so that a restart goes on with them. */
export function durableJournal(table: DurableTable): Journal {
  return {
    save: (key, entry) => table.write(SCOPE, key, entry),
    remove: (key) => table.write(SCOPE, key, undefined),
    async *all() {
      for (const { value } of await table.list(SCOPE)) yield record(value);
    },
  };
}
