import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Bundles } from './bundles';
import { loadBudget } from './budgets';
import { percentile } from './replay/percentile';
import { short, table } from './table';

const run = promisify(execFile);

export interface LoadReport {
  rounds: number;
  /** Processor milliseconds of a process that loads a handler that does nothing. */
  emptyMs: number;
  budget: number;
  functions: { name: string; ms: number; ratio: number }[];
}

const program = (file: string): string =>
  `await import(${JSON.stringify(pathToFileURL(file).href)});
   const { user, system } = process.cpuUsage();
   process.stdout.write(String((user + system) / 1000));`;

/** Processor time, all threads, from the start of the process until the file is loaded. */
async function cpuOf(file: string): Promise<number> {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program(file)], {
    // As on Lambda, nothing but what the template sets; and no cache of compiled code.
    env: { PATH: process.env['PATH'] ?? '', NODE_DISABLE_COMPILE_CACHE: '1' },
  });
  return Number(stdout);
}

/**
 * Loads each bundle in a process of its own, one round after the other, so that a busy moment of the machine strikes
 * all alike; the medians are compared.
 */
export async function measureLoad(
  bundles: Bundles,
  directory: string,
  rounds: number,
  progress: (line: string) => void,
): Promise<LoadReport> {
  const empty = join(directory, 'empty.mjs');
  writeFileSync(empty, 'export const handler = async () => ({});\n');
  const times = new Map<string, number[]>([['', []], ...bundles.names.map((name): [string, number[]] => [name, []])]);
  // Once unmeasured, so that nobody pays for reading Node from the disk.
  await cpuOf(empty);
  for (let round = 1; round <= rounds; round += 1) {
    progress(`load: round ${round} of ${rounds}`);
    for (const [name, taken] of times) taken.push(await cpuOf(name === '' ? empty : bundles.fileOf(name)));
  }
  const emptyMs = percentile(times.get('') ?? [], 0.5);
  const functions = bundles.names
    .map((name) => {
      const ms = percentile(times.get(name) ?? [], 0.5);
      return { name, ms, ratio: ms / emptyMs };
    })
    .sort((left, right) => right.ms - left.ms);
  return { rounds, emptyMs, budget: loadBudget, functions };
}

export function loadText({ rounds, emptyMs, budget, functions }: LoadReport): string {
  const over = functions.filter(({ ratio }) => ratio > budget);
  return [
    `load, processor ms of a fresh process (median of ${rounds}, interleaved; empty handler ${short(emptyMs)} ms; budget ${budget} x)`,
    table(
      functions.map(({ name, ms, ratio }) => [name, short(ms), `+${short(ms - emptyMs)}`, `${ratio.toFixed(2)} x`]),
    ),
    over.length > 0
      ? `  ${over.length} of ${functions.length} miss the budget, the worst by ${short((over[0]?.ratio ?? 0) - budget, 2)} x.`
      : '  every budget is kept',
  ].join('\n');
}
