import type { OrderAggregate } from '../../shared/domain/aggregate';
import { reasonsByRole, type ReasonCore, type Role } from '../../shared/domain/cancellation';
import { decide, type Wish } from '../../shared/domain/decide';
import { platformDefaultPolicy, type ApprovalRule, type Policy } from '../../shared/domain/policy';
import {
  accepted,
  afterDecision,
  anOrder,
  aPolicy,
  asking,
  aShipment,
  refused,
  type OrderSketch,
} from '../support/orders';

const roles = Object.keys(reasonsByRole) as Role[];
const everyReason = [...new Set(roles.flatMap((role) => [...reasonsByRole[role]]))];
const now = '2026-03-01T11:00:00.000Z';
const reason = { core: 'other' } as const;

const order = (more: Partial<OrderSketch> = {}): OrderAggregate =>
  anOrder({
    lines: [
      { id: 'a', quantity: 3 },
      { id: 'b', quantity: 2 },
    ],
    ...more,
  });
const approval = (more: Partial<ApprovalRule> = {}): ApprovalRule => ({
  above: { EUR: 4_999 },
  deadlineMinutes: 60,
  onSilence: 'approve',
  ...more,
});
const stateOf = (policy: Policy, role: Role = 'customer', wish: Partial<Wish> = {}, from = order()) => {
  const { rule, state } = accepted(decide(from, policy, { reason, ...wish }, asking(role)));
  return { rule, state };
};

describe('reasons by role', () => {
  test('are these: the own regret is the buyers, the shop speaks of its stock and prices', () => {
    const [head = '', ...rows] = [
      '                      customer merchant support platform system',
      'changed_mind          x        .        x       .        .     ',
      'ordered_by_mistake    x        .        x       .        .     ',
      'found_cheaper         x        .        .       .        .     ',
      'too_slow              x        .        x       .        .     ',
      'payment_trouble       x        .        .       .        .     ',
      'withdrawal            x        .        x       .        .     ',
      'customer_asked        .        x        x       x        .     ',
      'out_of_stock          .        x        .       .        x     ',
      'price_error           .        x        .       .        .     ',
      'address_unserviceable .        x        .       .        .     ',
      'suspected_fraud       .        x        x       x        x     ',
      'late_payment          .        .        .       x        x     ',
      'other                 x        x        x       x        x     ',
    ].map((row) => row.trim().split(/ +/));
    const grid = rows.map(([core, ...marks]): [string | undefined, string[]] => [
      core,
      [...head].filter((_, at) => marks[at] === 'x'),
    ]);
    const listed = everyReason.map((core): [string, string[]] => [
      core,
      roles.filter((role) => (reasonsByRole[role] as readonly string[]).includes(core)),
    ]);
    expect(new Map(listed)).toEqual(new Map(grid));
  });

  const pairs = roles.flatMap((role) => everyReason.map((core): [Role, ReasonCore] => [role, core]));
  test.each(pairs)('%s: %s', (role, core) => {
    const decision = decide(order(), aPolicy(), { reason: { core } }, asking(role));
    const listed = (reasonsByRole[role] as readonly string[]).includes(core);
    expect(decision.outcome).toBe(listed ? 'Accepted' : 'Refused');
    if (!listed) {
      expect(refused(decision)).toMatchObject({
        code: 'reason_not_allowed',
        param: '/reason/core',
        facts: { allowed: reasonsByRole[role] },
      });
    }
  });
});

describe('a blocked account', () => {
  test.each(roles)('asked by %s', (role) => {
    const decision = decide(order(), aPolicy(), { reason }, asking(role, { accountStanding: 'blocked' }));
    expect(decision.outcome === 'Refused' ? decision.because.code : 'Accepted').toBe(
      role === 'customer' ? 'account_blocked' : 'Accepted',
    );
  });

  test('may still withdraw from the contract: that is a right', () => {
    const blocked = asking('customer', { accountStanding: 'blocked' });
    expect(refused(decide(order(), aPolicy(), { reason }, blocked)).detail).toBe(
      'The account of the buyer is blocked.',
    );
    expect(decide(order(), aPolicy(), { reason: { core: 'withdrawal' } }, blocked).outcome).toBe('Accepted');
  });

  test('is no matter where the policy does not mind', () => {
    const policy = aPolicy({ requireGoodStanding: false });
    expect(decide(order(), policy, { reason }, asking('customer', { accountStanding: 'blocked' })).outcome).toBe(
      'Accepted',
    );
  });
});

