import * as fc from 'fast-check';
import type { Cancellation } from '../../shared/domain/cancellation';
import type { Shipment, UnitSelection } from '../../shared/domain/order';
import type { ParcelRule } from '../../shared/domain/policy';
import { isRefusal, type Refusal } from '../../shared/domain/refusal';
import {
  afterDelivery,
  authorise,
  cancellationOfReturn,
  expire,
  receive,
  returnDue,
  returnIdOf,
  returnStatuses,
  returnTransitions,
  sendBack,
  sendLabel,
  settle,
  type Arrival,
  type Return,
  type ReturnStatus,
} from '../../shared/domain/return';
import { inspect } from '../../shared/domain/return-inspection';
import { anOrder, aShipment, withCancellation } from '../support/orders';
import { holds } from '../support/property';

const now = '2026-03-10T12:00:00.000Z';
const sendBackBy = '2026-03-24T12:00:00.000Z';
const by = 'system:desk';
const rule: ParcelRule = {
  ...{ callBack: 'freely', refundOn: 'receipt', answerHours: 24, returnDays: 21 },
  ...{ afterRefusal: 'return', sendBackDays: 14, inspectDays: 5 },
};
const { order } = anOrder({ lines: [{ id: '1', quantity: 3 }, { id: '2' }] });

function cancelled(units: UnitSelection): Cancellation {
  const [cancellation] = withCancellation(
    anOrder({ lines: [{ id: '1', quantity: 3 }] }),
    { units },
    'executing',
  ).cancellations;
  if (cancellation === undefined) throw new Error('it was cancelled');
  return { ...cancellation, id: 'can_00000000000000000000000001' };
}

const sent = { '1': [{ from: 0, to: 3 }], '2': [{ from: 0, to: 1 }] };
const proof = { carrier: 'ups', trackingCode: '1Z9' };
const parcel = (units: UnitSelection = sent): Shipment => ({
  ...aShipment('p1', 'delivered', units),
  recall: 'refused',
});

function opened(units: UnitSelection = sent): Return {
  const given = authorise(cancelled(units), [parcel(units)], rule, now);
  if (given === undefined) throw new Error('it was authorised');
  return given;
}

function ok(step: Return | Refusal): Return {
  if (isRefusal(step)) throw new Error(step.detail);
  return step;
}

const all = [
  { lineId: '1', quantity: 3 },
  { lineId: '2', quantity: 1 },
];
const arrival = (more: Partial<Arrival> = {}): Arrival => ({ lines: all, at: now, by, request: 'r1', ...more });
const found = { at: now, by, request: 'i1' };
const allFull = all.map((line) => ({ ...line, result: 'full' as const }));

/** A return that has come to a status by the shortest way. */
const at: Readonly<Record<ReturnStatus, () => Return>> = {
  authorised: () => opened(),
  label_sent: () => ok(sendLabel(opened(), { carrier: 'ups', trackingCode: '1Z9' }, now)),
  in_transit: () => ok(sendBack(opened(), proof, now, now)),
  received: () => ok(receive(opened(), arrival())),
  inspected: () => ok(inspect(at.received(), order.lines, { ...found, parts: allFull })),
  restocked: () => ok(settle(at.inspected(), now)),
  written_off: () => {
    const parts = allFull.map((part) => ({ ...part, noRestock: 'damaged' as const }));
    return ok(settle(ok(inspect(at.received(), order.lines, { ...found, parts })), now));
  },
  expired: () => ok(expire(opened(), sendBackBy)),
};

const steps: Readonly<Record<string, (before: Return, when: string) => Return | Refusal>> = {
  label: (before, when) => sendLabel(before, {}, when),
  'send back': (before, when) => sendBack(before, { trackingCode: 'other' }, when, when),
  receive: (before, when) => receive(before, arrival({ at: when, request: 'other' })),
  inspect: (before, when) => inspect(before, order.lines, { ...found, at: when, request: 'other', parts: allFull }),
  settle: (before, when) => settle(before, when),
  expire: (before, when) => expire(before, when),
};

