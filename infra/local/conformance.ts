import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { VirtualClock } from './clock';
import { compile, InvalidEventPattern } from './event-pattern';
import { isRecord, record, text, type Json } from './json';
import { Engine, TaskFailure, UnsupportedDefinition } from './states/engine';
import type { HistoryEvent, Integrations, TaskRequest } from './states/engine';

const HELP = `Scores the laptop's state machines and event patterns against executions recorded on AWS.

  npm run conformance -- [--from DIR] [--json]

  --from DIR  where cases.json.gz and event-patterns.json.gz lie
              (default: $ORDER_CANCELLATION_SHARED/aws-recordings, or ../shared/aws-recordings)
  --json      the score as JSON
  --help      this text

passed   status, output, error and each state's and task's data are the recorded ones
refused  the definition uses what the laptop does not support; it said so by name
failed   it ended in another way, without claiming success
wrong    it claimed a success that AWS did not record
Exit code 1 when anything is wrong, 2 when there are no recordings.
`;

const MACHINE_ARN = 'arn:aws:states:us-east-1:000000000000:stateMachine:recorded';

/** An execution recorded on AWS. */
export interface RecordedCase {
  readonly id: string;
  readonly definition: string;
  readonly input: string;
  readonly events: readonly Json[];
}

export interface RecordedPattern {
  readonly id: string;
  readonly expect: 'match' | 'no-match' | 'invalid';
  readonly event: unknown;
  readonly pattern: unknown;
}

export interface Recordings {
  readonly cases: readonly RecordedCase[];
  readonly patterns: readonly RecordedPattern[];
}

export interface Shortfall {
  readonly id: string;
  readonly verdict: 'refused' | 'failed' | 'wrong';
  readonly reason: string;
}

export interface Score {
  readonly executions: {
    readonly total: number;
    readonly passed: number;
    readonly refused: number;
    readonly failed: number;
    readonly wrong: number;
    /** Every execution that did not pass. */
    readonly shortfalls: readonly Shortfall[];
  };
  readonly patterns: {
    readonly total: number;
    readonly passed: number;
    readonly shortfalls: readonly { readonly id: string; readonly expected: string; readonly got: string }[];
  };
}

/** Undefined when the folder holds no recordings. */
export function readRecordings(folder: string): Recordings | undefined {
  const cases = join(folder, 'cases.json.gz');
  const patterns = join(folder, 'event-patterns.json.gz');
  if (!existsSync(cases) || !existsSync(patterns)) return undefined;
  const read = (file: string): unknown => JSON.parse(gunzipSync(readFileSync(file)).toString('utf8'));
  return { cases: read(cases) as RecordedCase[], patterns: read(patterns) as RecordedPattern[] };
}

export function defaultFolder(): string {
  return join(process.env['ORDER_CANCELLATION_SHARED'] ?? '../shared', 'aws-recordings');
}

export async function scoreRecordings(recordings: Recordings): Promise<Score> {
  const shortfalls: Shortfall[] = [];
  for (const recorded of recordings.cases) {
    const shortfall = await replay(recorded);
    if (shortfall) shortfalls.push(shortfall);
  }
  const patterns = recordings.patterns.flatMap(({ id, expect, event, pattern }) => {
    const got = judgePattern(pattern, event);
    return got === expect ? [] : [{ id, expected: expect, got }];
  });
  const count = (verdict: Shortfall['verdict']): number =>
    shortfalls.filter((shortfall) => shortfall.verdict === verdict).length;
  return {
    executions: {
      total: recordings.cases.length,
      passed: recordings.cases.length - shortfalls.length,
      refused: count('refused'),
      failed: count('failed'),
      wrong: count('wrong'),
      shortfalls,
    },
    patterns: {
      total: recordings.patterns.length,
      passed: recordings.patterns.length - patterns.length,
      shortfalls: patterns,
    },
  };
}

function judgePattern(pattern: unknown, event: unknown): 'match' | 'no-match' | 'invalid' {
  try {
    return compile(pattern)(event) ? 'match' : 'no-match';
  } catch (error) {
    if (error instanceof InvalidEventPattern) return 'invalid';
    throw error;
  }
}

