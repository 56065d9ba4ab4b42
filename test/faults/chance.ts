/** Numbers that look like chance and are the same for the same seed (mulberry32, public domain, by T. Ettinger). */
export type Chance = () => number;

export function chanceOf(seed: number): Chance {
  let state = (seed + 0x6d2b79f5) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A whole number from 0 up to `below`. */
export const upTo = (chance: Chance, below: number): number => Math.floor(chance() * below);

export function oneOf<Some>(chance: Chance, among: readonly Some[]): Some {
  return among[upTo(chance, among.length)] as Some;
}
