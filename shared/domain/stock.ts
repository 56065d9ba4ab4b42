/**
 * What stock is made of: units of a SKU at a location, moved by an append-only ledger. Four counters hold the balance;
 * `available` follows from two of them. A movement changes counters by its quantity, by this table and by nothing else.
 */
export const counters = ['onHand', 'reserved', 'incoming', 'waiting'] as const;
export type Counter = (typeof counters)[number];

/**
 * - `onHand`: units that are there, reserved ones among them
 * - `reserved`: units that are promised to orders
 * - `incoming`: units announced by a supplier, not yet here
 * - `waiting`: units that orders wait for because none was available
 */
export type Balance = Readonly<Record<Counter, number>>;

export const emptyBalance: Balance = { onHand: 0, reserved: 0, incoming: 0, waiting: 0 };

export const availableOf = ({ onHand, reserved }: Pick<Balance, 'onHand' | 'reserved'>): number => onHand - reserved;

export type Effect = Readonly<Partial<Record<Counter, 1 | -1>>>;

/** By one unit. An opening states its own figures and is not among them. */
export const effects = {
  /** A supplier has promised units. */
  announce: { incoming: 1 },
  /** Announced units are here. */
  arrive: { incoming: -1, onHand: 1 },
  /** Available units are promised to an order. */
  reserve: { reserved: 1 },
  /** Promised units that never left are free again. */
  release: { reserved: -1 },
  /** Promised units of a cancelled order that never left, and that nobody else can have. */
  discard: { reserved: -1, onHand: -1 },
  /** Discarded units of a cancellation that was undone are the order's again. */
  reinstate: { reserved: 1, onHand: 1 },
  /** Promised units leave. */
  ship: { reserved: -1, onHand: -1 },
  /** Shipped units came back and can be sold again. */
  restock: { onHand: 1 },
  /** Shipped units came back and cannot be sold again: recorded, and nothing else. */
  no_restock: {},
  /** Available units are gone from the shelf. */
  write_off: { onHand: -1 },
  /** An order waits for units. */
  back_order: { waiting: 1 },
  /** Units became available for the order that waited longest. */
  promote: { waiting: -1, reserved: 1 },
  /** An order waits no longer. */
  drop: { waiting: -1 },
} as const satisfies Readonly<Record<string, Effect>>;

export type MovementType = keyof typeof effects;
export const movementTypes = Object.keys(effects) as MovementType[];

/** Why units do not go back on the shelf; `used` is capacity whose work has begun. */
export const noRestockReasons = ['damaged', 'made_to_order', 'perishable', 'used', 'lost', 'other'] as const;
export type NoRestockReason = (typeof noRestockReasons)[number];

export const needsReason = (type: MovementType): boolean =>
  type === 'write_off' || type === 'discard' || type === 'no_restock';

/** What a movement of `quantity` units adds to each counter and to `available`; those that it does not touch are left out. */
export function changesOf(
  type: MovementType,
  quantity: number,
): Readonly<Partial<Record<Counter | 'available', number>>> {
  const effect: Effect = effects[type];
  const { onHand = 0, reserved = 0 } = effect;
  const available = (onHand - reserved) * quantity;
  return {
    ...Object.fromEntries(Object.entries(effect).map(([counter, sign]) => [counter, sign * quantity])),
    ...(available === 0 ? {} : { available }),
  };
}

/** Which counters must hold `quantity` units before: those that the movement takes from. */
export function takenFrom(type: MovementType): readonly (Counter | 'available')[] {
  return Object.entries(changesOf(type, 1))
    .filter(([, change]) => change < 0)
    .map(([counter]) => counter as Counter | 'available');
}

/** @returns the balance afterwards, or the first counter that has too few units for it */
export function move(balance: Balance, type: MovementType, quantity: number): Balance | Counter | 'available' {
  const before = { ...balance, available: availableOf(balance) };
  const short = takenFrom(type).find((counter) => before[counter] < quantity);
  if (short !== undefined) return short;
  const after = { ...balance };
  for (const counter of counters) after[counter] += changesOf(type, quantity)[counter] ?? 0;
  return after;
}

/** An opening, or a movement, as the ledger keeps it. */
export type LedgerEntry =
  { type: 'opening'; onHand: number; reserved: number } | { type: MovementType; quantity: number };

/** What the ledger alone says the balance is. */
export function balanceOf(ledger: readonly LedgerEntry[]): Balance {
  const sum = { ...emptyBalance };
  for (const entry of ledger) {
    if (entry.type === 'opening') {
      sum.onHand += entry.onHand;
      sum.reserved += entry.reserved;
      continue;
    }
    for (const counter of counters) sum[counter] += changesOf(entry.type, entry.quantity)[counter] ?? 0;
  }
  return sum;
}
