/** What a carrier says of the postage of a void label; it gives it back to the merchant, and nothing of ours waits for it. */
export const postageWords = ['submitted', 'refunded', 'rejected'] as const;
export type PostageWord = (typeof postageWords)[number];

/**
 * What became of it. Two we say ourselves, when there is no sense in asking any more: `overdue` of what was to be given back and
 * was not, `untold` of what its carrier has never said anything about.
 */
export type Postage = PostageWord | 'overdue' | 'untold';

/** A carrier that has refused may still think better of it; what it has given back is not taken again. */
const transitions: Readonly<Record<'none' | Postage, readonly PostageWord[]>> = {
  none: ['submitted', 'refunded', 'rejected'],
  submitted: ['refunded', 'rejected'],
  overdue: ['refunded', 'rejected'],
  untold: ['submitted', 'refunded', 'rejected'],
  rejected: ['refunded'],
  refunded: [],
};

/** @returns what it is after the carrier's word; undefined: no news, or news that came late */
export function postageAfter(
  known: Postage | undefined,
  told: 'none' | PostageWord | undefined,
): PostageWord | undefined {
  return transitions[known ?? 'none'].find((next) => next === told);
}
