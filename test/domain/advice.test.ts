import { adviceOn, type Advice } from '../../shared/domain/advice';
import { recalls, shipmentPositions, type ShipmentPosition } from '../../shared/domain/order';

describe('the buyer of a parcel that could not be stopped', () => {
  test.each<[ShipmentPosition, Advice | undefined, Advice | undefined]>([
    ['label_created', 'refuse_delivery', 'return_it'],
    ['handed_over', 'refuse_delivery', 'return_it'],
    ['in_transit', 'refuse_delivery', 'return_it'],
    ['out_for_delivery', 'refuse_delivery', 'return_it'],
    ['delivered', 'return_it', 'return_it'],
    ['returning', undefined, undefined],
    ['returned', undefined, undefined],
    ['lost', undefined, undefined],
    ['voided', undefined, undefined],
  ])('that is %s is told %s, and %s where he keeps something of it', (position, all, part) => {
    expect(adviceOn({ position, recall: 'refused', sentBack: true })).toBe(all);
    expect(adviceOn({ position, recall: 'refused', partlyKept: true, sentBack: true })).toBe(part);
  });
});

test('about any other parcel nobody is told anything', () => {
  for (const position of shipmentPositions)
    for (const recall of recalls.filter((one) => one !== 'refused'))
      expect(adviceOn({ position, recall, sentBack: true })).toBeUndefined();
});

test('whose cancellation had gone on before is told what to do with it all the same', () => {
  const failed = { cancellationId: 'can_1', at: '2026-03-01T12:00:00.000Z' };
  expect(adviceOn({ position: 'in_transit', recall: 'refused', failed })).toBe('refuse_delivery');
  expect(adviceOn({ position: 'delivered', recall: 'refused', failed })).toBe('return_it');
});

test('about a parcel that stays sold nobody is told to refuse it', () => {
  for (const position of shipmentPositions) expect(adviceOn({ position, recall: 'refused' })).toBeUndefined();
});
