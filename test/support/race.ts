/** Requests that really meet: fired by threads of their own, at the same moment. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

export interface RacerAsk {
  readonly method: string;
  readonly path: string;
  readonly token: string;
  readonly key: string;
  readonly body: unknown;
}

export interface Raced {
  readonly status: number;
  readonly body: { readonly id?: string; readonly code?: string; readonly facts?: Readonly<Record<string, unknown>> };
}

/** @returns the answers, in the order of the asks */
export async function race(baseUrl: string, asks: readonly RacerAsk[], threads = 10): Promise<readonly Raced[]> {
  const gate = new SharedArrayBuffer(4);
  const lanes = Array.from({ length: threads }, (_, thread) => asks.filter((_ask, at) => at % threads === thread));
  const workers = lanes.map(
    (lane) => new Worker(join(__dirname, 'racer.mjs'), { workerData: { baseUrl, gate, asks: lane.map(overTheWire) } }),
  );
  try {
    await Promise.all(workers.map((worker) => message(worker)));
    const answers = workers.map((worker) => message(worker));
    Atomics.store(new Int32Array(gate), 0, 1);
    Atomics.notify(new Int32Array(gate), 0);
    const byLane = (await Promise.all(answers)) as { status: number; body: string }[][];
    return asks.map((_ask, at) => {
      const answer = byLane[at % threads]?.[Math.floor(at / threads)];
      if (answer === undefined) throw new Error('A racer did not come back.');
      return { status: answer.status, body: JSON.parse(answer.body) as Raced['body'] };
    });
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function overTheWire({ method, path, token, key, body }: RacerAsk) {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'idempotency-key': key,
  };
  return { method, path, headers, body: JSON.stringify(body) };
}

function message(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
