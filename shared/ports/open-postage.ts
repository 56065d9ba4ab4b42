/** Void labels whose carriers are asked what became of their postage, of all tenants. */
export interface OpenPostage {
  /**
   * Those of one time of day, at most `limit`: first the ones whose id is behind `from`, then the others. Lags a little; whether
   * one is still open, its order says.
   */
  list(slot: number, from: string, limit: number): Promise<readonly VoidLabel[]>;
}

export interface VoidLabel {
  tenant: string;
  orderId: string;
  shipmentId: string;
  connectionId: string;
}