describe('a return is authorised', () => {
  test('for the cancelled units of parcels that could not be stopped, by the terms', () => {
    const cancellation = cancelled({ '1': [{ from: 1, to: 3 }], '2': [{ from: 0, to: 1 }] });
    const parcels = [parcel({ '1': [{ from: 0, to: 2 }] }), { ...parcel({ '1': [{ from: 2, to: 3 }] }), id: 'p2' }];
    expect(authorise(cancellation, parcels, rule, now)).toEqual({
      id: 'ret_00000000000000000000000001',
      ...{ tenant: 't1', merchantId: 'm1', customerId: 'c1', orderId: 'ord_1', orderReference: '1001' },
      cancellationId: cancellation.id,
      shipments: ['p1', 'p2'],
      units: {
        '1': [
          { from: 1, to: 2 },
          { from: 2, to: 3 },
        ],
      },
      status: 'authorised',
      terms: { sendBackDays: 14, returnDays: 21, inspectDays: 5 },
      authorisedAt: now,
      sendBackBy,
      revision: 1,
    });
  });

  test('with fourteen days where the terms do not say', () => {
    const { sendBackDays: _send, inspectDays: _inspect, ...silent } = rule;
    const given = authorise(cancelled(sent), [parcel()], silent, now);
    expect(given).toMatchObject({ sendBackBy, terms: { sendBackDays: 14, inspectDays: 14 } });
  });

  test.each<[string, Partial<ParcelRule>, Shipment[]]>([
    ['where the order stands', { afterRefusal: 'order_stands' }, [parcel()]],
    ['of parcels that hold nothing of it', {}, [parcel({ '3': [{ from: 0, to: 1 }] })]],
    ['of no parcels', {}, []],
  ])('never %s', (_what, terms, parcels) =>
    expect(authorise(cancelled(sent), parcels, { ...rule, ...terms }, now)).toBeUndefined(),
  );

  test('nor where the terms say nothing of it', () => {
    const { afterRefusal: _none, ...silent } = rule;
    expect(authorise(cancelled(sent), [parcel()], silent, now)).toBeUndefined();
  });

  test('under an id that leads to its cancellation', () => {
    const id = 'can_00000000000000000000000001';
    expect(cancellationOfReturn(returnIdOf(id))).toBe(id);
  });
});

describe('the steps of a return', () => {
  test.each<[string, string]>([
    ['authorised', '  label_sent in_transit received .         .         .'],
    ['label_sent', '  .          in_transit received .         .         .'],
    ['in_transit', '  .          .          received .         .         .'],
    ['received', '    .          .          .        inspected .         .'],
    ['inspected', '   .          .          .        .         restocked .'],
    ['restocked', '   .          .          .        .         .         .'],
    ['written_off', ' .          .          .        .         .         .'],
    ['expired', '     .          .          .        .         .         .'],
  ])('that is %s, in time', (status, row) => {
    const taken = Object.values(steps).map((step) => {
      const after = step(at[status as ReturnStatus](), now);
      return isRefusal(after) ? '.' : after.status;
    });
    expect(taken).toEqual(row.trim().split(/ +/));
  });

  test('are refused by their code in any other order', () => {
    for (const status of returnStatuses) {
      for (const step of Object.values(steps)) {
        const after = step(at[status](), now);
        if (isRefusal(after)) {
          expect(after.code).toBe('return_step_not_allowed');
          expect(after.facts?.['status']).toBe(status);
        }
      }
    }
  });

  test('lead from every status to an end', () => {
    const ends = returnStatuses.filter((status) => returnTransitions[status].length === 0);
    expect(ends).toEqual(['restocked', 'written_off', 'expired']);
  });

  test('change nothing of what they were given', () => {
    const before = at.authorised();
    const copy = structuredClone(before);
    for (const step of Object.values(steps)) step(before, now);
    expect(before).toEqual(copy);
  });
});

describe('the time to send back', () => {
  const late = sendBackBy;
  const justInTime = '2026-03-24T11:59:59.999Z';

  test.each<[string, (when: string) => Return | Refusal]>([
    ['sent back', (when) => sendBack(opened(), proof, when, when)],
    ['received without a trace of its way', (when) => receive(opened(), arrival({ at: when }))],
    ['received with a label', (when) => receive(at.label_sent(), arrival({ at: when }))],
    [
      'received, by its postmark',
      (when) => receive(opened(), arrival({ at: '2026-05-01T00:00:00.000Z', sentBackAt: when })),
    ],
  ])('%s in time, and not a moment later', (_what, step) => {
    expect(ok(step(justInTime)).sentBackAt).toBe(justInTime);
    expect(step(late)).toMatchObject({ code: 'return_expired', facts: { sendBackBy } });
  });

  test('is kept by what was sent in it, whenever that arrives', () => {
    const after = receive(at.in_transit(), arrival({ at: '2027-01-01T00:00:00.000Z' }));
    expect(ok(after)).toMatchObject({ status: 'received', sentBackAt: now });
  });

  test('does not go by a postmark of tomorrow', () =>
    expect(receive(opened(), arrival({ sentBackAt: '2026-03-10T12:00:00.001Z' }))).toMatchObject({
      code: 'invalid_field',
      param: '/sentBackAt',
    }));

  test('ends the return when it is over, and not before', () => {
    expect(ok(expire(opened(), late))).toMatchObject({ status: 'expired', endedAt: late });
    expect(expire(opened(), justInTime)).toMatchObject({ code: 'return_step_not_allowed', facts: { sendBackBy } });
  });

  test('begins with the delivery where that is later', () => {
    const delivered = '2026-03-12T09:00:00.000Z';
    expect(afterDelivery(opened(), delivered).sendBackBy).toBe('2026-03-26T09:00:00.000Z');
    expect(afterDelivery(opened(), '2026-03-01T00:00:00.000Z').sendBackBy).toBe(sendBackBy);
    expect(afterDelivery(at.received(), delivered).sendBackBy).toBe(sendBackBy);
  });
});

