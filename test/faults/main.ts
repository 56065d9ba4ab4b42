/** `npm run faults`: proves the promises under faults, or shows how one was broken. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { campaign, type CampaignReport } from './campaign';
import { readPlan, planText, type Plan } from './plan';
import { failureText } from './failure-text';
import { campaignText, summary, table } from './report';
import { prepare, run, type RunResult } from './run';
import { runSeed, Shapes, shrink, struckPlan } from './seeds';
import { scenarios } from './scenarios/all';
import { bundleProduction, projectRoot } from './world/bundle';
import type { Production } from './world/cloud';
import { loadProduction } from './world/production';

const HELP = `npm run faults [-- OPTIONS]           the campaign: every plan of up to three faults, and 200,000 seeds
npm run faults -- --slice             its short form, part of npm test: every single fault in the stories in depth, one
                                     at every effect in the others, and 5,000 seeds
npm run faults -- --night             1,000,000 seeds; taken up where it was left
npm run faults -- --scenario NAME --plan PLAN
                                      one run with its whole history; PLAN is 12:crash_after,31:throttled or none
npm run faults -- --seed N [--plan PLAN]
                                      the run of a seed with its whole history
npm run faults -- mutants | kill | laptop [--help]
                                      the broken variants; kill -9 of the laptop host; seeds on the laptop host

  --list            the scenarios, each with its sentence
  --only A          only this scenario, and no seeds unless --seeds asks for them; several: --only A --only B
  --depth N,M       faults anywhere, faults at effects (2,3)
  --seeds N         how many seeds (200000)
  --from N          the first seed (0)
  --workers N       processes side by side (2)
  --json            one object on standard output
  --help`;

const others: Readonly<Record<string, (args: string[]) => Promise<number>>> = {
  mutants: async (args) => (await import('./mutants')).mutantsCommand(args),
  kill: async (args) => (await import('./kill/command')).killCommand(args),
  laptop: async (args) => (await import('./laptop/command')).laptopCommand(args),
};

async function main(): Promise<number> {
  const [first = '', ...rest] = process.argv.slice(2);
  const other = others[first];
  if (other !== undefined) return other(rest);
  const { values } = parseArgs({
    options: {
      slice: { type: 'boolean' },
      night: { type: 'boolean' },
      list: { type: 'boolean' },
      scenario: { type: 'string' },
      plan: { type: 'string' },
      seed: { type: 'string' },
      only: { type: 'string', multiple: true },
      depth: { type: 'string' },
      seeds: { type: 'string' },
      from: { type: 'string' },
      workers: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const json = values.json === true;
  if (values.help === true) return say(HELP);
  if (values.list === true) return listed(json);
  if (values.seed !== undefined) return shownSeed(number('seed', values.seed), planOf(values.plan), json);
  if (values.scenario !== undefined) return shownPlan(values.scenario, planOf(values.plan) ?? [], json);
  const { only } = values;
  const [anywhere, effects] = (values.depth ?? (values.slice === true ? '1,1' : '2,3')).split(',');
  const depth = {
    anywhere: number('depth', anywhere),
    effects: number('depth', effects),
    ...(values.slice === true && { byTurns: true as const }),
  };
  const many = values.slice === true ? 5_000 : only === undefined ? 200_000 : 0;
  const count = values.seeds === undefined ? many : number('seeds', values.seeds);
  const from = values.from === undefined ? 0 : number('from', values.from);
  const workers = values.workers === undefined ? 2 : number('workers', values.workers);
  if (values.night === true) return night(workers, json);
  const report = await campaign({
    ...(only === undefined ? {} : { only }),
    depth,
    seeds: { from, count },
    workers,
    progress: (line) => process.stderr.write(`${line}\n`),
  });
  say(json ? JSON.stringify(report) : campaignText(report));
  return verdict(report);
}

const verdict = ({ failures, zeros }: CampaignReport): number => (failures.length + zeros.length === 0 ? 0 : 1);

function say(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

function number(name: string, text: string | undefined): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name}: ${text ?? ''} is no whole number`);
  return value;
}

const planOf = (text: string | undefined): Plan | undefined => (text === undefined ? undefined : readPlan(text));

function listed(json: boolean): number {
  const list = scenarios.map(({ name, sentence }) => ({ name, sentence }));
  if (json) return say(JSON.stringify({ scenarios: list }));
  return say(
    table(
      ['scenario', 'story'],
      list.map(({ name, sentence }) => [name, sentence]),
    ),
  );
}

async function shownPlan(name: string, plan: Plan, json: boolean): Promise<number> {
  const scenario = scenarios.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`there is no scenario ${name}; --list shows them all`);
  const production = await loadProduction();
  const ready = await prepare(production, scenario);
  const again = (wanted: Plan): Promise<RunResult> => run(production, ready, { plan: wanted, recording: true });
  return shown(await again(plan), plan, again, `--scenario '${name}'`, json);
}

async function shownSeed(seed: number, plan: Plan | undefined, json: boolean): Promise<number> {
  const production: Production = await loadProduction();
  const shapes = new Shapes(production);
  const again = (wanted: Plan): Promise<RunResult> =>
    runSeed(production, shapes, seed, { plan: wanted, recording: true });
  const result = plan === undefined ? await runSeed(production, shapes, seed, { recording: true }) : await again(plan);
  return shown(result, struckPlan(result), again, `--seed ${seed}`, json);
}

async function shown(
  result: RunResult,
  plan: Plan,
  again: (plan: Plan) => Promise<RunResult>,
  how: string,
  json: boolean,
): Promise<number> {
  const { history, violations } = result;
  if (json) {
    say(JSON.stringify({ plan: planText(plan), history, violations }));
    return violations.length === 0 ? 0 : 1;
  }
  for (const { index, at, process: who, label, fault, request, answer } of history) {
    say(`${String(index).padStart(4)}  ${at}  ${fault === undefined ? '' : `*** ${fault} *** `}${who}  ${label}`);
    if (request !== undefined) say(`      asks    ${request.slice(0, 400)}`);
    if (answer !== undefined) say(`      answer  ${answer}`);
  }
  if (violations.length === 0)
    return say(`${history.length} inputs and outputs under ${planText(plan)}: everything held.`);
  const small = await shrink(plan, async (wanted) => (await again(wanted)).violations);
  say(failureText({ scenario: '', plan, violations }).replace("--scenario ''", how));
  if (small.plan.length < plan.length) say(`It takes only: npm run faults -- ${how} --plan ${planText(small.plan)}`);
  return 1;
}

const NIGHT = 1_000_000;
const BLOCK = 20_000;

/** Blocks of seeds until all are done; where it stands is on disk, for as long as the code is the same. */
async function night(workers: number, json: boolean): Promise<number> {
  const folder = join(projectRoot, 'dist/faults');
  const file = join(folder, 'night.json');
  const code = createHash('sha256')
    .update(await bundleProduction())
    .digest('hex')
    .slice(0, 16);
  let state = { code, done: 0, seconds: 0, failures: [] as string[] };
  try {
    const before = JSON.parse(readFileSync(file, 'utf8')) as typeof state;
    if (before.code === code) state = before;
    else process.stderr.write('The code is another one than last time: beginning anew.\n');
  } catch {
    // There was no last time.
  }
  mkdirSync(folder, { recursive: true });
  while (state.done < NIGHT) {
    const report = await campaign({
      only: [],
      depth: { anywhere: 0, effects: 0 },
      seeds: { from: state.done, count: Math.min(BLOCK, NIGHT - state.done) },
      workers,
      progress: (line) => process.stderr.write(`${line}\n`),
    });
    state.done += report.seeds.count;
    state.seconds += report.seconds;
    state.failures.push(...report.failures.map(failureText));
    writeFileSync(file, JSON.stringify(state));
    process.stderr.write(`${state.done} of ${NIGHT} seeds. ${summary(report)}\n`);
  }
  say(
    json
      ? JSON.stringify(state)
      : [...state.failures, `${state.done} seeds, ${state.failures.length} violations`].join('\n'),
  );
  return state.failures.length === 0 ? 0 : 1;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 2;
  },
);
