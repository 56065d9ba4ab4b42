import { calendarNamed } from './calendar';
import { legalFields } from './fields';
import { isJurisdiction } from './jurisdictions';
import { isZone } from './local-date';
import type { StatutoryRecord } from './record';
import { shapeProblems, type FieldProblem } from './record-shape';
import { fileOf, lastDateOf, standingOf } from './versions';

export interface RecordFile {
  /** Its name without the folder. */
  file: string;
  json: unknown;
}

/** What keeps the records from being used: which file, which field in it, and why. */
export interface RecordProblem extends FieldProblem {
  file: string;
}

export type CheckedRecords = { records: readonly StatutoryRecord[] } | { problems: readonly RecordProblem[] };

/** All records, or everything that is wrong with them: one that is wrong is never left out silently. */
export function checkRecords(files: readonly RecordFile[]): CheckedRecords {
  const wrongShape = files.flatMap(({ file, json }) => shapeProblems(json).map((problem) => ({ file, ...problem })));
  const unfit = new Set(wrongShape.map(({ file }) => file));
  const entries = files
    .filter(({ file }) => !unfit.has(file))
    .map(({ file, json }): Entry => ({ file, record: json as StatutoryRecord }));
  const problems = [
    ...wrongShape,
    ...entries.flatMap(({ file, record }) => contentProblems(file, record).map((problem) => ({ file, ...problem }))),
    // What a file that could not be read would have been is not known, so its neighbours are not judged.
    ...(unfit.size > 0 ? [] : idsOf(entries).flatMap((id) => versionProblems(entries.filter(isOf(id))))),
  ];
  return problems.length > 0 ? { problems } : { records: entries.map(({ record }) => record) };
}

interface Entry {
  file: string;
  record: StatutoryRecord;
}

const idsOf = (entries: readonly Entry[]): string[] => [...new Set(entries.map(({ record }) => record.id))];
const isOf =
  (id: string) =>
  ({ record }: Entry): boolean =>
    record.id === id;

function contentProblems(file: string, record: StatutoryRecord): FieldProblem[] {
  const { jurisdiction, zone, calendar, effectiveFrom, effectiveTo } = record;
  return [
    ...unless(file === fileOf(record), '/id', `with /version names another file: ${fileOf(record)}`),
    ...unless(isJurisdiction(jurisdiction), '/jurisdiction', `is "${jurisdiction}", which is not known`),
    ...unless(zone === 'market' || isZone(zone), '/zone', `is "${zone}", which is no zone of the IANA database`),
    ...unless(calendarNamed(calendar) !== undefined, '/calendar', `is "${calendar}", which is not known`),
    ...unless(effectiveTo >= effectiveFrom, '/effectiveTo', 'is before /effectiveFrom'),
    ...citationProblems(record),
  ];
}

function citationProblems(record: StatutoryRecord): FieldProblem[] {
  const fields = legalFields({ ...record });
  const { cite } = record;
  return [
    ...fields.flatMap(({ field, value }) => {
      const citation = cite[field];
      if (value === null) {
        return unless(
          citation === undefined || citation.grade === 'U',
          field,
          `is null, and cited with ${citation?.grade}`,
        );
      }
      if (citation === undefined) return [{ field, reason: 'has no citation' }];
      return unless(citation.grade !== 'U', field, 'has a value, and its citation says that it is not verified (U)');
    }),
    ...Object.keys(cite)
      .filter((pointer) => !fields.some(({ field }) => field === pointer))
      .map((pointer) => ({ field: pointer, reason: 'is cited, and is no field of this record' })),
  ];
}

/** Versions of one id: 1, 2, 3, ..., and on each day at most one that was not replaced. */
function versionProblems(entries: readonly Entry[]): RecordProblem[] {
  const ordered = entries.toSorted((one, other) => one.record.version - other.record.version);
  const problems: RecordProblem[] = [];
  const replaced = new Set<number>();
  ordered.forEach(({ file, record: { version, replaces } }, place) => {
    if (version !== place + 1) {
      problems.push({ file, field: '/version', reason: `is ${version}, and the next one is ${place + 1}` });
    }
    if (replaces === null) return;
    if (replaces >= version) problems.push({ file, field: '/replaces', reason: 'is no earlier version' });
    if (replaced.has(replaces)) problems.push({ file, field: '/replaces', reason: `is replaced already: ${replaces}` });
    replaced.add(replaces);
  });
  const standing = standingOf(ordered.map(({ record }) => record));
  standing.slice(1).forEach((record, place) => {
    const before = standing[place];
    if (before === undefined || lastDateOf(before, standing) < record.effectiveFrom) return;
    const { version, effectiveFrom, effectiveTo } = before;
    const reason = `overlaps version ${version}, which holds from ${effectiveFrom} to ${effectiveTo}`;
    problems.push({ file: fileOf(record), field: '/effectiveFrom', reason });
  });
  return problems;
}

function unless(holds: boolean, field: string, reason: string): FieldProblem[] {
  return holds ? [] : [{ field, reason }];
}
