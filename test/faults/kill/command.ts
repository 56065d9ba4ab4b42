/** Command line of the kill campaign. */
import { parseArgs } from 'node:util';
import { runKillCampaign, type KillReport } from './kill-campaign';

const HELP = `Kills the laptop host (kill -9: host, workers, database) at random moments during concurrent cancellations, and
checks that everything accepted completes after the restart, once.

  --rounds NUMBER         rounds, each on fresh data (20)
  --cancellations NUMBER  concurrent cancellations per round, 20 to 1000 (200)
  --seed NUMBER           draws the mix and the moments (1)
  --json                  one JSON object on standard output; progress goes to standard error
  --help                  this text

Ends with 0 when every sentence holds, 1 when one does not or something was not exercised, 2 for a wrong argument.
`;

/** Fewer would leave a scenario out. */
const CANCELLATIONS = { least: 20, most: 1_000 } as const;

class UsageError extends Error {}

export async function killCommand(args: string[]): Promise<number> {
  try {
    const { help, json, ...wishes } = readArguments(args);
    if (help) {
      process.stdout.write(HELP);
      return 0;
    }
    process.once('SIGINT', () => process.exit(130));
    const progress = json ? process.stderr : process.stdout;
    const report = await runKillCampaign({ ...wishes, onProgress: (line) => void progress.write(`${line}\n`) });
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : summaryOf(report));
    return report.held ? 0 : 1;
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\nTry --help.\n`);
      return 2;
    }
    process.stderr.write(
      `The campaign could not be played: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    return 1;
  }
}

function readArguments(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        rounds: { type: 'string', default: '20' },
        cancellations: { type: 'string', default: '200' },
        seed: { type: 'string', default: '1' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return {
      rounds: wholeNumber('rounds', values.rounds, 1, 1_000),
      cancellations: wholeNumber('cancellations', values.cancellations, CANCELLATIONS.least, CANCELLATIONS.most),
      seed: wholeNumber('seed', values.seed, 0, Number.MAX_SAFE_INTEGER),
      json: values.json,
      help: values.help,
    };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isInteger(number) && number >= least && number <= most) return number;
  throw new UsageError(`--${name} takes a whole number from ${least} to ${most}, not "${text}".`);
}

function summaryOf({ totals, notExercised, held, seconds, seed }: KillReport): string {
  const phases = Object.entries(totals.killsByPhase).map(([phase, count]) => `${count} while ${phase}`);
  const ends = Object.entries(totals.ends).map(([end, count]) => `${count} ${end}`);
  return [
    '',
    `accepted ${totals.accepted}, completed ${totals.completed}: ${ends.join(', ')}`,
    `killed ${totals.kills} times: ${phases.join(', ')}`,
    `met by a kill: ${totals.metExecuting} being carried out, ${totals.metMoneyUnderWay} refunds under way, ${totals.metWaiting} waiting`,
    `repeated by clients ${totals.repeatedByClients}, taken over by a younger run ${totals.takenOver}`,
    `quiet after ${totals.longestSecondsToQuiesce.toFixed(1)} s at the longest`,
    ...notExercised.map((what) => `NOT EXERCISED: ${what}`),
    `${totals.violations} violations; ${held ? 'held' : 'DID NOT HOLD'} (seed ${seed}, ${seconds.toFixed(0)} s)`,
    '',
  ].join('\n');
}
