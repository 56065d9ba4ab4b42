/**
 * The tester, tested: variants of the production code, each broken in one way, that the campaign has to catch. A variant
 * is a patch in `mutants`; its first line says what is broken. It is applied in memory and never to the files.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { explore } from './explore';
import { planText, readPlan, type Plan } from './plan';
import { prepare, run, type Ready, type RunResult, type Violation } from './run';
import { runSeed, Shapes, shrink, struckPlan } from './seeds';
import { scenarios } from './scenarios/all';
import type { Scenario } from './scenarios/scenario';
import { applyDiff } from './unified-diff';
import type { Production } from './world/cloud';
import { loadProduction, readSource } from './world/production';

const folder = join(__dirname, 'mutants');

export interface Mutant {
  readonly name: string;
  /** What is broken. */
  readonly sentence: string;
  /** Scenarios that are likely to show it; they are tried first. */
  readonly huntedIn: readonly string[];
  /** What caught it when it was hunted last. */
  readonly caughtBy: Catch | undefined;
  readonly diff: string;
}

/** A run that shows what is broken. */
export interface Catch {
  /** A scenario's name, or `seed 12`. */
  readonly scenario: string;
  readonly plan: Plan;
}

export interface Hunted {
  readonly mutant: string;
  readonly sentence: string;
  /** The invariants that it breaks; none when it was not caught. */
  readonly caughtBy: readonly string[];
  readonly faults: number;
  readonly plan: string;
  readonly scenario: string;
  readonly runs: number;
  readonly seconds: number;
}

/** Seeds that are tried when no plan of two faults shows anything. */
const SEEDS = 20_000;

/** All of them, by name. @throws Error when a patch does not say what it breaks */
export function mutants(): readonly Mutant[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.patch'));
  return files.sort().map((file) => {
    const diff = readFileSync(join(folder, file), 'utf8');
    const [, sentence] = /^# (\S.*)\n/.exec(diff) ?? [];
    if (sentence === undefined) throw new Error(`${file} does not begin by saying what it breaks`);
    const [, where = ''] = /^# hunted in: (.*)$/m.exec(diff) ?? [];
    const [, scenario, plan] = /^# caught by: (.*) (\S+)$/m.exec(diff) ?? [];
    return {
      name: file.replace(/\.patch$/, ''),
      sentence,
      huntedIn: where.split(';').flatMap((name) => (name.trim() === '' ? [] : [name.trim()])),
      caughtBy: scenario === undefined ? undefined : { scenario, plan: readPlan(plan ?? '') },
      diff,
    };
  });
}

/** The production code with the patch applied. @throws Error naming the patch that no longer fits */
export async function loadMutant({ name, diff }: Mutant): Promise<Production> {
  try {
    return await loadProduction(await applyDiff(diff, readSource));
  } catch (error) {
    throw new Error(`mutants/${name}.patch: ${(error as Error).message}`, { cause: error });
  }
}

/** What a run breaks. A world that does not know how to go on has found nothing. */
export function brokenBy(violations: readonly Violation[]): readonly Violation[] {
  return violations.some(({ invariant }) => invariant === 'the world itself') ? [] : violations;
}

export interface Replayed {
  readonly mutant: string;
  readonly sentence: string;
  /** What the run that caught it breaks on its code, and on the code as it is. */
  readonly broken: readonly string[];
  readonly unbroken: readonly string[];
  /** Why it could not be told. */
  readonly error?: string;
}

/** Tells the run that caught each mutant again: on its code, where it breaks something, and on the code as it is. */
export async function replayMutants(only?: readonly string[]): Promise<readonly Replayed[]> {
  const unbroken = await loadProduction();
  const results: Replayed[] = [];
  for (const mutant of wanted(only)) {
    const { name, sentence, caughtBy } = mutant;
    const about = { mutant: name, sentence };
    try {
      if (caughtBy === undefined) throw new Error('its patch does not say what catches it');
      const broken = brokenBy((await replay(await loadMutant(mutant), caughtBy)).violations);
      const { violations } = await replay(unbroken, caughtBy);
      results.push({ ...about, broken: namesOf(broken), unbroken: namesOf(violations) });
    } catch (error) {
      results.push({ ...about, broken: [], unbroken: [], error: (error as Error).message });
    }
  }
  return results;
}

