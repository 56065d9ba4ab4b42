/** `npm run mutation`: changes the domain in one place at a time and asks its tests whether they notice. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { figuresOf, textOf, type StrykerReport } from './report';

const HELP = `Changes shared/domain in one place at a time and counts the changes that no test in test/domain notices.

  npm run mutation [-- FILE ...] [options]

  FILE                 a file of shared/domain, or some of its lines: shared/domain/plan.ts:30-60 (all files)

  --concurrency NUMBER tests at the same time (processors less one)
  --json               one JSON object on stdout, nothing else
  --help               this text

Fails when less than 90 % are noticed. Progress goes to stderr; each change with its code to dist/mutation/report.html.
`;

const root = join(__dirname, '..', '..');
const place = join(root, 'dist', 'mutation');
const reportFile = join(place, 'report.json');

class UsageError extends Error {}

function readWishes(words: readonly string[]) {
  const { values, positionals } = parse(words);
  for (const each of positionals) {
    const file = each.replace(/:\d+-\d+$/, '');
    if (!/^shared\/domain\/\w+\.ts$/.test(file) || !existsSync(join(root, file)))
      throw new UsageError(`There is no file "${file}" of shared/domain.`);
  }
  if (values.concurrency !== undefined && !/^[1-9]\d?$/.test(values.concurrency))
    throw new UsageError(`--concurrency takes a whole number from 1 to 99, not "${values.concurrency}".`);
  return { ...values, files: positionals };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        concurrency: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** Everything that Stryker says goes to stderr; what it found is in its report. */
function runStryker(options: readonly string[]): Promise<void> {
  const program = [join('node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js'), 'run'];
  const child = spawn(process.execPath, [...program, 'test/mutation/stryker.config.mjs', ...options], {
    cwd: root,
    stdio: ['ignore', process.stderr.fd, 'inherit'],
  });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGTERM', forward).on('SIGINT', forward);
  return new Promise((resolve, reject) => child.on('error', reject).on('exit', () => resolve()));
}

async function main(): Promise<number> {
  const { files, concurrency, json, help } = readWishes(process.argv.slice(2));
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  rmSync(reportFile, { force: true });
  const begun = Date.now();
  await runStryker([
    ...['--reporters', `json,html,${process.stderr.isTTY ? 'progress' : 'progress-append-only'}`],
    ...(files.length > 0 ? ['--mutate', files.join(',')] : []),
    ...(concurrency === undefined ? [] : ['--concurrency', concurrency]),
  ]);
  // Stryker leaves its copy of the sources behind when it is stopped.
  rmSync(join(place, 'work'), { recursive: true, force: true });
  if (!existsSync(reportFile)) throw new Error('the tests fail without any change, or it was stopped; see above');
  const report = JSON.parse(readFileSync(reportFile, 'utf8')) as StrykerReport;
  const figures = figuresOf(report, Math.round((Date.now() - begun) / 1_000));
  process.stdout.write(json ? `${JSON.stringify(figures)}\n` : `${textOf(figures)}\n`);
  return figures.passed ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const usage = error instanceof UsageError;
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(
      usage ? `${message}\nTry --help.\n` : `Mutation testing did not come to its end: ${message}\n`,
    );
    process.exit(usage ? 2 : 1);
  },
);
