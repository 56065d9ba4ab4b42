import * as z from 'zod';
import {
  channels,
  isPayoutAccount,
  paymentChannels,
  recordOf,
  type PaymentChannelName,
} from '../../shared/domain/channel';
import { failureMeanings, meaningOf } from '../../shared/domain/refund-failure';

const day = z.iso.date();
const grades = ['vendor', 'third_party', 'ours', 'unknown'] as const;

/** A fact says where it was read and when; one that was not verified has no value. */
const fact = <Value extends z.ZodType>(value: Value) =>
  z
    .strictObject({
      value: z.nullable(value),
      grade: z.enum(grades),
      source: z.optional(z.url()),
      checked: day,
      note: z.optional(z.string().min(1)),
    })
    .refine(
      (one) => one.grade !== 'unknown' || (one as unknown as { value: unknown }).value === null,
      'what is unknown has no value',
    )
    .refine(
      ({ grade, source }) => (grade === 'vendor' || grade === 'third_party') === (source !== undefined),
      'source',
    );

const days = z.int().min(0).max(3_650);
const record = z.strictObject({
  title: z.string().min(1),
  account: z.enum(['connection', 'own_ledger']),
  kind: z.optional(z.enum(['gift_card', 'points', 'money'])),
  payoutAccount: z.optional(
    z.strictObject({
      form: z.string().regex(/^\^.+\$$/),
      source: z.url(),
      checked: day,
      note: z.optional(z.string().min(1)),
    }),
  ),
  units: z.strictObject({
    form: z.enum(['integer', 'decimal']),
    digits: z.union([
      z.literal('iso'),
      z.record(z.string().regex(/^[0-3]$/), z.string().regex(/^[A-Z]{3}( [A-Z]{3})*$/)),
    ]),
    steps: z.optional(z.record(z.string().regex(/^[A-Z]{3}$/), z.int().min(2))),
    source: z.string().min(1),
    checked: day,
    note: z.optional(z.string().min(1)),
  }),
  facts: z.strictObject({
    refundWindowDays: fact(days),
    refundsPerCapture: fact(z.int().min(1)),
    secondsBetweenRefunds: fact(z.int().min(0)),
    smallestRefund: fact(z.int().min(1)),
    answer: fact(z.enum(['now', 'now_or_later', 'later', 'by_notice'])),
    feeReturned: fact(z.enum(['none', 'in_part', 'all', 'no_fee'])),
    customerSeesAfterDays: fact(z.strictObject({ from: days, to: days, days: z.enum(['business', 'calendar']) })),
    failsUpToDaysLater: fact(days),
    disputeNames: fact(z.enum(['payment', 'capture'])),
    keyKeptHours: fact(z.int().min(1)),
  }),
  failures: z.optional(z.partialRecord(z.enum(failureMeanings), fact(z.string().regex(/^[\w.-]+( [\w.-]+)*$/)))),
});

describe('the record of payment channels', () => {
  test.each(paymentChannels)('%s: what is known of it has a form, a source and a date', (channel) => {
    expect(record.safeParse(channels[channel]).error?.issues).toBeUndefined();
  });

  test('an unverified value cannot slip in', () => {
    const { facts, ...rest } = recordOf('stripe');
    const guessed = { ...facts, refundWindowDays: { ...facts.refundWindowDays, value: 90 } };
    expect(record.safeParse({ ...rest, facts: guessed }).success).toBe(false);
  });
});

describe('an account to pay out to', () => {
  test.each(['SE1234567890ABC1234567890', 'SE322KT223222D5FJ7TJN2986', 'SE00000000000000000000001'])(
    '%s is a token of the provider',
    (account) => expect(isPayoutAccount('bank_transfer', account)).toBe(true),
  );

  test.each([
    ['a Swedish IBAN, which begins alike', 'SE4550000000058398257466'],
    ['a German IBAN', 'DE89370400440532013000'],
    ['a reference of the shop', 'TRANSFER-1001'],
    ['a balance account', 'BA3227C223222B5B9SCR82TMV'],
    ['small letters', 'se322kt223222d5fj7tjn2986'],
    ['a token and something after it', 'SE322KT223222D5FJ7TJN2986\n'],
    ['nothing', ''],
  ])('%s is none', (_what, account) => expect(isPayoutAccount('bank_transfer', account)).toBe(false));

  test('no account is one where money goes back the way it came', () => {
    expect(isPayoutAccount('stripe', 'SE322KT223222D5FJ7TJN2986')).toBe(false);
  });
});

test.each<[PaymentChannelName, string | undefined, string | undefined]>([
  ['stripe', 'insufficient_funds', 'balance_too_low'],
  ['stripe', 'lost_or_stolen_card', 'instrument_gone'],
  ['stripe', 'stripe: charge_disputed [400, req_1]: Charge ch_1 has been charged back', 'disputed'],
  ['stripe', 'stripe: refund_disputed_payment [400, req_1]: No.', 'disputed'],
  ['stripe', 'declined', undefined],
  ['paypal', 'paypal: REFUND_FAILED_INSUFFICIENT_FUNDS [422, abc]', 'balance_too_low'],
  ['paypal', 'paypal: REFUND_TIME_LIMIT_EXCEEDED [422]', 'too_late'],
  ['paypal', 'insufficient_funds', undefined],
  ['wechat_pay', 'wechat_pay: NOT_ENOUGH [403]: 基本账户余额不足', 'balance_too_low'],
  ['alipay', 'alipay: ACQ.SELLER_BALANCE_NOT_ENOUGH [40004]', 'balance_too_low'],
  ['store_credit', 'anything', undefined],
  ['stripe', undefined, undefined],
  ['stripe', '', undefined],
])('%s saying %s means %s', (channel, said, meaning) => expect(meaningOf(channel, said)).toBe(meaning));
