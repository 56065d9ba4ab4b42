import type { Shipment, UnitSelection } from '../../shared/domain/order';
import type { WarehouseRule } from '../../shared/domain/policy';
import { later } from '../../shared/domain/time';
import { afterAsking, asksWarehouse, holdReleased, isStopped, looseUnits } from '../../shared/domain/warehouse';
import { anOrder, aShipment } from '../support/orders';

const asked = '2026-03-01T12:00:00.000Z';
const rule: WarehouseRule = { answerMinutes: 30, onSilence: 'shipped' };
const over = later(asked, { length: 30, unit: 'minutes' });

const order = (...shipments: Shipment[]) =>
  anOrder({
    lines: [
      { id: 'a', quantity: 3 },
      { id: 'food', kind: 'prepared', quantity: 2 },
    ],
    shipments,
  });
const all: UnitSelection = { a: [{ from: 0, to: 3 }], food: [{ from: 0, to: 2 }] };

describe('units that lie in no parcel', () => {
  test.each<[string, Shipment[], UnitSelection]>([
    ['are all goods of an order without parcels', [], { a: [{ from: 0, to: 3 }] }],
    [
      'are those beside a parcel',
      [aShipment('p1', 'label_created', { a: [{ from: 0, to: 1 }] })],
      { a: [{ from: 1, to: 3 }] },
    ],
    ['are those of a void label as well', [aShipment('p1', 'voided', all)], { a: [{ from: 0, to: 3 }] }],
    ['are none where all goods have a parcel', [aShipment('p1', 'in_transit', { a: [{ from: 0, to: 3 }] })], {}],
  ])('%s', (_what, shipments, expected) => expect(looseUnits(order(...shipments), all)).toEqual(expected));

  test('are not those of a parcel that was stopped for this', () =>
    expect(looseUnits(order(aShipment('p1', 'voided', all)), all, ['p1'])).toEqual({}));

  test('are what the warehouse is asked for, where the terms want its word', () => {
    expect(asksWarehouse(order(), all, rule)).toBe(true);
    expect(asksWarehouse(order(), all, undefined)).toBe(false);
    expect(asksWarehouse(order(), { food: [{ from: 0, to: 2 }] }, rule)).toBe(false);
  });
});

describe('the warehouse', () => {
  test('has its time from when the cancellation is carried out', () => {
    const late = later(asked, { length: 2, unit: 'days' });
    expect(afterAsking({ askedAt: asked }, rule, late).deadline).toBe(later(late, { length: 30, unit: 'minutes' }));
  });

  test('is silent when that is over, and has answered when it did before', () => {
    const stop = afterAsking({ askedAt: asked }, rule, asked);
    expect(stop).toEqual({ askedAt: asked, deadline: over });
    expect(afterAsking(stop, rule, over)).toEqual({ ...stop, answer: 'silent', answeredAt: over });
    expect(afterAsking({ ...stop, answer: 'stopped' }, rule, over).answer).toBe('stopped');
  });

  test.each<['stopped' | 'shipped' | 'silent' | undefined, WarehouseRule['onSilence'], boolean | undefined]>([
    ['stopped', 'shipped', true],
    ['stopped', 'stopped', true],
    ['shipped', 'stopped', false],
    ['shipped', 'shipped', false],
    ['silent', 'stopped', true],
    ['silent', 'shipped', false],
    [undefined, 'stopped', undefined],
  ])('says %s, and its silence means %s: its units stay here: %s', (answer, onSilence, expected) => {
    const stop = { askedAt: asked, ...(answer === undefined ? {} : { answer }) };
    expect(isStopped(stop, { ...rule, onSilence })).toBe(expected);
  });

  test('hears that it may go on where it was asked, and nothing else', () => {
    expect(holdReleased({ warehouse: { askedAt: asked } })).toEqual(['fulfilment.hold_released']);
    expect(holdReleased({})).toEqual([]);
  });
});
