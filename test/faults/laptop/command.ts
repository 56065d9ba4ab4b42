/** Command line of the seeds on the laptop host. */
import { parseArgs } from 'node:util';
import { inWords, runOnLaptop, type LaptopReport } from './campaign';

const HELP = `Tells the stories of the seeds on the laptop host: deployed bundles in worker threads, the real engine of the tables,
streams, state machines and stand-ins; with as many faults as each seed has in the world in memory, and the same
sentences checked at the end.

  --seeds NUMBER     how many (2000)
  --from NUMBER      the first of them (0)
  --parallel NUMBER  seeds side by side in one host (100)
  --json             one JSON object on standard output; progress goes to standard error
  --help             this text

Ends with 0 when every sentence holds, 1 when one does not, 2 for a wrong argument.
`;

class UsageError extends Error {}

export async function laptopCommand(args: string[]): Promise<number> {
  try {
    const { help, json, ...wishes } = readArguments(args);
    if (help) {
      process.stdout.write(HELP);
      return 0;
    }
    const progress = json ? process.stderr : process.stdout;
    const report = await runOnLaptop({ ...wishes, onProgress: (line) => void progress.write(`${line}\n`) });
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : summaryOf(report));
    return report.held ? 0 : 1;
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\nTry --help.\n`);
      return 2;
    }
    process.stderr.write(`The seeds could not be played: ${error instanceof Error ? error.stack : String(error)}\n`);
    return 1;
  }
}

function readArguments(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        seeds: { type: 'string', default: '2000' },
        from: { type: 'string', default: '0' },
        parallel: { type: 'string', default: '100' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return {
      seeds: wholeNumber('seeds', values.seeds, 1, 1_000_000),
      from: wholeNumber('from', values.from, 0, Number.MAX_SAFE_INTEGER / 4),
      parallel: wholeNumber('parallel', values.parallel, 1, 1_000),
      json: values.json,
      help: values.help,
    };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError((error as Error).message);
  }
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < least || number > most) {
    throw new UsageError(`--${name} is a whole number from ${least} to ${most}, not '${text}'.`);
  }
  return number;
}

function summaryOf({ seeds, struck, calls, faults, cancellations, broken, seconds }: LaptopReport): string {
  const listed = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ');
  return `${[
    ...broken.map(inWords),
    `${seeds} seeds in ${seconds} s: ${calls} calls, ${struck} faults struck, ${broken.length} seeds broken`,
    `faults: ${listed(faults)}`,
    `cancellations: ${listed(cancellations)}`,
  ].join('\n')}\n`;
}
