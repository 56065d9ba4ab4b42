/** Rows as aligned text: the first column to the left, figures to the right. */
export function table(rows: readonly (readonly string[])[], indent = '  '): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  return rows
    .map((row) =>
      (
        indent +
        row.map((cell, at) => (at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  ')
      ).trimEnd(),
    )
    .join('\n');
}

/** `17` and `16.5`, never `16.50`. */
export const short = (value: number, digits = 1): string => String(Number(value.toFixed(digits)));
export const dollars = (value: number): string => `$${value.toFixed(2)}`;
/** What was counted beside what is allowed. */
export const against = (counted: string, budget: string): string => `${counted} / ${budget}`;
