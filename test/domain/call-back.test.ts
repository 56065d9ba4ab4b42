import { chooseUnits, judgeLine } from '../../shared/domain/eligibility';
import { goodsComeBack, mayBeCalledBack } from '../../shared/domain/call-back';
import type { Cancellation } from '../../shared/domain/cancellation';
import { decide } from '../../shared/domain/decide';
import { narrowed } from '../../shared/domain/narrow';
import { shipmentPositions, type Shipment, type ShipmentPosition, type UnitSelection } from '../../shared/domain/order';
import type { ParcelRule, Policy } from '../../shared/domain/policy';
import { isRefusal } from '../../shared/domain/refusal';
import { accepted, afterDecision, anOrder, aPayment, aPolicy, asking, aShipment, refused } from '../support/orders';

const now = '2026-03-01T11:00:00.000Z';
const rule: ParcelRule = { callBack: 'freely', refundOn: 'receipt', answerHours: 24, returnDays: 21 };
const policy = (parcels: Partial<ParcelRule> = {}): Policy => aPolicy({ parcels: { ...rule, ...parcels } });
const units = (from: number, to: number): UnitSelection => ({ a: [{ from, to }] });
const ups = { carrier: 'ups', connectionId: 'con_ups', providerShipmentRef: '1Z1' };

const parcel = (
  id: string,
  position: ShipmentPosition,
  held: UnitSelection,
  more: Partial<Shipment> = {},
): Shipment => ({
  ...aShipment(id, position, held),
  ...ups,
  ...more,
});
/** Three units of 10.00: some in parcels. */
const order = (shipments: readonly Shipment[], terms: Policy = policy()) =>
  anOrder({ lines: [{ id: 'a', quantity: 3 }], shipments, policy: terms, payments: [aPayment('p', 3_000, [3_000])] });

describe('a parcel may be called back', () => {
  const may = (more: Partial<Shipment>, terms = policy()): boolean =>
    mayBeCalledBack(parcel('p1', 'in_transit', units(0, 1), more), terms);

  test('of UPS from hand-over until it is out for delivery, as its record says', () => {
    const from = shipmentPositions.filter((position) => may({ position }));
    expect(from).toEqual(['handed_over', 'in_transit', 'out_for_delivery']);
  });

  test.each<[string, Partial<Shipment>, Policy, boolean]>([
    ['one that was never asked for', {}, policy(), true],
    ['one whose label was not taken back any more', { recall: 'refused' }, policy(), true],
    ['one that is being called back', { recall: 'requested', recallKind: 'interception' }, policy(), false],
    ['one that was delivered all the same', { recall: 'refused', recallKind: 'interception' }, policy(), false],
    ['one of a carrier that brings nothing back', { carrier: 'shipengine' }, policy(), false],
    ['one of a carrier of the shop’s own', { carrier: undefined } as never, policy(), false],
    ['one without the carrier’s number', { providerShipmentRef: undefined } as never, policy(), false],
    ['one under terms that say nothing of it', {}, aPolicy(), false],
  ])('%s', (_what, more, terms, expected) => expect(may(more, terms)).toBe(expected));
});

describe('units that have left', () => {
  test('count as available where they can be called back, and only there', () => {
    const [line] = order([]).order.lines;
    if (line === undefined) throw new Error('no line');
    const available = (position: ShipmentPosition, terms = policy()): number =>
      judgeLine(order([parcel('p1', position, units(0, 2))]), line, terms, asking('customer')).available;
    expect(available('in_transit')).toBe(3);
    expect(available('delivered')).toBe(1);
    expect(available('in_transit', aPolicy())).toBe(1);
  });

  test('are taken last: no parcel is stopped without need', () => {
    const held = order([parcel('p1', 'in_transit', units(0, 1)), parcel('p2', 'label_created', units(1, 2))]);
    const [line] = held.order.lines;
    if (line === undefined) throw new Error('no line');
    const choose = (quantity: number) => chooseUnits(held, line, quantity, [{ from: 0, to: 1 }]);
    expect(choose(1)).toEqual([{ from: 2, to: 3 }]);
    expect(choose(2)).toEqual([
      { from: 2, to: 3 },
      { from: 1, to: 2 },
    ]);
    expect(choose(3)).toEqual([
      { from: 2, to: 3 },
      { from: 1, to: 2 },
      { from: 0, to: 1 },
    ]);
  });
});

