/** Several processes that share a campaign: each takes the next piece of work when it is done with one. */
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from './world/bundle';
import type { Counts } from './coverage';
import type { Depth, Exploration, Failure } from './explore';

export type Task =
  | { readonly kind: 'explore'; readonly scenario: string; readonly depth: Depth }
  | { readonly kind: 'seeds'; readonly from: number; readonly count: number };

export interface SeedsDone {
  readonly from: number;
  readonly count: number;
  readonly calls: number;
  readonly failures: readonly Failure[];
  readonly seconds: number;
}

export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'begun'; readonly text: string }
  | { readonly kind: 'progress'; readonly text: string; readonly runs: number }
  | { readonly kind: 'explored'; readonly exploration: Exploration; readonly counts: Counts }
  | { readonly kind: 'seeded'; readonly seeds: SeedsDone; readonly counts: Counts }
  | { readonly kind: 'broken'; readonly error: string };

/** Does the tasks, in their order as far as there are workers; answers when all are done. @throws when a worker breaks */
export async function work(
  tasks: readonly Task[],
  workers: number,
  heard: (report: Exclude<Report, { kind: 'ready' | 'broken' }>, worker: number) => void,
): Promise<void> {
  const queue = [...tasks];
  const crew: ChildProcess[] = [];
  try {
    await Promise.all(
      Array.from({ length: Math.min(workers, tasks.length) }, (_, worker) => {
        const child = fork(join(projectRoot, 'test/faults/worker.ts'), {
          cwd: projectRoot,
          // Runs leave much behind that dies young, and every core has its worker: threads that collect would be in the way.
          execArgv: [
            ...['--import', 'tsx', '--max-old-space-size=3000'],
            ...['--max-semi-space-size=256', '--single-threaded-gc'],
          ],
        });
        crew.push(child);
        return new Promise<void>((resolve, reject) => {
          const next = (): void => {
            const task = queue.shift();
            if (task === undefined) resolve();
            else child.send(task);
          };
          child.on('message', (message: Report) => {
            if (message.kind === 'broken') return reject(new Error(message.error));
            if (message.kind !== 'ready') heard(message, worker);
            if (message.kind !== 'progress' && message.kind !== 'begun') next();
          });
          child.on('error', reject);
          child.on('exit', (code) => reject(new Error(`a worker ended with ${String(code)}`)));
        });
      }),
    );
  } finally {
    for (const child of crew) child.removeAllListeners('exit').kill();
  }
}
