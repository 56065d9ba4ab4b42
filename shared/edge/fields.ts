import * as z from 'zod/mini';
import { carrierNames } from '../domain/carrier';
import { paymentChannels } from '../domain/channel';
import { destinations } from '../domain/choice';
import { knownCurrencies } from '../domain/money';
import { returnRefunds } from '../domain/policy';
import { lineKinds, stages } from '../domain/order';
import { splitStrategies } from '../domain/split';

/** Field types that several routes share. Text is bounded everywhere, and numbers are safe integers. */

export const text = (longest: number) => z.string().check(z.minLength(1), z.maxLength(longest), noControl);
/** Control characters have no place in names and would let a log line be forged. */
const noControl = z.regex(/^[^\u0000-\u001f\u007f]*$/u);
/** Ids of other systems: they become part of keys, whose separator is #. */
export const reference = z.string().check(z.regex(/^[A-Za-z0-9._:@-]{1,100}$/));
export const currency = z.enum(knownCurrencies as [string, ...string[]]);
/** Minor units, zero or above; the limit keeps sums over a whole order inside the safe integers. */
export const amount = z.int().check(z.gte(0), z.lte(9_000_000_000_000));
export const quantity = z.int().check(z.gte(1), z.lte(10_000_000));
export const instant = z.iso.datetime();
export const span = z.strictObject({
  length: z.int().check(z.gte(0), z.lte(100_000)),
  unit: z.enum(['minutes', 'hours', 'days']),
});

/** Currencies of terms may be ones that we do not know yet; they are never paid in. */
const currencyCode = z.string().check(z.regex(/^[A-Z]{3}$/));
/** How many entries a record may have. */
export const atMost = (entries: number) =>
  z.refine<Readonly<Record<string, unknown>>>(
    (record) => Object.keys(record).length <= entries,
    `it has more than ${entries} entries`,
  );

const kindRule = z.strictObject({
  freeUntilStage: z.optional(z.enum(stages)),
  beforeStart: z.optional(span),
  afterwards: z.enum(['refuse', 'ask_merchant']),
});

const perCurrency = z.record(currencyCode, amount).check(atMost(50));
const fee = z.strictObject({
  code: reference,
  basisPoints: z.optional(z.int().check(z.gte(0), z.lte(10_000))),
  fixed: z.optional(perCurrency),
  cap: z.optional(perCurrency),
  kinds: z.optional(z.array(z.enum(lineKinds))),
});

const parcelRule = z.strictObject({
  callBack: z.enum(['freely', 'ask_merchant']),
  refundOn: z.enum(['request', 'acceptance', 'turned_round', 'receipt']),
  answerHours: z.int().check(z.gte(1), z.lte(7 * 24)),
  returnDays: z.int().check(z.gte(1), z.lte(90)),
  afterRefusal: z.optional(z.enum(['order_stands', 'return'])),
  returnRefundOn: z.optional(z.enum(returnRefunds)),
  sendBackDays: z.optional(z.int().check(z.gte(1), z.lte(365))),
  inspectDays: z.optional(z.int().check(z.gte(1), z.lte(90))),
});

export const policy = z.strictObject({
  id: reference,
  version: z.int().check(z.gte(1)),
  window: z.nullable(span),
  requireGoodStanding: z.boolean(),
  graceMinutes: z.int().check(z.gte(0), z.lte(7 * 24 * 60)),
  approval: z.nullable(
    z.strictObject({
      above: perCurrency,
      deadlineMinutes: z.int().check(z.gte(1), z.lte(60 * 24 * 60)),
      onSilence: z.enum(['approve', 'decline']),
    }),
  ),
  refundFrom: z.optional(z.enum(splitStrategies)),
  fees: z.optional(z.array(fee).check(z.maxLength(10))),
  storeCreditBonus: z.optional(z.int().check(z.gte(0), z.lte(10_000))),
  askBuyerHours: z.optional(z.int().check(z.gte(1), z.lte(30 * 24))),
  lateInterest: z.optional(
    z.strictObject({
      afterDays: z.int().check(z.gte(0), z.lte(365)),
      basisPointsPerYear: z.int().check(z.gte(0), z.lte(10_000)),
    }),
  ),
  kinds: z.strictObject({ goods: kindRule, prepared: kindRule, service: kindRule, digital: kindRule }),
  parcels: z.optional(parcelRule),
  warehouse: z.optional(
    z.strictObject({
      answerMinutes: z.int().check(z.gte(1), z.lte(7 * 24 * 60)),
      onSilence: z.enum(['stopped', 'shipped']),
    }),
  ),
});

/** A capture of nothing is none. */
export const capture = z.strictObject({ ref: reference, amount: amount.check(z.gte(1)) });
export const payment = z.strictObject({
  ref: reference,
  channel: z.enum(paymentChannels),
  connectionId: z.optional(reference),
  authorized: z.optional(amount),
  captures: z.array(capture).check(z.maxLength(50)),
  label: z.optional(text(60)),
  account: z.optional(reference),
  points: z.optional(z.int().check(z.gte(1), z.lte(9_000_000_000_000))),
  disputed: z.optional(z.boolean()),
});

export const shipmentLines = z
  .array(z.strictObject({ lineId: reference, quantity }))
  .check(z.minLength(1), z.maxLength(5_000));

export const shipment = z.strictObject({
  ref: reference,
  position: z.optional(z.enum(['label_created', 'handed_over'])),
  carrier: z.optional(z.enum(carrierNames)),
  connectionId: z.optional(reference),
  providerShipmentRef: z.optional(reference),
  trackingCode: z.optional(reference),
  location: z.optional(reference),
  lines: shipmentLines,
});

export const reason = z.strictObject({ core: z.string().check(z.maxLength(40)), own: z.optional(text(80)) });
export const wishedLines = z
  .array(z.strictObject({ lineId: reference, quantity }))
  .check(z.minLength(1), z.maxLength(5_000));

export const page = {
  limit: z.optional(z.pipe(z.string(), z.pipe(z.transform(Number), z.int().check(z.gte(1), z.lte(100))))),
  starting_after: z.optional(z.string().check(z.maxLength(1_000))),
};

/** What an answer has besides, because it costs more to read. */
export const include = z.optional(z.literal('units'));

/** Where a buyer may want his money instead of back the way it came. */
export const destination = z.enum(destinations);
