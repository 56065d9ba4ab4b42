import * as fc from 'fast-check';
import { movementTypes, type MovementType } from '../../shared/domain/stock';
import { accountOf, givingBack, stillMovable, type LineMovement } from '../../shared/domain/stock-account';
import { holds } from '../support/property';

const moved = (...wishes: readonly [MovementType, number][]): LineMovement[] =>
  wishes.map(([type, quantity]) => ({ type, quantity }));

describe('three units of a line that was reserved by movements', () => {
  const cancelled = (wanted: number, ...wishes: readonly [MovementType, number][]) =>
    givingBack(accountOf(moved(...wishes)), { total: 3, wanted, known: true });

  test.each<[string, number, readonly [MovementType, number][], ReturnType<typeof givingBack>]>([
    ['all reserved', 3, [['reserve', 3]], { released: 3, dropped: 0, shipped: 0, unmatched: 0 }],
    [
      'two reserved, one waiting',
      3,
      [
        ['reserve', 2],
        ['back_order', 1],
      ],
      { released: 2, dropped: 1, shipped: 0, unmatched: 0 },
    ],
    [
      'one of two is cancelled while one waits: the waiting one goes',
      1,
      [
        ['reserve', 2],
        ['back_order', 1],
      ],
      { released: 0, dropped: 1, shipped: 0, unmatched: 0 },
    ],
    [
      'the waiting one was promoted',
      3,
      [
        ['reserve', 2],
        ['back_order', 1],
        ['promote', 1],
      ],
      { released: 3, dropped: 0, shipped: 0, unmatched: 0 },
    ],
    ['nothing was ever reserved', 3, [], { released: 0, dropped: 0, shipped: 0, unmatched: 3 }],
    [
      'one has left, and two are cancelled: the one that is kept is the one that left',
      2,
      [
        ['reserve', 3],
        ['ship', 1],
      ],
      { released: 2, dropped: 0, shipped: 0, unmatched: 0 },
    ],
    [
      'one has left, and all are cancelled',
      3,
      [
        ['reserve', 3],
        ['ship', 1],
      ],
      { released: 2, dropped: 0, shipped: 1, unmatched: 0 },
    ],
  ])('%s', (_what, wanted, wishes, expected) => {
    expect(cancelled(wanted, ...wishes)).toEqual(expected);
  });
});

test('a line whose reservation came with an opening balance gives back what has not left', () => {
  const account = accountOf(moved(['ship', 1]));
  expect(givingBack(account, { total: 2, wanted: 2, known: false })).toEqual({
    released: 1,
    dropped: 0,
    shipped: 1,
    unmatched: 0,
  });
});

test('what an undo has taken again can be given back again', () => {
  const cancellationId = 'can_1';
  const cancelled: LineMovement[] = [
    { type: 'back_order', quantity: 2 },
    { type: 'reserve', quantity: 1 },
    { type: 'release', quantity: 1, cancellationId },
    { type: 'drop', quantity: 2, cancellationId },
  ];
  expect(accountOf(cancelled)).toEqual({ allocated: 0, waiting: 0, shipped: 0, givenBack: 3, returned: 0 });
  const undone: LineMovement[] = [
    ...cancelled,
    { type: 'reserve', quantity: 1, cancellationId },
    { type: 'back_order', quantity: 2, cancellationId },
  ];
  expect(accountOf(undone)).toEqual({ allocated: 3, waiting: 2, shipped: 0, givenBack: 0, returned: 0 });
});

describe('of a line of four units, of which a cancellation has taken one,', () => {
  const account = accountOf(moved(['reserve', 2], ['ship', 1]));
  test.each<[MovementType, number]>([
    ['reserve', 1],
    ['back_order', 1],
    ['ship', 1],
    ['restock', 1],
    ['no_restock', 1],
    ['release', 0],
    ['promote', 0],
  ])('%s may take %i', (type, expected) => {
    expect(stillMovable(type, account, { kept: 3, known: true })).toBe(expected);
  });
});

test('a line that came reserved ships up to what is kept of it, and is not reserved again', () => {
  const account = accountOf(moved(['ship', 1]));
  const line = { kept: 3, known: false };
  expect([stillMovable('ship', account, line), stillMovable('reserve', account, line)]).toEqual([2, 0]);
});

/** Plays wishes against one line as the service does: what may not be done is not done. */
function played(total: number, wishes: readonly { type: MovementType | 'cancel'; quantity: number }[]) {
  const ledger: LineMovement[] = [];
  let cancelled = 0;
  for (const { type, quantity } of wishes) {
    const account = accountOf(ledger);
    if (type === 'cancel') {
      const wanted = Math.min(quantity, total - cancelled);
      const back = givingBack(account, { total, wanted, known: true });
      cancelled += wanted;
      ledger.push({ type: 'release', quantity: back.released, cancellationId: 'can_1' });
      ledger.push({ type: 'drop', quantity: back.dropped, cancellationId: 'can_1' });
    } else if (type === 'promote') {
      if (account.waiting >= quantity) ledger.push({ type, quantity });
    } else if (stillMovable(type, account, { kept: total - cancelled, known: true }) >= quantity)
      ledger.push({ type, quantity });
  }
  return { ledger, cancelled };
}

const wishes = fc.array(
  fc.record({
    type: fc.constantFrom<MovementType | 'cancel'>(...movementTypes, 'cancel', 'cancel'),
    quantity: fc.integer({ min: 1, max: 3 }),
  }),
  { maxLength: 30 },
);
const of = (ledger: readonly LineMovement[], ...types: readonly MovementType[]): number =>
  ledger.filter(({ type }) => types.includes(type)).reduce((sum, { quantity }) => sum + quantity, 0);

describe('whatever happens to a line, in whatever order', () => {
  test('no unit is given back twice: never more than was reserved or waited for', () => {
    holds(
      fc.property(fc.integer({ min: 1, max: 6 }), wishes, (total, all) => {
        const { ledger } = played(total, all);
        const { givenBack, allocated, waiting } = accountOf(ledger);
        return givenBack <= of(ledger, 'reserve', 'back_order') && allocated >= 0 && waiting >= 0;
      }),
      1_000,
    );
  });

  test('nothing is both shipped and back on the shelf without having come back', () => {
    holds(
      fc.property(fc.integer({ min: 1, max: 6 }), wishes, (total, all) => {
        const { ledger } = played(total, all);
        const { shipped, givenBack, returned } = accountOf(ledger);
        return shipped + givenBack <= total && returned <= shipped;
      }),
      1_000,
    );
  });

  test('what was cancelled is held no more, and can never be reserved again', () => {
    holds(
      fc.property(fc.integer({ min: 1, max: 6 }), wishes, (total, all) => {
        const { ledger, cancelled } = played(total, all);
        const { allocated, shipped } = accountOf(ledger);
        return allocated - shipped <= total - cancelled;
      }),
      1_000,
    );
  });
});
