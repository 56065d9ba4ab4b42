import type { Laptop } from '../../infra/local/laptop';
import { percentile } from '../replay/percentile';
import {
  billedTransitions,
  callsOf,
  expressGbSeconds,
  type FunctionUse,
  type Units,
  type Usage,
  type Work,
} from './formula';
import type { TemplateFacts } from './template-facts';

/** What was seen of one cancellation. */
export interface Observed {
  trace: ReturnType<Laptop['trace']>;
  /** Duration of each Express run. */
  expressMilliseconds: readonly number[];
  responseBytes: number;
}

const id = '8f1d2c3b-4a5e-6f70-8192-a3b4c5d6e7f8';
/** What Lambda itself writes around each call, in its text format. */
const callLines = [
  `START RequestId: ${id} Version: $LATEST\n`,
  `END RequestId: ${id}\n`,
  `REPORT RequestId: ${id}\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 256 MB\tMax Memory Used: 100 MB\t\n`,
].join('').length;
const traceLine = `XRAY TraceId: 1-67891233-abcdef012345678912345678\tSegmentId: 0123456789abcdef\tSampled: true\t\n`
  .length;

/**
 * The mean of what several cancellations used. Times are medians: a mean would be that of the machine's other work.
 * `initMilliseconds` is by function, of one cold start.
 */
export function usageOf(
  observed: readonly Observed[],
  facts: TemplateFacts,
  initMilliseconds: ReadonlyMap<string, number>,
): Usage {
  const mean = (of: (one: Observed) => number): number =>
    observed.reduce((sum, one) => sum + of(one), 0) / Math.max(1, observed.length);
  const names = [...new Set(observed.flatMap(({ trace }) => Object.keys(trace.functions)))];
  const uses = names
    .map((name): [string, FunctionUse] => {
      const { memoryMb, architecture } = facts.functions.get(name) ?? { memoryMb: 128, architecture: 'x86_64' };
      return [
        name,
        {
          calls: mean(({ trace }) => trace.functions[name]?.calls ?? 0),
          milliseconds: percentile(
            observed.map(({ trace }) => trace.functions[name]?.billedMs ?? 0),
            0.5,
          ),
          initMilliseconds: initMilliseconds.get(name) ?? 0,
          memoryMb,
          architecture,
        },
      ];
    })
    .filter(([, { calls }]) => calls > 0);
  const work = (side: Side): Work => ({
    functions: Object.fromEntries(uses.filter(([name]) => sideOf(name, facts) === side)),
    units: {
      read: mean((one) => unitsOf(one, facts)[side].read),
      write: mean((one) => unitsOf(one, facts)[side].write),
    },
  });
  const [requestPath, consumers, listeners] = [work('requestPath'), work('consumers'), work('listeners')];
  const calls = uses.reduce((sum, [, use]) => sum + use.calls, 0);
  const tracedCalls = uses.reduce((sum, [name, use]) => sum + (facts.functions.get(name)?.traced ? use.calls : 0), 0);
  const apiRequests = mean(({ trace }) => sumOf(trace.http));
  const batches = callsOf(consumers) + callsOf(listeners);
  return {
    apiKind: facts.apiKind,
    apiRequests,
    responseBytes: mean(({ responseBytes }) => responseBytes),
    requestPath,
    consumers,
    listeners,
    queueRequests: mean(({ trace }) =>
      Object.values(trace.queues).reduce((sum, { sent, received, deleted }) => sum + sent + received + deleted, 0),
    ),
    standardTransitions: mean(({ trace }) => transitionsOf(trace, facts.standardMachines)),
    expressRuns: mean(({ trace }) =>
      Object.entries(trace.machines).reduce(
        (sum, [name, { executions }]) => sum + (facts.expressMachines.has(name) ? executions : 0),
        0,
      ),
    ),
    expressGbSeconds: percentile(
      observed.map(({ expressMilliseconds }) =>
        expressMilliseconds.reduce((sum, milliseconds) => sum + expressGbSeconds(milliseconds), 0),
      ),
      0.5,
    ),
    events: mean(({ trace }) => sumOf(trace.events)),
    logBytes: {
      own: mean(({ trace }) => Object.values(trace.functions).reduce((sum, { logBytes }) => sum + logBytes, 0)),
      platform: calls * callLines + tracedCalls * traceLine,
      access: apiRequests * facts.accessLogBytes,
    },
    traceable: tracedCalls > 0 ? apiRequests + batches : 0,
  };
}

type Side = 'requestPath' | 'consumers' | 'listeners';

function sideOf(name: string, { consumers, listeners }: TemplateFacts): Side {
  return consumers.has(name) ? 'consumers' : listeners.has(name) ? 'listeners' : 'requestPath';
}

/** Units of each side; tables and indexes together. The views are the stream consumers', the rest is whoever's asked. */
function unitsOf({ trace }: Observed, facts: TemplateFacts): Readonly<Record<Side, Units>> {
  const { tables, functions } = trace.database;
  const sides = { requestPath: none(), consumers: none(), listeners: none() };
  for (const [name, { table, indexes }] of Object.entries(tables)) {
    const side = facts.consumerTables.has(name) ? 'consumers' : 'requestPath';
    for (const units of [table, ...Object.values(indexes)]) move(units, undefined, sides[side]);
  }
  for (const [name, units] of Object.entries(functions))
    if (facts.listeners.has(name)) move(units, sides.requestPath, sides.listeners);
  return sides;
}

const none = (): Units => ({ read: 0, write: 0 });

function move({ read, write }: Units, from: Units | undefined, to: Units): void {
  for (const [units, by] of [[from, -1] as const, [to, 1] as const]) {
    if (units === undefined) continue;
    units.read += by * read;
    units.write += by * write;
  }
}

function transitionsOf({ machines }: Observed['trace'], names: ReadonlySet<string>): number {
  return Object.entries(machines).reduce(
    (sum, [name, traffic]) => sum + (names.has(name) ? billedTransitions(traffic) : 0),
    0,
  );
}

const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);
