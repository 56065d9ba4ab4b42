import type { RefundLeg } from '../../shared/domain/cancellation';
import { needsConnection, paymentChannels, type PaymentChannelName } from '../../shared/domain/channel';
import { isElsewhere, refsUnderDispute } from '../../shared/domain/dispute';

const aLeg = (channel: PaymentChannelName, more: Partial<RefundLeg> = {}): RefundLeg => ({
  id: 'l1',
  paymentRef: 'pay_1',
  channel,
  captureRef: 'cap_1',
  operation: 'refund',
  amount: 1_000,
  status: 'planned',
  attempt: 1,
  ...more,
});

describe('news of a dispute is looked for', () => {
  test.each<[PaymentChannelName, Partial<RefundLeg>, readonly string[]]>([
    ['stripe', {}, ['pay_1']],
    ['adyen', {}, ['pay_1']],
    ['square', {}, ['pay_1']],
    ['paypal', {}, ['pay_1', 'cap_1']],
    ['wechat_pay', {}, ['pay_1']],
    ['gift_card', {}, []],
    ['stripe', { operation: 'void' }, []],
    ['stripe', { operation: 'decrease' }, []],
    ['store_credit', { operation: 'credit' }, ['pay_1', 'cap_1']],
    ['store_credit', { operation: 'credit', captureRef: 'pay_1' }, ['pay_1']],
  ])('of a leg by %s %p under %p', (channel, more, refs) =>
    expect(refsUnderDispute(aLeg(channel, more))).toEqual(refs),
  );

  test.each(paymentChannels)(
    'of %s under the payment, which the shop may name, unless it is our own ledger',
    (channel) => {
      expect(refsUnderDispute(aLeg(channel)).includes('pay_1')).toBe(needsConnection(channel));
    },
  );
});

describe('money that the buyer has or may get past us', () => {
  test.each<[PaymentChannelName, string, boolean]>([
    ['stripe', 'payment_disputed', true],
    ['stripe', 'stripe: charge_disputed [400, req_1]: charged back', true],
    ['stripe', 'stripe: charge_already_refunded [400, req_1]: Charge ch_1 has already been refunded.', true],
    [
      'stripe',
      'stripe: invalid_request_error (amount) [400, req_1]: Refund amount (£10.00) is greater than unrefunded amount on charge (£3.00)',
      true,
    ],
    ['paypal', 'paypal: CAPTURE_FULLY_REFUNDED [422]', true],
    ['square', 'square: REFUND_AMOUNT_INVALID [400]', true],
    ['stripe', 'expired_or_canceled_card', false],
    ['paypal', 'paypal: REFUND_TIME_LIMIT_EXCEEDED [422]', false],
  ])('%s saying %s: %p', (channel, failure, expected) =>
    expect(isElsewhere(aLeg(channel, { status: 'failed', failure }))).toBe(expected),
  );

  test('is there too where a refund came back because of a dispute', () =>
    expect(isElsewhere(aLeg('stripe', { status: 'bounced', failure: 'charge_for_pending_refund_disputed' }))).toBe(
      true,
    ));

  test('is nowhere while the leg has not failed, whatever was said of it before', () =>
    expect(isElsewhere(aLeg('stripe', { status: 'pending', failure: 'charge_disputed' }))).toBe(false));
});
