import type { PostageWord } from '../domain/postage';
import type { Connection } from './connections';

/**
 * A carrier or label platform: before hand-over it takes back the label, so that the parcel cannot leave; on the way it
 * stops the parcel, where it offers that. Faults as in `payment-channel`. What it gives back of the postage is the merchant's
 * affair: it is told as it becomes known, and never waited for.
 */
export interface Carrier {
  /** Ask to void the label of a shipment. Repeating it is harmless: an already voided label answers `accepted`. */
  voidLabel(request: Label): Promise<VoidAnswer>;
  /** Where the parcel is and what became of what was asked for, read from the carrier. `undefined`: unknown shipment. */
  query(request: Label): Promise<CarrierView | undefined>;
  /** Present where the carrier stops a parcel that is on its way. */
  readonly interception?: Interception;
}

/** What a carrier knows a parcel by. */
export interface Label {
  connection: Connection;
  providerShipmentRef: string;
}

export type VoidAnswer =
  | {
      outcome: 'accepted';
      /** The carrier's own word, e.g. `submitted`. */
      word: string;
      /** Absent where it says nothing of it with this answer. */
      postageRefund?: PostageRefund;
    }
  /** The parcel can no longer be stopped by a void, e.g. it was scanned. HTTP 200 with an error inside lands here too. */
  | { outcome: 'refused'; word: string };

/** Stopping a parcel between hand-over and delivery. No carrier promises that it works: it may still be delivered. */
export interface Interception {
  /** Whether this parcel can be brought back now, and at what price. Asking changes nothing and binds nobody. */
  quote(request: Label): Promise<InterceptionQuote>;
  /** Ask to bring the parcel back to its sender. */
  request(wish: InterceptionWish): Promise<InterceptionAnswer>;
  /** Ask to deliver it elsewhere. Present where the carrier offers that. */
  redirect?(wish: InterceptionWish & { to: DeliveryAddress }): Promise<InterceptionAnswer>;
  /** Take back a wish to have the parcel returned, so that it is delivered after all. Present where the carrier offers that. */
  cancel?(wish: InterceptionWish & { /** `InterceptionAnswer.ref` */ ref?: string }): Promise<InterceptionAnswer>;
}

export interface InterceptionQuote {
  /** `unknown`: the carrier tells only when it is asked in earnest. */
  eligible: 'yes' | 'no' | 'unknown';
  /** The carrier's own word for it. */
  word: string;
  /** Absent where the carrier does not name it beforehand. */
  fee?: InterceptionFee;
}

export interface InterceptionFee {
  /** Minor units (ISO 4217). */
  amount: number;
  currency: string;
}

export interface InterceptionWish extends Label {
  /** Ours, 32 to 40 characters of [0-9A-Za-z_-]: the same key never makes a second wish. */
  key: string;
}

export interface InterceptionAnswer {
  /**
   * - `requested`: the carrier has the wish, and tells later what becomes of it
   * - `accepted`: it will try
   * - `refused`: it will not. HTTP 200 with an error inside lands here too.
   */
  outcome: 'requested' | 'accepted' | 'refused';
  /** The carrier's own word. */
  word: string;
  /** The carrier's id of the wish, where it has one. */
  ref?: string;
}

export interface DeliveryAddress {
  name: string;
  company?: string;
  /** With the country's prefix, `+14107495070`. */
  phone: string;
  street: string;
  district?: string;
  city: string;
  /** State or province, as the carrier abbreviates it. */
  region: string;
  postalCode?: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
}

export interface CarrierView {
  position: ParcelPosition;
  void: 'none' | 'accepted' | 'refused';
  /** Absent where the carrier intercepts nothing, or does not tell. */
  interception?: InterceptionState;
  /** Absent where the carrier does not tell. */
  postageRefund?: PostageRefund;
  trackingCode?: string;
}

/** What became of the wish to bring a parcel back; `succeeded`: it has turned round. */
export type InterceptionState = 'none' | 'requested' | 'accepted' | 'refused' | 'succeeded';

/** What became of the postage of a void label. */
export type PostageRefund = 'none' | PostageWord;

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
  interception?: InterceptionState | undefined;
  postageRefund?: PostageRefund | undefined;
}

/** What one message may name: carriers that send several events at once give a list. */
export type NamedByCarrier = CarrierNotice | readonly CarrierNotice[] | undefined;

/** Verifies a carrier's webhook over its raw bytes. @see PaymentWebhook */
export interface CarrierWebhook {
  /** The body that the carrier wants to read with a 200; absent: any 200 will do. */
  readonly acknowledgement?: { contentType: string; body: string };
  /**
   * Fetches what `read` needs beyond the connection to verify this message.
   *
   * @throws {SignatureInvalid} when the message names nothing of this carrier's
   * @throws {TransientFault} when it cannot be had now: the carrier sends the message again
   */
  prepare?(connection: Connection, headers: Record<string, string | undefined>): Promise<void>;
  /**
   * @param now seconds since epoch, UTC
   * @throws {SignatureInvalid} when nothing of the connection vouches for these bytes, or their time is out of tolerance
   * @returns undefined, or an empty list, for an authentic message about nothing that concerns us
   */
  read(
    connection: Connection,
    rawBody: Uint8Array,
    headers: Record<string, string | undefined>,
    now: number,
  ): NamedByCarrier;
}
