/** A whole campaign: every scenario explored, many seeds run, and everything that was passed counted. */
import { addCounts, noCounts, zeros, type Counts } from './coverage';
import { work, type Task } from './crew';
import type { Depth, Exploration, Failure } from './explore';
import { failureText } from './failure-text';
import { scenarios } from './scenarios/all';

export interface CampaignOptions {
  /** Names of scenarios; absent: all of them. */
  readonly only?: readonly string[];
  readonly depth: Depth;
  readonly seeds: { readonly from: number; readonly count: number };
  readonly workers: number;
  readonly progress: (line: string) => void;
}

export interface CampaignReport {
  readonly depth: Depth;
  readonly explorations: readonly Exploration[];
  readonly seeds: { readonly from: number; readonly count: number; readonly calls: number; readonly seconds: number };
  readonly failures: readonly Failure[];
  /** Runs in all. */
  readonly plans: number;
  readonly pruned: number;
  readonly seconds: number;
  readonly workers: number;
  readonly counts: Counts;
  /** What nothing has passed. */
  readonly zeros: readonly string[];
}

/** Seeds that one worker takes at a time. */
const BLOCK = 2_500;

export async function campaign(options: CampaignOptions): Promise<CampaignReport> {
  const began = performance.now();
  const { only, depth, seeds, workers, progress } = options;
  const chosen = scenarios.filter(({ name }) => only === undefined || only.includes(name));
  const unknown = (only ?? []).filter((name) => !scenarios.some((one) => one.name === name));
  if (unknown.length > 0) throw new Error(`there is no scenario ${unknown.join(', ')}; --list shows them all`);

  const explorations: Exploration[] = [];
  const failures: Failure[] = [];
  const counts = noCounts();
  let runs = 0;
  let seedCalls = 0;
  let seedSeconds = 0;
  let shown = performance.now();
  const tasks = tasksOf(
    chosen.map(({ name }) => name),
    depth,
    seeds,
  );
  let done = 0;
  await work(tasks, workers, (report, worker) => {
    if (report.kind === 'begun') return progress(report.text);
    if (report.kind === 'progress') {
      runs += report.runs;
      if (performance.now() - shown < 5_000) return;
      shown = performance.now();
      const seconds = (shown - began) / 1_000;
      progress(
        `${clock(seconds)}  ${done}/${tasks.length} pieces  ${runs} runs  ${(runs / seconds).toFixed(0)}/s  ` +
          `${failures.length} violations  [${worker}] ${report.text}`,
      );
      return;
    }
    done += 1;
    addCounts(counts, report.counts);
    const found = report.kind === 'explored' ? report.exploration.failures : report.seeds.failures;
    failures.push(...found);
    for (const failure of found) progress(failureText(failure));
    if (report.kind === 'explored') {
      explorations.push(report.exploration);
    } else {
      seedCalls += report.seeds.calls;
      seedSeconds += report.seeds.seconds;
    }
  });
  const explored = explorations.reduce((sum, { plans }) => sum + plans.reduce((all, one) => all + one, 0), 0);
  explorations.sort((one, other) => nameOrder(one.scenario) - nameOrder(other.scenario));
  return {
    depth,
    explorations,
    seeds: { ...seeds, calls: seedCalls, seconds: seedSeconds },
    failures,
    plans: explored + seeds.count,
    pruned: explorations.reduce((sum, { pruned }) => sum + pruned, 0),
    seconds: (performance.now() - began) / 1_000,
    workers,
    counts,
    // A part of a campaign is not meant to pass everything.
    zeros: only === undefined ? zeros(counts) : [],
  };
}

const nameOrder = (name: string): number => scenarios.findIndex((one) => one.name === name);

function tasksOf(names: readonly string[], depth: Depth, seeds: { from: number; count: number }): Task[] {
  const blocks: Task[] = [];
  const block = Math.max(1, Math.min(BLOCK, Math.ceil(seeds.count / 8)));
  for (let from = seeds.from; from < seeds.from + seeds.count; from += block) {
    blocks.push({ kind: 'seeds', from, count: Math.min(block, seeds.from + seeds.count - from) });
  }
  // Chance finds soonest what nobody thought of; and what is left for the end keeps every worker busy until then.
  const early = blocks.splice(0, Math.floor(blocks.length / 2));
  const stories = names.map((scenario): Task => ({ kind: 'explore', scenario, depth: depthOf(scenario, depth) }));
  return [...early, ...stories, ...blocks];
}

/** What is no story of its own is tried with one fault less. */
function depthOf(name: string, { anywhere, effects, ...more }: Depth): Depth {
  const inDepth = scenarios.find((one) => one.name === name)?.inDepth;
  if (inDepth === true || (inDepth === 'campaign' && more.byTurns !== true)) return { anywhere, effects };
  return { anywhere: Math.max(0, anywhere - 1), effects: Math.min(effects, 2), ...more };
}

export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${two(Math.floor(whole / 3_600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}
