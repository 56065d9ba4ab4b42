import type { Shop } from '../shop';
import type { Path } from './paths';
import type { TemplateFacts } from './template-facts';
import { usageOf, type Observed } from './usage';
import type { Usage } from './formula';

/** Walks a path some times for warmth, then `count` times with the trace on. */
export async function measure(shop: Shop, path: Path, facts: TemplateFacts, count: number, warmUp = 4): Promise<Usage> {
  const { laptop } = shop;
  const orders = await shop.takeOrders(warmUp + count, path.policy, path.sold);
  await laptop.idle();
  const express = listenToExpress(shop);
  try {
    for (const orderId of orders.slice(0, warmUp)) await observe(shop, path, orderId, express);
    const inits = initTimes(shop);
    const observed: Observed[] = [];
    for (const orderId of orders.slice(warmUp)) observed.push(await observe(shop, path, orderId, express));
    return usageOf(observed, facts, inits);
  } finally {
    express.stop();
  }
}

interface ExpressListener {
  /** Durations since the last call, in milliseconds. */
  take(): number[];
  stop(): void;
}

async function observe(shop: Shop, path: Path, orderId: string, express: ExpressListener): Promise<Observed> {
  const { laptop } = shop;
  laptop.resetTrace();
  express.take();
  const { cancellationId, replies } = await path.walk(shop, orderId);
  await laptop.idle();
  const trace = structuredClone(laptop.trace());
  keepInits(shop, trace);
  const status = await shop.statusOf(cancellationId);
  if (status !== 'closed') throw new Error(`${cancellationId} on the path "${path.title}" ended as ${String(status)}`);
  await laptop.idle();
  return {
    trace,
    expressMilliseconds: express.take(),
    responseBytes: replies.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** The trace has no durations of runs, so that they are taken where a run is asked for. */
function listenToExpress({ laptop: { engine } }: Shop): ExpressListener {
  let durations: number[] = [];
  const original = engine.startSyncExecution.bind(engine);
  engine.startSyncExecution = async (request) => {
    const begun = performance.now();
    try {
      return await original(request);
    } finally {
      durations.push(performance.now() - begun);
    }
  };
  return {
    take: () => durations.splice(0),
    stop: () => {
      engine.startSyncExecution = original;
      durations = [];
    },
  };
}

const inits = new WeakMap<Shop, Map<string, number[]>>();

/** Cold starts show in whichever walk they fall, mostly the first. */
function keepInits(shop: Shop, trace: Observed['trace']): void {
  const known = inits.get(shop) ?? new Map<string, number[]>();
  inits.set(shop, known);
  for (const [name, { coldStarts, initMs }] of Object.entries(trace.functions)) {
    if (coldStarts > 0) known.set(name, [...(known.get(name) ?? []), initMs / coldStarts]);
  }
}

function initTimes(shop: Shop): Map<string, number> {
  return new Map(
    [...(inits.get(shop) ?? [])].map(([name, all]) => [name, all.reduce((sum, one) => sum + one, 0) / all.length]),
  );
}
