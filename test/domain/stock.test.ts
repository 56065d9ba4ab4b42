import * as fc from 'fast-check';
import {
  availableOf,
  balanceOf,
  changesOf,
  counters,
  effects,
  emptyBalance,
  move,
  movementTypes,
  needsReason,
  takenFrom,
  type Balance,
  type LedgerEntry,
  type MovementType,
} from '../../shared/domain/stock';
import { holds } from '../support/property';

const start: Balance = { onHand: 10, reserved: 4, incoming: 5, waiting: 2 };
const shown = (type: MovementType): string => {
  const after = move(start, type, 2);
  if (typeof after === 'string') return after;
  return [...counters.map((counter) => after[counter]), availableOf(after)].join(' ');
};

describe('two units of a balance of 10 on hand, 4 reserved, 5 incoming, 2 waiting', () => {
  test.each<[MovementType, string]>([
    ['announce', '10 4 7 2 6'],
    ['arrive', '12 4 3 2 8'],
    ['reserve', '10 6 5 2 4'],
    ['release', '10 2 5 2 8'],
    ['discard', '8 2 5 2 6'],
    ['reinstate', '12 6 5 2 6'],
    ['ship', '8 2 5 2 6'],
    ['restock', '12 4 5 2 8'],
    ['no_restock', '10 4 5 2 6'],
    ['write_off', '8 4 5 2 4'],
    ['back_order', '10 4 5 4 6'],
    ['promote', '10 6 5 0 4'],
    ['drop', '10 4 5 0 6'],
  ])('%s: %s (on hand, reserved, incoming, waiting, available)', (type, expected) => {
    expect(shown(type)).toBe(expected);
  });

  test('are all the movements that there are', () => {
    expect(movementTypes).toHaveLength(13);
    expect(Object.keys(effects)).toEqual(movementTypes);
  });

  test('that units do not go back on the shelf has a reason, and nothing else needs one', () => {
    expect(movementTypes.filter(needsReason)).toEqual(['discard', 'no_restock', 'write_off']);
  });
});

describe('a movement takes only from what is there', () => {
  test.each<[MovementType, readonly string[]]>([
    ['announce', []],
    ['arrive', ['incoming']],
    ['reserve', ['available']],
    ['release', ['reserved']],
    ['discard', ['reserved', 'onHand']],
    ['reinstate', []],
    ['ship', ['reserved', 'onHand']],
    ['restock', []],
    ['no_restock', []],
    ['write_off', ['onHand', 'available']],
    ['back_order', []],
    ['promote', ['waiting', 'available']],
    ['drop', ['waiting']],
  ])('%s from %j', (type, expected) => {
    expect(takenFrom(type)).toEqual(expected);
  });

  test('a reserved unit is not written off: only the free ones are', () => {
    expect(move({ ...emptyBalance, onHand: 3, reserved: 2 }, 'write_off', 2)).toBe('available');
  });
});

const anyMovement = fc.record({ type: fc.constantFrom(...movementTypes), quantity: fc.integer({ min: 1, max: 5 }) });
const anyOpening = fc
  .record({ onHand: fc.integer({ min: 0, max: 20 }), share: fc.double({ min: 0, max: 1, noNaN: true }) })
  .map(({ onHand, share }) => ({ type: 'opening' as const, onHand, reserved: Math.floor(onHand * share) }));

describe('whatever is moved, in whatever order', () => {
  test('the ledger comes to the balance, and no counter is ever below 0', () => {
    holds(
      fc.property(anyOpening, fc.array(anyMovement, { maxLength: 60 }), (opening, wishes) => {
        const ledger: LedgerEntry[] = [opening];
        let balance = balanceOf(ledger);
        for (const { type, quantity } of wishes) {
          const after = move(balance, type, quantity);
          if (typeof after === 'string') continue;
          ledger.push({ type, quantity });
          balance = after;
          if (availableOf(balance) < 0 || counters.some((counter) => balance[counter] < 0)) return false;
        }
        return counters.every((counter) => balanceOf(ledger)[counter] === balance[counter]);
      }),
      500,
    );
  });

  test('what is available changes by what its two counters change by', () => {
    holds(
      fc.property(anyMovement, ({ type, quantity }) => {
        const { onHand = 0, reserved = 0, available = 0 } = changesOf(type, quantity);
        return available === onHand - reserved;
      }),
    );
  });
});
