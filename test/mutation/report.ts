import { short, table } from '../../bench/table';

type Fate = 'Killed' | 'Timeout' | 'Survived' | 'NoCoverage' | 'RuntimeError' | 'CompileError' | 'Ignored' | 'Pending';
type Place = { line: number; column: number };

/** What of Stryker's JSON report is read here. */
export interface StrykerReport {
  thresholds: { low: number };
  files: Readonly<
    Record<
      string,
      {
        source: string;
        mutants: readonly {
          mutatorName: string;
          replacement?: string;
          status: Fate;
          location: { start: Place; end: Place };
        }[];
      }
    >
  >;
}

export interface Count {
  /** Of a hundred changes that could be tried, how many were noticed; null when there was none to try. */
  score: number | null;
  killed: number;
  timeout: number;
  survived: number;
  noCoverage: number;
  /** Changes with which nothing could be run; they count for nothing. */
  invalid: number;
}

export interface Survivor {
  file: string;
  line: number;
  mutator: string;
  original: string;
  replacement: string;
  /** Whether any test comes by that place at all. */
  covered: boolean;
}

export interface Figures extends Count {
  threshold: number;
  passed: boolean;
  seconds: number;
  files: readonly (Count & { file: string })[];
  survivors: readonly Survivor[];
}

export function figuresOf({ thresholds, files }: StrykerReport, seconds: number): Figures {
  const entries = Object.entries(files);
  const all = countOf(entries.flatMap(([, { mutants }]) => mutants.map(({ status }) => status)));
  return {
    ...all,
    threshold: thresholds.low,
    passed: all.score !== null && all.score >= thresholds.low,
    seconds,
    files: entries.map(([file, { mutants }]) => ({ file, ...countOf(mutants.map(({ status }) => status)) })),
    survivors: entries.flatMap(([file, { source, mutants }]) =>
      mutants
        .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
        .map(({ mutatorName, replacement = '', status, location }) => ({
          file,
          line: location.start.line,
          mutator: mutatorName,
          original: textAt(source, location),
          replacement,
          covered: status === 'Survived',
        })),
    ),
  };
}

function countOf(fates: readonly Fate[]): Count {
  const number = (...these: Fate[]): number => fates.filter((fate) => these.includes(fate)).length;
  const killed = number('Killed');
  const timeout = number('Timeout');
  const survived = number('Survived');
  const noCoverage = number('NoCoverage');
  const tried = killed + timeout + survived + noCoverage;
  // Rounded down: 89.996 is not 90.
  const score = tried === 0 ? null : Math.floor(((killed + timeout) * 10_000) / tried) / 100;
  return { score, killed, timeout, survived, noCoverage, invalid: number('RuntimeError', 'CompileError') };
}

/** Stryker counts lines and columns from 1. */
function textAt(source: string, { start, end }: { start: Place; end: Place }): string {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  const last = lines.length - 1;
  return lines
    .map((line, at) => line.slice(at === 0 ? start.column - 1 : 0, at === last ? end.column - 1 : undefined))
    .join('\n');
}

export function textOf(figures: Figures): string {
  const row = (name: string, count: Count): string[] => [
    name,
    count.score === null ? '-' : short(count.score, 2),
    ...[count.killed, count.timeout, count.survived, count.noCoverage].map(String),
  ];
  const rows = [
    ['file', '%', 'killed', 'timeout', 'survived', 'not covered'],
    ...figures.files.map((each) => row(each.file, each)),
    row('all', figures),
  ];
  const survivors = figures.survivors.map(({ file, line, mutator, original, replacement, covered }) =>
    [
      `  ${file}:${line}  ${mutator}${covered ? '' : ', not covered'}`,
      `    ${inShort(original)}  ->  ${inShort(replacement) || 'nothing'}`,
    ].join('\n'),
  );
  const verdict = `${figures.passed ? 'Passed' : 'Failed'}: ${figures.score ?? 'nothing'} of ${figures.threshold} %`;
  return [
    table(rows),
    survivors.length === 0 ? 'Nothing survives.' : `What survives:\n${survivors.join('\n')}`,
    `${verdict}, in ${figures.seconds} s.`,
  ].join('\n\n');
}

const inShort = (code: string): string => {
  const line = code.replace(/\s+/g, ' ').trim();
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
};
