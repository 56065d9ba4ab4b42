import type { CancellationRequest } from './match';

/** Requests that may be under way together while the clock stands still. */
export interface Wave {
  /** Where the clock stands meanwhile: the minute of the last of them. */
  minute: number;
  /** Requests of one order, in order of time: one after the other. Different lists concern different orders. */
  chains: CancellationRequest[][];
}

const MINUTES_OF_A_DAY = 24 * 60;

/**
 * A day's requests make one wave. The clock never moves while a request is under way, since time limits follow it; and
 * a wave's clock stands at its last minute, so that no request is made before the order it concerns was placed.
 */
export function wavesOf(requests: readonly CancellationRequest[]): Wave[] {
  const days = new Map<number, { minute: number; chains: Map<string, CancellationRequest[]> }>();
  for (const request of requests) {
    const { minute } = request.cancellation;
    const day = Math.floor(minute / MINUTES_OF_A_DAY);
    const wave = days.get(day) ?? { minute, chains: new Map<string, CancellationRequest[]>() };
    days.set(day, wave);
    wave.minute = Math.max(wave.minute, minute);
    const chain = wave.chains.get(request.order.number);
    if (chain === undefined) wave.chains.set(request.order.number, [request]);
    else chain.push(request);
  }
  return [...days.values()].map(({ minute, chains }) => ({ minute, chains: [...chains.values()] }));
}
