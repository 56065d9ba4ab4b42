import * as fc from 'fast-check';
import { holdsAsync } from '../../support/property';
import { inMemory } from './in-memory';
import type { Item } from './item';
import { carryOut, operation } from './operations';
import { realEngine } from './real-engine';
import type { Subject } from './subject';

describe('the tables in memory and the real engine', () => {
  const memory = inMemory();
  let engine: Subject;
  beforeAll(async () => {
    engine = await realEngine();
  }, 60_000);
  afterAll(() => engine.stop());

  test('answer alike, hold the same and tell the same, whatever is done to them', async () => {
    let sequences = 0;
    await holdsAsync(
      fc.asyncProperty(fc.array(operation, { minLength: 20, maxLength: 40 }), async (operations) => {
        const prefix = `s${(sequences += 1)}-`;
        for (const each of operations) {
          expect(await carryOut(each, memory, prefix)).toEqual(await carryOut(each, engine, prefix));
        }
        expect(await changesByItem(memory)).toEqual(await changesByItem(engine));
        expect(await itemsOf(memory, prefix)).toEqual(await itemsOf(engine, prefix));
      }),
    );
    expect(sequences).toBeGreaterThanOrEqual(100);
  }, 120_000);
});

/** The order of a stream is that of each item's changes. */
async function changesByItem(subject: Subject): Promise<Record<string, unknown[]>> {
  const byItem: Record<string, unknown[]> = {};
  for (const change of await subject.changes('orders')) (byItem[idOf(change.keys)] ??= []).push(change);
  return byItem;
}

async function itemsOf(subject: Subject, prefix: string): Promise<Record<string, Item>> {
  const items = await subject.contents('orders');
  const own = items.filter(({ pk }) => (pk as string).startsWith(prefix));
  return Object.fromEntries(own.map((item) => [idOf(item), item]));
}

const idOf = ({ pk, sk }: Item): string => `${String(pk)} ${String(sk)}`;
