import { setMaxListeners } from 'node:events';
import type { Clock } from '../clock';
import { Stopped } from './errors';

/** Throws Stopped when the work was cut off. */
export function goOn(signal: AbortSignal): void {
  if (signal.aborted) throw new Stopped();
}

/** Resolves when the clock reaches `time`; rejects with Stopped when the work is cut off before. */
export async function waitUntil(clock: Clock, time: number, signal: AbortSignal): Promise<void> {
  goOn(signal);
  if (time <= clock.now()) return;
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      cancel();
      reject(new Stopped());
    };
    const cancel = clock.at(time, () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    signal.addEventListener('abort', stop, { once: true });
  });
}

/** A controller whose signal any number of branches may listen to. */
export function newController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

/** A controller that is aborted with `parent`, until it is released. */
export function childOf(parent: AbortSignal): { controller: AbortController; release: () => void } {
  const controller = newController();
  const stop = (): void => controller.abort();
  if (parent.aborted) stop();
  else parent.addEventListener('abort', stop, { once: true });
  return { controller, release: () => parent.removeEventListener('abort', stop) };
}
