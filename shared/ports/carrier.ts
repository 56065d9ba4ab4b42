import type { Connection } from './connections';

/**
 * A carrier or label platform, for what happens before hand-over: take back the label so that the parcel cannot leave.
 * Faults as in `payment-channel`. The postage refund is the merchant's affair and is never waited for.
 */
export interface Carrier {
  /** Ask to void the label of a shipment. Repeating it is harmless: an already voided label answers `accepted`. */
  voidLabel(request: { connection: Connection; providerShipmentRef: string }): Promise<VoidAnswer>;
  /** Where the parcel is and what became of a void, read from the carrier. `undefined`: unknown shipment. */
  query(request: { connection: Connection; providerShipmentRef: string }): Promise<CarrierView | undefined>;
}

export type VoidAnswer =
  | { outcome: 'accepted'; /** the carrier's own word, e.g. `submitted` */ word: string }
  /** The parcel can no longer be stopped by a void, e.g. it was scanned. HTTP 200 with an error inside lands here too. */
  | { outcome: 'refused'; word: string };

export interface CarrierView {
  position: ParcelPosition;
  void: 'none' | 'accepted' | 'refused';
  trackingCode?: string;
}

/** Where the parcel is, as observed. */
export type ParcelPosition =
  | 'not_created'
  | 'label_created'
  | 'handed_over'
  | 'in_transit'
  | 'out_for_delivery'
  | 'awaiting_pickup'
  | 'delivered'
  | 'returning'
  | 'returned'
  | 'exception'
  | 'voided'
  | 'lost';

export interface CarrierNotice {
  eventId: string;
  type: string;
  /** The carrier's shipment id, where the event carries it. */
  providerShipmentRef: string | undefined;
  trackingCode: string | undefined;
  position: ParcelPosition | undefined;
  void: 'none' | 'accepted' | 'refused' | undefined;
}

/** Verifies a carrier's webhook over its raw bytes. @see PaymentWebhook */
export interface CarrierWebhook {
  read(
    connection: Connection,
    rawBody: Uint8Array,
    headers: Record<string, string | undefined>,
  ): CarrierNotice | undefined;
}
