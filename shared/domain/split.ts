import { recordOf } from './channel';
import { allocate, sum } from './money';
import type { Capture, Payment } from './order';

/** In which order captures give money back where nothing says who paid for what. */
export const splitStrategies = ['oldest_first', 'newest_first', 'proportional', 'least_fee'] as const;
export type SplitStrategy = (typeof splitStrategies)[number];

/** A part of one capture, in minor units. */
export interface Part {
  payment: Payment;
  captureRef: Capture['ref'];
  amount: number;
}

/** What is bought with it comes back to it first: a gift card is worth nothing elsewhere, points are no money. */
const inKind: Readonly<Record<string, number>> = { gift_card: 0, points: 1, money: 2 };

/** What a refund costs the shop in fees that it does not get back; what is not known counts as the worst. */
const feeLost: Readonly<Record<string, number>> = { no_fee: 0, all: 0, in_part: 1, none: 2 };

/**
 * Splits `amount` over captures: first to the tender that paid for each unit, where that is known; then gift cards, points
 * in kind, and money by the strategy. Never more than a capture's rest; the parts sum to `amount` exactly.
 *
 * @param rests what each capture can still give back, oldest first
 * @param paidBy payment -> what it is known to have paid of the units that are given back
 * @returns parts above zero, in the order of `rests`
 * @throws RangeError when the rests together are less than `amount`
 */
export function split(
  amount: number,
  rests: readonly Part[],
  strategy: SplitStrategy,
  paidBy: ReadonlyMap<string, number>,
): Part[] {
  const taken = rests.map(() => 0);
  const rest = (place: number): number => (rests[place]?.amount ?? 0) - (taken[place] ?? 0);
  let missing = amount;
  const take = (place: number, wish: number): void => {
    const part = Math.min(wish, rest(place), missing);
    taken[place] = (taken[place] ?? 0) + part;
    missing -= part;
  };

  const known = new Map(paidBy);
  rests.forEach(({ payment }, place) => {
    const before = missing;
    take(place, known.get(payment.ref) ?? 0);
    known.set(payment.ref, (known.get(payment.ref) ?? 0) - (before - missing));
  });

  const places = rests.map((_, place) => place);
  for (const kind of Object.values(inKind)) {
    const group = places.filter((place) => inKind[recordAt(rests, place).kind ?? 'money'] === kind);
    if (strategy === 'proportional') {
      const open = group.map(rest);
      const share = Math.min(missing, sum(open));
      if (share > 0) allocate(share, open).forEach((part, index) => take(group[index] ?? 0, part));
    } else {
      for (const place of ordered(group, rests, strategy)) take(place, missing);
    }
  }
  if (missing > 0) throw new RangeError(`${missing} more than the captures can give back`);
  return rests.flatMap((part, place) => {
    const given = taken[place] ?? 0;
    return given > 0 ? [{ ...part, amount: given }] : [];
  });
}

function ordered(
  group: readonly number[],
  rests: readonly Part[],
  strategy: Exclude<SplitStrategy, 'proportional'>,
): readonly number[] {
  switch (strategy) {
    case 'oldest_first':
      return group;
    case 'newest_first':
      return [...group].reverse();
    case 'least_fee': {
      const lost = (place: number): number => feeLost[recordAt(rests, place).facts.feeReturned.value ?? ''] ?? 3;
      return [...group].sort((one, other) => lost(one) - lost(other));
    }
  }
}

const recordAt = (rests: readonly Part[], place: number) => recordOf((rests[place] as Part).payment.channel);