const namesOf = (violations: readonly Violation[] = []): string[] => [
  ...new Set(violations.map(({ invariant }) => invariant)),
];

/** Tells the run again, on the code as it is or on a mutant's. */
async function replay(production: Production, { scenario, plan }: Catch): Promise<RunResult> {
  const [, seed] = /^seed (\d+)$/.exec(scenario) ?? [];
  if (seed !== undefined) return runSeed(production, new Shapes(production), Number(seed), { plan });
  return run(production, await prepare(production, named(scenario)), { plan });
}

function named(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`there is no scenario ${name}`);
  return found;
}

export interface HuntOptions {
  /** Names of mutants; absent: all. */
  readonly only?: readonly string[];
  readonly onProgress?: (line: string) => void;
  /** Told of each that was hunted. */
  readonly hunted?: (mutant: Mutant, hunted: Hunted) => void;
}

/** Hunts each mutant until something is broken: without faults, with one, with two, then by seeds. */
export async function huntMutants({ only, onProgress, hunted }: HuntOptions = {}): Promise<readonly Hunted[]> {
  const results: Hunted[] = [];
  for (const mutant of wanted(only)) {
    const result = await hunt(mutant, onProgress ?? (() => undefined));
    hunted?.(mutant, result);
    results.push(result);
  }
  return results;
}

function wanted(only: readonly string[] | undefined): readonly Mutant[] {
  const all = mutants();
  const unknown = only?.filter((name) => !all.some((mutant) => mutant.name === name)) ?? [];
  if (unknown.length > 0) throw new Error(`there is no mutant ${unknown.join(', ')}`);
  return all.filter(({ name }) => only?.includes(name) ?? true);
}

type Found = Catch & { readonly violations: readonly Violation[] };

async function hunt(mutant: Mutant, tell: (line: string) => void): Promise<Hunted> {
  const began = performance.now();
  const { name, sentence, huntedIn } = mutant;
  const first = huntedIn.map(named);
  const order = [...first, ...scenarios.filter((scenario) => !first.includes(scenario))];
  const hunter = new Hunter(await loadMutant(mutant));
  const found = await hunter.found(order, (where) => tell(`${name}: ${where}`));
  return {
    mutant: name,
    sentence,
    caughtBy: namesOf(found?.violations),
    faults: found?.plan.length ?? 0,
    plan: found === undefined ? '' : planText(found.plan),
    scenario: found?.scenario ?? '',
    runs: hunter.runs,
    seconds: (performance.now() - began) / 1_000,
  };
}

/** One mutant's code, with the scenarios that were prepared on it. */
class Hunter {
  runs = 0;
  private readonly known = new Map<Scenario, Ready>();

  constructor(private readonly production: Production) {}

  async found(order: readonly Scenario[], tell: (where: string) => void): Promise<Found | undefined> {
    for (const [faults, words] of ['no fault', 'one fault', 'two faults'].entries()) {
      for (const scenario of order) {
        if (faults > 0) tell(`${scenario.name}, ${words}`);
        const found = await this.explored(scenario, faults);
        if (found !== undefined) return found;
      }
    }
    tell(`${SEEDS} seeds`);
    return this.seeded();
  }

  /** The first plan of so many faults that breaks something; those with fewer come before it. */
  private async explored(scenario: Scenario, faults: number): Promise<Found | undefined> {
    const ready = await this.ready(scenario);
    for (let wanted = 1; ; wanted += 1) {
      const { failures } = await explore(this.production, ready, {
        depth: { anywhere: faults, effects: faults },
        ran: () => void (this.runs += 1),
        enough: (count) => count >= wanted,
      });
      const found = failures.find(({ violations }) => brokenBy(violations).length > 0);
      if (found !== undefined) return { ...found, violations: brokenBy(found.violations) };
      // What failed so far was the world itself; something real may come behind it.
      if (failures.length < wanted) return undefined;
    }
  }

