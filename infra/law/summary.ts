import { gapsOf, legalFields } from '../../shared/domain/law/fields';
import type { Citation, StatutoryRecord } from '../../shared/domain/law/record';

/** One record in short: what it is, how well it is known, and how old that knowledge is. */
export interface RecordSummary {
  id: string;
  version: number;
  jurisdiction: string;
  right: string;
  effectiveFrom: string;
  effectiveTo: string;
  /** Fields that are cited, by the grade of what was read. */
  cited: Readonly<Record<Exclude<Citation['grade'], 'U'>, number>>;
  /** JSON pointers of fields that nobody has verified: whatever relies on them needs review. */
  gaps: readonly string[];
  /** Since the citation that was checked first. */
  ageDays: number;
}

const dayLength = 86_400_000;

/** @param today a date such as 2026-06-19 */
export function summaryOf(record: StatutoryRecord, today: string): RecordSummary {
  const { id, version, jurisdiction, right, effectiveFrom, effectiveTo, cite } = record;
  const grades = legalFields({ ...record }).map(({ field }) => cite[field]?.grade);
  const count = (grade: Citation['grade']): number => grades.filter((each) => each === grade).length;
  const checked = Object.values(cite).map((each) => Date.parse(each.checked));
  return {
    ...{ id, version, jurisdiction, right, effectiveFrom, effectiveTo },
    cited: { P: count('P'), O: count('O'), S: count('S') },
    gaps: gapsOf(record),
    ageDays: Math.round((Date.parse(today) - Math.min(...checked)) / dayLength),
  };
}