describe('what is asked for', () => {
  test('without lines: all that is left, of every line', () => {
    const { units, plan } = accepted(decide(order(), aPolicy(), { reason }, asking('customer')));
    expect(units).toEqual({ a: [{ from: 0, to: 3 }], b: [{ from: 0, to: 2 }] });
    expect(plan.refund).toBe(5_000);
  });

  test('without lines after a part: the rest', () => {
    const wish = { reason, lines: [{ lineId: 'a', quantity: 1 }] };
    const part = afterDecision(order(), accepted(decide(order(), aPolicy(), wish, asking('customer'))), 'closed');
    const { units, plan } = accepted(decide(part, aPolicy(), { reason }, asking('customer')));
    expect(units).toEqual({ a: [{ from: 1, to: 3 }], b: [{ from: 0, to: 2 }] });
    expect(plan.refund).toBe(4_000);
  });

  test('without lines where a line has left: the other', () => {
    const from = order({ shipments: [aShipment('shp_1', 'in_transit', { a: [{ from: 0, to: 3 }] })] });
    expect(accepted(decide(from, aPolicy(), { reason }, asking('customer'))).units).toEqual({
      b: [{ from: 0, to: 2 }],
    });
  });

  test.each<[string, Partial<OrderSketch>, Wish['lines'], string, string | undefined]>([
    ['a line that is not there', {}, [{ lineId: 'x', quantity: 1 }], 'line_unknown', '/lines/0/lineId'],
    ['a line named like a built-in', {}, [{ lineId: 'toString', quantity: 1 }], 'line_unknown', '/lines/0/lineId'],
    [
      'a line twice',
      {},
      [
        { lineId: 'a', quantity: 1 },
        { lineId: 'a', quantity: 1 },
      ],
      'invalid_field',
      '/lines/1/lineId',
    ],
    ['too many', {}, [{ lineId: 'b', quantity: 3 }], 'quantity_not_available', '/lines/0/quantity'],
    ['none', {}, [{ lineId: 'b', quantity: 0 }], 'invalid_field', '/lines/0/quantity'],
    ['fewer than none', {}, [{ lineId: 'b', quantity: -1 }], 'invalid_field', '/lines/0/quantity'],
    ['half of one', {}, [{ lineId: 'b', quantity: 0.5 }], 'invalid_field', '/lines/0/quantity'],
    ['an empty list', {}, [], 'invalid_field', '/lines'],
    [
      'accepted food among other lines',
      { lines: [{ id: 'a' }, { id: 'b', kind: 'prepared', stage: 'accepted' }] },
      undefined,
      'stage_passed',
      undefined,
    ],
    [
      'accepted food by name',
      { lines: [{ id: 'a' }, { id: 'b', kind: 'prepared', stage: 'accepted' }] },
      [
        { lineId: 'a', quantity: 1 },
        { lineId: 'b', quantity: 1 },
      ],
      'stage_passed',
      '/lines/1',
    ],
    ['an order without lines', { lines: [] }, undefined, 'nothing_to_cancel', undefined],
    [
      'an order that has left',
      { shipments: [aShipment('s', 'delivered', { a: [{ from: 0, to: 3 }], b: [{ from: 0, to: 2 }] })] },
      undefined,
      'already_shipped',
      undefined,
    ],
    [
      'more than was paid',
      { payments: [{ ref: 'p', channel: 'stripe', authorized: 10, captures: [{ ref: 'c', amount: 10 }] }] },
      undefined,
      'exceeds_captured',
      undefined,
    ],
  ])('%s is refused', (_, sketch, lines, code, param) => {
    const because = refused(decide(order(sketch), aPolicy(), { reason, ...(lines && { lines }) }, asking('customer')));
    expect([because.code, because.param]).toEqual([code, param]);
  });

  test.each<[string, Partial<OrderSketch>, Partial<Wish>, string]>([
    ['a reason of another party', {}, { reason: { core: 'price_error' } }, 'A customer may not give price_error.'],
    ['an order without lines', { lines: [] }, {}, 'The order has no lines.'],
    ['an empty list', {}, { lines: [] }, 'No line is named.'],
    ['a line that is not there', {}, { lines: [{ lineId: 'x', quantity: 1 }] }, 'The order has no line x.'],
    [
      'a line twice',
      {},
      {
        lines: [
          { lineId: 'b', quantity: 1 },
          { lineId: 'b', quantity: 1 },
        ],
      },
      'Line b is named twice.',
    ],
    ['none', {}, { lines: [{ lineId: 'b', quantity: 0 }] }, 'A quantity is a whole number from 1.'],
    ['too many', {}, { lines: [{ lineId: 'b', quantity: 3 }] }, 'Line b has 2 units left.'],
    [
      'more than was paid',
      { payments: [{ ref: 'p', channel: 'stripe', authorized: 10, captures: [{ ref: 'c', amount: 10 }] }] },
      {},
      'What is left of the payments is less than these units cost.',
    ],
  ])('%s: the refusal says so to a person', (_, sketch, wish, detail) =>
    expect(refused(decide(order(sketch), aPolicy(), { reason, ...wish }, asking('customer'))).detail).toBe(detail),
  );

  test('too many: the refusal says how many there are', () => {
    const wish = { reason, lines: [{ lineId: 'b', quantity: 3 }] };
    expect(refused(decide(order(), aPolicy(), wish, asking('customer'))).facts).toEqual({ available: 2 });
  });

  test('all that is there, by name: taken', () => {
    const wish = { reason, lines: [{ lineId: 'b', quantity: 2 }] };
    expect(accepted(decide(order(), aPolicy(), wish, asking('customer'))).units).toEqual({ b: [{ from: 0, to: 2 }] });
  });

  test('the same units a second time: the open cancellation is named', () => {
    const first = accepted(decide(order(), aPolicy(), { reason }, asking('customer')));
    const again = (status: 'executing' | 'closed') =>
      refused(decide(afterDecision(order(), first, status), aPolicy(), { reason }, asking('customer')));
    expect(again('executing')).toMatchObject({ code: 'cancellation_open', facts: { cancellation: 'can_1' } });
    expect(again('closed')).toMatchObject({ code: 'units_already_cancelled', facts: { cancellation: 'can_1' } });
  });

  test('a line named like a built-in of the language is a line', () => {
    const odd = anOrder({ lines: [{ id: '__proto__', quantity: 2 }, { id: 'constructor' }] });
    const { units, plan } = accepted(decide(odd, aPolicy(), { reason }, asking('customer')));
    expect(Object.entries(units)).toEqual([
      ['__proto__', [{ from: 0, to: 2 }]],
      ['constructor', [{ from: 0, to: 1 }]],
    ]);
    expect(plan.refund).toBe(3_000);
  });
});

