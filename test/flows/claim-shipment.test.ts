import type { OrderAggregate } from '../../shared/domain/aggregate';
import type { CancellationStatus } from '../../shared/domain/cancellation';
import { derivedId } from '../../shared/domain/ids';
import type { Recall, ShipmentPosition } from '../../shared/domain/order';
import { claimShipment } from '../../shared/flows/claim-shipment';
import type { OrderStore } from '../../shared/ports/order-store';
import { anOrder, aShipment, withCancellation } from '../support/orders';

const by = { actor: 'system', now: '2026-03-01T12:00:00.000Z' };
const units = { '1': [{ from: 0, to: 2 }] };
const id = derivedId('shp', 't1', 'ord_1', 'p1');
const orders = { saveShipment: () => Promise.resolve('stored') } as unknown as OrderStore;

/** An order of two units that lie in the parcel `p1`, and what a cancellation of them came to. */
function parcel(position: ShipmentPosition, recall: Recall, status?: CancellationStatus): OrderAggregate {
  const shipment = { ...aShipment(id, position, units), ref: 'p1', recall };
  const order = anOrder({ lines: [{ id: '1', quantity: 2 }], shipments: [shipment] });
  if (status === undefined) return order;
  const held = withCancellation(order, { units }, status);
  return { ...held, cancellations: held.cancellations.map((each) => ({ ...each, recalls: [id] })) };
}

const claim = (aggregate: OrderAggregate, position: 'label_created' | 'handed_over') =>
  claimShipment(
    { orders, configured: new Map() },
    aggregate,
    { ref: 'p1', position, lines: [{ lineId: '1', quantity: 2 }] },
    by,
  );

describe('claiming a known shipment', () => {
  test.each<[string, OrderAggregate, 'label_created' | 'handed_over']>([
    ['of which a cancellation holds units', parcel('label_created', 'none', 'in_grace'), 'handed_over'],
    ['the same, merely repeated', parcel('label_created', 'none', 'in_grace'), 'label_created'],
    ['that was voided', parcel('voided', 'accepted', 'closed'), 'handed_over'],
    ['that was voided, merely repeated', parcel('voided', 'accepted', 'closed'), 'label_created'],
    ['that was voided for a cancellation that was undone', parcel('voided', 'accepted', 'undone'), 'handed_over'],
    ['whose label is being taken back', parcel('label_created', 'requested', 'undone'), 'handed_over'],
  ])('%s loses, and names the winner', async (_, aggregate, position) =>
    expect(await claim(aggregate, position)).toMatchObject({ code: 'units_cancelled', facts: { winner: 'can_1' } }),
  );

  test('hands it over while nobody holds it', async () =>
    expect(await claim(parcel('label_created', 'refused', 'undone'), 'handed_over')).toMatchObject({
      outcome: 'claimed',
      shipment: { position: 'handed_over' },
    }));

  test('that has left is the same claim', async () =>
    expect(await claim(parcel('in_transit', 'none'), 'handed_over')).toMatchObject({ outcome: 'known' }));

  test('names a connection of the tenant, or is refused', async () => {
    const wanted = { ref: 'p2', carrier: 'easypost', connectionId: 'con_2', lines: [{ lineId: '1', quantity: 1 }] };
    for (const connection of [
      { tenant: 'another', provider: 'easypost' },
      { tenant: parcel('in_transit', 'none').order.tenant, provider: 'stripe' },
    ]) {
      const configured = new Map([['con_2', connection]]);
      const answer = await claimShipment({ orders, configured }, parcel('in_transit', 'none'), wanted, by);
      expect(answer).toMatchObject({ code: 'connection_unknown', param: '/connectionId' });
    }
  });
});
