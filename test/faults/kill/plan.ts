/** When the host is killed: drawn from a seed, spread over the whole course of a round. */

/** Parts of a round's course in which a kill can fall, in their order. */
export const moments = ['posting', 'taking over', 'waiting', 'answering', 'falling due'] as const;
export type Moment = (typeof moments)[number];

export interface Strike {
  readonly moment: Moment;
  /** How much of the moment's work is done before, 0 to 1: a slow machine is killed at the same place as a fast one. */
  readonly share: number;
  /** So much later, so that no kill falls right behind an answer. */
  readonly delayMs: number;
}

/** Of a moment that is nobody's turn, how often it is struck all the same. */
const MORE = 0.2;
/** A round has its own part of the moments; a single round has no time for all of them. */
const PER_ROUND = 3;
/** Later than this nothing of a moment's work may be left. */
const LAST_SHARE = 0.9;
const LONGEST_DELAY_MS = 60;

/** The strikes of each round, in order; from two rounds on every moment is struck in some round. */
export function plansOf(rounds: number, seed: number): readonly (readonly Strike[])[] {
  return Array.from({ length: rounds }, (_, round) => {
    const random = seeded(`${seed}/${round}`);
    const dealt = moments.filter((_moment, at) => at % rounds === round % moments.length).slice(0, PER_ROUND);
    const more = moments.filter(() => rounds > 1 && random() < MORE);
    const chosen = new Set<Moment>([...dealt, ...more]);
    // Only what lost its run in a kill can be taken over.
    if (chosen.has('taking over')) chosen.add('posting');
    return moments
      .filter((moment) => chosen.has(moment))
      .flatMap((moment) => (moment === 'posting' && rounds > 1 && random() < MORE ? [moment, moment] : [moment]))
      .map((moment) => ({ moment, share: random() * LAST_SHARE, delayMs: Math.floor(random() * LONGEST_DELAY_MS) }));
  });
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32 behind an FNV-1a hash). */
export function seeded(seed: string): () => number {
  let state = 2_166_136_261;
  for (const character of seed) state = Math.imul(state ^ character.charCodeAt(0), 16_777_619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
