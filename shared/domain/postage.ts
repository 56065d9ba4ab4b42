/** What became of the postage of a void label; its carrier gives it back to the merchant, and nothing of ours waits for it. */
export const postages = ['submitted', 'refunded', 'rejected'] as const;
export type Postage = (typeof postages)[number];

/** A carrier that has refused may still think better of it; what it has given back is not taken again. */
const transitions: Readonly<Record<'none' | Postage, readonly Postage[]>> = {
  none: ['submitted', 'refunded', 'rejected'],
  submitted: ['refunded', 'rejected'],
  rejected: ['refunded'],
  refunded: [],
};

/** @returns what it is after the carrier's word; undefined: no news, or news that came late */
export function postageAfter(known: Postage | undefined, told: 'none' | Postage | undefined): Postage | undefined {
  return transitions[known ?? 'none'].find((next) => next === told);
}
