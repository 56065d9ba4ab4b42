import type { Balance, MovementType, NoRestockReason } from '../domain/stock';
import type { LineMovement } from '../domain/stock-account';

/** Where units of a SKU lie. */
export interface StockPlace {
  /** Two merchants of a marketplace may sell under the same SKU; each has his own stock. */
  merchantId: string;
  sku: string;
  location: string;
}

/** Units of a SKU at a location that one cancellation gives back. */
export interface StockRelease {
  sku: string;
  location: string;
  lineId: string;
  /** Above zero. */
  quantity: number;
  /** That it is a component of a bundle: a line then has several SKUs. */
  component?: true;
  /** That the line's movements are looked at first, because part of it may have left or may wait for units. */
  watched?: Watched;
  /** That the units do not go back on the shelf, and why. */
  noRestock?: NoRestockReason;
}

export interface Watched {
  /** Units of this SKU in the whole line. */
  total: number;
  /** Whether its reservation was made by movements; otherwise it came in with an opening balance. */
  known: boolean;
}

export interface StockMovementSource {
  tenant: string;
  merchantId: string;
  orderId: string;
  cancellationId: string;
  /** 0 for the first release; each undo that was begun raises it, so that release and reserve take turns. */
  round: number;
}

/** A movement that somebody reports: the shop's warehouse, a returns desk, a supplier's notice. */
export interface StockMovement extends StockPlace {
  /** Whoever reports it again reports the same. */
  id: string;
  type: MovementType;
  /** Above zero. */
  quantity: number;
  /** Units of it that wait because too few are available; of a reservation only. */
  mayWait?: true;
  /** Of an order's units. */
  of?: { orderId: string; lineId: string };
  /** Of a reservation: units of the SKU in the whole line, for a keeper that does not see the order. */
  lineUnits?: number;
  reason?: NoRestockReason;
  /** Of units that came back: the proof that they did. */
  receipt?: string;
}

/** On what an order's movement was decided; when any of it has changed since, nothing moves. */
export interface DecidedOn {
  /** The order's version in the orders table: every cancellation moves it. Absent: it was not decided on the order. */
  orderVersion?: number;
  /** Of the order's movements. */
  revision: number;
}

export interface OrderLedger {
  /** Rises with every movement that is reported of the order. */
  revision: number;
  movements: readonly (LineMovement & StockPlace & { id: string; lineId: string })[];
}

/** `unknown`: there was never stock of this SKU at this location. `lost`: what it was decided on has changed. */
export type MoveOutcome = 'moved' | 'known' | 'short' | 'unknown' | 'lost';

export interface StockKeeper {
  /**
   * Gives units back, each line at most once however often it is asked. A line whose SKU was never reserved that
   * much is not released; it is named in `unmatched`, because stock that does not exist must not appear. What orders wait
   * for goes to them, in the order in which they came.
   */
  release(
    source: StockMovementSource,
    lines: readonly StockRelease[],
    at: string,
  ): Promise<{ unmatched: readonly StockRelease[] }>;
  /** Takes again what `release` gave back. @returns `gone` when some of it has been taken meanwhile; then nothing changes for that line */
  reserveAgain(
    source: StockMovementSource,
    lines: readonly StockRelease[],
    at: string,
  ): Promise<{ gone: readonly StockRelease[] }>;
  /** Takes over a balance from the shop's stock system, once per `ref`. `short`: more would be reserved than is there. */
  open(tenant: string, opening: StockOpening, at: string): Promise<'opened' | 'known' | 'short'>;
  /** Makes a movement once per `id`. */
  move(tenant: string, movement: StockMovement, on: DecidedOn | undefined, at: string): Promise<MoveOutcome>;
  /** @returns undefined when there was never stock of it */
  balance(tenant: string, place: StockPlace): Promise<Balance | undefined>;
  /** What was moved of an order's units; undefined where the ledger is kept elsewhere, and judged there. */
  ledgerOf(tenant: string, orderId: string): Promise<OrderLedger | undefined>;
}

export interface StockOpening extends StockPlace {
  onHand: number;
  reserved: number;
  /** The shop's own id of this opening. */
  ref: string;
  /** Over how many items the balance is spread from now on, for a SKU that very many move at once. */
  spread?: number | undefined;
}