  private async seeded(): Promise<Found | undefined> {
    const shapes = new Shapes(this.production);
    const again = async (seed: number, plan: Plan): Promise<readonly Violation[]> => {
      this.runs += 1;
      return brokenBy((await runSeed(this.production, shapes, seed, { plan })).violations);
    };
    for (let seed = 0; seed < SEEDS; seed += 1) {
      this.runs += 1;
      const result = await runSeed(this.production, shapes, seed);
      if (brokenBy(result.violations).length === 0) continue;
      const small = await shrink(struckPlan(result), (plan) => again(seed, plan));
      if (small.violations.length > 0) return { scenario: `seed ${seed}`, ...small };
    }
    return undefined;
  }

  private async ready(scenario: Scenario): Promise<Ready> {
    const known = this.known.get(scenario) ?? (await prepare(this.production, scenario));
    this.known.set(scenario, known);
    return known;
  }
}

const HELP = `Hunts variants of the production code that are broken on purpose (test/faults/mutants): without faults, with one fault,
with two, then by seeds. Each must be caught by an invariant.

  --only A,B   only these
  --again      no hunt: only the runs that are kept, on the broken code and on the code as it is
  --keep       writes what caught a mutant into its patch, from where npm test takes it
  --json       one JSON object on standard output
  --help       this text

Ends with 0 when every one was caught, 1 when one was not, 2 for a wrong argument.
`;

export async function mutantsCommand(args: string[]): Promise<number> {
  let values: { only?: string; again?: boolean; keep?: boolean; json?: boolean; help?: boolean };
  try {
    ({ values } = parseArgs({
      args,
      options: {
        only: { type: 'string' },
        again: { type: 'boolean' },
        keep: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\nTry --help.\n`);
    return 2;
  }
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const only = values.only?.split(',');
  if (values.again === true) return toldAgain(only, values.json === true);
  const hunted = await huntMutants({
    ...(only === undefined ? {} : { only }),
    onProgress: (line) => void process.stderr.write(`${line}\n`),
    hunted: (mutant, result) => {
      if (values.keep === true) keep(mutant, result);
    },
  });
  const caught = hunted.every(({ caughtBy }) => caughtBy.length > 0);
  process.stdout.write(values.json === true ? `${JSON.stringify({ mutants: hunted, caught })}\n` : tableOf(hunted));
  return caught ? 0 : 1;
}

async function toldAgain(only: readonly string[] | undefined, json: boolean): Promise<number> {
  const replayed = await replayMutants(only);
  const lines = replayed.map(({ mutant, broken, unbroken, error }) => {
    if (error !== undefined) return `${mutant}: ${error}`;
    if (unbroken.length > 0) return `${mutant}: also the code as it is breaks: ${unbroken.join(', ')}`;
    return broken.length === 0 ? `${mutant}: NOT CAUGHT any more; hunt it again` : `${mutant}: ${broken.join(', ')}`;
  });
  process.stdout.write(json ? `${JSON.stringify({ mutants: replayed })}\n` : `${lines.join('\n')}\n`);
  return replayed.every(({ broken, unbroken }) => broken.length > 0 && unbroken.length === 0) ? 0 : 1;
}

function keep({ name, diff }: Mutant, { scenario, plan }: Hunted): void {
  if (scenario === '') return;
  const [sentence = '', ...rest] = diff.split('\n').filter((line) => !line.startsWith('# caught by: '));
  const place = rest.findIndex((line) => !line.startsWith('# '));
  rest.splice(place, 0, `# caught by: ${scenario} ${plan}`);
  writeFileSync(join(folder, `${name}.patch`), [sentence, ...rest].join('\n'));
}

function tableOf(hunted: readonly Hunted[]): string {
  const rows = [
    ['MUTANT', 'CAUGHT BY', 'FAULTS', 'IN', 'PLAN', 'RUNS', 'SECONDS'],
    ...hunted.map(({ mutant, caughtBy, faults, scenario, plan, runs, seconds }) =>
      caughtBy.length === 0
        ? [mutant, 'NOT CAUGHT', '', '', '', String(runs), seconds.toFixed(1)]
        : [mutant, caughtBy.join(', '), String(faults), scenario, plan, String(runs), seconds.toFixed(1)],
    ),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const count = hunted.filter(({ caughtBy }) => caughtBy.length > 0).length;
  return [...lines, '', `${count} of ${hunted.length} were caught.`, ''].join('\n');
}
