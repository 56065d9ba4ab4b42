/** The mix of cancellations of one round: what was ordered, what happens later, and how each may end. */
import type { Policy } from '../../../shared/domain/policy';
import type { OrderSketch } from '../../support/order-sketch';

/** Who does something after the cancellation was asked for. */
export type Later = 'merchant approves' | 'merchant declines' | 'customer withdraws' | 'provider settles';

export type End = 'closed' | 'declined' | 'withdrawn' | 'undone' | 'in_case';

export interface Scenario {
  readonly name: string;
  /** Of every twenty cancellations. */
  readonly of20: number;
  readonly sketch: OrderSketch;
  /** Absent: everything. */
  readonly lines?: readonly { lineId: string; quantity: number }[];
  /** How many units are asked for. */
  readonly units: number;
  /** What is to come back when it is carried out, by tender, minor units. */
  readonly back: readonly number[];
  /** How refunds of a tender turn out; the others succeed at once. */
  readonly refunds?: { readonly tender: number; readonly behaviour: Readonly<Record<string, unknown>> };
  readonly later?: Later;
  readonly ends: readonly End[];
}

const HOUR = 60;
/** Longer than any round's course before somebody answers. */
const LONG = 10 * HOUR;

const asks = (deadlineMinutes: number): Partial<Policy> => ({
  approval: { above: { GBP: 500 }, deadlineMinutes, onSilence: 'approve' },
});

/** Several times, although one will do: the stand-in may forget in a kill that it has used one up. */
const OFTEN = 5;
const pending = { status: 'pending', next: OFTEN };
const refused = { status: 'failed', failureReason: 'expired_or_canceled_card', next: OFTEN };

/** Minutes after which the windows below that nobody ends are over. */
export const fallDue = { grace: 30, silence: 45 } as const;

export const scenarios: readonly Scenario[] = [
  { name: 'instant', of20: 5, sketch: {}, units: 2, back: [2_000], ends: ['closed'] },
  {
    name: 'grace window',
    of20: 3,
    sketch: { policy: { graceMinutes: fallDue.grace } },
    units: 2,
    back: [2_000],
    ends: ['closed'],
  },
  {
    name: 'store credit beside a card',
    of20: 2,
    sketch: { tenders: [{ card: 1_200 }, { storeCredit: 800 }] },
    units: 2,
    back: [1_200, 800],
    ends: ['closed'],
  },
  {
    name: 'in part',
    of20: 2,
    sketch: { lines: [{ quantity: 3 }] },
    lines: [{ lineId: '1', quantity: 1 }],
    units: 1,
    back: [1_000],
    ends: ['closed'],
  },
  {
    name: 'pending, settled by webhook',
    of20: 2,
    sketch: {},
    units: 2,
    back: [2_000],
    refunds: { tender: 0, behaviour: pending },
    later: 'provider settles',
    ends: ['closed'],
  },
  {
    name: 'approved by the merchant',
    of20: 1,
    sketch: { policy: asks(LONG) },
    units: 2,
    back: [2_000],
    later: 'merchant approves',
    ends: ['closed'],
  },
  {
    name: 'declined by the merchant',
    of20: 1,
    sketch: { policy: asks(LONG) },
    units: 2,
    back: [2_000],
    later: 'merchant declines',
    ends: ['declined'],
  },
  {
    name: 'withdrawn by the customer',
    of20: 1,
    sketch: { policy: { graceMinutes: LONG } },
    units: 2,
    back: [2_000],
    later: 'customer withdraws',
    ends: ['withdrawn'],
  },
  {
    name: 'two cards and a parcel with a label',
    of20: 1,
    sketch: {
      tenders: [{ card: 1_500 }, { card: 500 }],
      parcels: [{ ref: 'p1', lines: [{ lineId: '1', quantity: 2 }], carried: true }],
    },
    units: 2,
    back: [1_500, 500],
    ends: ['closed'],
  },
  {
    name: 'nobody answers',
    of20: 1,
    sketch: { policy: asks(fallDue.silence) },
    units: 2,
    back: [2_000],
    ends: ['closed'],
  },
  {
    // Killed before the first card was refunded, it may be undone instead: no money has moved.
    name: 'second card refused for good',
    of20: 1,
    sketch: { lines: [{ quantity: 5 }], tenders: [{ card: 3_000 }, { card: 2_000 }] },
    units: 5,
    back: [3_000, 0],
    refunds: { tender: 1, behaviour: refused },
    ends: ['in_case', 'undone'],
  },
];

/** So many scenarios in the proportions of the mix, each kind spread over all of them. */
export function mixOf(count: number, random: () => number): readonly Scenario[] {
  const twenty = scenarios.flatMap((scenario) => Array.from({ length: scenario.of20 }, () => scenario));
  const all: Scenario[] = [];
  while (all.length < count) all.push(...shuffled(twenty, random));
  return all.slice(0, count);
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item);
}
