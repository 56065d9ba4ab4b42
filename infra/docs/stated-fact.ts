import type { Fact } from '../../shared/domain/channel';

/** A fact in words, with where it is written. */
export interface StatedFact {
  title: string;
  /** For a table. */
  short: string;
  /** For a list in which the source, or that there is none, stands above it. */
  long: string;
  grade: string;
  source?: string;
  checked: string;
}

export const notVerified = 'not verified';

export const noLimit = 'no limit';
export const depends = 'it depends';

/**
 * A fact in words; what was not verified never shows a value.
 *
 * @param absent what a fact says that is known and has no value: its note says more
 */
export function stated<Value>(
  title: string,
  fact: Fact<Value>,
  absent: string,
  say: (value: Value) => string,
): StatedFact {
  const { value, grade, source, checked, note } = fact;
  const where = { title, grade, checked, ...(source === undefined ? {} : { source }) };
  if (grade === 'unknown') return { ...where, short: notVerified, long: note ?? 'nothing was found' };
  const said = value === null ? absent : say(value);
  return {
    ...where,
    short: grade === 'third_party' ? `${said}, says a third party` : said,
    long: note === undefined || note === said ? said : `${said}; ${note}`,
  };
}

/** A word that this page does not know yet is better shown than left out. */
export function named(words: Readonly<Record<string, string>>, word: string): string {
  return words[word] ?? word.replaceAll('_', ' ');
}

export function count(amount: number, unit: string): string {
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`;
}
