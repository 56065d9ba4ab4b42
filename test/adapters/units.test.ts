import { fromDecimal, fromUnits, toDecimal, toUnits } from '../../shared/adapters/payments/units';
import { paymentChannels, recordOf, unitsOf } from '../../shared/domain/channel';
import { PermanentFault } from '../../shared/domain/faults';
import { exponentOf, knownCurrencies } from '../../shared/domain/money';

describe('amounts on their way to a channel', () => {
  test.each([
    ['stripe', 'EUR', 1_234, 1_234],
    ['stripe', 'JPY', 500, 500],
    ['stripe', 'KRW', 500, 500],
    ['stripe', 'HUF', 1_045, 1_045],
    ['stripe', 'IDR', 150_000, 150_000],
    ['stripe', 'COP', 100, 100],
    ['stripe', 'CLP', 990, 990],
    ['stripe', 'CVE', 150, 150],
    ['stripe', 'ISK', 5, 500],
    ['stripe', 'UGX', 7, 700],
    ['stripe', 'MGA', 300, 3],
    ['stripe', 'KWD', 5_120, 5_120],
    ['klarna', 'EUR', 1_234, 1_234],
    ['klarna', 'SEK', 1_050, 1_050],
    ['adyen', 'JPY', 500, 500],
    ['adyen', 'KRW', 500, 500],
    ['adyen', 'HUF', 1_045, 1_045],
    ['adyen', 'IDR', 150_000, 1_500],
    ['adyen', 'CLP', 990, 99_000],
    ['adyen', 'CVE', 1_500, 15],
    ['adyen', 'ISK', 5, 500],
    ['adyen', 'UGX', 7, 7],
    ['adyen', 'KWD', 5_124, 5_124],
    ['bank_transfer', 'EUR', 1_234, 1_234],
    ['bank_transfer', 'JPY', 500, 500],
    ['bank_transfer', 'KRW', 500, 500],
    ['bank_transfer', 'HUF', 1_045, 1_045],
    ['bank_transfer', 'CLP', 990, 99_000],
    ['bank_transfer', 'CVE', 1_500, 15],
    ['bank_transfer', 'ISK', 5, 500],
    ['bank_transfer', 'UGX', 7, 7],
    ['bank_transfer', 'KWD', 5_124, 5_124],
    ['alipay', 'CNY', 1_234, 1_234],
    ['wechat_pay', 'CNY', 1_234, 1_234],
    ['paypal', 'EUR', 1_234, 1_234],
    ['paypal', 'JPY', 500, 500],
    ['paypal', 'HUF', 104_500, 1_045],
    ['paypal', 'TWD', 10_000, 100],
    ['square', 'EUR', 1_234, 1_234],
    ['square', 'JPY', 500, 500],
    ['store_credit', 'ISK', 5, 5],
    ['store_credit', 'KWD', 5_124, 5_124],
  ] as const)('%s %s: %d of ours are %d of theirs, and back', (channel, currency, ours, theirs) => {
    expect(toUnits(channel, ours, currency)).toBe(theirs);
    expect(fromUnits(channel, theirs, currency)).toBe(ours);
  });

  test.each([
    ['stripe', 'KWD', 5_124],
    ['stripe', 'BHD', 1],
    ['stripe', 'MGA', 50],
    ['klarna', 'JPY', 500],
    ['klarna', 'KRW', 500],
    ['klarna', 'KWD', 5_120],
    ['klarna', 'HUF', 1_045],
    ['klarna', 'ISK', 5],
    ['klarna', 'UGX', 7],
    ['klarna', 'CLP', 990],
    ['klarna', 'CVE', 150],
    ['adyen', 'CVE', 150],
    ['adyen', 'IDR', 50],
    ['adyen', 'MGA', 300],
    ['bank_transfer', 'CVE', 150],
    ['bank_transfer', 'MGA', 300],
    ['paypal', 'HUF', 1_045],
    ['paypal', 'KRW', 500],
    ['paypal', 'KWD', 5_120],
    ['paypal', 'ISK', 5],
    ['paypal', 'UGX', 7],
    ['paypal', 'CLP', 990],
    ['paypal', 'CVE', 150],
    ['square', 'KRW', 500],
    ['square', 'KWD', 5_120],
    ['square', 'HUF', 1_045],
    ['square', 'ISK', 5],
    ['square', 'UGX', 7],
    ['square', 'CLP', 990],
    ['square', 'CVE', 150],
    ['stripe', 'EUR', 0],
    ['stripe', 'EUR', -1],
    ['stripe', 'EUR', 1.5],
    ['stripe', 'ISK', Number.MAX_SAFE_INTEGER],
    ['wechat_pay', 'CNY', 0],
    ['wechat_pay', 'EUR', 100],
    ['wechat_pay', 'JPY', 500],
    ['wechat_pay', 'KRW', 500],
    ['wechat_pay', 'KWD', 5_120],
    ['wechat_pay', 'HUF', 1_045],
    ['wechat_pay', 'ISK', 5],
    ['wechat_pay', 'UGX', 7],
    ['wechat_pay', 'CLP', 990],
    ['wechat_pay', 'CVE', 150],
    ['alipay', 'CNY', 0],
    ['alipay', 'EUR', 100],
    ['alipay', 'JPY', 500],
    ['alipay', 'KRW', 500],
    ['alipay', 'KWD', 5_120],
    ['alipay', 'HUF', 1_045],
    ['alipay', 'ISK', 5],
    ['alipay', 'UGX', 7],
    ['alipay', 'CLP', 990],
    ['alipay', 'CVE', 150],
    ['stripe', 'XTS', 1],
    ['stripe', 'eur', 1],
    ['stripe', '__proto__', 1],
  ] as const)('%s %s %d is refused, never rounded', (channel, currency, amount) => {
    expect(() => toUnits(channel, amount, currency)).toThrow(PermanentFault);
    expect(() => toDecimal(channel, amount, currency)).toThrow(PermanentFault);
  });

  test('an amount of theirs that ours cannot state is not believed', () => {
    expect(fromUnits('stripe', 550, 'ISK')).toBeUndefined();
    expect(fromUnits('stripe', 0.5, 'EUR')).toBeUndefined();
  });

  test('as a decimal text an amount has exactly the digits of the channel', () => {
    expect(toDecimal('store_credit', 5, 'EUR')).toBe('0.05');
    expect(toDecimal('store_credit', 123_456, 'EUR')).toBe('1234.56');
    expect(toDecimal('store_credit', 500, 'JPY')).toBe('500');
    expect(toDecimal('store_credit', 7, 'KWD')).toBe('0.007');
  });

  test.each([
    ['1234.56', 'EUR', 123_456],
    ['1234.5', 'EUR', 123_450],
    ['1234', 'EUR', 123_400],
    ['1234.5600', 'EUR', 123_456],
    ['500.00', 'JPY', 500],
    ['500.5', 'JPY', undefined],
    ['1.005', 'EUR', undefined],
    ['-1.00', 'EUR', undefined],
    ['1e3', 'EUR', undefined],
    ['', 'EUR', undefined],
    [' 1', 'EUR', undefined],
    ['1,00', 'EUR', undefined],
  ])("the text '%s' %s is %s of ours", (text, currency, ours) => {
    expect(fromDecimal('store_credit', text, currency)).toBe(ours);
  });

  test.each(paymentChannels)('%s: every amount that goes out comes back the same', (channel) => {
    for (const currency of knownCurrencies) {
      const units = unitsOf(channel, currency);
      if (units === undefined) continue;
      expect(units.ours).toBe(exponentOf(currency));
      const smallest = Math.max(1, (units.step * 10 ** units.ours) / 10 ** units.theirs);
      for (const amount of [smallest, 7 * smallest, 12_345 * smallest]) {
        const whole = Number.isInteger(amount) ? amount : Math.ceil(amount);
        expect(fromUnits(channel, toUnits(channel, whole, currency), currency)).toBe(whole);
        expect(fromDecimal(channel, toDecimal(channel, whole, currency), currency)).toBe(whole);
      }
    }
  });

  test.each(paymentChannels)('%s: no currency stands in two rows', (channel) => {
    const { digits } = recordOf(channel).units;
    const named = typeof digits === 'string' ? [] : Object.values(digits).flatMap((codes) => codes.split(' '));
    expect(new Set(named).size).toBe(named.length);
  });
});
