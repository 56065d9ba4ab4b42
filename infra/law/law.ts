import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkRecords, type RecordFile, type RecordProblem } from '../../shared/domain/law/load-records';
import { summaryOf } from './summary';
import { gapTable, problemLines, recordTable } from './text';

const HELP = `Lists the statutory records: what each one says it knows, what nobody has verified, and how old that is.

  npm run law -- [gaps] [--from DIR] [--json]

  gaps        each field that nobody has verified: whatever relies on it needs review
  --from DIR  the records that lie there, such as a draft (default: shared/domain/law/records)
  --json      the same as JSON
  --help      this text

P, O, S  fields read in the primary text, on an official page, in somebody's quotation
age      days since the first of its citations was checked
Exit code 1 when the records cannot be used: file, field and reason are told. 2 when the command is not understood.
`;

interface Question {
  gapsOnly: boolean;
  from: string;
  json: boolean;
}

/** @returns the exit code */
function main(): number {
  const question = understood();
  if (question === undefined) return 2;
  if (question === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  const { files, problems: unread } = readRecords(question.from);
  const checked = checkRecords(files);
  if (unread.length > 0 || 'problems' in checked) {
    const problems = [...unread, ...('problems' in checked ? checked.problems : [])];
    print(question.json ? JSON.stringify({ problems }, null, 2) : problemLines(problems));
    return 1;
  }
  const today = new Date().toISOString().slice(0, 10);
  const summaries = checked.records.map((record) => summaryOf(record, today));
  if (question.json) {
    const gaps = summaries.flatMap(({ id, version, gaps }) => gaps.map((field) => ({ id, version, field })));
    print(JSON.stringify(question.gapsOnly ? { gaps } : { records: summaries }, null, 2));
  } else {
    print(question.gapsOnly ? gapTable(summaries) : recordTable(summaries));
  }
  return 0;
}

function understood(): Question | 'help' | undefined {
  try {
    const { values, positionals } = parseArgs({
      options: { from: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
      allowPositionals: true,
    });
    const [list, ...more] = positionals;
    if (values.help) return 'help';
    if (more.length > 0 || (list !== undefined && list !== 'gaps')) {
      throw new Error(`There is no list "${positionals.join(' ')}"; there is gaps.`);
    }
    const from = values.from ?? join('shared', 'domain', 'law', 'records');
    return { gapsOnly: list === 'gaps', from, json: values.json ?? false };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nTry --help.\n`);
    return undefined;
  }
}

function readRecords(folder: string): { files: RecordFile[]; problems: RecordProblem[] } {
  const files: RecordFile[] = [];
  const problems: RecordProblem[] = [];
  for (const file of namesIn(folder)) {
    try {
      files.push({ file, json: JSON.parse(readFileSync(join(folder, file), 'utf8')) as unknown });
    } catch (error) {
      problems.push({ file, field: '', reason: error instanceof Error ? error.message : String(error) });
    }
  }
  if (files.length + problems.length === 0) problems.push({ file: folder, field: '', reason: 'holds no records' });
  return { files, problems };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .toSorted();
  } catch {
    return [];
  }
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);

process.exitCode = main();
