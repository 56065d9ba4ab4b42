import {
  recalls,
  shipmentPositions,
  type Recall,
  type Shipment,
  type ShipmentPosition,
} from '../../shared/domain/order';
import type { ParcelRule } from '../../shared/domain/policy';
import { isFurther, moneyOfParcel, recallSeenAt, recallTransitions, secondsHeld } from '../../shared/domain/recall';
import { later } from '../../shared/domain/time';

const asked = '2026-03-01T12:00:00.000Z';

describe('A carrier that knows nothing of a wish', () => {
  test.each([
    ['asked just now', '2026-03-01T12:00:00.000Z', 60],
    ['asked half a second less than a minute ago', '2026-03-01T12:00:59.500Z', 1],
    ['asked a minute ago', '2026-03-01T12:01:00.000Z', 0],
    ['asked an hour ago', '2026-03-01T13:00:00.000Z', 0],
  ])('and was %s may still hear of it for the rest of a minute', (_when, now, seconds) => {
    expect(secondsHeld({ recalledAt: asked }, now)).toBe(seconds);
  });

  test('and was never asked may be asked', () => {
    expect(secondsHeld({}, asked)).toBe(0);
  });
});

type Recalled = Pick<Shipment, 'recall' | 'recallKind' | 'recalledAt' | 'position'>;
const intercepted = (recall: Recall, more: Partial<Recalled> = {}): Recalled => ({
  recall,
  recallKind: 'interception',
  recalledAt: asked,
  position: 'in_transit',
  ...more,
});

describe('a recall', () => {
  test('that was received is over, and none other is', () => {
    expect(recalls.filter((recall) => recallTransitions[recall].length === 0)).toEqual(['received']);
  });

  test('never goes back to none', () => {
    expect(recalls.flatMap((recall) => recallTransitions[recall])).not.toContain('none');
  });

  test('of a label that was refused may become an interception', () => {
    expect(recallTransitions.refused).toEqual(['requested']);
  });
});

describe('where a parcel is seen', () => {
  const head = ['none', 'requested', 'accepted', 'refused', 'returning', 'received'] as const;
  test.each<[ShipmentPosition, string]>([
    ['label_created', '.  .        .        . .        .'],
    ['handed_over', '  .  .        .        . .        .'],
    ['in_transit', '   .  .        .        . .        .'],
    ['out_for_delivery', '.  .     .        . .        .'],
    ['delivered', '    .  refused  refused  . .        .'],
    ['returning', '    .  returning returning . . .'],
    ['returned', '     .  received received . received .'],
    ['lost', '         .  refused  refused  . refused  .'],
    ['voided', '       .  .        .        . .        .'],
  ])('%s: the recall becomes %s', (position, row) => {
    const cells = row.trim().split(/ +/);
    const seen = head.map((recall) => recallSeenAt(intercepted(recall), position) ?? '.');
    expect(seen).toEqual(cells);
  });

  test('is said of interceptions only: a void label is another matter', () => {
    for (const position of shipmentPositions)
      for (const recall of recalls) expect(recallSeenAt({ recall, position: 'in_transit' }, position)).toBeUndefined();
  });
});

describe('the money of a parcel that was called back', () => {
  const rule = (refundOn: ParcelRule['refundOn']): ParcelRule => ({
    callBack: 'freely',
    refundOn,
    answerHours: 24,
    returnDays: 21,
  });
  const answers = (refundOn: ParcelRule['refundOn'], now = asked): string[] =>
    recalls.map((recall) => moneyOfParcel(intercepted(recall), rule(refundOn), now).answer);

  test.each<[ParcelRule['refundOn'], string]>([
    ['request', '     no yes  yes  no yes  yes'],
    ['acceptance', '  no wait yes  no yes  yes'],
    ['turned_round', 'no wait wait no yes  yes'],
    ['receipt', '     no wait wait no wait yes'],
  ])('goes back on %s: %s', (refundOn, row) => expect(answers(refundOn)).toEqual(row.trim().split(/ +/)));

  test('waits for the carrier as long as he may take to answer, and then it is a no', () => {
    const day = later(asked, { length: 24, unit: 'hours' });
    expect(moneyOfParcel(intercepted('requested'), rule('receipt'), asked)).toEqual({ answer: 'wait', until: day });
    expect(moneyOfParcel(intercepted('requested'), rule('receipt'), day)).toEqual({ answer: 'no' });
  });

  test.each<Recall>(['accepted', 'returning'])('waits for a parcel that is %s, and then a person looks', (recall) => {
    const until = later(asked, { length: 21, unit: 'days' });
    expect(moneyOfParcel(intercepted(recall), rule('receipt'), asked)).toEqual({ answer: 'wait', until });
    expect(moneyOfParcel(intercepted(recall), rule('receipt'), until)).toEqual({ answer: 'overdue' });
  });
});

test.each<[ShipmentPosition, ShipmentPosition, boolean]>([
  ['in_transit', 'lost', true],
  ['out_for_delivery', 'lost', true],
  ['delivered', 'lost', false],
  ['returned', 'lost', false],
  ['lost', 'delivered', true],
  ['lost', 'returning', true],
  ['lost', 'returned', true],
  ['lost', 'in_transit', false],
  ['lost', 'lost', false],
])('from %s to %s is news: %s', (known, told, news) => expect(isFurther(known, told)).toBe(news));
