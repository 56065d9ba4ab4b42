import {
  holdsMoney,
  initialStatuses,
  isOpen,
  isSettled,
  isWaiting,
  legStatuses,
  legTransitions,
  mayBecome,
  mayHaveMoved,
  releasesUnits,
  transitions,
  type CancellationStatus,
  type LegStatus,
  type RefundLeg,
} from '../../shared/domain/cancellation';

const statuses = Object.keys(transitions) as CancellationStatus[];

function reachable<Status extends string>(
  from: readonly Status[],
  table: Readonly<Record<Status, readonly Status[]>>,
): Set<Status> {
  const found = new Set<Status>(from);
  for (const status of found) for (const next of table[status]) found.add(next);
  return found;
}

const leg = (status: LegStatus, operation: RefundLeg['operation'] = 'refund'): RefundLeg => ({
  id: 'l1',
  paymentRef: 'p1',
  channel: 'stripe',
  operation,
  amount: 100,
  status,
  attempt: 1,
});

/** Each row: a status, and for each status above the columns whether the one can become the other. */
function expectWays<Status extends string>(
  table: Readonly<Record<Status, readonly Status[]>>,
  [head, ...rows]: readonly string[],
): void {
  const columns = (head ?? '').trim().split(/ +/);
  for (const row of rows) {
    const [from = '', ...marks] = row.trim().split(/ +/);
    const ways = columns.filter((_, at) => marks[at] === 'x');
    expect([from, ...[...table[from as Status]].sort()]).toEqual([from, ...ways.sort()]);
  }
  expect(rows.map((row) => row.trim().split(/ +/)[0]).sort()).toEqual(Object.keys(table).sort());
}

describe('a cancellation', () => {
  test('goes these ways and no other', () =>
    expectWays(transitions, [
      '                 awaiting_answer executing refund_pending closed in_case declined withdrawn undone',
      'in_grace         x               x         .              .      .       .        x         .     ',
      'awaiting_answer  .               x         .              .      .       x        x         .     ',
      'executing        .               .         x              x      x       .        .         x     ',
      'refund_pending   .               x         .              x      x       .        .         .     ',
      'closed           .               .         .              .      x       .        .         .     ',
      'in_case          .               x         .              x      .       .        .         .     ',
      'declined         .               .         .              .      .       .        .         .     ',
      'withdrawn        .               .         .              .      .       .        .         .     ',
      'undone           .               .         .              .      .       .        .         .     ',
    ]));

  test('begins in grace, with the merchant, or at once', () =>
    expect([...initialStatuses].sort()).toEqual(['awaiting_answer', 'executing', 'in_grace']));

  test('can come to every status', () => {
    expect([...reachable(initialStatuses, transitions)].sort()).toEqual([...statuses].sort());
  });

  test('ends only in declined, withdrawn and undone; from everywhere else it can still be closed', () => {
    const ends = statuses.filter((status) => transitions[status].length === 0);
    expect(ends).toEqual(['declined', 'withdrawn', 'undone']);
    for (const status of statuses.filter((other) => !ends.includes(other))) {
      expect(reachable([status], transitions)).toContain('closed');
    }
  });

  test.each<[CancellationStatus, boolean, boolean]>([
    ['in_grace', true, false],
    ['awaiting_answer', true, false],
    ['executing', true, false],
    ['refund_pending', true, false],
    ['in_case', true, false],
    ['closed', false, false],
    ['declined', false, true],
    ['withdrawn', false, true],
    ['undone', false, true],
  ])('%s: open %p, gives its units back %p', (status, open, releases) => {
    expect(isOpen(status)).toBe(open);
    expect(releasesUnits(status)).toBe(releases);
  });

  test.each<[CancellationStatus, CancellationStatus, boolean]>([
    ['in_grace', 'withdrawn', true],
    ['awaiting_answer', 'withdrawn', true],
    ['executing', 'withdrawn', false],
    ['executing', 'declined', false],
    ['refund_pending', 'undone', false],
    ['in_case', 'undone', false],
    ['closed', 'in_case', true],
    ['closed', 'executing', false],
    ['declined', 'executing', false],
    ['in_grace', 'declined', false],
  ])('from %s to %s: %p', (from, to, allowed) => expect(mayBecome(from, to)).toBe(allowed));

  test('never gives back units once a refund may have left: pending and cases cannot be undone', () => {
    for (const status of ['refund_pending', 'in_case', 'closed'] as const) {
      expect(statuses.filter((to) => releasesUnits(to) && reachableWithoutExecuting(status).has(to))).toEqual([]);
    }
  });
});

