import type { Cancellation, CancellationStatus, RefundLeg } from '../../shared/domain/cancellation';
import { remainsOf } from '../../shared/domain/remains';
import { later, type Instant } from '../../shared/domain/time';
import { anOrder, withCancellation } from '../support/orders';

const now = '2026-03-01T12:00:00.000Z';
const inAnHour = later(now, { length: 1, unit: 'hours' });

const aLeg = (id: string, status: RefundLeg['status'], more: Partial<RefundLeg> = {}): RefundLeg => ({
  id,
  paymentRef: id,
  channel: 'stripe',
  connectionId: 'con_1',
  captureRef: id,
  operation: 'refund',
  amount: 100,
  status,
  attempt: 1,
  ...more,
});
const gone = aLeg('gone', 'failed', { failure: 'lost_or_stolen_card', providerRef: 're_1' });
const disputed = aLeg('disputed', 'failed', { failure: 'payment_disputed' });
const poor = aLeg('poor', 'awaiting_funds', { since: now, failure: 'insufficient_funds' });
const soon = aLeg('soon', 'planned', { notBefore: later(now, { length: 60, unit: 'seconds' }) });
const paid = aLeg('paid', 'succeeded', { settledAt: now });
const pending = aLeg('pending', 'pending');
const lost = aLeg('lost', 'unknown', { since: now });
const saved = aLeg('saved', 'unknown', { since: now, failure: 'answer_saved' });

function remains(
  legs: readonly RefundLeg[],
  status: CancellationStatus = 'executing',
  more: Partial<Cancellation> = {},
  at: Instant = now,
  goodsComeBack = false,
): string {
  const units = { a: [{ from: 0, to: 1 }] };
  const [made] = withCancellation(anOrder({ lines: [{ id: 'a' }] }), { units, legs }, status).cancellations;
  const { next, holdSeconds, askSeconds } = remainsOf(
    { ...made, requestedAt: now, ...more } as Cancellation,
    goodsComeBack,
    at,
  );
  return [next, holdSeconds, askSeconds].filter((part) => part !== undefined).join(' ');
}

describe('what an unwinding has left', () => {
  test.each<[string, readonly RefundLeg[], CancellationStatus, string]>([
    ['it was withdrawn meanwhile', [], 'withdrawn', 'done'],
    ['its grace was not over', [], 'in_grace', 'again'],
    ['nothing but a try', [aLeg('l', 'planned')], 'executing', 'again'],
    ['a refund of which nobody knows', [lost], 'executing', 'again'],
    ['one whose provider repeats a failure', [saved], 'executing', 'hold 600'],
    ['one that is too soon', [soon], 'executing', 'hold 60'],
    ['one without money', [poor], 'executing', 'hold 3600'],
    ['the nearest of several', [poor, soon], 'executing', 'hold 60'],
    ['one that can go now beside one that waits', [poor, aLeg('l', 'planned')], 'executing', 'again'],
    ['one that failed, and nothing has moved', [gone], 'executing', 'undo'],
    ['one that failed, and another that could still go', [gone, soon], 'executing', 'undo'],
    ['one that failed after another has gone', [gone, paid], 'executing', 'case'],
    ['one that failed beside one of which nobody knows', [gone, lost], 'executing', 'again'],
    [
      'one that failed after another has gone, and a third that waits for money',
      [gone, paid, poor],
      'executing',
      'hold 3600',
    ],
    ['a dispute, and nothing has moved', [disputed], 'executing', 'case'],
    ['a dispute beside one that can go', [disputed, soon], 'executing', 'hold 60'],
    ['refunds under way', [paid, pending], 'refund_pending', 'wait'],
    ['refunds that all have come', [paid], 'refund_pending', 'close'],
    ['one that failed while others are under way', [gone, pending], 'refund_pending', 'case'],
  ])('%s', (_what, legs, status, expected) => expect(remains(legs, status)).toBe(expected));
});

describe('a buyer who is to be asked', () => {
  const terms = { askBuyerHours: 24 };

  test.each<[string, readonly RefundLeg[], CancellationStatus, string]>([
    ['for what has failed', [gone], 'executing', 'ask 86400'],
    ['after what can still go by itself', [gone, poor], 'executing', 'hold 3600'],
    ['while others are under way', [gone, pending], 'refund_pending', 'ask 86400'],
    ['for nothing that he disputes', [disputed], 'executing', 'case'],
    ['for nothing of which nobody knows', [lost], 'executing', 'again'],
  ])('is asked %s', (_what, legs, status, expected) => expect(remains(legs, status, terms)).toBe(expected));

  test('is asked once, until his deadline', () => {
    const asked = { ...terms, choice: { deadline: inAnHour } };
    expect(remains([gone], 'executing', asked)).toBe('ask 3600');
    expect(remains([gone], 'executing', asked, inAnHour)).toBe('undo');
    expect(remains([gone, paid], 'executing', asked, inAnHour)).toBe('case');
  });
});

test('what has closed before, or holds no units, does not stand again', () => {
  expect(remains([gone], 'executing', { counted: true })).toBe('case');
  expect(remains([gone], 'executing', { units: {} })).toBe('case');
});

test('what comes back is not the buyer’s again: a person decides', () => {
  expect(remains([gone], 'executing', {}, now, true)).toBe('case');
  expect(remains([gone], 'executing', { askBuyerHours: 24 }, now, true)).toBe('ask 86400');
  expect(remains([soon], 'executing', {}, now, true)).toBe('hold 60');
});

test('what is under way for sixty days is looked at by a person', () => {
  const at = later(now, { length: 60, unit: 'days' });
  expect(remains([pending], 'refund_pending', {}, at)).toBe('case');
  expect(remains([pending], 'refund_pending', { resumedAt: later(now, { length: 59, unit: 'days' }) }, at)).toBe(
    'wait',
  );
});
