/** The host's own memory: what is written is there, together or alone. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, startDatabase } from '../../../infra/local/dynamo/database-process';
import { DurableTable } from '../../../infra/local/store';

describe('the durable table', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'laptop-store-'));
  let database: Database;
  let table: DurableTable;

  beforeAll(async () => {
    database = await startDatabase(dataDir, 'eu-central-1', () => undefined);
    table = new DurableTable(database.client);
    await table.create();
  });

  afterAll(async () => {
    await database.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('keeps many writes of the same moment, the last one of each key', async () => {
    const store = table.scope('many');
    const keys = Array.from({ length: 60 }, (_one, at) => `k${String(at).padStart(2, '0')}`);
    await Promise.all([
      ...keys.map((key) => store.put(key, 1)),
      ...keys.map((key) => store.put(key, 2)),
      store.delete('k07'),
    ]);
    const all = await store.all<number>('k');
    expect(all.map(({ key }) => key)).toEqual(keys.filter((key) => key !== 'k07'));
    expect(all.every(({ value }) => value === 2)).toBe(true);
  });

  it('shows a write before it is on disk, and keeps scopes apart', async () => {
    const writing = table.scope('one').put('k', { a: 1 });
    expect(await table.scope('one').get('k')).toEqual({ a: 1 });
    expect(await table.scope('two').get('k')).toBeUndefined();
    await writing;
  });

  it('takes large values, and refuses alone what is too large', async () => {
    const store = table.scope('large');
    const large = { text: 'Ω'.repeat(500_000) };
    const tooLarge = store.put('b', randomBytes(500_000).toString('base64'));
    const beside = store.put('a', large);
    await expect(tooLarge).rejects.toThrow(/do not fit/);
    await beside;
    expect(await store.get('a')).toEqual(large);
    expect(await store.get('b')).toBeUndefined();
  });
});
