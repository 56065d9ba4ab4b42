import type { CancellationStatus, Role } from '../../shared/domain/cancellation';
import { chooseUnits, judgeLine, type LineVerdict } from '../../shared/domain/eligibility';
import { shipmentPositions, stages, type Stage } from '../../shared/domain/order';
import type { OrderAggregate } from '../../shared/domain/aggregate';
import type { Policy } from '../../shared/domain/policy';
import { anOrder, aPolicy, asking, aShipment, placedAt, withCancellation, type LineSketch } from '../support/orders';

const roles: readonly Role[] = ['customer', 'merchant', 'support', 'platform', 'system'];
const bound: readonly Role[] = ['customer', 'support'];

function judge(aggregate: OrderAggregate, policy: Policy, role: Role, now: string): LineVerdict {
  const [line] = aggregate.order.lines;
  if (line === undefined) throw new Error('an order without lines');
  return judgeLine(aggregate, line, policy, asking(role, { now }));
}
const brief = ({ answer, rule, because }: LineVerdict): string =>
  [answer, rule, because?.code].filter(Boolean).join(' ');
const now = '2026-03-01T11:00:00.000Z';
const one = (line: Partial<LineSketch> = {}): OrderAggregate => anOrder({ lines: [{ id: 'a', quantity: 3, ...line }] });

describe('a gift card that the line sold', () => {
  const card = (spent: number) => one({ kind: 'digital', quantity: 1, net: 5_000, spent });

  test.each<[number, string]>([
    [0, 'yes no_window'],
    [4_999, 'yes no_window'],
    [5_000, 'no gift_card.spent gift_card_spent'],
    [5_001, 'no gift_card.spent gift_card_spent'],
  ])('with %i of 5000 spent: %s', (spent, expected) =>
    expect(brief(judge(card(spent), aPolicy(), 'customer', now))).toBe(expected),
  );

  test.each(roles)(
    'and that was spent to the end, nobody cancels, nor does it stand in the way of the rest: %s',
    (role) => expect(judge(card(5_000), aPolicy(), role, now)).toMatchObject({ answer: 'no', available: 0 }),
  );
});

describe('the window after purchase', () => {
  const policy = aPolicy({ window: { length: 14, unit: 'days' } });
  test.each<[string, Role, string, string]>([
    ['a customer at once', 'customer', placedAt, 'yes window'],
    ['a customer in the last millisecond', 'customer', '2026-03-15T09:59:59.999Z', 'yes window'],
    ['a customer at its very end', 'customer', '2026-03-15T10:00:00.000Z', 'no window window_elapsed'],
    ['a customer later', 'customer', '2026-03-15T10:00:00.001Z', 'no window window_elapsed'],
    ['support within it', 'support', '2026-03-02T10:00:00.000Z', 'yes initiator.support'],
    [
      'support after it: the time limit is the customers',
      'support',
      '2026-04-15T10:00:00.000Z',
      'yes initiator.support',
    ],
    ['the merchant after it', 'merchant', '2026-04-15T10:00:00.000Z', 'yes initiator.merchant'],
    ['the platform after it', 'platform', '2026-04-15T10:00:00.000Z', 'yes initiator.platform'],
  ])('%s', (_, role, at, expected) => expect(brief(judge(one(), policy, role, at))).toBe(expected));

  test('says until when, and no past date to somebody whom it does not bind', () => {
    expect(judge(one(), policy, 'customer', now).until).toBe('2026-03-15T10:00:00.000Z');
    expect(judge(one(), policy, 'support', '2026-04-15T10:00:00.000Z').until).toBeUndefined();
  });

  test('of a policy that has none never ends', () =>
    expect(brief(judge(one(), aPolicy(), 'customer', '2036-01-01T00:00:00.000Z'))).toBe('yes no_window'));
});

