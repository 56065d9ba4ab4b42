import * as fc from 'fast-check';
import {
  cancellationId,
  cancellationOfCase,
  caseId,
  derivedId,
  eventId,
  fingerprint,
  orderId,
  providerKey,
  refundId,
} from '../../shared/domain/ids';
import { holds } from '../support/property';

const parts = fc.array(fc.oneof(fc.string(), fc.constantFrom('', ':', ';', '1:', '1:a;', '0:;', 'ä', '😀')), {
  maxLength: 5,
});

describe('derived ids', () => {
  test('are a prefix and 26 characters that can be read over the telephone', () => {
    holds(fc.property(parts, (list) => expect(derivedId('can', ...list)).toMatch(/^can_[0-9a-hjkmnp-tv-z]{26}$/)));
  });

  test('are the same for the same parts and differ for any other list of parts', () => {
    holds(
      fc.property(parts, parts, (left, right) => {
        expect(fingerprint(...left) === fingerprint(...right)).toBe(JSON.stringify(left) === JSON.stringify(right));
      }),
      1000,
    );
  });

  test('differ wherever the same characters are cut elsewhere', () => {
    holds(
      fc.property(fc.string({ minLength: 1 }), fc.nat(), fc.nat(), (text, one, other) => {
        const [left, right] = [one % (text.length + 1), other % (text.length + 1)];
        const cutAt = (at: number): string => fingerprint(text.slice(0, at), text.slice(at));
        expect(cutAt(left) === cutAt(right)).toBe(left === right);
      }),
    );
  });

  test.each([
    ['parts that run together', ['ab', 'c'], ['a', 'bc']],
    ['an empty part and none', [''], []],
    ['two empty parts and one', ['', ''], ['']],
    ['a part that looks like the coding of two', ['a;1:b'], ['a', 'b']],
    ['the same parts in another order', ['t1', 'm1'], ['m1', 't1']],
    ['upper and lower case', ['A'], ['a']],
  ])('tell apart %s', (_, left, right) => expect(fingerprint(...left)).not.toBe(fingerprint(...right)));

  test('never change, because stored orders are found by them', () => {
    expect(orderId('t1', 'm1', '1001')).toBe('ord_nygtg9s5x7vww54xv2pb2q4r56');
    expect(cancellationId('t1', 'c1', 'key-1')).toBe('can_y32mgb1hw02ypm6n6wb0gb819r');
    expect(eventId('ord_1', 7)).toBe('evt_865bqktht8v2fsx9n5p8y7p1cv');
  });

  test.each([
    ['tenant', ['t2', 'c1', 'key-1']],
    ['caller', ['t1', 'c2', 'key-1']],
    ['key', ['t1', 'c1', 'key-2']],
  ] as const)('of cancellations differ by %s', (_, [tenant, caller, key]) =>
    expect(cancellationId(tenant, caller, key)).not.toBe(cancellationId('t1', 'c1', 'key-1')),
  );

  test('of a case lead back to the cancellation', () => {
    const cancellation = cancellationId('t1', 'c1', 'key-1');
    expect(caseId(cancellation)).toMatch(/^cas_/);
    expect(cancellationOfCase(caseId(cancellation))).toBe(cancellation);
  });
});

describe('provider keys', () => {
  const refund = refundId('can_1', 'l1');

  test('are the same for the same attempt and new for the next', () => {
    expect(providerKey(refund, 1)).toBe(providerKey(refundId('can_1', 'l1'), 1));
    expect(providerKey(refund, 2)).not.toBe(providerKey(refund, 1));
  });

  test.each([1, 9, 10, 999])('fit what providers take, at attempt %i', (attempt) =>
    expect(providerKey(refund, attempt)).toMatch(/^[0-9A-Za-z_-]{32,40}$/),
  );
});
