/**
 * Applies a unified diff as `git diff` writes it: every line of context must be there, together and in order. Where lines
 * were added or taken away above it, the nearest place that fits is taken, as `patch` does.
 */

interface Hunk {
  /** First line of the old text that it is about, from 1. */
  readonly from: number;
  /** Each with its sign before it. */
  readonly lines: readonly string[];
}

interface FileDiff {
  readonly file: string;
  readonly hunks: readonly Hunk[];
}

/** @throws Error naming the file and line at which the diff does not fit. @returns the changed files, by path */
export async function applyDiff(
  diff: string,
  read: (file: string) => Promise<string>,
): Promise<ReadonlyMap<string, string>> {
  const files = filesOf(diff);
  if (files.length === 0) throw new Error('it changes no file');
  const changed = new Map<string, string>();
  for (const { file, hunks } of files) changed.set(file, changedText(file, await read(file), hunks));
  return changed;
}

/** Lines before the first file are its author's remarks. */
function filesOf(diff: string): FileDiff[] {
  const lines = diff.replace(/\n$/, '').split('\n');
  const files: { file: string; hunks: { from: number; lines: string[] }[] }[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] as string;
    const [, file] = /^\+\+\+ b\/(\S+)$/.exec(line) ?? [];
    if (file !== undefined) files.push({ file, hunks: [] });
    const [, from, before = '1', after = '1'] = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line) ?? [];
    if (from === undefined) continue;
    const hunk = { from: Number(from), lines: [] as string[] };
    files.at(-1)?.hunks.push(hunk);
    for (let old = Number(before), fresh = Number(after); old > 0 || fresh > 0;) {
      at += 1;
      const next = lines[at] ?? '';
      if (!/^[-+ ]/.test(next)) throw new Error(`a hunk at ${hunk.from} ends too soon`);
      if (!next.startsWith('+')) old -= 1;
      if (!next.startsWith('-')) fresh -= 1;
      hunk.lines.push(next);
    }
  }
  return files;
}

function changedText(file: string, text: string, hunks: readonly Hunk[]): string {
  const old = text.split('\n');
  const changed: string[] = [];
  let at = 0;
  for (const { from, lines } of hunks) {
    const place = placeOf(lines, old, at, from - 1) ?? from - 1;
    changed.push(...old.slice(at, place));
    at = place;
    for (const line of lines) {
      const content = line.slice(1);
      if (line.startsWith('+')) {
        changed.push(content);
        continue;
      }
      if (old[at] !== content) throw new Error(`${file}:${at + 1} is not: ${content}`);
      if (line.startsWith(' ')) changed.push(content);
      at += 1;
    }
  }
  return [...changed, ...old.slice(at)].join('\n');
}

/** Where all old lines of a hunk stand, nearest to where it says they do. */
function placeOf(lines: readonly string[], old: readonly string[], first: number, said: number): number | undefined {
  const wanted = lines.filter((line) => !line.startsWith('+')).map((line) => line.slice(1));
  const fits = (place: number): boolean => wanted.every((line, at) => old[place + at] === line);
  const places = old.flatMap((_, place) => (place >= first && fits(place) ? [place] : []));
  return places.sort((one, other) => Math.abs(one - said) - Math.abs(other - said))[0];
}
