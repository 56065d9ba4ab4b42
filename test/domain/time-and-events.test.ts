import { eventOf, eventTypes, numberEvents } from '../../shared/domain/events';
import type { Span } from '../../shared/domain/policy';
import { earlier, isPast, later, secondsUntil, wholeSecond } from '../../shared/domain/time';

describe('spans', () => {
  test.each<[string, Span, string]>([
    ['2026-03-01T10:00:00.000Z', { length: 90, unit: 'seconds' }, '2026-03-01T10:01:30.000Z'],
    ['2026-03-01T10:00:00.000Z', { length: 30, unit: 'minutes' }, '2026-03-01T10:30:00.000Z'],
    ['2026-03-01T10:00:00.000Z', { length: 14, unit: 'hours' }, '2026-03-02T00:00:00.000Z'],
    ['2026-02-28T10:00:00.000Z', { length: 1, unit: 'days' }, '2026-03-01T10:00:00.000Z'],
    ['2028-02-28T10:00:00.000Z', { length: 1, unit: 'days' }, '2028-02-29T10:00:00.000Z'],
    ['2026-12-31T23:59:59.999Z', { length: 1, unit: 'minutes' }, '2027-01-01T00:00:59.999Z'],
    ['2026-03-01T10:00:00.000Z', { length: 0, unit: 'days' }, '2026-03-01T10:00:00.000Z'],
  ])('%s and %p later is %s, and back', (from, span, to) => {
    expect(later(from, span)).toBe(to);
    expect(earlier(to, span)).toBe(from);
  });

  test.each([
    ['a millisecond before its limit', '2026-03-01T09:59:59.999Z', false],
    ['at its very limit', '2026-03-01T10:00:00.000Z', true],
    ['a millisecond after', '2026-03-01T10:00:00.001Z', true],
  ])('%s is past: %s %p', (_, now, past) => expect(isPast('2026-03-01T10:00:00.000Z', now)).toBe(past));
});

describe('a date that a state machine waits for', () => {
  test.each([
    ['2026-03-01T10:00:00.000Z', '2026-03-01T10:00:00.000Z'],
    ['2026-03-01T10:00:00.001Z', '2026-03-01T10:00:01.000Z'],
    ['2026-03-01T10:00:00.999Z', '2026-03-01T10:00:01.000Z'],
    ['2026-12-31T23:59:59.500Z', '2027-01-01T00:00:00.000Z'],
  ])('%s is the whole second %s: never earlier', (instant, second) => expect(wholeSecond(instant)).toBe(second));

  test.each<[string, number]>([
    ['2026-03-01T12:00:30.500Z', 31],
    ['2026-03-01T12:00:00.001Z', 1],
    ['2026-03-01T12:00:00.000Z', 0],
    ['2026-03-01T11:59:00.000Z', 0],
  ])('until %s it is %d seconds at noon', (limit, seconds) =>
    expect(secondsUntil(limit, '2026-03-01T12:00:00.000Z')).toBe(seconds),
  );
});

describe('events', () => {
  const at = '2026-03-01T10:00:00.000Z';
  const about = { tenant: 't1', merchantId: 'm1', orderId: 'ord_1', data: { a: 1 } };

  test('are numbered after the last one without a gap', () => {
    expect(numberEvents(4, at, ['cancellation.requested', 'cancellation.closed'])).toEqual([
      { type: 'cancellation.requested', sequence: 5, at },
      { type: 'cancellation.closed', sequence: 6, at },
    ]);
    expect(numberEvents(4, at, [])).toEqual([]);
  });

  test('told again are the same event, and each number of each order is another', () => {
    const told = eventOf({ type: 'order.received', sequence: 1, at }, about);
    expect(told).toEqual({ id: told.id, type: 'order.received', sequence: 1, at, ...about });
    expect(eventOf({ type: 'order.received', sequence: 1, at }, about)).toEqual(told);
    expect(eventOf({ type: 'order.received', sequence: 2, at }, about).id).not.toBe(told.id);
    expect(eventOf({ type: 'order.received', sequence: 1, at }, { ...about, orderId: 'ord_2' }).id).not.toBe(told.id);
  });

  test.each([...eventTypes])('%s is a past fact about one subject', (type) =>
    expect(type).toMatch(/^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$/),
  );

  test('names are listed once', () => expect(new Set(eventTypes).size).toBe(eventTypes.length));
});
