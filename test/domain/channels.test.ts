import * as z from 'zod';
import { channels, paymentChannels, recordOf } from '../../shared/domain/channel';

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
    answer: fact(z.enum(['now', 'now_or_later', 'later'])),
    feeReturned: fact(z.enum(['none', 'in_part', 'all', 'no_fee'])),
    customerSeesAfterDays: fact(z.strictObject({ from: days, to: days, days: z.enum(['business', 'calendar']) })),
    failsUpToDaysLater: fact(days),
    keyKeptHours: fact(z.int().min(1)),
  }),
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
