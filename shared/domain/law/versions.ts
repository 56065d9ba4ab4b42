import { addDays, type LocalDate } from './local-date';
import type { StatutoryRecord } from './record';

export const fileOf = ({ id, version }: StatutoryRecord): string => `${id}.${version}.json`;

/** The versions that no other one corrects, by the date from which they hold. */
export function standingOf(records: readonly StatutoryRecord[]): StatutoryRecord[] {
  return records
    .filter(({ id, version }) => !records.some((other) => other.id === id && other.replaces === version))
    .toSorted((one, other) => one.effectiveFrom.localeCompare(other.effectiveFrom));
}

/** Whether a contract of this date is judged by this version. */
export function holdsOn(date: LocalDate, record: StatutoryRecord, records: readonly StatutoryRecord[]): boolean {
  const standing = standingOf(records);
  return standing.includes(record) && record.effectiveFrom <= date && date <= lastDateOf(record, standing);
}

/**
 * The last date for whose contracts a version holds. An open one ends with the day before the next one begins, so that
 * publishing the next one changes no file.
 */
export function lastDateOf(record: StatutoryRecord, standing: readonly StatutoryRecord[]): LocalDate {
  if (record.effectiveTo !== 'open') return record.effectiveTo;
  const next = standing
    .filter(({ id }) => id === record.id)
    .find((other) => standing.indexOf(other) > standing.indexOf(record));
  if (next === undefined) return '9999-12-31';
  const dayBefore = addDays(next.effectiveFrom, -1);
  // A next one that begins on the same day overlaps it: this one holds on that day, too.
  return dayBefore < record.effectiveFrom ? record.effectiveFrom : dayBefore;
}
