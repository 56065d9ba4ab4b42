import { recordOf, unitsOf, type CurrencyUnits, type PaymentChannelName } from '../../domain/channel';
import { PermanentFault } from '../../domain/faults';

/**
 * Amounts on their way to a channel and back, by the table of (channel, currency) in `shared/domain/channels`. Nothing is
 * ever rounded, because a rounded refund would not add up with the order; and nothing comes from `Intl`, whose digits are
 * for display and would be wrong by a factor of 100 in HUF, IDR, COP and others.
 *
 * @param amount our minor units (ISO 4217), above zero
 * @returns the channel's whole units
 * @throws {PermanentFault} `currency_not_supported`, or `amount_not_representable` where the channel's units cannot state
 *   this amount exactly
 */
export function toUnits(channel: PaymentChannelName, amount: number, currency: string): number {
  const units = known(channel, currency);
  if (!Number.isSafeInteger(amount) || amount <= 0) throw new PermanentFault(`amount_not_representable: ${amount}`);
  const result = rescaled(amount, units.ours, units.theirs);
  if (result === undefined || result % units.step !== 0) {
    throw new PermanentFault(`amount_not_representable: ${amount} ${currency} at ${recordOf(channel).title}`);
  }
  return result;
}

/**
 * @param amount the channel's whole units, as the channel stated them
 * @returns our minor units, or undefined where they cannot state this amount exactly
 * @throws {PermanentFault} `currency_not_supported`
 */
export function fromUnits(channel: PaymentChannelName, amount: number, currency: string): number | undefined {
  const units = known(channel, currency);
  return Number.isSafeInteger(amount) ? rescaled(amount, units.theirs, units.ours) : undefined;
}

/** The same as a decimal text with exactly the channel's digits: `12.30`, `500`. @throws as `toUnits` */
export function toDecimal(channel: PaymentChannelName, amount: number, currency: string): string {
  const { theirs } = known(channel, currency);
  const whole = String(toUnits(channel, amount, currency)).padStart(theirs + 1, '0');
  return theirs === 0 ? whole : `${whole.slice(0, -theirs)}.${whole.slice(-theirs)}`;
}

/** @returns undefined for a text that is no amount, or has digits that our minor units cannot state */
export function fromDecimal(channel: PaymentChannelName, text: string, currency: string): number | undefined {
  const { theirs } = known(channel, currency);
  const [, whole = '', part = ''] = /^(\d{1,15})(?:\.(\d{1,6}))?$/.exec(text) ?? [];
  if (whole === '' || /[^0]/.test(part.slice(theirs))) return undefined;
  return fromUnits(channel, Number(whole + part.slice(0, theirs).padEnd(theirs, '0')), currency);
}

function known(channel: PaymentChannelName, currency: string): CurrencyUnits {
  const units = unitsOf(channel, currency);
  if (units === undefined)
    throw new PermanentFault(`currency_not_supported: ${currency} at ${recordOf(channel).title}`);
  return units;
}

function rescaled(amount: number, from: number, to: number): number | undefined {
  if (to >= from) {
    const result = amount * 10 ** (to - from);
    return Number.isSafeInteger(result) ? result : undefined;
  }
  const factor = 10 ** (from - to);
  return amount % factor === 0 ? amount / factor : undefined;
}
