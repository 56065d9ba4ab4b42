import type { RefundLeg } from '../../shared/domain/cancellation';
import { paymentChannels, recordOf, type PaymentChannelName } from '../../shared/domain/channel';
import { refsUnderDispute } from '../../shared/domain/dispute';

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
    ['paypal', {}, ['cap_1']],
    ['gift_card', {}, []],
    ['wechat_pay', {}, []],
    ['stripe', { operation: 'void' }, []],
    ['stripe', { operation: 'decrease' }, []],
    ['store_credit', { operation: 'credit' }, ['pay_1', 'cap_1']],
    ['store_credit', { operation: 'credit', captureRef: 'pay_1' }, ['pay_1']],
  ])('of a leg by %s %p under %p', (channel, more, refs) =>
    expect(refsUnderDispute(aLeg(channel, more))).toEqual(refs),
  );

  test.each(paymentChannels)('of %s under nothing unless it is known what it names', (channel) => {
    const known = recordOf(channel).facts.disputeNames.value !== null;
    expect(refsUnderDispute(aLeg(channel)).length).toBe(known ? 1 : 0);
  });
});
