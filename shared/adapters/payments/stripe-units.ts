import { PermanentFault } from '../../domain/faults';

/**
 * Stripe's column of the table (channel, currency) -> units.
 *
 * Source: https://docs.stripe.com/currencies (presentment currencies, zero-decimal, three-decimal and special cases)
 * and https://support.stripe.com/questions/deprecation-of-fractional-isk-charges-and-refunds, as read on 2026-11-22.
 * Our side is ISO 4217, list one. Nothing here may come from `Intl`: its digits are for display and would be wrong by
 * a factor of 100 in HUF, IDR, COP and others.
 */
interface Units {
  /** Digits after the point in ISO 4217, that is in our minor units. */
  iso: number;
  /** Digits after the point in Stripe's API. */
  stripe: number;
  /** Stripe takes only multiples of this many of its own units. */
  step: number;
}

/** Two digits on both sides: the ordinary case. */
const TWO_DECIMAL =
  'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CNY COP CRC CVE ' +
  'CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR JMD KES KGS KHR KYD KZT LAK ' +
  'LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR ' +
  'RON RSD RUB SAR SBD SCR SEK SGD SHP SLE SOS SRD STD SZL THB TJS TOP TRY TTD TWD TZS UAH USD UYU UZS WST XCD YER ZAR ZMW';

/** No digits on either side. */
const ZERO_DECIMAL = 'BIF CLP DJF GNF JPY KMF KRW PYG RWF VND VUV XAF XOF XPF';

/** Stripe passes three digits on to partners that cannot take the last one: it must be 0. */
const THREE_DECIMAL = 'BHD JOD KWD OMR TND';

const TABLE: ReadonlyMap<string, Units> = new Map([
  ...rows(TWO_DECIMAL, { iso: 2, stripe: 2, step: 1 }),
  ...rows(ZERO_DECIMAL, { iso: 0, stripe: 0, step: 1 }),
  ...rows(THREE_DECIMAL, { iso: 3, stripe: 3, step: 10 }),
  // Without decimals in ISO, but sent with two zeros for backwards compatibility: 5 ISK is 500.
  ...rows('ISK UGX', { iso: 0, stripe: 2, step: 100 }),
  // ISO 4217 gives the ariary two digits, Stripe none.
  ...rows('MGA', { iso: 2, stripe: 0, step: 1 }),
]);

function rows(currencies: string, units: Units): [string, Units][] {
  return currencies.split(' ').map((currency) => [currency, units]);
}

/**
 * @param amount our minor units (ISO 4217), above zero
 * @returns Stripe's units
 * @throws {PermanentFault} `currency_not_supported`, or `amount_not_representable` when Stripe's units cannot state
 *   this amount exactly; nothing is ever rounded, because a rounded refund would not add up with the order
 */
export function toStripeUnits(amount: number, currency: string): number {
  const units = unitsOf(currency);
  if (!Number.isSafeInteger(amount) || amount <= 0) throw new PermanentFault(`amount_not_representable: ${amount}`);
  const result = rescale(amount, units.iso, units.stripe);
  if (result === undefined || result % units.step !== 0) {
    throw new PermanentFault(`amount_not_representable: ${amount} ${currency} in Stripe's units`);
  }
  return result;
}

/**
 * @param amount Stripe's units, as Stripe stated them
 * @returns our minor units, or undefined when they cannot state this amount exactly
 * @throws {PermanentFault} `currency_not_supported`
 */
export function fromStripeUnits(amount: number, currency: string): number | undefined {
  const units = unitsOf(currency);
  return Number.isSafeInteger(amount) ? rescale(amount, units.stripe, units.iso) : undefined;
}

function unitsOf(currency: string): Units {
  const units = TABLE.get(currency);
  if (!units) throw new PermanentFault(`currency_not_supported: ${currency} at Stripe`);
  return units;
}

function rescale(amount: number, from: number, to: number): number | undefined {
  if (to >= from) {
    const result = amount * 10 ** (to - from);
    return Number.isSafeInteger(result) ? result : undefined;
  }
  const factor = 10 ** (from - to);
  return amount % factor === 0 ? amount / factor : undefined;
}