/** What a status can become without starting another run; a run decides by the legs whether it may undo. */
function reachableWithoutExecuting(from: CancellationStatus): Set<CancellationStatus> {
  const found = new Set<CancellationStatus>([from]);
  for (const status of found) for (const next of transitions[status]) if (next !== 'executing') found.add(next);
  return found;
}

describe('a refund leg', () => {
  test('goes these ways and no other', () =>
    expectWays(legTransitions, [
      '                 planned submitting pending requires_action unknown awaiting_funds succeeded failed canceled bounced settled_by_hand given_up',
      'planned          .       x          .       .               .       .              .         x      x        .       x               x       ',
      'submitting       .       .          x       x               x       x              x         x      x        .       x               .       ',
      'pending          .       .          .       x               .       x              x         x      x        .       x               .       ',
      'requires_action  .       .          x       .               .       x              x         x      x        .       x               .       ',
      'unknown          .       x          x       x               .       x              x         x      x        .       x               .       ',
      'awaiting_funds   x       x          .       .               .       .              .         x      .        .       x               x       ',
      'succeeded        .       .          .       .               .       .              .         .      .        x       .               .       ',
      'failed           x       .          .       .               .       .              x         .      .        .       x               x       ',
      'canceled         x       .          .       .               .       .              x         .      .        .       x               x       ',
      'bounced          x       .          .       .               .       .              x         .      .        .       x               x       ',
      'settled_by_hand  .       .          .       .               .       .              .         .      .        .       .               .       ',
      'given_up         .       .          .       .               .       .              .         .      .        .       .               .       ',
    ]));

  test('can come to every status from planned', () => {
    expect([...reachable(['planned'], legTransitions)].sort()).toEqual([...legStatuses].sort());
  });

  test('ends only by hand or given up: even a success may bounce', () => {
    const ends = legStatuses.filter((status) => legTransitions[status].length === 0);
    expect(ends).toEqual(['settled_by_hand', 'given_up']);
    expect(legTransitions.succeeded).toEqual(['bounced']);
  });

  test('is never submitted again while it may be alive at the provider', () => {
    for (const status of ['submitting', 'pending', 'requires_action', 'succeeded'] as const) {
      expect(legTransitions[status]).not.toContain('submitting');
    }
  });

  test('is given up only when no money can have left', () => {
    for (const status of legStatuses.filter((from) => legTransitions[from].includes('given_up'))) {
      expect(['planned', 'awaiting_funds', 'failed', 'canceled', 'bounced']).toContain(status);
    }
  });

  test('can be settled from every status in which it is not settled', () => {
    for (const status of legStatuses) {
      expect([...reachable([status], legTransitions)].some((to) => isSettled(leg(to)))).toBe(true);
    }
  });

  test.each<[LegStatus, { moved: boolean; settled: boolean; waiting: boolean; holds: boolean }]>([
    ['planned', { moved: false, settled: false, waiting: false, holds: true }],
    ['submitting', { moved: true, settled: false, waiting: false, holds: true }],
    ['unknown', { moved: true, settled: false, waiting: false, holds: true }],
    ['pending', { moved: true, settled: false, waiting: true, holds: true }],
    ['requires_action', { moved: true, settled: false, waiting: true, holds: true }],
    ['succeeded', { moved: true, settled: true, waiting: false, holds: true }],
    ['failed', { moved: false, settled: false, waiting: false, holds: true }],
    ['canceled', { moved: false, settled: false, waiting: false, holds: true }],
    ['bounced', { moved: true, settled: false, waiting: false, holds: true }],
    ['settled_by_hand', { moved: true, settled: true, waiting: false, holds: true }],
    ['given_up', { moved: false, settled: true, waiting: false, holds: false }],
  ])('%s: %p', (status, expected) => {
    const one = leg(status);
    expect({
      moved: mayHaveMoved(one),
      settled: isSettled(one),
      waiting: isWaiting(one),
      holds: holdsMoney(one),
    }).toEqual(expected);
  });

  test('that only lowers what will be captured has moved nothing', () => {
    for (const status of legStatuses) expect(mayHaveMoved(leg(status, 'decrease'))).toBe(false);
  });
});
