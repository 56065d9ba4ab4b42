import { isObject } from './form';
import { partNames } from './record';

/** One field that says something of the law, or does not yet. */
export interface LegalField {
  /** JSON pointer into the record. */
  field: string;
  value: unknown;
}

/**
 * Every field of a record that has to be cited: an exception with its condition is one, a label is one per language.
 * What of an exception is not verified is a field of its own.
 */
export function legalFields(record: Readonly<Record<string, unknown>>): LegalField[] {
  const { effectiveFrom, effectiveTo, exceptions, fee } = record;
  return [
    { field: '/effectiveFrom', value: effectiveFrom },
    ...(effectiveTo === 'open' ? [] : [{ field: '/effectiveTo', value: effectiveTo }]),
    ...partNames.flatMap((name) => (name in record ? under(`/${name}`, record[name]) : [])),
    ...(Array.isArray(exceptions) ? exceptions.flatMap(exceptionFields) : under('/exceptions', exceptions)),
    ...under('/fee', fee),
  ];
}

/** Fields that nobody has verified. */
export function gapsOf(record: object): string[] {
  return legalFields({ ...record })
    .filter(({ value }) => value === null)
    .map(({ field }) => field);
}

function under(field: string, value: unknown): LegalField[] {
  if (!isObject(value)) return [{ field, value }];
  return Object.entries(value).flatMap(([name, inner]) => under(`${field}/${name}`, inner));
}

function exceptionFields(value: unknown, place: number): LegalField[] {
  const field = `/exceptions/${place}`;
  const open = isObject(value) && value['condition'] === null;
  return [{ field, value }, ...(open ? [{ field: `${field}/condition`, value: null }] : [])];
}
