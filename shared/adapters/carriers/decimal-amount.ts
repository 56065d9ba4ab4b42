import { exponentOf } from '../../domain/money';

/**
 * An amount as a carrier writes it, `21.00`, in minor units (ISO 4217).
 *
 * @returns undefined for a text that is no amount, a currency that we do not know, or digits that its minor units lack
 */
export function minorUnits(decimal: string | undefined, currency: string | undefined): number | undefined {
  const digits = currency === undefined ? undefined : exponentOf(currency);
  const [, whole = '', part = ''] = /^(\d{1,12})(?:\.(\d{1,6}))?$/.exec(decimal ?? '') ?? [];
  if (digits === undefined || whole === '' || /[^0]/.test(part.slice(digits))) return undefined;
  return Number(whole + part.slice(0, digits).padEnd(digits, '0'));
}