/** Runs a recorded execution again with the recorded outcomes of its tasks; undefined when all is as recorded. */
export async function replay(recorded: RecordedCase): Promise<Shortfall | undefined> {
  const clock = new VirtualClock();
  const engine = new Engine({ clock, integrations: new RecordedTasks(recorded), keepClosed: 1 });
  const shortfall = (verdict: Shortfall['verdict'], reason: string): Shortfall => ({
    id: recorded.id,
    verdict,
    reason,
  });
  try {
    engine.createMachine({ arn: MACHINE_ARN, name: 'recorded', type: 'STANDARD', definition: recorded.definition });
  } catch (error) {
    if (error instanceof UnsupportedDefinition) return shortfall('refused', error.message);
    return shortfall('failed', String(error));
  }
  const { executionArn } = await engine.startExecution({ stateMachineArn: MACHINE_ARN, input: recorded.input });
  await clock.settle();
  // A stop came from outside, at a time when nothing else went on.
  if (typeOf(recorded.events.at(-1)) === 'ExecutionAborted') await engine.stopExecution({ executionArn });
  await clock.runUntilIdle();

  const { status } = engine.describeExecution({ executionArn });
  const { events } = engine.getExecutionHistory({ executionArn, maxResults: 1_000 });
  const difference = differenceBetween(recorded.events, events);
  if (!difference) return undefined;
  return shortfall(status === 'SUCCEEDED' && difference.ofEnd ? 'wrong' : 'failed', difference.reason);
}

/** Answers each task with the next recorded outcome of its state. */
class RecordedTasks implements Integrations {
  private readonly outcomes = new Map<string, Json[]>();

  constructor(recorded: RecordedCase) {
    const byId = new Map(recorded.events.map((event) => [event['id'], event]));
    for (const event of recorded.events) {
      if (!/^(Task|LambdaFunction)(Succeeded|Failed|TimedOut)$/.test(typeOf(event))) continue;
      // The ids of parallel branches are blanked in the recordings; there a single task can be told without them.
      const state = enteredBefore(event, byId) ?? '';
      this.outcomes.set(state, [...(this.outcomes.get(state) ?? []), event]);
    }
  }

  supports(resource: string): boolean {
    return resource.startsWith('arn:aws:lambda:') || resource === 'arn:aws:states:::lambda:invoke';
  }

  run(request: TaskRequest): Promise<unknown> {
    const outcome = (this.outcomes.get(request.stateName) ?? this.outcomes.get(''))?.shift();
    if (!outcome) return Promise.reject(new TaskFailure('NotRecorded', `No outcome of ${request.stateName} is left.`));
    const details = detailsOf(outcome);
    if (typeOf(outcome).endsWith('Succeeded')) return Promise.resolve(decoded(details['output']));
    const cause = details['cause'];
    const causeText = cause === undefined || typeof cause === 'string' ? cause : JSON.stringify(cause);
    return Promise.reject(new TaskFailure(text(details['error']), causeText));
  }
}

function enteredBefore(event: Json, byId: ReadonlyMap<unknown, Json>): string | undefined {
  let at: Json | undefined = event;
  while (at && typeOf(at) !== 'TaskStateEntered') at = byId.get(at['previousEventId']);
  return at && text(detailsOf(at)['name']);
}

interface Difference {
  readonly reason: string;
  /** The end itself differs, not only the way to it. */
  readonly ofEnd: boolean;
}

/** Compares what does not depend on the order of branches: the end, and the set of what went in and out of each state. */
function differenceBetween(recorded: readonly Json[], ours: readonly HistoryEvent[]): Difference | undefined {
  const end = recorded.at(-1);
  const ourEnd = ours.at(-1);
  if (!end || !ourEnd || typeOf(end) !== ourEnd.type) {
    return { reason: `ended with ${ourEnd?.type ?? 'nothing'} instead of ${typeOf(end)}`, ofEnd: true };
  }
  for (const field of ['output', 'error']) {
    const [wanted, got] = [detailsOf(end)[field], detailsOf(ourEnd)[field]];
    if (!alike(decoded(wanted), decoded(got))) {
      return { reason: `${field} ${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}`, ofEnd: true };
    }
  }
  const unmatched = ours.flatMap((event) => essence(event) ?? []);
  for (const wanted of recorded.flatMap((event) => essence(event) ?? [])) {
    const place = unmatched.findIndex((got) => alike(wanted, got));
    if (place < 0) return { reason: `missing: ${JSON.stringify(wanted).slice(0, 300)}`, ofEnd: false };
    unmatched.splice(place, 1);
  }
  // Some recordings lack events, as the gaps in their ids show: that many of ours cannot be judged.
  const gaps = Number(end['id']) - recorded.length;
  const [extra] = unmatched.slice(Number.isInteger(gaps) ? gaps : 0);
  return extra && { reason: `not recorded: ${JSON.stringify(extra).slice(0, 300)}`, ofEnd: false };
}

