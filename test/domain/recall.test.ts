import { secondsHeld } from '../../shared/domain/recall';

const asked = '2026-03-01T12:00:00.000Z';

describe('A carrier that knows nothing of a wish', () => {
  test.each([
    ['asked just now', '2026-03-01T12:00:00.000Z', 60],
    ['asked half a second less than a minute ago', '2026-03-01T12:00:59.500Z', 1],
    ['asked a minute ago', '2026-03-01T12:01:00.000Z', 0],
    ['asked an hour ago', '2026-03-01T13:00:00.000Z', 0],
  ])('and was %s may still hear of it for the rest of a minute', (_when, now, seconds) => {
    expect(secondsHeld({ recalledAt: asked }, now)).toBe(seconds);
  });

  test('and was never asked may be asked', () => {
    expect(secondsHeld({}, asked)).toBe(0);
  });
});