describe('labels that must be taken back first', () => {
  const from = order({
    shipments: [
      aShipment('shp_1', 'label_created', { a: [{ from: 0, to: 1 }], b: [{ from: 0, to: 1 }] }),
      aShipment('shp_2', 'label_created', { a: [{ from: 1, to: 2 }] }),
      aShipment('shp_3', 'voided', { a: [{ from: 2, to: 3 }] }),
    ],
  });
  test.each<[string, Wish['lines'], string[]]>([
    ['the whole order: each parcel once', undefined, ['shp_1', 'shp_2']],
    ['what is not in a parcel: none', [{ lineId: 'a', quantity: 1 }], []],
    ['more than is loose: the first parcel', [{ lineId: 'a', quantity: 2 }], ['shp_1']],
    ['one line whole', [{ lineId: 'b', quantity: 2 }], ['shp_1']],
  ])('%s', (_, lines, expected) =>
    expect(accepted(decide(from, aPolicy(), { reason, ...(lines && { lines }) }, asking('customer'))).recalls).toEqual(
      expected,
    ),
  );
});

describe('grace', () => {
  const policy = aPolicy({ graceMinutes: 30 });
  test.each<[Role, string]>([
    ['customer', 'in_grace'],
    ['support', 'in_grace'],
    ['merchant', 'executing'],
    ['platform', 'executing'],
    ['system', 'executing'],
  ])('%s: %s', (role, status) => expect(stateOf(policy, role).state.status).toBe(status));

  test('ends after its minutes', () =>
    expect(stateOf(policy).state).toStrictEqual({ status: 'in_grace', graceUntil: '2026-03-01T11:30:00.000Z' }));

  test('comes before the approval, whose deadline counts from its end', () =>
    expect(stateOf(aPolicy({ graceMinutes: 30, approval: approval({ above: { EUR: 0 } }) })).state).toEqual({
      status: 'in_grace',
      graceUntil: '2026-03-01T11:30:00.000Z',
      approval: { deadline: '2026-03-01T12:30:00.000Z', onSilence: 'approve' },
    }));
});

