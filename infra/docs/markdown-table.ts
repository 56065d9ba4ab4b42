/** A Markdown table in the layout of the house: each column as wide as its widest cell. Cells are plain ASCII. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows].map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...lines.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |\n`;
  const [first = [], ...rest] = lines;
  return [first, widths.map((width) => '-'.repeat(width)), ...rest].map(line).join('');
}
