import {
  availableUnits,
  cancellationHolding,
  cancelledUnits,
  completesOrder,
  hasLeft,
  holdingCancellations,
  labelledShipmentsHolding,
  shippedUnits,
  type OrderAggregate,
} from '../../shared/domain/aggregate';
import type { CancellationStatus } from '../../shared/domain/cancellation';
import { shipmentPositions, type Recall, type ShipmentPosition, type UnitSelection } from '../../shared/domain/order';
import { anOrder, aShipment, withCancellation } from '../support/orders';

/** Five units of line a, two of line b. */
const order = (more: Partial<Parameters<typeof anOrder>[0]> = {}): OrderAggregate =>
  anOrder({
    lines: [
      { id: 'a', quantity: 5 },
      { id: 'b', quantity: 2 },
    ],
    ...more,
  });
const units = (from: number, to: number, line = 'a'): UnitSelection => ({ [line]: [{ from, to }] });
const lineA = (aggregate: OrderAggregate) => {
  const [line] = aggregate.order.lines;
  if (line === undefined) throw new Error('an order without lines');
  return line;
};

describe('a parcel', () => {
  test.each<[ShipmentPosition, Recall, boolean]>([
    ['label_created', 'none', false],
    ['label_created', 'requested', false],
    ['label_created', 'accepted', false],
    ['label_created', 'refused', true],
    ['handed_over', 'none', true],
    ['handed_over', 'refused', true],
    ['in_transit', 'none', true],
    ['out_for_delivery', 'none', true],
    ['delivered', 'none', true],
    ['returning', 'accepted', true],
    ['returned', 'accepted', true],
    ['lost', 'none', true],
    ['voided', 'accepted', false],
    ['voided', 'refused', false],
  ])('at %s, its recall %s: has left %p', (position, recall, left) => {
    const shipment = { ...aShipment('shp_1', position, units(0, 2)), recall };
    expect(hasLeft(shipment)).toBe(left);
    expect(shippedUnits(order({ shipments: [shipment] }), 'a')).toEqual(left ? [{ from: 0, to: 2 }] : []);
  });

  test('goes these ways, from the label to the door and back', () =>
    expect([...shipmentPositions]).toEqual([
      'label_created',
      'handed_over',
      'in_transit',
      'out_for_delivery',
      'delivered',
      'returning',
      'returned',
      'lost',
      'voided',
    ]));
});

describe('a claim to hand over units of line a', () => {
  const claim = (from: number, to: number, line?: string) => aShipment('shp_1', 'handed_over', units(from, to, line));
  const cancelled = (status: CancellationStatus) => withCancellation(order(), { units: units(1, 3) }, status);

  test.each<[string, ReturnType<typeof claim>, string | undefined]>([
    ['the same units', claim(1, 3), 'can_1'],
    ['one of them among others', claim(2, 5), 'can_1'],
    ['the one before', claim(0, 1), undefined],
    ['those after', claim(3, 5), undefined],
    ['the same numbers of another line', claim(1, 2, 'b'), undefined],
    ['nothing', aShipment('shp_1', 'handed_over', {}), undefined],
    [
      'a free line and a taken one',
      aShipment('shp_1', 'handed_over', { ...units(0, 1, 'b'), ...units(2, 3) }),
      'can_1',
    ],
  ])('meets a cancellation that holds 1 and 2: %s', (_, shipment, holder) =>
    expect(cancellationHolding(cancelled('executing'), shipment)?.id).toBe(holder),
  );

  test.each<[CancellationStatus, boolean]>([
    ['in_grace', true],
    ['closed', true],
    ['in_case', true],
    ['declined', false],
    ['withdrawn', false],
    ['undone', false],
  ])('loses against one that is %s: %p', (status, holds) => {
    expect(cancellationHolding(cancelled(status), claim(1, 2)) !== undefined).toBe(holds);
    expect(holdingCancellations(cancelled(status))).toHaveLength(holds ? 1 : 0);
  });

  test('names the one that holds them, not the first', () => {
    const two = withCancellation(cancelled('closed'), { units: units(3, 5) }, 'executing');
    expect(cancellationHolding(two, claim(4, 5))?.id).toBe('can_2');
  });
});

test('what is available is neither cancelled nor shipped', () => {
  const part = withCancellation(order(), { units: { ...units(0, 1), ...units(0, 2, 'b') } }, 'closed');
  const both = {
    ...part,
    shipments: [aShipment('shp_1', 'in_transit', units(2, 3)), aShipment('shp_2', 'label_created', units(3, 4))],
  };
  expect(cancelledUnits(both, 'a')).toEqual([{ from: 0, to: 1 }]);
  expect(shippedUnits(both, 'a')).toEqual([{ from: 2, to: 3 }]);
  expect(availableUnits(both, lineA(both))).toEqual([
    { from: 1, to: 2 },
    { from: 3, to: 5 },
  ]);
});

describe('labels that hold units 1 and 2', () => {
  test.each<[string, ReturnType<typeof aShipment>, boolean]>([
    ['a label on them', aShipment('s', 'label_created', units(1, 3)), true],
    ['a label on one of them', aShipment('s', 'label_created', units(2, 5)), true],
    ['a label on others', aShipment('s', 'label_created', units(3, 5)), false],
    ['a label on another line', aShipment('s', 'label_created', units(1, 2, 'b')), false],
    ['a parcel that has left', aShipment('s', 'handed_over', units(1, 3)), false],
    ['a label that is void', aShipment('s', 'voided', units(1, 3)), false],
  ])('%s: %s', (_, shipment, holds) =>
    expect(labelledShipmentsHolding(order({ shipments: [shipment] }), 'a', [{ from: 1, to: 3 }])).toEqual(
      holds ? [shipment] : [],
    ),
  );
});

describe('an order is complete', () => {
  const part = withCancellation(order(), { units: units(0, 3) }, 'closed');
  test.each<[string, OrderAggregate, UnitSelection, boolean]>([
    ['with all units of all lines', order(), { ...units(0, 5), ...units(0, 2, 'b') }, true],
    ['without one unit of the first line', order(), { ...units(0, 4), ...units(0, 2, 'b') }, false],
    ['without the second line', order(), units(0, 5), false],
    ['with what earlier cancellations left', part, { ...units(3, 5), ...units(0, 2, 'b') }, true],
    ['without one unit of that', part, { ...units(3, 4), ...units(0, 2, 'b') }, false],
  ])('%s: %p', (_, aggregate, taken, complete) => expect(completesOrder(aggregate, taken)).toBe(complete));
});
