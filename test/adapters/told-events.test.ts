/** What others hear of a parcel, as it is read off the item that changed. */
import { toShipmentItem } from '../../shared/adapters/dynamodb/order-items';
import { eventsOf } from '../../shared/adapters/dynamodb/told-events';
import type { EventType } from '../../shared/domain/events';
import type { Shipment } from '../../shared/domain/order';
import { anOrder, aPolicy, aShipment } from '../support/orders';

const units = {
  '1': [
    { from: 0, to: 2 },
    { from: 3, to: 4 },
  ],
};
const { order } = anOrder({ lines: [{ id: '1', quantity: 5 }] });

function told(type: EventType, change: Partial<Shipment>): unknown {
  const label = { carrier: 'ups', connectionId: 'con_1', providerShipmentRef: '1Z1', trackingCode: '1Z1' };
  const shipment: Shipment = { ...aShipment('shp_1', 'in_transit', units), ...label, ...change };
  const entry = { actor: 'carrier', step: 'carrier-update', outcome: shipment.position, at: shipment.claimedAt };
  const marks = [{ type, sequence: 7, at: entry.at }];
  const [event] = eventsOf({ after: toShipmentItem(order, shipment, entry, marks, aPolicy({})) });
  expect(event).toMatchObject({ type, sequence: 7, orderId: order.id });
  return JSON.parse(JSON.stringify(event?.data));
}

const about = { carrier: 'ups', lines: [{ lineId: '1', quantity: 3 }] };

test.each<[EventType, Partial<Shipment>, object]>([
  ['shipment.recall_refused', { recall: 'refused', sentBack: true }, { advice: 'refuse_delivery', ...about }],
  [
    'shipment.recall_refused',
    { recall: 'refused', sentBack: true, partlyKept: true },
    { advice: 'return_it', ...about },
  ],
  ['shipment.recall_refused', { recall: 'refused' }, {}],
  ['shipment.moved', { recall: 'refused', sentBack: true, position: 'delivered' }, { advice: 'return_it', ...about }],
  ['shipment.moved', { recall: 'refused', sentBack: true, position: 'returned' }, {}],
  ['shipment.recall_accepted', { recall: 'accepted' }, {}],
])('%s of a parcel that is %j says beside where it is: %j', (type, change, expected) => {
  const { position = 'in_transit', recall } = change;
  expect(told(type, change)).toEqual({ shipment: { id: 'shp_1', ref: 'shp_1', position, recall, ...expected } });
});