/** The data of an event that is compared. */
function essence(event: Json): Json[] | undefined {
  const type = typeOf(event);
  const details = detailsOf(event);
  if (type.endsWith('StateEntered')) return [{ type, name: details['name'], input: decoded(details['input']) }];
  if (type.endsWith('StateExited')) {
    const assigned = Object.entries(record(details['assignedVariables']));
    const variables = Object.fromEntries(assigned.map(([name, value]) => [name, decoded(value)]));
    return [{ type, name: details['name'], output: decoded(details['output']), variables }];
  }
  if (type === 'TaskScheduled') return [{ type, arguments: decoded(details['parameters']) }];
  if (type === 'LambdaFunctionScheduled') return [{ type, arguments: decoded(details['input']) }];
  return undefined;
}

function typeOf(event: Json | undefined): string {
  return text(event?.['type']) ?? '';
}

function detailsOf(event: Json): Json {
  return record(Object.entries(event).find(([key]) => key.endsWith('EventDetails'))?.[1]);
}

/** Histories carry data as JSON text; in the recordings most of it is already parsed. */
function decoded(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** Words that stand in the recordings for what differs from run to run. */
const STAND_INS = new Set([
  ...['date', 'timestamp', 'RequestId', 'x-amzn-RequestId', 'X-Amzn-Trace-Id', 'snf_role_arn', 'lambda_function_name'],
]);

/** Whether `got` is what was recorded, placeholders such as `<uuid:1>` standing for anything. */
function alike(wanted: unknown, got: unknown): boolean {
  if (wanted === got) return true;
  if (typeof wanted === 'string') return STAND_INS.has(wanted) || (typeof got === 'string' && alikeText(wanted, got));
  if (Array.isArray(wanted)) {
    return Array.isArray(got) && got.length === wanted.length && wanted.every((item, index) => alike(item, got[index]));
  }
  if (!isRecord(wanted) || !isRecord(got)) return false;
  const keys = Object.keys(wanted);
  return keys.length === Object.keys(got).length && keys.every((key) => key in got && alike(wanted[key], got[key]));
}

function alikeText(wanted: string, got: string): boolean {
  const [wantedValue, gotValue] = [decoded(wanted), decoded(got)];
  if (isRecord(wantedValue) && isRecord(gotValue)) return alike(wantedValue, gotValue);
  const literal = wanted
    .split(/<[^<>]+>|\blambda_function_name$/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return literal.length > 1 && new RegExp(`^${literal.join('[^]*')}$`).test(got);
}

/** The score for people, short and aligned. */
export function scoreText(score: Score): string {
  const { executions, patterns } = score;
  const lines = [
    `executions  ${executions.passed} of ${executions.total} passed, ${executions.refused} refused, ` +
      `${executions.failed} failed, ${executions.wrong} wrong`,
    ...executions.shortfalls.map(({ id, verdict, reason }) => `  ${verdict.padEnd(8)}${id}\n          ${reason}`),
    `patterns    ${patterns.passed} of ${patterns.total} passed`,
    ...patterns.shortfalls.map(({ id, expected, got }) => `  failed  ${id}\n          ${got} instead of ${expected}`),
  ];
  return `${lines.join('\n')}\n`;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { from: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const folder = values.from ?? defaultFolder();
  const recordings = readRecordings(folder);
  if (!recordings) {
    process.stderr.write(`There are no recordings in ${folder}. Name their folder with --from DIR.\n`);
    return 2;
  }
  const score = await scoreRecordings(recordings);
  process.stdout.write(values.json ? `${JSON.stringify(score, null, 2)}\n` : scoreText(score));
  return score.executions.wrong === 0 ? 0 : 1;
}

// Tests import this file; only as a command does it run.
if (process.argv[1]?.endsWith('conformance.ts')) {
  main().then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 2;
    },
  );
}
