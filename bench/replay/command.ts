import { help, readCommandLine, UsageError, type Wishes } from './command-line';
import { scopeOf, survey, type Scope, type Survey } from './invoices';
import { judge, type Findings, type Verdict } from './judge';
import { Tables, readCardRefunds } from './ledgers';
import { inLanes } from './lanes';
import { gather, matchAll, type Gathered, type Matching } from './match';
import { askOracle } from './oracle';
import { moneyAsSold, moneyPerturbed } from './perturb';
import { play } from './play';
import { Progress } from './progress';
import { reportOf, tableOf, type Report } from './report';
import { Service } from './service';
import type { Target } from './target';
import { creditAccountOf, type Naming } from './intake';

export interface Streams {
  stdout: Pick<NodeJS.WriteStream, 'write'>;
  stderr: Pick<NodeJS.WriteStream, 'write'> & { isTTY?: boolean };
}

/** The file could not be used; nothing was replayed. */
class UnreadableFile extends Error {}

interface Material {
  all: Survey;
  malformed: number;
  scope: Scope;
  gathered: Gathered;
  matching: Matching;
}

/** How many malformed rows are told one by one. */
const TOLD_ROWS = 20;
const TOLD_DIFFERENCES = 20;

async function readMaterial({ file, limit }: Wishes, progress: Progress): Promise<Material> {
  let malformed = 0;
  try {
    const all = await survey(file, ({ line, problem }) => {
      malformed += 1;
      if (malformed <= TOLD_ROWS) progress.note(`${file}:${line}: ${problem}; row skipped`);
    });
    if (malformed > TOLD_ROWS) progress.note(`and ${malformed - TOLD_ROWS} malformed rows more`);
    if (all.orders.size === 0 && all.cancellations.length === 0) throw new Error('no row of it can be replayed');
    const scope = scopeOf(all, limit);
    const gathered = await gather(file, scope);
    return { all, malformed, scope, gathered, matching: matchAll(scope.cancellations, gathered.shelves) };
  } catch (error) {
    throw new UnreadableFile(`${file} cannot be replayed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function replay(wishes: Wishes, progress: Progress): Promise<{ report: Report; text: string; verdict: Verdict }> {
  const begun = performance.now();
  const { file, limit, seed } = wishes;
  const material = await readMaterial(wishes, progress);
  const oracle = askOracle(file, limit, seed);
  // Awaited only after the run; a failure before that must not end the process by itself.
  oracle.catch(() => undefined);
  const { scope, matching, all } = material;
  const first = scope.orders[0]?.minute ?? scope.cancellations[0]?.minute ?? 0;
  // The host is loaded when it is needed: a wrong argument should be answered at once.
  const { openTarget } = await import('./target');
  const target = await openTarget(wishes.url, first * 60_000);
  // Ctrl-C leaves no database behind.
  const interrupted = (): void => void target.close().finally(() => process.exit(130));
  process.once('SIGINT', interrupted);
  try {
    const findings = await Promise.race([playAndLook(wishes, material, target, progress), target.failed]);
    const expected = await oracle;
    const verdict = judge(expected, findings, target.naming);
    const report = reportOf(matching, findings, expected, verdict);
    const text = tableOf(report, {
      requests: matching.requests.length,
      invoicedMinor: matching.invoicedMinor,
      movements: findings.stock.movements.length,
      expectedUnits: expected.unitsRestored,
      notReplayed: { ...all.counted, malformed: material.malformed },
      perturbed: seed !== undefined,
      seconds: (performance.now() - begun) / 1_000,
    });
    return { report, text, verdict };
  } finally {
    process.off('SIGINT', interrupted);
    await target.close();
  }
}

async function playAndLook(
  { file, seed }: Wishes,
  { scope, gathered, matching }: Material,
  { host, naming }: Target,
  progress: Progress,
): Promise<Findings> {
  const service = new Service(host, naming);
  await service.openStock(gathered.sold);
  const played = await play(file, scope, matching, {
    host,
    service,
    naming,
    moneyOf: (invoice) => (seed === undefined ? moneyAsSold(invoice) : moneyPerturbed(invoice, seed)),
    progress,
  });
  progress.end();
  const states = new Map<string, string>();
  await inLanes([...played.orderIds], 8, async ([order, id]) => {
    states.set(order, await service.orderStatus(id));
  });
  const tables = await Tables.at(host);
  try {
    return {
      requests: matching.requests,
      played,
      states,
      sold: gathered.sold,
      cardRefunds: await readCardRefunds(host, naming),
      credits: await tables.readCredits(naming, accountsOf(matching, naming)),
      stock: await tables.readStock(naming),
    };
  } finally {
    tables.close();
  }
}

function accountsOf({ requests }: Matching, naming: Naming): string[] {
  return [...new Set(requests.map(({ order }) => creditAccountOf(naming, order.customer)))];
}

/** The command. @returns its exit code */
export async function command(words: readonly string[], { stdout, stderr }: Streams): Promise<number> {
  const progress = new Progress(stderr);
  try {
    const wishes = readCommandLine(words);
    if (wishes === 'help') {
      stdout.write(help);
      return 0;
    }
    const { report, text, verdict } = await replay(wishes, progress);
    tellDifferences('difference', verdict.differences, progress);
    tellDifferences('stock difference', verdict.stockDifferences, progress);
    stdout.write(wishes.json ? `${JSON.stringify(report)}\n` : `${text}\n`);
    return report.differences === 0 && report.stockDifferences === 0 ? 0 : 1;
  } catch (error) {
    progress.end();
    if (error instanceof UsageError || error instanceof UnreadableFile) {
      stderr.write(`${error.message}\n${error instanceof UsageError ? 'Try --help.\n' : ''}`);
      return 2;
    }
    stderr.write(`The replay could not be finished: ${error instanceof Error ? (error.stack ?? '') : String(error)}\n`);
    return 1;
  }
}

function tellDifferences(kind: string, sentences: readonly string[], progress: Progress): void {
  for (const sentence of sentences.slice(0, TOLD_DIFFERENCES)) progress.note(`${kind}: ${sentence}`);
  if (sentences.length > TOLD_DIFFERENCES) progress.note(`and ${sentences.length - TOLD_DIFFERENCES} more of the kind`);
}
