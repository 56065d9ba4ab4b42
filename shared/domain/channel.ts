import adyen from './channels/adyen.json';
import alipay from './channels/alipay.json';
import bankTransfer from './channels/bank_transfer.json';
import giftCard from './channels/gift_card.json';
import klarna from './channels/klarna.json';
import loyaltyPoints from './channels/loyalty_points.json';
import paypal from './channels/paypal.json';
import square from './channels/square.json';
import storeCredit from './channels/store_credit.json';
import stripe from './channels/stripe.json';
import wechatPay from './channels/wechat_pay.json';
import { exponentOf, knownCurrencies } from './money';

/**
 * What is known of one payment channel, with where it is written and when it was read there. Data, so that it can be
 * corrected without touching code; a value that was not verified is `null` with grade `unknown`, and nothing relies on it.
 */
export interface ChannelRecord {
  title: string;
  /** Whether money lies in an account at an outside party, or on our own ledger. */
  account: string;
  /** `gift_card` or `points` where a refund goes back to them before any money does; absent: `money`. */
  kind?: string;
  /** The form of what a payment names as its `account` where money cannot go back the way it came; absent: it can. */
  payoutAccount?: PayoutAccount;
  units: ChannelUnits;
  facts: ChannelFacts;
  /** The provider's words for refunds that did not happen, by what they mean, with blanks between them. */
  failures?: Readonly<Record<string, Fact<string> | undefined>>;
}

export interface PayoutAccount {
  /** A regular expression for the provider's token of the account. Its number at the bank has no place in an order. */
  form: string;
  source: string;
  checked: string;
  note?: string;
}

export interface ChannelUnits {
  /** How an amount is written in the channel's API: whole units, or a decimal text. */
  form: string;
  /** Digits after the point -> currencies; `iso` for every currency that we know, with our own digits. */
  digits: string | Readonly<Record<string, string>>;
  /** The channel takes only multiples of this many of its own units. */
  steps?: Readonly<Record<string, number | undefined>>;
  source: string;
  checked: string;
  note?: string;
}

export interface ChannelFacts {
  /** Days from the capture in which a refund is taken; `null`: no limit, or none known, as the grade says. */
  refundWindowDays: Fact<number>;
  /** How many refunds one capture takes. */
  refundsPerCapture: Fact<number>;
  /** Between two refunds of one payment. */
  secondsBetweenRefunds: Fact<number>;
  /** The least that one refund may be, in the channel's own units; `null`: nobody has said, and one unit is tried. */
  smallestRefund: Fact<number>;
  /** Whether the answer to a refund is its outcome: `now`, `now_or_later`, `later` (by notice or query only), or `by_notice` alone. */
  answer: Fact<string>;
  /** What of its fee the provider gives back to the shop: `none`, `in_part`, `all`, `no_fee`. */
  feeReturned: Fact<string>;
  customerSeesAfterDays: Fact<{ from: number; to: number; days: string }>;
  /** For how long money may come back after a success. */
  failsUpToDaysLater: Fact<number>;
  /** Whether news of a dispute names the `payment` or the `capture`; `null`: the provider tells of none, or nobody knows. */
  disputeNames: Fact<string>;
  /** How long the provider remembers an idempotency key. */
  keyKeptHours: Fact<number>;
}

export interface Fact<Value> {
  value: Value | null;
  /** vendor: the provider's own page or API description. third_party: somebody quoting it. ours: we are the provider. */
  grade: string;
  source?: string;
  checked: string;
  note?: string;
}

/** The record of payment channels: one line each. */
export const channels = {
  stripe,
  adyen,
  klarna,
  paypal,
  alipay,
  wechat_pay: wechatPay,
  square,
  bank_transfer: bankTransfer,
  store_credit: storeCredit,
  gift_card: giftCard,
  loyalty_points: loyaltyPoints,
} satisfies Record<string, ChannelRecord>;

export type PaymentChannelName = keyof typeof channels;
export const paymentChannels = Object.keys(channels) as [PaymentChannelName, ...PaymentChannelName[]];

/** Undefined for a provider who moves no money. */
export const channelNamed = (provider: string): PaymentChannelName | undefined =>
  paymentChannels.find((name) => name === provider);

export const recordOf = (channel: PaymentChannelName): ChannelRecord => channels[channel];

/** @see meaningOf */
export const failuresOf = (channel: PaymentChannelName): NonNullable<ChannelRecord['failures']> =>
  recordOf(channel).failures ?? {};

/** Whether nobody can be asked what became of a refund. */
export const isToldOnly = (channel: PaymentChannelName): boolean =>
  recordOf(channel).facts.answer.value === 'by_notice';

/** Whether payments of this channel name an account at an outside party. */
export const needsConnection = (channel: PaymentChannelName): boolean => recordOf(channel).account === 'connection';

/** Whether money can be paid out to this account through this channel: it pays out, and that is a token of the right form. */
export function isPayoutAccount(channel: PaymentChannelName, account: string): boolean {
  const { payoutAccount } = recordOf(channel);
  return payoutAccount !== undefined && new RegExp(payoutAccount.form).test(account);
}

/** How a channel writes amounts of a currency. */
export interface CurrencyUnits {
  /** Digits after the point in our minor units (ISO 4217). */
  ours: number;
  /** Digits after the point in the channel's units. */
  theirs: number;
  /** Only multiples of this many of the channel's units are taken. */
  step: number;
}

/** @returns undefined for a currency that the channel does not take, or that we do not know */
export function unitsOf(channel: PaymentChannelName, currency: string): CurrencyUnits | undefined {
  return tableOf(channel).get(currency);
}

const tables = new Map<PaymentChannelName, ReadonlyMap<string, CurrencyUnits>>();

function tableOf(channel: PaymentChannelName): ReadonlyMap<string, CurrencyUnits> {
  const known = tables.get(channel);
  if (known !== undefined) return known;
  const { digits, steps } = recordOf(channel).units;
  const rows: [theirs: number | 'iso', currencies: readonly string[]][] =
    typeof digits === 'string'
      ? [['iso', knownCurrencies]]
      : Object.entries(digits).map(([theirs, currencies]) => [Number(theirs), currencies.split(' ')]);
  const table = new Map<string, CurrencyUnits>();
  for (const [theirs, currencies] of rows) {
    for (const currency of currencies) {
      const ours = exponentOf(currency);
      if (ours === undefined) continue;
      table.set(currency, { ours, theirs: theirs === 'iso' ? ours : theirs, step: steps?.[currency] ?? 1 });
    }
  }
  tables.set(channel, table);
  return table;
}
