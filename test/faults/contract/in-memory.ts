import type { TableChange } from '../world/tables/shape';
import { Tables } from '../world/tables/tables';
import { shapes, type Subject } from './subject';

/** The campaign's tables, behind what looks like a document client. */
export function inMemory(): Subject {
  let records: TableChange[] = [];
  const tables = new Tables(shapes, { changed: (change) => records.push(change) });
  return {
    send: async (command) => tables.carryOut(command.constructor.name, command.input, 0) as Record<string, unknown>,
    contents: async (table) => [...tables.items(table)],
    changes: async (table) => {
      const mine = records.filter((record) => record.table === table);
      records = records.filter((record) => record.table !== table);
      return mine.map(({ table: _table, write: _write, ...record }) => record);
    },
    expire: async (nowSeconds) => tables.expire(nowSeconds),
    stop: async () => undefined,
  };
}
