import type { Cancellation, RefundLeg } from '../../shared/domain/cancellation';
import { failureCode, failureCodes, failureText, goodsNotStopped } from '../../shared/domain/failure';
import { showCancellation } from '../../shared/flows/show';
import { anOrder, withCancellation } from '../support/orders';

const leg: RefundLeg = {
  id: 'l1',
  paymentRef: 'p',
  channel: 'stripe',
  operation: 'refund',
  amount: 1_000,
  status: 'failed',
  attempt: 1,
};

function failed(failure: string, legs: readonly RefundLeg[] = []): Extract<Cancellation, { failure: string }> {
  const [cancellation] = withCancellation(anOrder({ lines: [{ id: 'a' }] }), { units: {}, legs }, 'undone')
    .cancellations as [Extract<Cancellation, { failure: string }>];
  return { ...cancellation, failure };
}

describe('a failure as everybody may know it', () => {
  const table: [string, string, readonly RefundLeg[]][] = [
    // As it is stored with cancellations of long ago.
    ['goods_could_not_be_stopped', 'the goods could not be stopped', []],
    ['refund_failed', 'expired_or_canceled_card', [leg]],
    ['refund_failed', 'the refund came back', [{ ...leg, status: 'bounced' }]],
    ['refund_failed', 'declined', [{ ...leg, status: 'pending', failure: 'declined' }]],
    ['internal', 'TransientFault: the table was throttled', []],
    ['internal', 'it did not come to an end', [{ ...leg, status: 'succeeded' }]],
    [
      'refund_failed',
      'one of two refunds was called off',
      [
        { ...leg, status: 'succeeded' },
        { ...leg, status: 'canceled' },
      ],
    ],
    ['refund_failed', goodsNotStopped, [leg]],
    ['payment_disputed', 'never sent', [{ ...leg, failure: 'payment_disputed' }]],
    ['payment_disputed', 'refused by Stripe', [{ ...leg, failure: 'charge_disputed' }]],
    ['refund_failed', 'refused by Stripe, for what nobody disputes', [{ ...leg, failure: 'charge_not_refundable' }]],
  ];
  test.each(table)('is %s for: %s', (code, failure, legs) => expect(failureCode(failed(failure, legs))).toBe(code));

  test('is one of the codes that are announced, and each of them occurs', () =>
    expect(new Set(table.map(([code]) => code))).toEqual(new Set(failureCodes)));
});

describe('a failure as it is kept', () => {
  const cause = JSON.stringify({ errorType: 'PermanentFault', errorMessage: 'no account', trace: ['at secret.ts:1'] });

  test.each([
    [`PermanentFault: ${cause}`, 'PermanentFault: no account'],
    ['States.Timeout: ', 'States.Timeout: '],
    ['Error: {not JSON', 'Error: {not JSON'],
    ['Error: {"other":1}', 'Error: {"other":1}'],
    ['Error: {"errorMessage":7}', 'Error: {"errorMessage":7}'],
    ['{"errorMessage":"no name before it"}', 'no name before it'],
    ['expired_or_canceled_card', 'expired_or_canceled_card'],
  ])('%s: %s', (caught, kept) => expect(failureText(caught)).toBe(kept));

  test('is short', () => {
    const long = JSON.stringify({ errorMessage: 'x'.repeat(500) });
    expect(failureText(`Error: ${long}`)).toHaveLength(200);
  });
});

describe('a cancellation that failed', () => {
  const words = 'PermanentFault: account acct_1 is closed';
  const entry = { actor: 'support', step: 'work-case', outcome: 'close', at: '2026-03-01T12:00:00.000Z' };
  const seenBy = (viewer: Parameters<typeof showCancellation>[1]) =>
    showCancellation({ ...failed(words, [leg]), discrepancies: ['mug@main: 1'] }, viewer, [
      { ...entry, detail: words },
    ]);

  test.each(['support', 'platform'] as const)('shows its words to %s', (viewer) => {
    expect(seenBy(viewer)).toMatchObject({
      failure: words,
      discrepancies: ['mug@main: 1'],
      timeline: [{ detail: words }],
    });
  });

  test.each(['customer', 'merchant', 'system'] as const)('shows a code only to %s', (viewer) => {
    expect(seenBy(viewer)).toMatchObject({ failure: 'refund_failed', timeline: [entry] });
    expect(JSON.stringify(seenBy(viewer))).not.toContain('acct_1');
  });

  test('shows what did not fit in the stock to everybody but the customer', () => {
    expect(seenBy('merchant')).toHaveProperty('discrepancies');
    expect(seenBy('customer')).not.toHaveProperty('discrepancies');
  });
});
