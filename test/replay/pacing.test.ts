import { batchesOf } from '../../bench/replay/batches';
import { foreignId } from '../../bench/replay/foreign-id';
import type { CancellationRequest } from '../../bench/replay/match';
import { inLanes } from '../../bench/replay/lanes';
import { percentile } from '../../bench/replay/percentile';
import { wavesOf } from '../../bench/replay/waves';

const day = 24 * 60;

function request(cancellation: string, minute: number, order: string): CancellationRequest {
  const of = (number: string) => ({ number, customer: '7', minute, place: 2, rows: 1 });
  return { cancellation: of(cancellation), order: of(order), lines: [{ line: 1, quantity: 1 }] };
}

describe('the waves of a replay', () => {
  it('hold a day each, stand at its last minute, and keep the sequence within an order', () => {
    const waves = wavesOf([
      request('C1', 10, '100'),
      request('C2', 20, '101'),
      request('C3', 30, '100'),
      request('C4', day + 5, '100'),
    ]);
    expect(
      waves.map(({ minute, chains }) => [minute, chains.map((chain) => chain.map((one) => one.cancellation.number))]),
    ).toEqual([
      [30, [['C1', 'C3'], ['C2']]],
      [day + 5, [['C4']]],
    ]);
  });
});

describe('lanes', () => {
  it('do everything once, and no more at a time than there are lanes', async () => {
    let busy = 0;
    let most = 0;
    const done: number[] = [];
    await inLanes([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      busy += 1;
      most = Math.max(most, busy);
      await new Promise((resolve) => setTimeout(resolve, 2));
      busy -= 1;
      done.push(item);
    });
    expect(most).toBe(3);
    expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('stop at the first failure, after what is under way', async () => {
    const begun: number[] = [];
    const work = inLanes([1, 2, 3, 4, 5], 2, async (item) => {
      begun.push(item);
      await Promise.resolve();
      if (item === 1) throw new Error('one');
    });
    await expect(work).rejects.toThrow('one');
    expect(begun.length).toBeLessThan(5);
  });
});

describe('order batches', () => {
  it('hold a thousand orders at most', () => {
    const sizes = [...batchesOf(Array.from({ length: 2_001 }, (_, id) => ({ id })))].map(
      (body) => (JSON.parse(body) as { orders: unknown[] }).orders.length,
    );
    expect(sizes).toEqual([1_000, 1_000, 1]);
  });

  it('hold four megabytes at most, counted in bytes', () => {
    const bodies = [...batchesOf(Array.from({ length: 5 }, () => ({ text: '£'.repeat(700_000) })))];
    expect(bodies.map((body) => Buffer.byteLength(body) <= 4_000_000)).toEqual([true, true, true]);
  });

  it('are none for no orders', () => {
    expect([...batchesOf([])]).toEqual([]);
  });
});

describe('ids of the file', () => {
  it('stay different when the service cannot take them as they are', () => {
    const names = ['BANK CHARGES', 'BANK:20CHARGES', 'BANK_CHARGES', 'gift_0001_20', '85123A', '85123a', 'Ü', '#'];
    const ids = names.map(foreignId);
    expect(new Set(ids).size).toBe(names.length);
    expect(ids.every((id) => /^[A-Za-z0-9._:@-]+$/.test(id))).toBe(true);
    expect(foreignId('85123A')).toBe('85123A');
  });
});

describe('a percentile', () => {
  it.each([
    [[], 0.5, 0],
    [[7], 0.95, 7],
    [[4, 1, 3, 2], 0.5, 2],
    [Array.from({ length: 100 }, (_, index) => index + 1), 0.95, 95],
  ])('of %j at %d is %d', (values, share, result) => {
    expect(percentile(values, share)).toBe(result);
  });
});
