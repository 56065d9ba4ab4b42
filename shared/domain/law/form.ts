/** What a value in a file of data has to be. The domain imports no package, so it brings the few forms it needs. */
export interface Form<Value> {
  /** For whoever wrote something else. */
  readonly wanted: string;
  readonly accepts: (value: unknown) => value is Value;
}

export type ValueOf<Wanted> = Wanted extends Form<infer Value> ? Value : never;

export function oneOf<const Word extends string>(...words: readonly Word[]): Form<Word> {
  return {
    wanted: `one of ${words.join(', ')}`,
    accepts: (value): value is Word => words.some((word) => word === value),
  };
}

/** At least one of the words, none of them twice. */
export function someOf<const Word extends string>(...words: readonly Word[]): Form<readonly Word[]> {
  const one = oneOf(...words);
  return {
    wanted: `a list of ${words.join(', ')}`,
    accepts: (value): value is readonly Word[] =>
      Array.isArray(value) && value.length > 0 && value.every(one.accepts) && new Set(value).size === value.length,
  };
}

export function wholeNumber(from: number, to: number): Form<number> {
  return {
    wanted: `a whole number from ${from} to ${to}`,
    accepts: (value): value is number => Number.isInteger(value) && Number(value) >= from && Number(value) <= to,
  };
}

export function textLike(pattern: RegExp, wanted: string): Form<string> {
  return { wanted, accepts: (value): value is string => typeof value === 'string' && pattern.test(value) };
}

export const flag: Form<boolean> = {
  wanted: 'true or false',
  accepts: (value): value is boolean => typeof value === 'boolean',
};

export const words = textLike(/\S/, 'a text that is not empty');

/** A day of the calendar that there is: 2026-02-30 is none. */
export const day: Form<string> = {
  wanted: 'a date such as 2026-06-19',
  accepts: (value): value is string => {
    if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value)) return false;
    const at = Date.parse(value);
    return !Number.isNaN(at) && new Date(at).toISOString().startsWith(value);
  },
};

/** Texts by language; one that was not verified is `null`. */
export const textsByLanguage: Form<Readonly<Record<string, string | null>>> = {
  wanted: 'texts by language, such as { "de": "..." }',
  accepts: (value): value is Readonly<Record<string, string | null>> =>
    isObject(value) &&
    Object.keys(value).length > 0 &&
    Object.entries(value).every(([tag, text]) => /^[a-z]{2}$/.test(tag) && (text === null || words.accepts(text))),
};

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
