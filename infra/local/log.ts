/** The last lines of the host and of every function, bounded; printed as they come where wanted. */
const KEPT = 2_000;
const LONGEST = 4_000;

export interface LogLine {
  readonly source: string;
  readonly text: string;
}

export class Log {
  private readonly lines: LogLine[] = [];

  constructor(private readonly print: ((line: string) => void) | undefined) {}

  add(source: string, text: string): void {
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const kept = { source, text: line.slice(0, LONGEST) };
      this.lines.push(kept);
      this.print?.(`[${source}] ${kept.text}`);
    }
    if (this.lines.length > KEPT * 1.25) this.lines.splice(0, this.lines.length - KEPT);
  }

  /** The newest lines, of one source if named. */
  last(count: number, source?: string): LogLine[] {
    const chosen = source === undefined ? this.lines : this.lines.filter((line) => line.source.includes(source));
    return chosen.slice(-count);
  }
}
