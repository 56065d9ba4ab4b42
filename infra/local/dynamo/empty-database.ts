/**
 * An empty database file whose stream has indexes. dynoxide 1.2.1 looks up a stream's position by reading all of its
 * records, at every write and every read: 26 ms a write at 12,000 records. With these indexes it is under 1 ms and stays so.
 */
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Sqlite from 'node-sqlite3-wasm';

const indexes = [
  'CREATE INDEX IF NOT EXISTS _stream_by_shard ON _stream_records (table_name, shard_id, CAST(sequence_number AS INTEGER))',
  'CREATE INDEX IF NOT EXISTS _stream_by_table ON _stream_records (table_name, CAST(sequence_number AS INTEGER))',
  'CREATE INDEX IF NOT EXISTS _stream_by_age ON _stream_records (table_name, created_at)',
];

/** Raise it when the indexes or the engine's version change; the prepared file is made anew. */
const edition = 'dynoxide-1.2.1-1';

/**
 * Puts an empty, indexed database to `file`, unless there is one. It is prepared once per checkout and copied from then on.
 * @param create lets the engine create a database with its own schema at a path, and end
 */
export async function placeEmptyDatabase(
  file: string,
  root: string,
  create: (path: string) => Promise<void>,
): Promise<void> {
  if (existsSync(file)) return;
  const prepared = join(root, '.local', `empty-${edition}.sqlite`);
  if (!existsSync(prepared)) await prepare(prepared, create);
  copyFileSync(prepared, file);
}

async function prepare(prepared: string, create: (path: string) => Promise<void>): Promise<void> {
  mkdirSync(join(prepared, '..'), { recursive: true });
  const workshop = mkdtempSync(`${prepared}-`);
  try {
    const path = join(workshop, 'tables.sqlite');
    await create(path);
    leaveWriteAheadLog(path);
    // Loaded only here, once per checkout: it brings a megabyte of WASM.
    const { Database } = createRequire(__filename)('node-sqlite3-wasm') as typeof Sqlite;
    const database = new Database(path);
    for (const index of indexes) database.exec(index);
    database.close();
    // Two hosts may prepare it at once; whichever comes last wins, and both are the same.
    renameSync(path, prepared);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

/**
 * Marks a cleanly closed file as one without a write-ahead log, which the WASM build cannot open: bytes 18 and 19 of
 * the header (https://www.sqlite.org/fileformat2.html). The engine switches it on again when it opens the file.
 */
function leaveWriteAheadLog(path: string): void {
  if (existsSync(`${path}-wal`)) throw new Error(`${path} was not closed cleanly`);
  const file = openSync(path, 'r+');
  try {
    writeSync(file, Buffer.from([1, 1]), 0, 2, 18);
  } finally {
    closeSync(file);
  }
}
