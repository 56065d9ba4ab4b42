import { isRefusal } from '../../shared/domain/refusal';
import { HmacTokens } from '../../shared/adapters/tokens/hmac-tokens';
import { linesOf, selectionOf } from '../../shared/flows/selection';

const few = [{ lineId: '1', quantity: 2 }];
const many = Array.from({ length: 1_114 }, (_, index) => ({ lineId: `line-${index}`, quantity: 1 }));

describe('what a token says of lines', () => {
  test('a few lines are in it, so nobody has to send them again', () => {
    expect(linesOf(selectionOf(few), undefined)).toEqual({ lines: few });
    expect(linesOf(selectionOf(few), few)).toEqual({ lines: few });
    expect(linesOf(selectionOf(undefined), undefined)).toEqual({});
  });

  test('of many it holds a fingerprint, and takes the lines as they are sent again, in any order', () => {
    expect(Object.keys(selectionOf(many))).toEqual(['selection']);
    const turned = many.toReversed();
    expect(linesOf(selectionOf(many), turned)).toEqual({ lines: turned });
  });

  test.each([
    ['none, where it stands for many', selectionOf(many), undefined],
    ['fewer', selectionOf(many), many.slice(1)],
    ['another quantity', selectionOf(many), [{ lineId: 'line-0', quantity: 2 }, ...many.slice(1)]],
    ['others than the few in it', selectionOf(few), [{ lineId: '2', quantity: 2 }]],
    ['some, where it stands for all that is left', selectionOf(undefined), few],
  ])('is refused with %s', (_what, token, sent) => {
    const lines = linesOf(token, sent);
    expect(isRefusal(lines) && lines).toMatchObject({ code: 'invalid_field', param: '/lines' });
  });

  test.each([
    ['few lines with long names', few.map(({ quantity }) => ({ lineId: 'l'.repeat(100), quantity }))],
    [
      'as many lines as are carried',
      Array.from({ length: 9 }, (_, index) => ({ lineId: `${index}`, quantity: 10_000_000 })),
    ],
    ['more than a thousand lines', many],
  ])('a token of %s has less than a thousand characters, with the longest tenant', async (_what, lines) => {
    const tokens = new HmacTokens(() => Promise.resolve('k'.repeat(64)));
    const facts = { tenant: 't'.repeat(64), orderId: `ord_${'0'.repeat(26)}`, plan: '0'.repeat(26) };
    const times = { startedAt: '2026-03-01T12:00:00.000Z', expiresAt: '2026-03-01T12:00:00.000Z' };
    const token = await tokens.sign('wdr', { ...facts, ...selectionOf(lines), ...times });
    expect(token.length).toBeLessThan(1_000);
  });
});