describe('a wish to cancel', () => {
  const wish = (quantity?: number) => ({
    reason: { core: 'changed_mind' } as const,
    ...(quantity === undefined ? {} : { lines: [{ lineId: 'a', quantity }] }),
  });

  test('calls back every parcel that holds its units', () => {
    const held = order([parcel('p1', 'in_transit', units(0, 1)), parcel('p2', 'label_created', units(1, 2))]);
    const { recalls, plan } = accepted(decide(held, policy(), wish(), asking('customer')));
    expect(recalls.toSorted()).toEqual(['p1', 'p2']);
    expect(plan.refund).toBe(3_000);
  });

  test('takes no part of a parcel on its way', () => {
    const held = order([parcel('p1', 'in_transit', units(0, 2))]);
    expect(refused(decide(held, policy(), wish(2), asking('customer')))).toMatchObject({
      code: 'parcel_not_whole',
      facts: { shipment: 'p1' },
    });
    expect(accepted(decide(held, policy(), wish(1), asking('customer'))).recalls).toEqual([]);
    expect(accepted(decide(held, policy(), wish(3), asking('customer'))).recalls).toEqual(['p1']);
  });

  test('asks the merchant first where the terms say so, and only for parcels that have left', () => {
    const held = order([parcel('p1', 'in_transit', units(0, 1))]);
    const terms = policy({ callBack: 'ask_merchant' });
    expect(accepted(decide(held, terms, wish(3), asking('customer')))).toMatchObject({
      rule: 'parcels.call_back',
      state: { status: 'awaiting_answer' },
    });
    expect(accepted(decide(held, terms, wish(2), asking('customer'))).state.status).toBe('executing');
  });

  test('for what was delivered is refused as ever', () => {
    const held = order([parcel('p1', 'delivered', units(0, 3))]);
    expect(refused(decide(held, policy(), wish(), asking('customer'))).code).toBe('already_shipped');
  });
});

describe('a cancellation of which a parcel could not be stopped', () => {
  const parcels = [parcel('p1', 'in_transit', units(0, 1)), parcel('p2', 'in_transit', units(1, 3))];
  const held = order(parcels);
  const decision = accepted(decide(held, policy(), { reason: { core: 'changed_mind' } }, asking('customer')));
  const after = afterDecision(held, decision, 'executing');
  const [made] = after.cancellations;
  const narrow = (...kept: Shipment[]) => {
    if (made === undefined) throw new Error('no cancellation');
    const units = kept.map((parcel) => parcel.units);
    return narrowed(after, { ...made, recalls: decision.recalls }, units, now);
  };
  const [first, second] = parcels as [Shipment, Shipment];

  test('goes on with the rest, and gives back what that costs', () => {
    const left = narrow(second);
    if (left === undefined || isRefusal(left)) throw new Error('nothing is left');
    expect(left.units).toEqual(units(0, 1));
    expect(left.recalls).toEqual(['p1']);
    expect(left.refund).toBe(1_000);
    expect(left.legs).toMatchObject([{ operation: 'refund', amount: 1_000, status: 'planned' }]);
    expect(left.money).toMatchObject({ net: 1_000 });
  });

  test('is nothing where none could be', () => expect(narrow(first, second)).toBeUndefined());
});

describe('goods come back', () => {
  const cancelled = (more: Partial<Shipment>) => {
    const aggregate = order([parcel('p1', 'in_transit', units(0, 1), more)]);
    const decision = accepted(decide(order([]), policy(), { reason: { core: 'changed_mind' } }, asking('customer')));
    const { cancellations } = afterDecision(aggregate, decision, 'executing');
    return goodsComeBack({ ...aggregate, cancellations }, cancellations[0] as Cancellation);
  };
  const called = { recallKind: 'interception' } as const;

  test.each<[string, Partial<Shipment>, boolean]>([
    ['a parcel on its way that nobody asked for', {}, false],
    ['one that is asked for', { ...called, recall: 'requested' }, true],
    ['one that its carrier has taken on', { ...called, recall: 'accepted' }, true],
    ['one that has turned round', { ...called, recall: 'returning' }, true],
    ['one that is here', { ...called, recall: 'received', position: 'returned' }, true],
    ['one that its carrier does not bring back', { ...called, recall: 'refused' }, false],
    ['a label that is taken back', { recall: 'accepted', position: 'voided' }, false],
  ])('%s', (_what, more, expected) => expect(cancelled(more)).toBe(expected));
});
