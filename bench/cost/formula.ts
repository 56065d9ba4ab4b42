import { assumptions, prices } from '../prices';

/** One function's part in one cancellation. */
export interface FunctionUse {
  calls: number;
  /** Billed, over all calls. */
  milliseconds: number;
  /** Of one cold start. */
  initMilliseconds: number;
  memoryMb: number;
  architecture: 'arm64' | 'x86_64';
}

export interface Units {
  read: number;
  write: number;
}

/** What one cancellation uses on one side: answering the request, reading the change feed behind it, or listening to events. */
export interface Work {
  functions: Readonly<Record<string, FunctionUse>>;
  units: Units;
}

export interface Usage {
  apiKind: 'HTTP' | 'REST';
  apiRequests: number;
  responseBytes: number;
  requestPath: Work;
  consumers: Work;
  listeners: Work;
  /** Messages that are sent, received and deleted, one request each: batches cost less. */
  queueRequests: number;
  /** Billed ones, of the machines of type Standard. */
  standardTransitions: number;
  expressRuns: number;
  expressGbSeconds: number;
  events: number;
  /** Written by our code, by Lambda around each call, and by the front door. */
  logBytes: { own: number; platform: number; access: number };
  /** Requests and stream batches that may begin a trace. */
  traceable: number;
}

/** One line of the bill, in dollars per million cancellations. */
export interface Item {
  name: string;
  dollars: number;
}

const gigabyte = 1024 ** 3;
const million = 1_000_000;

/** A state entered is a transition, a retry is one more, and an execution adds its start and its end. */
export function billedTransitions(traffic: { executions: number; entered: number; retries: number }): number {
  return traffic.entered + traffic.retries + 2 * traffic.executions;
}

/** Express runs are billed in steps of 100 ms and 64 MB. */
export function expressGbSeconds(milliseconds: number, memoryMb = 64): number {
  const seconds = (Math.max(1, Math.ceil(milliseconds / 100)) * 100) / 1_000;
  return (seconds * (Math.max(1, Math.ceil(memoryMb / 64)) * 64)) / 1024;
}

/** Dollars of one function in one cancellation; cold starts enter by their share. */
export function lambdaDollars(use: FunctionUse, coldShare: number = assumptions.coldShare): number {
  const gbSecond = use.architecture === 'arm64' ? prices.lambdaGbSecondArm.usd : prices.lambdaGbSecondX86.usd;
  const seconds = (use.milliseconds + use.calls * coldShare * use.initMilliseconds) / 1_000;
  return use.calls * prices.lambdaRequest.usd + (use.memoryMb / 1024) * seconds * gbSecond;
}

export function databaseDollars({ read, write }: Units): number {
  return read * prices.readUnit.usd + write * prices.writeUnit.usd;
}

/** The bill of a million such cancellations, dearest item first. Items that cost nothing are left out. */
export function billOf(usage: Usage): Item[] {
  const lambda = ({ functions }: Work): number =>
    Object.values(functions).reduce((sum, use) => sum + lambdaDollars(use), 0);
  const { own, platform, access } = usage.logBytes;
  const apiRequest = usage.apiKind === 'HTTP' ? prices.httpApiRequest.usd : prices.restApiRequest.usd;
  const items: [string, number][] = [
    ['API requests', usage.apiRequests * apiRequest],
    ['Lambda, request path', lambda(usage.requestPath)],
    ['Lambda, stream consumers', lambda(usage.consumers)],
    ['DynamoDB, request path', databaseDollars(usage.requestPath.units)],
    ['DynamoDB, stream consumers', databaseDollars(usage.consumers.units)],
    ['Lambda, listeners', lambda(usage.listeners)],
    ['DynamoDB, listeners', databaseDollars(usage.listeners.units)],
    ['Queues', usage.queueRequests * prices.queueRequest.usd],
    ['Standard transitions', usage.standardTransitions * prices.standardTransition.usd],
    ['Express runs', usage.expressRuns * prices.expressRun.usd + usage.expressGbSeconds * prices.expressGbSecond.usd],
    ['Events', usage.events * prices.event.usd],
    ['Logs', ((own + platform + access) / gigabyte) * prices.logGb.usd],
    ['Traces', usage.traceable * assumptions.traceShare * prices.trace.usd],
    ['Data out', (usage.responseBytes / gigabyte) * prices.egressGb.usd],
  ];
  return items
    .map(([name, dollars]) => ({ name, dollars: dollars * million }))
    .filter(({ dollars }) => dollars > 0)
    .sort((left, right) => right.dollars - left.dollars);
}

/** What is spent on issuing credit notes, by the listener that does it. */
const ofListeners: readonly string[] = ['Lambda, listeners', 'DynamoDB, listeners', 'Queues'];
/** What is spent behind the change feed, to tell others what happened, and on those of us who hear it. */
const behindTheFeed: readonly string[] = [
  'Lambda, stream consumers',
  'DynamoDB, stream consumers',
  'Events',
  ...ofListeners,
];

/** What listeners cost, in dollars per million cancellations; without what is logged and traced of them. */
export const listenersOf = (items: readonly Item[]): number =>
  totalOf(items.filter(({ name }) => ofListeners.includes(name)));

/** The part of a bill that is left when nobody reads the change feed. */
export const withoutConsumers = (items: readonly Item[]): Item[] =>
  items.filter(({ name }) => !behindTheFeed.includes(name));

export const totalOf = (items: readonly Item[]): number => items.reduce((sum, { dollars }) => sum + dollars, 0);
export const callsOf = ({ functions }: Work): number =>
  Object.values(functions).reduce((sum, { calls }) => sum + calls, 0);
