/** A parcel that came too late: it stands with the cancellation that won. */
import type { Cancellation } from '../../shared/domain/cancellation';
import type { TimelineEntry } from '../../shared/domain/events';
import { refuse, type Refusal } from '../../shared/domain/refusal';
import { noteLostClaim } from '../../shared/flows/note-lost-claim';
import type { CancellationStore } from '../../shared/ports/cancellation-store';
import { anOrder, withCancellation } from '../support/orders';

const at = { tenant: 't1', orderId: 'ord_1' };
const lost = { ref: 'p1', actor: 'system', at: '2026-03-01T12:00:00.000Z' };
const late = (winner?: string): Refusal => refuse('units_cancelled', 'Too late.', { facts: { winner } });

class Store {
  entries: TimelineEntry[] = [];
  cancellation = withCancellation(
    anOrder({ lines: [{ id: '1' }] }),
    { units: { '1': [{ from: 0, to: 1 }] } },
    'executing',
  ).cancellations[0] as Cancellation;
  collisions = 0;

  readonly port = {
    find: (_tenant: string, _order: string, id: string) =>
      Promise.resolve(id === this.cancellation.id ? this.cancellation : undefined),
    save: (_before: Cancellation, after: Cancellation, entry: TimelineEntry) => {
      if (this.collisions > 0) {
        this.collisions -= 1;
        return Promise.resolve('changed');
      }
      this.cancellation = after;
      this.entries.push(entry);
      return Promise.resolve('saved');
    },
  } as unknown as CancellationStore;
}

test('is noted with who came and when, and stands in the timeline', async () => {
  const store = new Store();
  await noteLostClaim(store.port, at, late('can_1'), lost);
  expect(store.cancellation.lostClaims).toEqual([lost]);
  expect(store.entries).toEqual([{ actor: 'system', step: 'claim-shipment', outcome: 'lost', at: lost.at }]);
});

test('is noted once, when it first came; another one beside it', async () => {
  const store = new Store();
  await noteLostClaim(store.port, at, late('can_1'), lost);
  await noteLostClaim(store.port, at, late('can_1'), { ...lost, at: '2026-03-02T12:00:00.000Z' });
  await noteLostClaim(store.port, at, late('can_1'), { ...lost, ref: 'p2' });
  expect(store.cancellation.lostClaims?.map(({ ref, at: when }) => [ref, when])).toEqual([
    ['p1', lost.at],
    ['p2', lost.at],
  ]);
  expect(store.entries).toHaveLength(2);
});

test('is noted also where another write of the cancellation came in between', async () => {
  const store = new Store();
  store.collisions = 2;
  await noteLostClaim(store.port, at, late('can_1'), lost);
  expect(store.cancellation.lostClaims).toEqual([lost]);
});

test('is no more than twenty times', async () => {
  const store = new Store();
  for (let parcel = 0; parcel < 25; parcel += 1)
    await noteLostClaim(store.port, at, late('can_1'), { ...lost, ref: `p${parcel}` });
  expect(store.cancellation.lostClaims).toHaveLength(20);
});

test.each<[string, Refusal]>([
  ['for another reason', refuse('line_unknown', 'No such line.')],
  ['against nobody', late()],
])('is not noted when it was refused %s', async (_what, refusal) => {
  const store = new Store();
  await noteLostClaim(store.port, at, refusal, lost);
  expect(store.entries).toEqual([]);
});
