/** Nothing is waited for any more: what is decided is decided on the order as it is now. */
import type { OrderAggregate } from '../../shared/domain/aggregate';
import type { Cancellation } from '../../shared/domain/cancellation';
import type { Recall } from '../../shared/domain/order';
import { goOnWithout } from '../../shared/flows/go-on-without';
import type { OrderStore } from '../../shared/ports/order-store';
import { anOrder, aShipment, withCancellation } from '../support/orders';

const now = '2026-03-01T12:00:00.000Z';
const units = { a: [{ from: 0, to: 1 }] };

/** A cancelled unit in one parcel, whose recall stands there by now. */
function world(recall: Recall): [OrderStore, Cancellation] {
  const parcel = { ...aShipment('p1', 'in_transit', units), recall, recallKind: 'interception' as const };
  const order = withCancellation(anOrder({ lines: [{ id: 'a' }], shipments: [parcel] }), { units }, 'executing');
  const cancellation = { ...(order.cancellations[0] as Cancellation), recalls: ['p1'] };
  const aggregate: OrderAggregate = { ...order, cancellations: [cancellation] };
  return [{ find: () => Promise.resolve(aggregate) } as unknown as OrderStore, cancellation];
}

test('a parcel that was found stopped, and was delivered since, is looked at again before anything goes back', async () => {
  await expect(goOnWithout(...world('refused'), { refused: [] }, now)).rejects.toMatchObject({
    name: 'TransientFault',
  });
});

test('what is stopped goes on whole, on the version of the order on which that was decided', async () => {
  const change = await goOnWithout(...world('accepted'), { refused: [] }, now);
  expect(change).toMatchObject({ entry: { outcome: 'secured' }, after: { units }, decidedAt: 1 });
});
