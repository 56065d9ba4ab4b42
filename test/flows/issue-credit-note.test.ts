import type { OrderAggregate } from '../../shared/domain/aggregate';
import type { Cancellation } from '../../shared/domain/cancellation';
import type { CreditNote } from '../../shared/domain/credit-note';
import { issueCreditNote, type CreditNotePorts } from '../../shared/flows/issue-credit-note';
import { decide } from '../../shared/domain/decide';
import { accepted, afterDecision, anOrder, asking } from '../support/orders';

const at = '2026-03-01T12:00:00.000Z';
const order = anOrder({ lines: [{ id: 'a', quantity: 2 }] });
const decision = decide(order, order.order.contract.policy, { reason: { core: 'out_of_stock' } }, asking('merchant'));
const decided = afterDecision(order, accepted(decision), 'closed');
const cancellation = { ...decided.cancellations[0], counted: true } as Cancellation;
const reversed = { ...decided, cancellations: [cancellation] };
const about = { tenant: cancellation.tenant, orderId: cancellation.orderId, cancellationId: cancellation.id };

/** Notes as the store keeps them. `taken` numbers are taken by others just before ours is stored. */
function books(aggregate: OrderAggregate | undefined, { last = 0, taken = 0 } = {}) {
  const notes: CreditNote[] = [];
  let [number, others] = [last, taken];
  const ports = {
    orders: { find: () => Promise.resolve(aggregate) },
    creditNotes: {
      lastNumber: () => Promise.resolve(number),
      find: (_tenant: string, _order: string, id: string) =>
        Promise.resolve(notes.find(({ cancellationId }) => cancellationId === id)),
      issue: (_order: unknown, note: CreditNote) => {
        if (others > 0) {
          others -= 1;
          number += 1;
          return Promise.resolve('lost' as const);
        }
        number = note.number;
        notes.push(note);
        return Promise.resolve('issued' as const);
      },
    },
  } as unknown as CreditNotePorts;
  return { ports, notes };
}

test('a closed cancellation gets the merchant’s next number', async () => {
  const { ports, notes } = books(reversed, { last: 41 });
  expect(await issueCreditNote(ports, about, at)).toMatchObject({ number: 42, total: cancellation.refund });
  expect(notes).toHaveLength(1);
});

test('told twice, it is issued once', async () => {
  const { ports, notes } = books(reversed);
  const first = await issueCreditNote(ports, about, at);
  expect(await issueCreditNote(ports, about, '2026-03-02T12:00:00.000Z')).toEqual(first);
  expect(notes).toHaveLength(1);
});

test('who loses a number takes the next one', async () => {
  const { ports } = books(reversed, { taken: 2 });
  expect(await issueCreditNote(ports, about, at)).toMatchObject({ number: 3 });
});

test('who loses too often says so, and is asked again', async () => {
  const { ports } = books(reversed, { taken: 100 });
  await expect(issueCreditNote(ports, about, at)).rejects.toThrow('taken by many at once');
});

const changed = (change: Partial<Cancellation>) =>
  books({ ...reversed, cancellations: [{ ...cancellation, ...change } as Cancellation] });

test('one whose refund came back before the event was heard gets it all the same', async () => {
  const { ports } = changed({ status: 'in_case' });
  expect(await issueCreditNote(ports, about, at)).toMatchObject({ number: 1 });
});

test('one that closes again, after its refund came back, has it already', async () => {
  const { ports, notes } = books(reversed);
  const first = await issueCreditNote(ports, about, at);
  const later = { ...cancellation, closedAt: '2026-03-09T12:00:00.000Z', revision: cancellation.revision + 4 };
  ports.orders.find = () => Promise.resolve({ ...reversed, cancellations: [later as Cancellation] });
  expect(await issueCreditNote(ports, about, '2026-03-09T12:00:01.000Z')).toEqual(first);
  expect(notes).toHaveLength(1);
});

test.each<[string, Partial<Cancellation>]>([
  ['came to nothing', { counted: undefined, status: 'undone' } as unknown as Partial<Cancellation>],
  ['gives back what was paid too much', { units: {} }],
  ['is of an order that nobody paid', { legs: [], refund: 0 }],
])('one that %s gets none, and takes no number', async (_what, change) => {
  const { ports, notes } = changed(change);
  expect(await issueCreditNote(ports, about, at)).toBeUndefined();
  expect(notes).toEqual([]);
});

test('one that is not there yet is asked for again', async () => {
  await expect(issueCreditNote(books(undefined).ports, about, at)).rejects.toThrow('not there (yet)');
});

test('one whose sums do not agree takes no number', async () => {
  const { ports, notes } = changed({ refund: cancellation.refund + 1 });
  await expect(issueCreditNote(ports, about, at)).rejects.toThrow('sums to');
  expect(notes).toEqual([]);
});