describe('lines with stages', () => {
  const table: [LineSketch['kind'] & string, Stage | undefined, string][] = [
    ['prepared', undefined, 'yes'],
    ['prepared', 'placed', 'yes'],
    ['prepared', 'accepted', 'no stage_passed'],
    ['prepared', 'started', 'no stage_passed'],
    ['prepared', 'served', 'no stage_passed'],
    ['service', 'accepted', 'yes'],
    ['service', 'started', 'no stage_passed'],
    ['digital', 'started', 'yes'],
    ['digital', 'served', 'no stage_passed'],
    ['goods', 'served', 'yes'],
  ];
  test.each(table)('%s at stage %s: %s', (kind, stage, expected) => {
    const verdict = judge(one({ kind, ...(stage === undefined ? {} : { stage }) }), aPolicy(), 'customer', now);
    expect([verdict.answer, verdict.because?.code].filter(Boolean).join(' ')).toBe(expected);
  });

  test.each(roles)('prepared food that was accepted, asked for by %s', (role) =>
    expect(judge(one({ kind: 'prepared', stage: 'accepted' }), aPolicy(), role, now).answer).toBe(
      bound.includes(role) ? 'no' : 'yes',
    ),
  );

  test.each([...stages])('at %s the merchant may be asked where the policy says so', (stage) => {
    const kinds = { ...aPolicy().kinds, prepared: { freeUntilStage: 'accepted', afterwards: 'ask_merchant' } as const };
    const verdict = judge(one({ kind: 'prepared', stage }), aPolicy({ kinds }), 'customer', now);
    expect(brief(verdict)).toBe(stage === 'placed' ? 'yes no_window' : 'with_approval prepared.stage');
  });
});

describe('bookings, free until two days before they start', () => {
  const booking = one({ kind: 'service', startsAt: '2026-03-10T18:00:00.000Z' });
  test.each([
    ['days before', '2026-03-05T00:00:00.000Z', 'yes service.before_start'],
    ['a millisecond before the limit', '2026-03-08T17:59:59.999Z', 'yes service.before_start'],
    ['at the limit', '2026-03-08T18:00:00.000Z', 'no service.before_start too_close_to_start'],
    ['the day before', '2026-03-09T18:00:00.000Z', 'no service.before_start too_close_to_start'],
    ['after the start', '2026-03-11T00:00:00.000Z', 'no service.before_start too_close_to_start'],
  ])('%s', (_, at, expected) => expect(brief(judge(booking, aPolicy(), 'customer', at))).toBe(expected));

  test('say the earlier of window and limit', () => {
    const short = aPolicy({ window: { length: 1, unit: 'days' } });
    const long = aPolicy({ window: { length: 90, unit: 'days' } });
    expect(judge(booking, short, 'customer', now).until).toBe('2026-03-02T10:00:00.000Z');
    expect(judge(booking, long, 'customer', now).until).toBe('2026-03-08T18:00:00.000Z');
    expect(judge(booking, short, 'support', now).until).toBe('2026-03-08T18:00:00.000Z');
  });

  test('without a start are judged by their stage alone', () =>
    expect(brief(judge(one({ kind: 'service' }), aPolicy(), 'customer', now))).toBe('yes no_window'));

  test('are told apart by their kind: the date of anything else is no limit', () => {
    const concert = one({ kind: 'digital', startsAt: '2026-03-10T18:00:00.000Z' });
    expect(brief(judge(concert, aPolicy(), 'customer', '2026-03-10T17:00:00.000Z'))).toBe('yes no_window');
  });

  test('that were started are too late whatever the date', () => {
    const started = one({ kind: 'service', stage: 'started', startsAt: '2026-03-10T18:00:00.000Z' });
    expect(brief(judge(started, aPolicy(), 'customer', now))).toBe('no service.stage stage_passed');
  });
});

