import type { Role } from '../../shared/domain/cancellation';
import { decide } from '../../shared/domain/decide';
import { platformDefaultPolicy } from '../../shared/domain/policy';
import { accepted, anOrder, asking, type LineSketch } from '../support/orders';

/** What a buyer of one line is told under the terms of a merchant who has none of his own. */
function told(line: Partial<LineSketch>, more: Partial<Parameters<typeof asking>[1]> = {}, role: Role = 'customer') {
  const order = anOrder({ lines: [{ id: 'a', ...line }] });
  const decision = decide(order, platformDefaultPolicy, { reason: { core: 'other' } }, asking(role, more));
  return decision.outcome === 'Refused' ? decision.because.code : `${decision.state.status} by ${decision.rule}`;
}

describe('where a merchant has no policy of his own', () => {
  const startsAt = '2026-03-10T18:00:00.000Z';
  test.each<[string, Partial<LineSketch>, string, string]>([
    ['goods on the last day', {}, '2026-03-15T09:59:59.999Z', 'executing by window'],
    ['goods after fourteen days', {}, '2026-03-15T10:00:00.000Z', 'window_elapsed'],
    ['food that waits', { kind: 'prepared' }, '2026-03-01T11:00:00.000Z', 'executing by window'],
    ['food in the kitchen', { kind: 'prepared', stage: 'accepted' }, '2026-03-01T11:00:00.000Z', 'stage_passed'],
    ['an accepted service', { kind: 'service', stage: 'accepted' }, '2026-03-01T11:00:00.000Z', 'executing by window'],
    ['a service that runs', { kind: 'service', stage: 'started' }, '2026-03-01T11:00:00.000Z', 'stage_passed'],
    [
      'a booking until two days before it',
      { kind: 'service', startsAt },
      '2026-03-08T17:59:59.999Z',
      'executing by service.before_start',
    ],
    ['a booking after that', { kind: 'service', startsAt }, '2026-03-08T18:00:00.000Z', 'too_close_to_start'],
    [
      'a download not yet made',
      { kind: 'digital', stage: 'started' },
      '2026-03-01T11:00:00.000Z',
      'executing by window',
    ],
    ['a download made', { kind: 'digital', stage: 'served' }, '2026-03-01T11:00:00.000Z', 'stage_passed'],
  ])('%s', (_, line, now, expected) => expect(told(line, { now })).toBe(expected));

  test('whoever comes too late is refused; no merchant is asked whom nobody asked for his terms', () =>
    expect(Object.values(platformDefaultPolicy.kinds).map(({ afterwards }) => afterwards)).toEqual(
      Array<string>(4).fill('refuse'),
    ));

  test('a blocked account may not cancel', () =>
    expect(told({}, { accountStanding: 'blocked' })).toBe('account_blocked'));

  test('there is no grace: it is carried out at once', () => expect(platformDefaultPolicy.graceMinutes).toBe(0));

  test('a large sum waits two days for the merchant, and his silence approves', () => {
    const order = anOrder({ lines: [{ id: 'a', net: 50_001 }] });
    const { state } = accepted(decide(order, platformDefaultPolicy, { reason: { core: 'other' } }, asking('customer')));
    expect(state).toEqual({
      status: 'awaiting_answer',
      deadline: '2026-03-03T11:00:00.000Z',
      onSilence: 'approve',
    });
  });

  test('cancellations say by which policy they were judged', () =>
    expect([platformDefaultPolicy.id, platformDefaultPolicy.version]).toEqual(['platform-default', 1]));
});
