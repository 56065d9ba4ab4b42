/** `npm run bench`: what a cancellation costs, what the functions weigh, how they load, how fast it goes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const HELP = `Counts what a cancellation costs and how fast it is, beside the budgets of the design.

  npm run bench [-- PART ...] [options]

  cost      units, transitions, calls, bytes and $ per million of five paths, from a traced run
  bundles   size of each function's code
  load      processor time of loading each function, against an empty handler
  speed     cancellations per second at concurrency 1, 8 and 32
  stock     what cancelling very many orders of one SKU at once costs, and where its balance becomes too hot

  --count NUMBER      cancellations per path of cost (20)
  --rounds NUMBER     processes per function of load (7)
  --requests NUMBER   cancellations per concurrency of speed, and at once of stock (200)
  --json              one JSON object on stdout, nothing else
  --help              this text

Without a PART all five run. Figures are shown, never asserted: the exit code tells whether they could be taken.
`;

const parts = ['cost', 'bundles', 'load', 'speed', 'stock'] as const;
type Part = (typeof parts)[number];

class UsageError extends Error {}

interface Wishes {
  chosen: ReadonlySet<Part>;
  count: number;
  rounds: number;
  requests: number;
  json: boolean;
  help: boolean;
}

function readWishes(words: readonly string[]): Wishes {
  const { values, positionals } = parse(words);
  const unknown = positionals.find((word) => !parts.includes(word as Part));
  if (unknown !== undefined) throw new UsageError(`There is no part "${unknown}"; there are ${parts.join(', ')}.`);
  return {
    chosen: new Set(positionals.length === 0 ? parts : (positionals as Part[])),
    count: whole(values.count, 'count'),
    rounds: whole(values.rounds, 'rounds'),
    requests: whole(values.requests, 'requests'),
    json: values.json,
    help: values.help,
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        count: { type: 'string', default: '20' },
        rounds: { type: 'string', default: '7' },
        requests: { type: 'string', default: '200' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function whole(given: string, name: string): number {
  const value = Number(given);
  if (!Number.isInteger(value) || value < 1 || value > 10_000)
    throw new UsageError(`--${name} takes a whole number from 1 to 10000, not "${given}".`);
  return value;
}

async function main(): Promise<void> {
  const { chosen, count, rounds, requests, json, help } = readWishes(process.argv.slice(2));
  if (help) return void process.stdout.write(HELP);
  const progress = (line: string): void => void (process.stderr.isTTY && process.stderr.write(`\r\u001b[K${line}`));
  const clear = (): void => progress('');
  const report: Record<string, unknown> = {
    at: new Date().toISOString(),
    node: process.version,
    processors: cpus().length,
  };
  const show = (name: Part, result: unknown, text: string): void => {
    clear();
    report[name] = result;
    if (!json) process.stdout.write(`${text}\n\n`);
  };

  // Each part is loaded when it is wanted: a wrong word should be answered at once.
  if (chosen.has('cost')) {
    const { costText, measureCost } = await import('./cost/cost');
    const cost = await measureCost(count, progress);
    show('cost', cost, costText(cost));
  }
  if (chosen.has('bundles') || chosen.has('load')) {
    const { Bundles, bundlesText } = await import('./bundles');
    const bundles = await Bundles.build();
    const directory = mkdtempSync(join(tmpdir(), 'bench-load-'));
    try {
      if (chosen.has('bundles')) {
        const sizes = bundles.report();
        show('bundles', sizes, bundlesText(sizes));
      }
      if (chosen.has('load')) {
        const { loadText, measureLoad } = await import('./load');
        const load = await measureLoad(bundles, directory, rounds, progress);
        show('load', load, loadText(load));
      }
    } finally {
      bundles.remove();
      rmSync(directory, { recursive: true, force: true });
    }
  }
  if (chosen.has('speed')) {
    const { measureSpeed, speedText } = await import('./speed');
    const speed = await measureSpeed(requests, [1, 8, 32], progress);
    show('speed', speed, speedText(speed));
  }
  if (chosen.has('stock')) {
    const { measureStock, stockText } = await import('./stock');
    const stock = await measureStock(requests, progress);
    show('stock', stock, stockText(stock));
  }
  clear();
  if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
}

// Lambda runs in UTC; worker threads inherit the process's zone.
process.env['TZ'] = 'UTC';
main().then(
  () => process.exit(0),
  (error: unknown) => {
    const usage = error instanceof UsageError;
    process.stderr.write(
      usage
        ? `${error.message}\nTry --help.\n`
        : `The bench could not be finished: ${error instanceof Error ? (error.stack ?? '') : String(error)}\n`,
    );
    process.exit(usage ? 2 : 1);
  },
);
