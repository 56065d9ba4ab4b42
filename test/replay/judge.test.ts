import type { Expectation } from '../../bench/replay/expected.mjs';
import { judge, type Findings } from '../../bench/replay/judge';
import type { InvoiceHead } from '../../bench/replay/invoices';

const naming = { tenant: 'demo', merchantId: 'replay', prefix: '', location: 'replay' };
const head = (number: string): InvoiceHead => ({ number, customer: '7', minute: 0, place: 2, rows: 1 });

/** Order 100 sold three of `A B`; C1 takes two of them back: 150 by card, 50 on the account. */
const expected: Expectation = {
  orders: 1,
  cancellations: 1,
  unmatched: { noCustomer: 0, neverBought: 0, otherPrice: 0, tooFewLeft: 0 },
  counted: { adjustments: 0, negative: 0, noCustomer: 0 },
  malformedLines: [],
  invoicedMinor: 200,
  expectedMinor: 200,
  unitsRestored: 2,
  requests: [
    {
      invoice: 'C1',
      order: '100',
      lines: [{ line: 1, quantity: 2 }],
      refund: 200,
      legs: [
        { channel: 'stripe', amount: 150 },
        { channel: 'store_credit', amount: 50 },
      ],
    },
  ],
  stock: { '100': { 'A B': 2 } },
  states: { '100': 'partially_cancelled' },
};

const right: Findings = {
  requests: [{ cancellation: head('C1'), order: head('100'), lines: [{ line: 1, quantity: 2 }] }],
  played: {
    orders: 1,
    orderIds: new Map([['100', 'ord_1']]),
    outcomes: new Map([['C1 on 100', { cancellationId: 'can_1', status: 'closed' }]]),
    refusedOrders: [],
    postMs: [5],
    cancellingMs: 5,
  },
  cardRefunds: [{ paymentIntent: 'pi_100', cancellationId: 'can_1', amount: 150 }],
  credits: [{ account: 'acc_7', cancellationId: 'can_1', amount: 50 }],
  states: new Map([['100', 'partially_cancelled']]),
  stock: {
    movements: [{ sku: 'A:20B', type: 'release', quantity: 2, orderId: 'ord_1', cancellationId: 'can_1' }],
    balances: new Map([['A:20B', { onHand: 3, reserved: 1 }]]),
  },
  sold: new Map([['A B', 3]]),
};

const movement = right.stock.movements[0];
if (movement === undefined) throw new Error('no movement');

describe('the judge', () => {
  it('finds nothing in a run that is right', () => {
    expect(judge(expected, right, naming)).toEqual({ differences: [], stockDifferences: [] });
  });

  it.each<[string, Partial<Findings>, string[]]>([
    [
      'a penny too little',
      { cardRefunds: [{ paymentIntent: 'pi_100', cancellationId: 'can_1', amount: 149 }] },
      ['C1 on 100: card 149, expected 150'],
    ],
    [
      'a refund made twice',
      { cardRefunds: [...right.cardRefunds, ...right.cardRefunds] },
      ['C1 on 100: card 300, expected 150'],
    ],
    ['a leg that never came', { credits: [] }, ['C1 on 100: store credit 0, expected 50']],
    [
      'the right sum on the wrong tenders',
      {
        cardRefunds: [{ paymentIntent: 'pi_100', cancellationId: 'can_1', amount: 100 }],
        credits: [{ account: 'acc_7', cancellationId: 'can_1', amount: 100 }],
      },
      ['C1 on 100: card 100, expected 150; store credit 100, expected 50'],
    ],
    [
      'money on another payment',
      { cardRefunds: [{ paymentIntent: 'pi_101', cancellationId: 'can_1', amount: 150 }] },
      ['C1 on 100: card 0, expected 150', 'card pi_101 for can_1: 150 that nobody expected'],
    ],
    [
      'money for nobody',
      { credits: [...right.credits, { account: 'acc_7', cancellationId: 'can_2', amount: 1 }] },
      ['account acc_7 for can_2: 1 that nobody expected'],
    ],
    [
      'a request that was refused',
      {
        played: { ...right.played, outcomes: new Map([['C1 on 100', { refused: 'already_shipped' }]]) },
        cardRefunds: [],
        credits: [],
      },
      ['C1 on 100: refused, already_shipped'],
    ],
    [
      'a cancellation that did not close',
      {
        played: { ...right.played, outcomes: new Map([['C1 on 100', { cancellationId: 'can_1', status: 'in_case' }]]) },
      },
      ['C1 on 100: is in_case'],
    ],
    [
      'a request that was forgotten',
      { played: { ...right.played, outcomes: new Map() }, requests: [], cardRefunds: [], credits: [] },
      ['C1 on 100: never asked for', 'C1 on 100: was never made'],
    ],
    [
      'other units than the second matcher found',
      { requests: [{ cancellation: head('C1'), order: head('100'), lines: [{ line: 1, quantity: 1 }] }] },
      ['C1 on 100: asked for [{"line":1,"quantity":1}], expected [{"line":1,"quantity":2}]'],
    ],
    [
      'an order in another state',
      { states: new Map([['100', 'open']]) },
      ['order 100 is open, expected partially_cancelled'],
    ],
    [
      'an order that the intake refused',
      { played: { ...right.played, refusedOrders: ['order 101 was refused: {}'] } },
      ['order 101 was refused: {}'],
    ],
  ])('finds %s', (_, wrong, differences) => {
    expect(judge(expected, { ...right, ...wrong }, naming)).toEqual({ differences, stockDifferences: [] });
  });

  it.each<[string, Findings['stock'], string[]]>([
    [
      'units that did not come back',
      { movements: [], balances: new Map([['A:20B', { onHand: 3, reserved: 3 }]]) },
      ['100 A:20B: 0 units came back, expected 2'],
    ],
    [
      'units that came back twice',
      { movements: [movement, movement], balances: new Map([['A:20B', { onHand: 3, reserved: -1 }]]) },
      ['100 A:20B: 4 units came back, expected 2'],
    ],
    [
      'units of an order that nobody cancelled',
      {
        movements: [movement, { ...movement, orderId: 'ord_2', quantity: 1 }],
        balances: new Map([['A:20B', { onHand: 3, reserved: 0 }]]),
      },
      ['ord_2 A:20B: 1 units came back, expected 0'],
    ],
    [
      'a balance that does not follow from its movements',
      { movements: [movement], balances: new Map([['A:20B', { onHand: 5, reserved: 1 }]]) },
      ['A:20B: balance {"onHand":5,"reserved":1}, expected 3 on hand and 1 reserved'],
    ],
  ])('finds %s', (_, stock, stockDifferences) => {
    expect(judge(expected, { ...right, stock }, naming)).toEqual({ differences: [], stockDifferences });
  });
});
