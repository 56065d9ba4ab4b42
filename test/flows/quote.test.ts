/** A quote stays true while nothing of what it promised changes. */
import type { RefundLeg } from '../../shared/domain/cancellation';
import { decide } from '../../shared/domain/decide';
import { isRefusal } from '../../shared/domain/refusal';
import { quoteOf, readQuote, stillTrue } from '../../shared/flows/quote';
import type { SignedTokens } from '../../shared/ports/signed-tokens';
import { anOrder, aPayment, asking, aPolicy, withCancellation } from '../support/orders';

const tokens: SignedTokens = {
  sign: (_prefix, payload) => Promise.resolve(JSON.stringify(payload)),
  verify: (_prefix, text) => Promise.resolve(JSON.parse(text) as Record<string, unknown>),
};

test('although the time for which a refund of it would have to wait moves on', async () => {
  const payment = { ...aPayment('p1', 3_000, [3_000]), channel: 'wechat_pay' as const };
  const leg: RefundLeg = {
    id: 'l1',
    paymentRef: 'p1',
    channel: 'wechat_pay',
    connectionId: 'con_1',
    captureRef: 'p1-1',
    operation: 'refund',
    amount: 1_000,
    status: 'pending',
    attempt: 1,
  };
  const order = withCancellation(
    anOrder({ lines: [{ id: 'a', quantity: 3 }], payments: [payment] }),
    { units: { a: [{ from: 0, to: 1 }] }, legs: [leg] },
    'refund_pending',
  );
  const wish = { lines: [{ lineId: 'a', quantity: 1 }], reason: { core: 'other' as const } };
  const quoted = (await quoteOf(tokens, order, wish, asking('customer', { now: '2026-03-01T12:00:00.000Z' }))) as {
    id: string;
  };
  const later = '2026-03-01T12:00:20.000Z';
  const quote = await readQuote(tokens, 't1', quoted.id, later);
  if (isRefusal(quote)) throw new Error(quote.detail);
  const decision = decide(order, aPolicy(), wish, asking('customer', { now: later }));
  expect(decision).toMatchObject({
    outcome: 'Accepted',
    plan: { legs: [{ notBefore: expect.any(String) as unknown }] },
  });
  expect(stillTrue(quote, decision)).toBe(true);
});
