import { describeWithSpec } from './vendor-spec';

describeWithSpec('paypal', 'payments_payment_v2.json', (spec) => {
  test('a schema that is not there is no schema that everything passes', () => {
    expect(() => spec.problems('/components/schemas/nothing_like_it', {})).toThrow();
  });

  test('a wrong body is named by its place', () => {
    expect(spec.problems('/components/schemas/refund_request', { amount: { value: 5 } })).not.toEqual([]);
  });
});
