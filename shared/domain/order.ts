import type { PaymentChannelName } from './channel';
import type { Range } from './intervals';
import type { Policy } from './policy';
import type { Postage } from './postage';
import type { NoRestockReason } from './stock';
import type { Instant } from './time';

export const lineKinds = ['goods', 'prepared', 'service', 'digital'] as const;
export type LineKind = (typeof lineKinds)[number];

/** How far a line that is not goods has come, in order. */
export const stages = ['placed', 'accepted', 'started', 'served'] as const;
export type Stage = (typeof stages)[number];

/**
 * The money of one unit, in minor units of the order's currency. What a unit refunds is
 * net - discount + tax + duty + shipping + shippingTax.
 */
export interface UnitMoney {
  net: number;
  discount: number;
  tax: number;
  duty: number;
  shipping: number;
  shippingTax: number;
}

export const components = ['net', 'discount', 'tax', 'duty', 'shipping', 'shippingTax'] as const;
export type Component = (typeof components)[number];

/** `count` neighbouring units that carry the same money. */
export interface UnitRun extends UnitMoney {
  count: number;
}

export interface OrderLine {
  /** The shop's own line id, unique within the order. */
  id: string;
  sku: string;
  kind: LineKind;
  category?: string;
  quantity: number;
  /** Frozen when the order entered: run-length coded units that sum to the line's money exactly. */
  units: readonly UnitRun[];
  stage?: Stage;
  /** Of a gift card that was sold with this line: what its holder has spent of it so far, minor units. */
  spent?: number;
  startsAt?: Instant;
  /** The payment that this line was paid with, where the shop knows it: its refund goes there first. */
  paidBy?: string;
  /** Where its stock, or its capacity, is held; absent: not kept in our stock, or that of its components is. */
  location?: string;
  /** What one unit of a bundle or kit is made of, each where it lies. */
  components?: readonly LineComponent[];
  /** How its stock was reserved; absent: with the opening balance. Only what movements have reserved may wait for units. */
  reservedBy?: ReservedBy;
  /** That its units do not go back on the shelf when they are cancelled, and why. */
  noRestock?: NoRestockReason;
}

export interface LineComponent {
  sku: string;
  location: string;
  /** In one unit of the line. */
  quantity: number;
}

export const reservedBys = ['opening', 'movements'] as const;
export type ReservedBy = (typeof reservedBys)[number];

export interface Capture {
  ref: string;
  /** Minor units. */
  amount: number;
}

/** One tender: an authorization and what was captured of it. */
export interface Payment {
  ref: string;
  channel: PaymentChannelName;
  /** Which account at the provider; absent for our own ledger. */
  connectionId?: string;
  /** Minor units authorized; captures never exceed it. */
  authorized: number;
  captures: readonly Capture[];
  /**
   * The gift card, or the buyer's account, on our own ledger; absent: `ref` names it. Of a channel that pays out: the token of
   * the buyer's account at its provider.
   */
  account?: string;
  /** How many loyalty points were redeemed for all of it. */
  points?: number;
  /** The buyer has asked his bank for the money: nothing of it goes back by itself. */
  disputed?: boolean;
  /** For the customer's eyes, e.g. "card ending 4242"; never a card number. */
  label?: string;
}

/**
 * What became of our wish to have a parcel back. `returning` and `received` are of a parcel that had left: it has turned
 * round, it is here again.
 */
export const recalls = ['none', 'requested', 'accepted', 'refused', 'returning', 'received'] as const;
export type Recall = (typeof recalls)[number];
/** A label is taken back before the parcel has left; a parcel that has left is intercepted, and nobody promises that it works. */
export type RecallKind = 'void_label' | 'interception';

/** A parcel, or the claim to send one. The two machines stay apart: where it is, and what became of our recall. */
export interface Shipment {
  id: string;
  ref: string;
  carrier?: string;
  connectionId?: string;
  providerShipmentRef?: string;
  trackingCode?: string;
  /** Where it leaves from; absent: where each line is held. */
  location?: string;
  position: ShipmentPosition;
  recall: Recall;
  /** Absent: its label. */
  recallKind?: RecallKind;
  /** When the carrier was last about to be asked; stored before it is. */
  recalledAt?: Instant;
  /** Something in it was to stay sold when its label was last to be taken back. */
  partlyKept?: true;
  /** By the terms its buyer sends back what cannot be stopped; noted with the wish. Absent: that stays sold. */
  sentBack?: true;
  /** Of a label that was taken back: what became of its postage, as far as its carrier has told. */
  postage?: Postage;
  /**
   * A cancellation had gone on because of its recall when that turned out to have failed, or was undone before it was known
   * what became of it: a person looks.
   */
  failed?: { cancellationId: string; at: Instant };
  /** An exception that a person has looked after, by its kind (`goods-exception.ts`). */
  settled?: { kind: string; at: Instant; by: string; note: string };
  /** Which units of which line are in it. */
  units: UnitSelection;
  claimedAt: Instant;
}

export const shipmentPositions = [
  'label_created',
  'handed_over',
  'in_transit',
  'out_for_delivery',
  'delivered',
  'returning',
  'returned',
  'lost',
  'voided',
] as const;
export type ShipmentPosition = (typeof shipmentPositions)[number];

/** Line id -> ranges of its units. */
export type UnitSelection = Readonly<Record<string, readonly Range[]>>;

/** The selected units of one line. Line ids are the shop's own words: one named `constructor` must not find a function. */
export function unitsOfLine(selection: UnitSelection, lineId: string): readonly Range[] {
  return Object.hasOwn(selection, lineId) ? (selection[lineId] ?? []) : [];
}

/** What the contract said, stored with the order and never rewritten by later settings. */
export interface Contract {
  market?: string;
  buyerType: 'consumer' | 'business';
  timeZone: string;
  policy: Policy;
  consents?: Readonly<Record<string, Instant>>;
}

export type OrderStatus = 'open' | 'partially_cancelled' | 'cancelled';

/** The order as it was sold. What became of it (takings, payments, shipments) lies beside it in the aggregate. */
export interface Order {
  id: string;
  tenant: string;
  merchantId: string;
  /** The shop's own number, unique per merchant. */
  reference: string;
  groupId?: string;
  /** Pseudonym of the buyer; personal data lives in its own erasable item. */
  customerId: string;
  currency: string;
  placedAt: Instant;
  status: OrderStatus;
  /** The intake's version; older news loses. */
  intakeVersion: number;
  /** Rises with every write that decides about units; the only lock. */
  version: number;
  /** Events told so far; gapless. */
  sequence: number;
  /** Units sold, and units in closed cancellations. */
  units: number;
  cancelledUnits: number;
  /** What the buyer owes for everything, minor units. */
  total: number;
  /** Money came in after a cancellation was asked for: whoever closes one looks whether some of it goes back. */
  latePayment?: true;
  contract: Contract;
  lines: readonly OrderLine[];
}