describe('parcels', () => {
  const gone = shipmentPositions.filter((position) => position !== 'label_created' && position !== 'voided');
  const shipped = (position: (typeof shipmentPositions)[number], to: number): OrderAggregate =>
    anOrder({
      lines: [{ id: 'a', quantity: 3 }],
      shipments: [aShipment('shp_1', position, { a: [{ from: 0, to }] })],
    });

  describe.each(gone)('%s', (position) => {
    test.each(roles)('whole line, asked by %s: no', (role) =>
      expect(brief(judge(shipped(position, 3), aPolicy(), role, now))).toBe('no units.none_left already_shipped'),
    );
    test('part of the line: the rest can go', () => {
      const verdict = judge(shipped(position, 2), aPolicy(), 'customer', now);
      expect([verdict.answer, verdict.available]).toEqual(['yes', 1]);
    });
  });

  test.each(['label_created', 'voided'] as const)('%s: all units are still here', (position) =>
    expect(judge(shipped(position, 3), aPolicy(), 'customer', now).available).toBe(3),
  );
});

describe('units that a cancellation holds', () => {
  const cancelled = (status: CancellationStatus, to: number): OrderAggregate =>
    withCancellation(one(), { units: { a: [{ from: 0, to }] } }, status);

  test.each<[CancellationStatus, string]>([
    ['in_grace', 'no units.none_left cancellation_open'],
    ['awaiting_answer', 'no units.none_left cancellation_open'],
    ['executing', 'no units.none_left cancellation_open'],
    ['refund_pending', 'no units.none_left cancellation_open'],
    ['in_case', 'no units.none_left cancellation_open'],
    ['closed', 'no units.none_left units_already_cancelled'],
    ['declined', 'yes no_window'],
    ['withdrawn', 'yes no_window'],
    ['undone', 'yes no_window'],
  ])('%s', (status, expected) => expect(brief(judge(cancelled(status, 3), aPolicy(), 'customer', now))).toBe(expected));

  test('leave the others of the line free', () =>
    expect(judge(cancelled('executing', 2), aPolicy(), 'customer', now).available).toBe(1));

  test('an open request is named even when an older one is closed', () => {
    const both = withCancellation(cancelled('closed', 2), { units: { a: [{ from: 2, to: 3 }] } }, 'executing');
    const { because } = judge(both, aPolicy(), 'customer', now);
    expect([because?.code, because?.facts]).toEqual(['cancellation_open', { cancellation: 'can_2' }]);
  });

  test('partly cancelled and the rest shipped: it has left', () => {
    const closed = cancelled('closed', 2);
    const both = { ...closed, shipments: [aShipment('shp_1', 'in_transit', { a: [{ from: 2, to: 3 }] })] };
    expect(judge(both, aPolicy(), 'customer', now).because?.code).toBe('already_shipped');
  });

  test('of a line of another name are not counted, not even when it is named like a built-in', () => {
    const odd = anOrder({
      lines: [
        { id: 'constructor', quantity: 2 },
        { id: '__proto__', quantity: 2 },
      ],
    });
    const other = withCancellation(odd, { units: { b: [{ from: 0, to: 2 }] } }, 'closed');
    const shipped = { ...other, shipments: [aShipment('shp_1', 'in_transit', { b: [{ from: 0, to: 2 }] })] };
    for (const line of odd.order.lines) {
      expect(judgeLine(shipped, line, aPolicy(), asking('customer')).available).toBe(2);
    }
  });
});

