/**
 * Money is whole minor units. Inside one order every amount is a plain integer of the order's currency; `Money`
 * carries the currency wherever an amount leaves its order. There is no division here: only allocate, add,
 * subtract, and proportions with a named rounding.
 */
export interface Money {
  /** Minor units, a safe integer. */
  amount: number;
  /** ISO 4217 code. */
  currency: string;
}

/**
 * Minor-unit exponents of ISO 4217 (list one, amendment 178). A table, never `Intl`: its digits are for display
 * and differ (HUF 0, IDR 0). A currency that is not listed is refused.
 */
const EXPONENTS: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF',
  2:
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP ' +
    'CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR ' +
    'IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN ' +
    'NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP ' +
    'STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG',
  3: 'BHD IQD JOD KWD LYD OMR TND',
};

const EXPONENT_OF: ReadonlyMap<string, number> = new Map(
  Object.entries(EXPONENTS).flatMap(([exponent, codes]) => codes.split(' ').map((code) => [code, Number(exponent)])),
);

/** @returns how many decimals the currency's minor unit has, or undefined for a currency that we do not know */
export function exponentOf(currency: string): number | undefined {
  return EXPONENT_OF.get(currency);
}

export const knownCurrencies: readonly string[] = [...EXPONENT_OF.keys()];

/**
 * Splits `total` in proportion to `weights` by largest remainder; the parts always sum to `total` exactly.
 * Ties go to the earlier part. Weights that are all zero count as equal. Works in BigInt, so no product overflows.
 * @param total minor units, zero or above
 * @param weights safe integers, zero or above, at least one
 */
export function allocate(total: number, weights: readonly number[]): number[] {
  if (weights.length === 0) throw new RangeError('allocate needs at least one weight');
  assertAmount(total);
  weights.forEach(assertAmount);
  const effective = weights.some((weight) => weight > 0) ? weights : weights.map(() => 1);
  const sum = effective.reduce((all, weight) => all + BigInt(weight), 0n);
  const shares = effective.map((weight, index) => {
    const product = BigInt(total) * BigInt(weight);
    return { index, floor: Number(product / sum), rest: product % sum };
  });
  let missing = total - shares.reduce((all, share) => all + share.floor, 0);
  const parts = shares.map((share) => share.floor);
  const byRest = [...shares].sort((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1));
  for (const share of byRest) {
    if (missing === 0) break;
    parts[share.index] = share.floor + 1;
    missing -= 1;
  }
  return parts;
}

/**
 * How many of `total` belong to the first `part` of `whole`, rounded down. Differences of it are exact: whatever the steps
 * in which `part` grows, they sum to what the last one says.
 * @param part of 0 to `whole`
 */
export function shareOf(total: number, part: number, whole: number): number {
  [total, part, whole].forEach(assertAmount);
  return Number((BigInt(total) * BigInt(part)) / BigInt(whole));
}

export type Rounding = 'half-up' | 'down' | 'up';

/**
 * A percentage in basis points (1 % = 100) of an amount, rounded as named.
 * @param amount minor units, zero or above
 * @param basisPoints a whole number, zero or above
 * @throws RangeError when the result leaves the safe integers
 */
export function percentOf(amount: number, basisPoints: number, rounding: Rounding): number {
  return proportionOf(amount, basisPoints, 10_000, rounding);
}

/**
 * `amount` times `part` over `whole`, rounded once, as named. Works in BigInt, so no product overflows.
 * @param amount minor units, zero or above
 * @param part a whole number, zero or above; it may be more than `whole`
 * @param whole a whole number above zero
 * @throws RangeError when the result leaves the safe integers
 */
export function proportionOf(amount: number, part: number, whole: number, rounding: Rounding): number {
  [amount, part, whole].forEach(assertAmount);
  const product = BigInt(amount) * BigInt(part);
  const rest = product % BigInt(whole);
  const roundsUp = (rounding === 'up' && rest > 0n) || (rounding === 'half-up' && rest * 2n >= BigInt(whole));
  const result = Number(product / BigInt(whole)) + (roundsUp ? 1 : 0);
  assertAmount(result);
  return result;
}

/** Sums minor units; @throws RangeError when the sum leaves the safe integers on the way, even if it came back */
export function sum(amounts: Iterable<number>): number {
  let total = 0;
  for (const amount of amounts) {
    total += amount;
    if (!Number.isSafeInteger(total)) throw new RangeError('sum is outside the safe integers');
  }
  return total;
}

function assertAmount(amount: number): void {
  if (!Number.isSafeInteger(amount) || amount < 0) throw new RangeError(`not an amount of minor units: ${amount}`);
}