describe('approval', () => {
  test.each<[string, ApprovalRule | null, string, string]>([
    ['no rule', null, 'executing', 'no_window'],
    ['a refund at the amount', approval({ above: { EUR: 5_000 } }), 'executing', 'no_window'],
    ['a refund one minor unit above', approval({ above: { EUR: 4_999 } }), 'awaiting_answer', 'approval.above'],
    ['an amount of zero', approval({ above: { EUR: 0 } }), 'awaiting_answer', 'approval.above'],
    [
      'a currency that is not listed',
      approval({ above: { USD: 1_000_000 } }),
      'awaiting_answer',
      'approval.currency_not_listed',
    ],
    ['no currency listed', approval({ above: {} }), 'awaiting_answer', 'approval.currency_not_listed'],
  ])('%s', (_, rule, status, name) => {
    const decided = stateOf(aPolicy({ approval: rule }));
    expect([decided.state.status, decided.rule]).toEqual([status, name]);
  });

  test.each<[Role, string]>([
    ['customer', 'awaiting_answer'],
    ['support', 'awaiting_answer'],
    ['merchant', 'executing'],
    ['platform', 'executing'],
    ['system', 'executing'],
  ])('a request of %s: %s', (role, status) =>
    expect(stateOf(aPolicy({ approval: approval() }), role).state.status).toBe(status),
  );

  test.each(['approve', 'decline'] as const)('silence leads to %s, from the deadline on', (onSilence) =>
    expect(stateOf(aPolicy({ approval: approval({ onSilence }) })).state).toEqual({
      status: 'awaiting_answer',
      deadline: '2026-03-01T12:00:00.000Z',
      onSilence,
    }),
  );

  test('looks at what is asked for, not at what the order cost', () =>
    expect(
      stateOf(aPolicy({ approval: approval() }), 'customer', { lines: [{ lineId: 'a', quantity: 3 }] }).state.status,
    ).toBe('executing'));

  test('nothing to refund is not above any amount', () => {
    const unpaid = order({ payments: [] });
    expect(stateOf(aPolicy({ approval: approval({ above: { EUR: 0 } }) }), 'customer', {}, unpaid).state.status).toBe(
      'executing',
    );
  });

  describe('of a line that only the merchant can let go', () => {
    const kinds = { ...aPolicy().kinds, prepared: { freeUntilStage: 'accepted', afterwards: 'ask_merchant' } as const };
    const food = order({ lines: [{ id: 'a' }, { id: 'b', kind: 'prepared', stage: 'accepted' }] });

    test('is asked for even below the amount', () =>
      expect(stateOf(aPolicy({ kinds, approval: approval() }), 'customer', {}, food)).toEqual({
        rule: 'prepared.stage',
        state: { status: 'awaiting_answer', deadline: '2026-03-01T12:00:00.000Z', onSilence: 'approve' },
      }));
    test('without a rule for approvals: a day, and silence declines', () =>
      expect(stateOf(aPolicy({ kinds }), 'customer', {}, food).state).toEqual({
        status: 'awaiting_answer',
        deadline: '2026-03-02T11:00:00.000Z',
        onSilence: 'decline',
      }));
    test('is not asked for the other line', () =>
      expect(
        stateOf(aPolicy({ kinds }), 'customer', { lines: [{ lineId: 'a', quantity: 1 }] }, food).state.status,
      ).toBe('executing'));
  });
});

describe('the platform default', () => {
  test.each<[string, number, string]>([
    ['EUR', 50_000, 'executing'],
    ['EUR', 50_001, 'awaiting_answer'],
    ['JPY', 80_000, 'executing'],
    ['JPY', 80_001, 'awaiting_answer'],
    ['KWD', 150_000, 'executing'],
    ['KWD', 150_001, 'awaiting_answer'],
    ['SEK', 1, 'awaiting_answer'],
  ])('%s %i: %s', (currency, net, status) => {
    const from = anOrder({ lines: [{ id: 'a', net }], currency });
    expect(stateOf(platformDefaultPolicy, 'customer', {}, from).state.status).toBe(status);
  });
});

test('a decision is the same however often it is asked, and changes nothing', () => {
  const from = order({ shipments: [aShipment('shp_1', 'label_created', { a: [{ from: 0, to: 1 }] })] });
  const before = structuredClone(from);
  const first = decide(from, platformDefaultPolicy, { reason }, asking('customer', { now }));
  expect(decide(from, platformDefaultPolicy, { reason }, asking('customer', { now }))).toEqual(first);
  expect(from).toEqual(before);
});

test.each(['merchant', 'support'] as const)('a %s may not send the money of a buyer to store credit', (role) => {
  const wish = { reason: { core: 'customer_asked' }, destination: 'store_credit' } as const;
  const decision = decide(anOrder({ lines: [{ id: 'a' }] }), aPolicy(), wish, asking(role));
  expect(refused(decision)).toMatchObject({ code: 'destination_not_allowed', param: '/destination' });
});
