/** A price as the file writes it, exactly: `units` / 10^`scale` pounds, without trailing zeros. */
export interface Price {
  readonly units: bigint;
  readonly scale: number;
  /** Canonical text, so that equal prices are equal strings: `2.5` for 2.50. */
  readonly text: string;
}

const DECIMAL = /^(-?)(\d{1,12})(?:\.(\d{1,12}))?$/;

/** @returns undefined when the text is not a plain decimal number */
export function parsePrice(text: string): Price | undefined {
  const match = DECIMAL.exec(text);
  if (!match) return undefined;
  const [, sign = '', whole = '', decimals = ''] = match;
  let scale = decimals.length;
  while (scale > 0 && decimals[scale - 1] === '0') scale -= 1;
  const fraction = decimals.slice(0, scale);
  const units = BigInt(`${sign}${whole}${fraction}`);
  const integer = BigInt(`${sign}${whole}`).toString();
  return { units, scale, text: scale === 0 ? integer : `${sign}${BigInt(whole)}.${fraction}` };
}

/** Quantity x price in pence, rounded half up once. Neither may be below zero. */
export function lineTotal(quantity: number, price: Price): bigint {
  const pence = BigInt(quantity) * price.units * 100n;
  const unit = 10n ** BigInt(price.scale);
  const whole = pence / unit;
  return (pence % unit) * 2n >= unit ? whole + 1n : whole;
}
