import { refuse } from '../../shared/domain/refusal';
import { later, type Instant } from '../../shared/domain/time';
import { RequestKey } from '../../shared/flows/request-key';
import type { CancellationPointer, CancellationStore } from '../../shared/ports/cancellation-store';

const at = '2026-03-01T12:00:00.000Z';
const after = (length: number, unit: 'seconds' | 'days' = 'seconds') => later(at, { length, unit });
const caller = { tenant: 't1', role: 'customer', subject: 'cus_1' } as const;
const isOpen = refuse('cancellation_open', 'One is open.');

/** Pointers as the store keeps them, and how often one was written. */
function shop() {
  const pointers = new Map<string, CancellationPointer>();
  const written: CancellationPointer[] = [];
  const store = {
    locate: (_tenant: string, id: string) => Promise.resolve(pointers.get(id)),
    takeId: (pointer: CancellationPointer, over?: CancellationPointer) => {
      const held = pointers.get(pointer.cancellationId);
      if (held !== undefined && held.at !== over?.at) return Promise.resolve(held);
      pointers.set(pointer.cancellationId, pointer);
      written.push(pointer);
      return Promise.resolve(undefined);
    },
  } as unknown as CancellationStore;
  const comes = (now: Instant, request = 'sent') => RequestKey.read(store, caller, 'k', request, now);
  return { comes, written };
}

describe('Of two copies of a request that are on their way at once', () => {
  test('the one that comes second is told that the first is running, at the same instant too', async () => {
    const { comes } = shop();
    const [first, second] = [await comes(at), await comes(at)];
    expect(await first.take('ord_1')).toBeUndefined();
    expect(await second.take('ord_1')).toMatchObject({ code: 'request_running' });
  });

  test('none is carried out when the other was refused', async () => {
    const { comes } = shop();
    const [slow, quick] = [await comes(at), await comes(at)];
    expect(await quick.refuse(isOpen, 'ord_1')).toEqual(isOpen);
    expect(await slow.take('ord_1')).toEqual(isOpen);
  });

  test('none is refused while the other may still be carried out', async () => {
    const { comes } = shop();
    const [first, second] = [await comes(at), await comes(after(1))];
    expect(await first.take('ord_1')).toBeUndefined();
    expect(await second.refuse(isOpen, 'ord_1')).toMatchObject({ code: 'request_running' });
    // The first has lost against another write, decides again, and is refused itself.
    expect(await first.refuse(isOpen, 'ord_1')).toEqual(isOpen);
    expect((await comes(after(2))).earlierWord()).toEqual(isOpen);
  });

  test('one takes over from a third that died', async () => {
    const { comes } = shop();
    await (await comes(at)).take('ord_1');
    expect(await (await comes(after(11))).take('ord_1')).toMatchObject({ code: 'request_running' });
    const [one, other] = [await comes(after(12)), await comes(after(12))];
    expect(await one.take('ord_1')).toBeUndefined();
    expect(await other.take('ord_1')).toMatchObject({ code: 'request_running' });
  });
});

describe('A refusal', () => {
  test('is repeated for half a minute, and then the same request is judged anew', async () => {
    const { comes, written } = shop();
    await (await comes(at)).refuse(isOpen, 'ord_1');
    expect((await comes(after(29))).earlierWord()).toEqual(isOpen);
    const later = await comes(after(30));
    expect(later.earlierWord()).toBeUndefined();
    expect(await later.take('ord_1')).toBeUndefined();
    expect(written).toHaveLength(2);
  });

  test('does not stand in the way of the corrected request, which then has the key', async () => {
    const { comes } = shop();
    await (await comes(at)).refuse(isOpen, 'ord_1');
    const corrected = await comes(after(1), 'corrected');
    expect(corrected.earlierWord()).toBeUndefined();
    expect(await corrected.take('ord_1')).toBeUndefined();
    expect((await comes(after(2))).earlierWord()).toMatchObject({ code: 'idempotency_key_reused' });
  });

  test('of a request is told to a copy that was about to be refused for something else', async () => {
    const { comes } = shop();
    const [one, other] = [await comes(at), await comes(at)];
    await one.refuse(isOpen, 'ord_1');
    expect(await other.refuse(refuse('window_elapsed', 'It is over.'), 'ord_1')).toEqual(isOpen);
  });
});

test('A key is another one after thirty days', async () => {
  const { comes } = shop();
  const first = await comes(at);
  await first.take('ord_1');
  expect((await comes(after(29, 'days'))).cancellationId).toBe(first.cancellationId);
  const next = await comes(after(30, 'days'));
  expect(next.cancellationId).not.toBe(first.cancellationId);
  expect(next.held).toBeUndefined();
});
