/**
 * "Stuck is impossible": the laptop host is killed at random moments while many cancellations run, again and again, and
 * everything that was accepted completes after the restart, once. What was not exercised is a failure as well.
 */
import { listeningAssembly } from '../../support/listening-assembly';
import { plansOf, type Strike } from './plan';
import { phases, playRound, type Kill, type RoundReport } from './round';
import { scenarios } from './scenarios';

export interface KillOptions {
  readonly rounds: number;
  readonly cancellations: number;
  readonly seed: number;
  readonly onProgress?: (line: string) => void;
}

export interface KillTotals {
  readonly accepted: number;
  readonly completed: number;
  readonly kills: number;
  /** By what was going on when the host died. */
  readonly killsByPhase: Readonly<Record<string, number>>;
  readonly repeatedByClients: number;
  readonly takenOver: number;
  /** Cancellations that a kill met while they were carried out, and while they waited. */
  readonly metExecuting: number;
  readonly metWaiting: number;
  /** Refund legs that a kill met between intent and outcome. */
  readonly metMoneyUnderWay: number;
  readonly byScenario: Readonly<Record<string, number>>;
  readonly ends: Readonly<Record<string, number>>;
  readonly violations: number;
  readonly longestSecondsToQuiesce: number;
}

export interface KillReport {
  readonly seed: number;
  readonly cancellationsPerRound: number;
  readonly rounds: readonly RoundReport[];
  readonly totals: KillTotals;
  /** What the campaign was to exercise and did not. */
  readonly notExercised: readonly string[];
  /** No violation, and nothing that was not exercised. */
  readonly held: boolean;
  readonly seconds: number;
}

export async function runKillCampaign(options: KillOptions): Promise<KillReport> {
  const { rounds, cancellations, seed, onProgress } = options;
  const begun = performance.now();
  // One assembly for all rounds: a source that is touched meanwhile changes nothing.
  const before = process.env['JOURNEYS_ASSEMBLY'];
  process.env['JOURNEYS_ASSEMBLY'] = await listeningAssembly();
  try {
    const reports: RoundReport[] = [];
    const plans = plansOf(rounds, seed);
    for (const [round, strikes] of plans.entries()) {
      const report = await playRound({ round, cancellations, seed, strikes });
      reports.push(report);
      onProgress?.(lineOf(report));
      for (const { sentence, about, found } of report.violations) onProgress?.(`  ${sentence} ${about}: ${found}`);
      if (report.keptIn !== undefined) onProgress?.(`  the data lies in ${report.keptIn}`);
    }
    const totals = totalsOf(reports);
    const notExercised = missingIn(totals, reports, plans.flat());
    return {
      seed,
      cancellationsPerRound: cancellations,
      rounds: reports,
      totals,
      notExercised,
      held: totals.violations === 0 && notExercised.length === 0,
      seconds: (performance.now() - begun) / 1_000,
    };
  } finally {
    if (before === undefined) delete process.env['JOURNEYS_ASSEMBLY'];
    else process.env['JOURNEYS_ASSEMBLY'] = before;
  }
}

function totalsOf(rounds: readonly RoundReport[]): KillTotals {
  const kills = rounds.flatMap((report) => report.kills);
  const sum = (pick: (report: RoundReport) => number): number => rounds.reduce((all, each) => all + pick(each), 0);
  const met = (pick: (kill: Kill) => number): number => kills.reduce((all, each) => all + pick(each), 0);
  return {
    accepted: sum(({ accepted }) => accepted),
    completed: sum(({ completed }) => completed),
    kills: kills.length,
    killsByPhase: Object.fromEntries(
      phases.map((phase) => [phase, kills.filter((kill) => kill.phase === phase).length]),
    ),
    repeatedByClients: sum(({ repeatedByClients }) => repeatedByClients),
    takenOver: sum(({ takenOver }) => takenOver),
    metExecuting: met(({ executing }) => executing),
    metWaiting: met(({ waiting }) => waiting),
    metMoneyUnderWay: met(({ moneyUnderWay }) => moneyUnderWay),
    byScenario: added(rounds.map(({ byScenario }) => byScenario)),
    ends: added(rounds.map(({ ends }) => ends)),
    violations: sum(({ violations }) => violations.length),
    longestSecondsToQuiesce: Math.max(0, ...rounds.map(({ secondsToQuiesce }) => secondsToQuiesce)),
  };
}

function missingIn(totals: KillTotals, rounds: readonly RoundReport[], planned: readonly Strike[]): readonly string[] {
  // Few rounds have no time for it; the others are never left out.
  const wanted = phases.filter((phase) => phase !== 'answering' || planned.some(({ moment }) => moment === phase));
  const exercised: readonly (readonly [string, number])[] = [
    ['a round', rounds.length],
    ...wanted.map((phase) => [`a kill while ${phase}`, totals.killsByPhase[phase] ?? 0] as const),
    ...scenarios.map(({ name }) => [`a cancellation "${name}" that completed`, totals.byScenario[name] ?? 0] as const),
    ['a request repeated by its client', totals.repeatedByClients],
    ['a run taken over', totals.takenOver],
    ['a cancellation met while it was carried out', totals.metExecuting],
    ['a cancellation met while it waited', totals.metWaiting],
    ['a refund met between intent and outcome', totals.metMoneyUnderWay],
    ['a webhook before its reply', rounds.filter(({ webhookBeforeReply }) => webhookBeforeReply).length],
  ];
  return exercised.filter(([, count]) => count === 0).map(([what]) => what);
}

function added(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, count] of counts.flatMap((each) => Object.entries(each))) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}

/** A round in a line for people. */
function lineOf(report: RoundReport): string {
  const kills = report.kills.map(({ atMs, phase }) => `${phase} at ${atMs} ms`).join(', ');
  return [
    `round ${report.round + 1}: ${report.accepted} accepted`,
    `${report.completed} completed`,
    `killed ${kills}`,
    `${report.repeatedByClients} repeated by clients`,
    `${report.takenOver} taken over`,
    `${report.violations.length} violations`,
    `quiet after ${report.secondsToQuiesce.toFixed(1)} s (${Math.round(report.hostMinutesToQuiesce)} min by its clock)`,
    `${report.seconds.toFixed(0)} s`,
  ].join('; ');
}
