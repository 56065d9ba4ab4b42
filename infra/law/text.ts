import type { RecordProblem } from '../../shared/domain/law/load-records';
import type { RecordSummary } from './summary';

/** Every record on a line. */
export function recordTable(summaries: readonly RecordSummary[]): string {
  const head = ['record', 'version', 'of', 'right', 'from', 'to', 'P', 'O', 'S', 'gaps', 'age'];
  const rows = summaries.map(
    ({ id, version, jurisdiction, right, effectiveFrom, effectiveTo, cited, gaps, ageDays }) => [
      ...[id, String(version), jurisdiction, right, effectiveFrom, effectiveTo],
      ...[cited.P, cited.O, cited.S, gaps.length].map(String),
      `${ageDays} d`,
    ],
  );
  return aligned([head, ...rows], new Set([1, 6, 7, 8, 9, 10]));
}

/** Every gap, those of one part of a record on one line. */
export function gapTable(summaries: readonly RecordSummary[]): string {
  return aligned(
    summaries.flatMap(({ id, version, gaps }) => {
      const parents = [...new Set(gaps.map(parentOf))];
      return parents.map((parent) => [
        `${id}.${version}`,
        parent === '' ? '/' : parent,
        gaps
          .filter((gap) => parentOf(gap) === parent)
          .map((gap) => gap.slice(parent.length + 1))
          .join(' '),
      ]);
    }),
  );
}

export function problemLines(problems: readonly RecordProblem[]): string {
  return problems.map(({ file, field, reason }) => `${file}  ${field}  ${reason}`).join('\n');
}

const parentOf = (pointer: string): string => pointer.slice(0, pointer.lastIndexOf('/'));

/** @param right places of the columns that end at the same edge */
function aligned(rows: readonly (readonly string[])[], right: ReadonlySet<number> = new Set()): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  const padded = (cell: string, at: number): string =>
    right.has(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0);
  return rows.map((row) => row.map(padded).join('  ').trimEnd()).join('\n');
}
