import { recordOf, unitsOf, type PaymentChannelName } from '../../shared/domain/channel';
import { exponentOf, knownCurrencies } from '../../shared/domain/money';
import { markdownTable } from './markdown-table';

/** Nobody disagrees about these, and everybody asks. */
const askedAbout = ['JPY', 'KRW'];

/** Who writes amounts of a currency how, for those currencies on which the channels and ISO 4217 do not agree. */
export function minorUnitsTable(channels: readonly PaymentChannelName[]): string {
  const disputed = knownCurrencies.filter((currency) => channels.some((channel) => isOdd(channel, currency)));
  const currencies = [...new Set([...askedAbout, ...disputed.sort()])];
  const head = ['currency', 'ISO 4217', ...channels.map((channel) => recordOf(channel).title)];
  const rows = currencies.map((currency) => [
    currency,
    String(exponentOf(currency)),
    ...channels.map((channel) => digitsAt(channel, currency)),
  ]);
  return markdownTable(head, rows);
}

/** Which currencies a channel takes, and in what form, in a few words. */
export function unitsInShort(channel: PaymentChannelName): string {
  const { units } = recordOf(channel);
  const form = units.form === 'decimal' ? 'as decimal text' : 'in whole units';
  if (units.digits === 'iso') return `every currency of ISO 4217, ${form}`;
  const taken = knownCurrencies.filter((currency) => unitsOf(channel, currency) !== undefined).sort();
  const odd = taken.filter((currency) => isOdd(channel, currency));
  const which = taken.length <= 6 ? taken.join(' ') : `${taken.length} currencies`;
  return `${which}, ${form}${odd.length === 0 ? '' : `; ${odd.length} not as in ISO 4217`}`;
}

function isOdd(channel: PaymentChannelName, currency: string): boolean {
  const units = unitsOf(channel, currency);
  return units !== undefined && (units.theirs !== units.ours || units.step !== 1);
}

function digitsAt(channel: PaymentChannelName, currency: string): string {
  const units = unitsOf(channel, currency);
  if (units === undefined) return 'refused';
  const digits = units.step === 1 ? String(units.theirs) : `${units.theirs}, steps of ${units.step}`;
  return units.theirs === units.ours && units.step === 1 ? digits : `**${digits}**`;
}
