import { pathBudgets } from './budgets';
import { paths } from './cost/paths';
import { percentile } from './replay/percentile';
import { Shop } from './shop';
import { short, table } from './table';

export interface SpeedReport {
  requests: number;
  /** Worker threads per function at most. */
  workers: number;
  runs: {
    concurrency: number;
    /** From the first request until the last cancellation is closed and its events are told. */
    perSecond: number;
    p50Ms: number;
    p95Ms: number;
    p99Ms: number;
    /** Answers other than 201 and 202. */
    errors: number;
    /** Answered 202: the result came later than the caller waits. */
    later: number;
    coldStarts: number;
    /** Calls of functions that failed and were tried again. */
    failedCalls: number;
  }[];
}

/** The host keeps 32 environments warm, over all functions; a cancellation calls eight. */
const workers = 4;
const warmUp = 40;

/** Sends instant cancellations over HTTP at each concurrency; orders and workers are there before. */
export async function measureSpeed(
  requests: number,
  concurrencies: readonly number[],
  progress: (line: string) => void,
): Promise<SpeedReport> {
  const [instant] = paths;
  if (instant === undefined) throw new Error(`no path of ${Object.keys(pathBudgets).join(', ')}`);
  const shop = await Shop.open({ workersPerFunction: workers });
  try {
    const runs: SpeedReport['runs'] = [];
    for (const concurrency of concurrencies) {
      progress(`speed: ${concurrency} at a time`);
      const orders = await shop.takeOrders(warmUp + requests, instant.policy);
      await shop.laptop.idle(120_000);
      await send(shop, orders.slice(0, warmUp), concurrency);
      shop.laptop.resetTrace();
      const begun = performance.now();
      const replies = await send(shop, orders.slice(warmUp), concurrency);
      const seconds = (performance.now() - begun) / 1_000;
      const counts = Object.values(shop.laptop.trace().functions);
      const times = replies.map(({ milliseconds }) => milliseconds);
      const good = replies.filter(({ status }) => status === 201 || status === 202);
      runs.push({
        concurrency,
        perSecond: good.length / seconds,
        p50Ms: percentile(times, 0.5),
        p95Ms: percentile(times, 0.95),
        p99Ms: percentile(times, 0.99),
        errors: replies.length - good.length,
        later: good.filter(({ status }) => status === 202).length,
        coldStarts: counts.reduce((sum, each) => sum + each.coldStarts, 0),
        failedCalls: counts.reduce((sum, each) => sum + each.errors, 0),
      });
    }
    return { requests, workers, runs };
  } finally {
    await shop.close();
  }
}

/** Sends them all and waits until nothing is in flight any more. */
async function send(shop: Shop, orders: readonly string[], concurrency: number) {
  const queue = orders.values();
  const replies: { status: number; milliseconds: number }[] = [];
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (const orderId of queue) replies.push(await shop.requestCancellation(orderId));
    }),
  );
  await shop.laptop.idle(120_000);
  return replies;
}

export function speedText({ requests, workers: most, runs }: SpeedReport): string {
  const head = [
    'at a time',
    'per second',
    'p50 ms',
    'p95 ms',
    'p99 ms',
    'errors',
    '202',
    'cold starts',
    'failed calls',
  ];
  const rows = runs.map(({ concurrency, perSecond, p50Ms, p95Ms, p99Ms, errors, later, ...counts }) => [
    String(concurrency),
    short(perSecond),
    short(p50Ms, 0),
    short(p95Ms, 0),
    short(p99Ms, 0),
    String(errors),
    String(later),
    String(counts.coldStarts),
    String(counts.failedCalls),
  ]);
  return [
    `speed, instant cancellations on the laptop host (${requests} each, at most ${most} workers per function; shown, not judged)`,
    table([head, ...rows]),
  ].join('\n');
}
