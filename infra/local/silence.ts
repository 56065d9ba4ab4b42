/** Waits until nothing is in flight, so that tests need no sleep. */

/** By name: whether that part of the host still has something to do. */
export type Noises = Readonly<Record<string, () => boolean>>;

/** Looks in a row that must all find silence: between two steps of the same work nothing may be counted for a moment. */
const QUIET_LOOKS = 4;
const LOOK_MS = 5;

/** Settles when all is silent or the time is up; `waiting` names what was still busy. */
export async function waitForSilence(noises: Noises, timeoutMs: number): Promise<{ idle: boolean; waiting: string[] }> {
  const deadline = performance.now() + timeoutMs;
  for (let quiet = 0; ;) {
    const waiting = Object.keys(noises).filter((name) => noises[name]?.());
    quiet = waiting.length === 0 ? quiet + 1 : 0;
    if (quiet >= QUIET_LOOKS) return { idle: true, waiting: [] };
    if (performance.now() > deadline) return { idle: false, waiting };
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
