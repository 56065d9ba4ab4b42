import * as fc from 'fast-check';
import { countOf, firstOf, freeOf, overlapOf, type Range } from '../../shared/domain/intervals';
import { holds } from '../support/property';

const range = fc.tuple(fc.nat(30), fc.nat(8)).map(([from, size]): Range => ({ from, to: from + size }));
const anyRanges = fc.array(range, { maxLength: 8 });

/** Ranges without common units, in any order. */
const apart = fc
  .array(fc.tuple(fc.nat(4), fc.integer({ min: 1, max: 6 })), { maxLength: 6 })
  .map((steps) => {
    let next = 0;
    return steps.map(([gap, size]): Range => {
      const from = next + gap;
      next = from + size;
      return { from, to: next };
    });
  })
  .chain((ranges) => fc.shuffledSubarray(ranges));

const unitsOf = (ranges: readonly Range[]): number[] =>
  ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index));
const setOf = (ranges: readonly Range[]): Set<number> => new Set(unitsOf(ranges));
const ascending = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b);

describe('free units', () => {
  test.each([
    ['of an untouched line', 3, [], [{ from: 0, to: 3 }]],
    [
      'at both ends',
      5,
      [{ from: 1, to: 3 }],
      [
        { from: 0, to: 1 },
        { from: 3, to: 5 },
      ],
    ],
    ['none', 2, [{ from: 0, to: 2 }], []],
    [
      'of unsorted, overlapping ranges',
      9,
      [
        { from: 5, to: 7 },
        { from: 1, to: 6 },
      ],
      [
        { from: 0, to: 1 },
        { from: 7, to: 9 },
      ],
    ],
    ['where a range lies beyond the line', 3, [{ from: 5, to: 7 }], [{ from: 0, to: 3 }]],
    ['of a line without units', 0, [], []],
  ])('%s', (_, quantity, taken, expected) => expect(freeOf(quantity, taken)).toEqual(expected));

  test('are exactly those of the line that nothing has taken, in order and each once', () => {
    holds(
      fc.property(fc.nat(40), anyRanges, (quantity, taken) => {
        const gone = setOf(taken);
        const expected = unitsOf([{ from: 0, to: quantity }]).filter((unit) => !gone.has(unit));
        expect(unitsOf(freeOf(quantity, taken))).toEqual(expected);
      }),
    );
  });

  test('and taken units together are the whole line', () => {
    holds(
      fc.property(apart, (taken) => {
        const quantity = Math.max(0, ...taken.map(({ to }) => to));
        expect(countOf(freeOf(quantity, taken)) + countOf(taken)).toBe(quantity);
      }),
    );
  });
});

describe('the first units', () => {
  test('are as many as asked, or all there are', () => {
    holds(
      fc.property(apart, fc.nat(40), (ranges, count) => {
        const first = firstOf(ranges, count);
        expect(unitsOf(first)).toEqual(unitsOf(ranges).slice(0, count));
      }),
    );
  });

  test.each([0, -1])('%i units are none', (count) => expect(firstOf([{ from: 0, to: 5 }], count)).toEqual([]));
});

describe('overlap', () => {
  test('holds the units that lie in both, the same from either side', () => {
    holds(
      fc.property(apart, apart, (left, right) => {
        const inRight = setOf(right);
        const expected = ascending(unitsOf(left).filter((unit) => inRight.has(unit)));
        expect(ascending(unitsOf(overlapOf(left, right)))).toEqual(expected);
        expect(ascending(unitsOf(overlapOf(right, left)))).toEqual(expected);
      }),
    );
  });

  test('neighbours do not overlap', () => expect(overlapOf([{ from: 0, to: 2 }], [{ from: 2, to: 4 }])).toEqual([]));
});