describe('a no says to a person what it is about', () => {
  const window = aPolicy({ window: { length: 14, unit: 'days' } });
  const booking = one({ kind: 'service', startsAt: '2026-03-10T18:00:00.000Z' });
  const left = { ...one(), shipments: [aShipment('shp_1', 'in_transit', { a: [{ from: 0, to: 3 }] })] };
  const taken = (status: CancellationStatus): OrderAggregate =>
    withCancellation(one(), { units: { a: [{ from: 0, to: 3 }] } }, status);
  const ended = '2026-03-15T10:00:00.000Z';
  const limit = '2026-03-08T18:00:00.000Z';

  test.each<[string, OrderAggregate, Policy, string, string, Record<string, unknown> | undefined]>([
    ['the window', one(), window, ended, `It could be cancelled until ${ended}.`, { until: ended }],
    ['its start', booking, aPolicy(), limit, `It could be cancelled until ${limit}.`, { until: limit }],
    ['its stage', one({ kind: 'digital', stage: 'served' }), aPolicy(), now, 'Line a is already served.', undefined],
    ['a parcel', left, aPolicy(), now, 'Line a has left.', { line: 'a' }],
    ['a request', taken('executing'), aPolicy(), now, 'can_1 is open on line a.', { cancellation: 'can_1' }],
    ['a cancellation', taken('closed'), aPolicy(), now, 'Line a is already cancelled.', { cancellation: 'can_1' }],
  ])('%s', (_, aggregate, policy, at, detail, facts) => {
    const { because } = judge(aggregate, policy, 'customer', at);
    expect([because?.detail, because?.facts]).toEqual([detail, facts]);
  });

  test('and until when it could be', () => {
    expect(judge(one(), window, 'customer', ended).until).toBe(ended);
    expect(judge(booking, aPolicy(), 'customer', limit).until).toBe(limit);
    expect(judge(one({ kind: 'digital', stage: 'served' }), aPolicy(), 'customer', now)).not.toHaveProperty('until');
  });

  test('a line that is free until it is placed, in words', () => {
    const kinds = { ...aPolicy().kinds, prepared: { freeUntilStage: 'placed', afterwards: 'refuse' } as const };
    expect(judge(one({ kind: 'prepared' }), aPolicy({ kinds }), 'customer', now).because?.detail).toBe(
      'Line a is already placed.',
    );
  });

  test('of several cancellations the one on this line is named', () => {
    const two = anOrder({ lines: [{ id: 'a' }, { id: 'b' }] });
    const other = withCancellation(two, { units: { b: [{ from: 0, to: 1 }] } }, 'executing');
    const both = withCancellation(other, { units: { a: [{ from: 0, to: 1 }] } }, 'closed');
    expect(judge(both, aPolicy(), 'customer', now).because).toMatchObject({
      code: 'units_already_cancelled',
      facts: { cancellation: 'can_2' },
    });
  });
});

describe('which units are taken', () => {
  const labelled = anOrder({
    lines: [{ id: 'a', quantity: 6 }],
    shipments: [
      aShipment('shp_1', 'label_created', { a: [{ from: 0, to: 2 }] }),
      aShipment('shp_2', 'handed_over', { a: [{ from: 2, to: 3 }] }),
    ],
  });
  const [line] = labelled.order.lines;
  if (line === undefined) throw new Error('an order without lines');

  test.each([
    [1, [{ from: 3, to: 4 }]],
    [3, [{ from: 3, to: 6 }]],
    [
      4,
      [
        { from: 3, to: 6 },
        { from: 0, to: 1 },
      ],
    ],
    [
      5,
      [
        { from: 3, to: 6 },
        { from: 0, to: 2 },
      ],
    ],
    [
      9,
      [
        { from: 3, to: 6 },
        { from: 0, to: 2 },
      ],
    ],
  ])('%i: loose ones first, then those under a label, never those that left', (quantity, expected) =>
    expect(chooseUnits(labelled, line, quantity)).toEqual(expected),
  );

  test('also where parcels were labelled in another order than their units have', () => {
    const later = anOrder({
      lines: [{ id: 'a', quantity: 12 }],
      shipments: [
        aShipment('shp_1', 'label_created', { a: [{ from: 8, to: 10 }] }),
        aShipment('shp_2', 'label_created', { a: [{ from: 2, to: 4 }] }),
      ],
    });
    const [twelve] = later.order.lines;
    if (twelve === undefined) throw new Error('an order without lines');
    expect(chooseUnits(later, twelve, 10)).toEqual([
      { from: 0, to: 2 },
      { from: 4, to: 8 },
      { from: 10, to: 12 },
      { from: 2, to: 4 },
    ]);
  });
});
