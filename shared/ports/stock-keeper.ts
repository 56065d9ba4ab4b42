/** Units of a SKU at a location that one cancellation gives back. */
export interface StockRelease {
  sku: string;
  location: string;
  lineId: string;
  /** Above zero. */
  quantity: number;
}

export interface StockMovementSource {
  tenant: string;
  /** Two merchants of a marketplace may sell under the same SKU; each has his own stock. */
  merchantId: string;
  orderId: string;
  cancellationId: string;
  /** 0 for the first release; each undo that was begun raises it, so that release and reserve take turns. */
  round: number;
}

export interface StockKeeper {
  /**
   * Releases reserved units, each line at most once however often it is asked. A line whose SKU was never reserved that
   * much is not released; it is named in `unmatched`, because stock that does not exist must not appear.
   */
  release(
    source: StockMovementSource,
    lines: readonly StockRelease[],
    at: string,
  ): Promise<{ unmatched: readonly StockRelease[] }>;
  /** Reserves again what `release` gave back. @returns `gone` when some of it has been taken meanwhile; then nothing changes for that line */
  reserveAgain(
    source: StockMovementSource,
    lines: readonly StockRelease[],
    at: string,
  ): Promise<{ gone: readonly StockRelease[] }>;
  /** Takes over a balance from the shop's stock system, once per `ref`. */
  open(tenant: string, opening: StockOpening, at: string): Promise<'opened' | 'known'>;
}

export interface StockOpening {
  merchantId: string;
  sku: string;
  location: string;
  onHand: number;
  reserved: number;
  /** The shop's own id of this opening. */
  ref: string;
}
