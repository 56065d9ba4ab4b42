import { effects, type Effect, type MovementType } from './stock';

/**
 * What the ledger says of one SKU of one order line, in units. The reservation of a line is known here when it was made by a
 * movement; where it came in with an opening balance, only what happened to it afterwards is.
 */
export interface StockAccount {
  /** Reserved or waiting by movements, less what was given back. */
  allocated: number;
  /** Still waiting for units. */
  waiting: number;
  shipped: number;
  /** Given back without having left: free again, discarded, or no longer waited for. */
  givenBack: number;
  /** Came back after shipping, whatever became of it. */
  returned: number;
}

const nothing: StockAccount = { allocated: 0, waiting: 0, shipped: 0, givenBack: 0, returned: 0 };

/** A movement of one line as the ledger keeps it. */
export interface LineMovement {
  type: MovementType;
  quantity: number;
  /** Of a movement that belongs to a cancellation: what takes units for one has taken them before, and lost them to it. */
  cancellationId?: string;
}

export function accountOf(movements: readonly LineMovement[]): StockAccount {
  const account = { ...nothing };
  for (const { type, quantity, cancellationId } of movements) {
    account.waiting += ((effects[type] as Effect).waiting ?? 0) * quantity;
    switch (type) {
      case 'reserve':
      case 'reinstate':
      case 'back_order':
        account.allocated += quantity;
        if (cancellationId !== undefined) account.givenBack -= quantity;
        break;
      case 'release':
      case 'discard':
      case 'drop':
        account.allocated -= quantity;
        account.givenBack += quantity;
        break;
      case 'ship':
        account.shipped += quantity;
        break;
      case 'restock':
      case 'no_restock':
        account.returned += quantity;
        break;
      default:
    }
  }
  return account;
}

/** How a cancellation of `wanted` units of a line gives them back. */
export interface GivingBack {
  /** Free again, or discarded. */
  released: number;
  /** Were only waited for. */
  dropped: number;
  /** Have left already: they are nobody's to give back before they return. */
  shipped: number;
  /** Were never reserved: stock that does not exist must not appear. */
  unmatched: number;
}

/**
 * Splits the cancelled units of a line into those that never left and those that have. What has left counts for the units
 * that are kept, first; what waits is given up before what is reserved.
 *
 * @param total units of the line in all, `wanted` of them in this cancellation
 * @param known whether the line's reservation was made by movements, so that it bounds what can be given back
 */
export function givingBack(
  account: StockAccount,
  { total, wanted, known }: { total: number; wanted: number; known: boolean },
): GivingBack {
  const here = Math.max(0, total - account.shipped - account.givenBack);
  const shipped = Math.max(0, wanted - here);
  const back = wanted - shipped;
  const matched = known ? Math.min(back, Math.max(0, account.allocated - account.shipped)) : back;
  const dropped = Math.min(matched, account.waiting);
  return { released: matched - dropped, dropped, shipped, unmatched: back - matched };
}

/**
 * How many units of a line a movement may still take. Of a line that was reserved by movements only what is reserved ships.
 *
 * @param kept units of the line that no cancellation has taken
 */
export function stillMovable(
  type: MovementType,
  account: StockAccount,
  { kept, known }: { kept: number; known: boolean },
): number {
  const { allocated, waiting, shipped, returned } = account;
  switch (type) {
    case 'reserve':
    case 'back_order':
      return known ? Math.max(0, kept - allocated) : 0;
    case 'ship':
      return Math.max(0, Math.min(kept, known ? allocated - waiting : kept) - shipped);
    case 'restock':
    case 'no_restock':
      return Math.max(0, shipped - returned);
    default:
      return 0;
  }
}
