import type { ParcelPosition } from '../../ports/carrier';

/** One row of `shared/domain/carriers/tracking`: a carrier's word, ours, and where it is written. */
export interface TrackingWord {
  word: string;
  /** One of ours: `test/domain/carriers.test.ts` looks at every row. */
  position: string;
  grade: string;
  source: string;
  note?: string;
}

/**
 * A carrier's words in ours.
 *
 * @returns undefined for a word that the carrier has added since
 */
export function positions(rows: readonly TrackingWord[]): (word: string | undefined) => ParcelPosition | undefined {
  const known = new Map(rows.map(({ word, position }) => [word, position as ParcelPosition]));
  return (word) => (word === undefined ? undefined : known.get(word));
}