describe('what arrives', () => {
  test.each<[string, Partial<Arrival>, string, string]>([
    ['none of a line', { lines: [{ lineId: '1', quantity: 0 }] }, 'invalid_field', '/lines/0/quantity'],
    ['less than none', { lines: [{ lineId: '1', quantity: -1 }] }, 'invalid_field', '/lines/0/quantity'],
    ['half a unit', { lines: [{ lineId: '1', quantity: 1.5 }] }, 'invalid_field', '/lines/0/quantity'],
    ['no lines', { lines: [] }, 'invalid_field', '/lines'],
    [
      'a line twice',
      {
        lines: [
          { lineId: '1', quantity: 1 },
          { lineId: '1', quantity: 1 },
        ],
      },
      'invalid_field',
      '/lines/1/lineId',
    ],
    ['more than were sent', { lines: [{ lineId: '1', quantity: 4 }] }, 'units_not_in_return', '/lines/0/quantity'],
    ['a line that was not sent', { lines: [{ lineId: '3', quantity: 1 }] }, 'units_not_in_return', '/lines/0/lineId'],
    [
      'a word of every object',
      { lines: [{ lineId: 'constructor', quantity: 1 }] },
      'units_not_in_return',
      '/lines/0/lineId',
    ],
  ])('cannot be %s', (_what, more, code, param) =>
    expect(receive(opened(), arrival(more))).toMatchObject({ code, param }),
  );

  test('may be less than was sent', () =>
    expect(ok(receive(opened(), arrival({ lines: [{ lineId: '1', quantity: 2 }] })))).toMatchObject({
      status: 'received',
      received: { at: now, by, units: { '1': [{ from: 0, to: 2 }] } },
    }));

  test('may be a line whose name is a field of a refusal', () => {
    const named = { code: [{ from: 0, to: 1 }], detail: [{ from: 0, to: 1 }] };
    const lines = [
      { lineId: 'code', quantity: 1 },
      { lineId: 'detail', quantity: 1 },
    ];
    expect(ok(receive(opened(named), arrival({ lines }))).received?.units).toEqual(named);
  });

  test('told twice is told once', () => {
    const received = at.received();
    expect(receive(received, arrival())).toBe(received);
    expect(receive(received, arrival({ request: 'r2' }))).toMatchObject({ code: 'return_step_not_allowed' });
  });
});

describe('a person has to look', () => {
  test.each<[ReturnStatus, string | undefined]>([
    ['authorised', sendBackBy],
    ['label_sent', sendBackBy],
    ['in_transit', '2026-03-31T12:00:00.000Z'],
    ['received', '2026-03-15T12:00:00.000Z'],
    ['inspected', undefined],
    ['restocked', undefined],
    ['written_off', undefined],
    ['expired', undefined],
  ])('at a return that is %s: at %s', (status, due) => expect(returnDue(at[status]())).toBe(due));
});

test('any steps in any order end in a status by an allowed way, or change nothing', () =>
  holds(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...Object.keys(steps)), fc.integer({ min: 0, max: 40 })), { maxLength: 12 }),
      (taken) => {
        let current = opened();
        let day = 0;
        for (const [name, days] of taken) {
          day += days;
          const when = new Date(Date.parse(now) + day * 86_400_000).toISOString();
          const after = steps[name]?.(current, when) ?? current;
          if (isRefusal(after)) continue;
          if (after !== current) expect(returnTransitions[current.status]).toContain(after.status);
          expect(after.units).toEqual(current.units);
          current = after;
        }
      },
    ),
  ));
