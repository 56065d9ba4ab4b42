import { deductionsOf, type FeeRule } from '../../shared/domain/deduction';
import type { ReasonCore, Role } from '../../shared/domain/cancellation';
import type { UnitSelection } from '../../shared/domain/order';
import { anOrder } from '../support/orders';

/** Ten goods of 10.00 and one service of 33.33. */
const order = anOrder({
  lines: [
    { id: 'a', quantity: 10 },
    { id: 's', kind: 'service', net: 3_333 },
  ],
});
const goods = (count: number): UnitSelection => ({ a: [{ from: 0, to: count }] });
const service: UnitSelection = { s: [{ from: 0, to: 1 }] };
const fee = (more: Partial<FeeRule>): FeeRule => ({ code: 'cancellation_fee', ...more });
const brief = (
  fees: readonly FeeRule[],
  units: UnitSelection,
  role: Role = 'customer',
  core: ReasonCore = 'changed_mind',
): string[] => deductionsOf(order, fees, units, { role, core }).map(({ code, amount }) => `${code} ${amount}`);

describe('the fees of a cancellation', () => {
  test.each<[string, readonly FeeRule[], UnitSelection, string[]]>([
    ['no terms, no fee', [], goods(3), []],
    ['a part of what the units cost', [fee({ basisPoints: 1_000 })], goods(3), ['cancellation_fee 300']],
    ['rounded in the favour of the buyer', [fee({ basisPoints: 1 })], service, []],
    ['a sum', [fee({ fixed: { EUR: 250 } })], goods(3), ['cancellation_fee 250']],
    ['a part and a sum', [fee({ basisPoints: 1_000, fixed: { EUR: 250 } })], goods(3), ['cancellation_fee 550']],
    ['a sum in another currency is none', [fee({ fixed: { USD: 250 } })], goods(3), []],
    ['a cap', [fee({ basisPoints: 5_000, cap: { EUR: 400 } })], goods(3), ['cancellation_fee 400']],
    ['never more than the units cost', [fee({ fixed: { EUR: 9_000 } })], goods(3), ['cancellation_fee 3000']],
    ['of kinds that are not cancelled: none', [fee({ fixed: { EUR: 250 }, kinds: ['service'] })], goods(3), []],
    [
      'of a kind: on its units only',
      [fee({ basisPoints: 1_000, kinds: ['service'] })],
      { ...goods(1), ...service },
      ['cancellation_fee 333'],
    ],
    [
      'two fees never take more than there is',
      [fee({ fixed: { EUR: 800 } }), { code: 'handling_fee', fixed: { EUR: 800 } }],
      goods(1),
      ['cancellation_fee 800', 'handling_fee 200'],
    ],
  ])('%s', (_, fees, units, expected) => expect(brief(fees, units)).toEqual(expected));

  test.each<[Role, ReasonCore, boolean]>([
    ['customer', 'changed_mind', true],
    ['support', 'customer_asked', true],
    ['customer', 'withdrawal', false],
    ['merchant', 'out_of_stock', false],
    ['platform', 'suspected_fraud', false],
    ['system', 'late_payment', false],
  ])('asked by %s for %s: owed %s', (role, core, owed) =>
    expect(brief([fee({ fixed: { EUR: 250 } })], goods(3), role, core)).toHaveLength(owed ? 1 : 0),
  );
});

describe('a gift card that was sold with the order', () => {
  const cards = (spent: number) =>
    anOrder({
      lines: [
        { id: 'a', quantity: 2 },
        { id: 'card', kind: 'digital', net: 5_000, spent },
      ],
    });
  const card: UnitSelection = { card: [{ from: 0, to: 1 }] };
  const kept = (spent: number, units: UnitSelection, role: Role, core: ReasonCore, fees: readonly FeeRule[] = []) =>
    deductionsOf(cards(spent), fees, units, { role, core }).map(({ code, amount }) => `${code} ${amount}`);

  test.each<[number, UnitSelection, Role, ReasonCore, string[]]>([
    [0, card, 'customer', 'changed_mind', []],
    [1_500, card, 'customer', 'changed_mind', ['gift_card_spent 1500']],
    [1_500, card, 'customer', 'withdrawal', ['gift_card_spent 1500']],
    [1_500, card, 'merchant', 'out_of_stock', ['gift_card_spent 1500']],
    [5_001, card, 'merchant', 'out_of_stock', ['gift_card_spent 5000']],
    [1_500, { a: [{ from: 0, to: 2 }] }, 'customer', 'changed_mind', []],
  ])('with %i spent, when %p is cancelled by a %s for %s, keeps back %p', (spent, units, role, core, expected) =>
    expect(kept(spent, units, role, core)).toEqual(expected),
  );

  test('leaves fees what is left of it, and no more', () =>
    expect(kept(4_900, card, 'customer', 'changed_mind', [fee({ fixed: { EUR: 250 } })])).toEqual([
      'gift_card_spent 4900',
      'cancellation_fee 100',
    ]));
});
