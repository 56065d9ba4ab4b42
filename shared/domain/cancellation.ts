import type { Deduction } from './deduction';
import type { LateInterest } from './late-interest';
import type { UnitMoney, UnitSelection } from './order';
import type { PaymentChannelName } from './channel';
import type { Instant } from './time';
import type { WarehouseStop } from './warehouse';

export type Role = 'customer' | 'merchant' | 'support' | 'platform' | 'system';

/** Who may give which reason. The core is closed and ours; `own` is the merchant's finer list. */
export const reasonsByRole = {
  customer: [
    'changed_mind',
    'ordered_by_mistake',
    'found_cheaper',
    'too_slow',
    'payment_trouble',
    'withdrawal',
    'other',
  ],
  merchant: ['customer_asked', 'out_of_stock', 'price_error', 'address_unserviceable', 'suspected_fraud', 'other'],
  support: [
    'customer_asked',
    'changed_mind',
    'ordered_by_mistake',
    'too_slow',
    'suspected_fraud',
    'withdrawal',
    'other',
  ],
  platform: ['customer_asked', 'suspected_fraud', 'late_payment', 'other'],
  system: ['late_payment', 'suspected_fraud', 'out_of_stock', 'other'],
} as const satisfies Record<Role, readonly string[]>;

export type ReasonCore = (typeof reasonsByRole)[Role][number];

export interface Reason {
  core: ReasonCore;
  own?: string;
}

/** One movement of money back to where it came from. */
export interface RefundLeg {
  /** `l1`, `l2`, ...: unique within the cancellation. */
  id: string;
  /** The payment of the order that it gives back. */
  paymentRef: string;
  channel: PaymentChannelName;
  connectionId?: string;
  /** The capture that is refunded; absent for a void or a decrease. */
  captureRef?: string;
  /**
   * refund: money that was captured goes back. void: an authorization is released whole. decrease: less is to be
   * captured later, nothing moves now. credit: the buyer agreed to take store credit instead.
   */
  operation: 'refund' | 'void' | 'decrease' | 'credit';
  /** Where a credit goes: the buyer's account on our own ledger. */
  account?: string;
  /** Minor units, above zero. */
  amount: number;
  /** What the shop gives on top for choosing store credit, minor units; not part of the refund. */
  bonus?: number;
  /** How many loyalty points the amount stands for, where points come back. */
  points?: number;
  status: LegStatus;
  /** Rises only by a recorded transition after a query proved that no live refund exists. Part of the provider key. */
  attempt: number;
  /** Its channel takes no refund of this payment sooner. */
  notBefore?: Instant;
  /** When this attempt was first handed to its channel. */
  since?: Instant;
  providerRef?: string;
  /** The bank's own reference (ARN), by which the buyer's bank finds the money. */
  trace?: string;
  /** Where the buyer will see it, in the shop's words. */
  label?: string;
  failure?: string;
  settledAt?: Instant;
}

export const legStatuses = [
  'planned',
  'submitting',
  'pending',
  'requires_action',
  'unknown',
  'awaiting_funds',
  'succeeded',
  'failed',
  'canceled',
  'bounced',
  'settled_by_hand',
  'given_up',
] as const;
export type LegStatus = (typeof legStatuses)[number];

/**
 * The only ways a leg may go. `succeeded -> bounced` is real: providers return money days after success. `planned` again
 * is a new attempt, made by a person after the provider was asked and had nothing live for the old one. `awaiting_funds`:
 * the shop's account at the provider had too little money, so nothing moved, and it is sent again when it may have more.
 * Both fail without being sent when their payment is disputed.
 */
export const legTransitions: Readonly<Record<LegStatus, readonly LegStatus[]>> = {
  planned: ['submitting', 'failed', 'settled_by_hand', 'given_up', 'canceled'],
  submitting: [
    'pending',
    'requires_action',
    'unknown',
    'succeeded',
    'failed',
    'canceled',
    'awaiting_funds',
    'settled_by_hand',
  ],
  unknown: [
    'submitting',
    'pending',
    'requires_action',
    'succeeded',
    'failed',
    'canceled',
    'awaiting_funds',
    'settled_by_hand',
  ],
  pending: ['requires_action', 'succeeded', 'failed', 'canceled', 'awaiting_funds', 'settled_by_hand'],
  requires_action: ['pending', 'succeeded', 'failed', 'canceled', 'awaiting_funds', 'settled_by_hand'],
  awaiting_funds: ['planned', 'submitting', 'failed', 'settled_by_hand', 'given_up'],
  succeeded: ['bounced'],
  failed: ['planned', 'succeeded', 'settled_by_hand', 'given_up'],
  canceled: ['planned', 'succeeded', 'settled_by_hand', 'given_up'],
  bounced: ['planned', 'succeeded', 'settled_by_hand', 'given_up'],
  settled_by_hand: [],
  given_up: [],
};

/** Money has left, or may have: such a leg forbids undoing the cancellation. */
export const mayHaveMoved = (leg: RefundLeg): boolean =>
  leg.operation !== 'decrease' && !['planned', 'awaiting_funds', 'failed', 'canceled', 'given_up'].includes(leg.status);
/** Nothing more is to be done about this leg. */
export const isSettled = (leg: RefundLeg): boolean => ['succeeded', 'settled_by_hand', 'given_up'].includes(leg.status);
export const isWaiting = (leg: RefundLeg): boolean => leg.status === 'pending' || leg.status === 'requires_action';
/** Takes part of a capture's rest, so that no second refund can be planned on the same money. */
export const holdsMoney = (leg: RefundLeg): boolean => leg.status !== 'given_up';

/** Approved, declined and nobody decided stay three outcomes for ever. */
export interface MerchantAnswer {
  verdict: 'approved' | 'declined' | 'nobody_decided';
  /** What the verdict leads to; for `nobody_decided` what the policy says of silence. */
  effect: 'approve' | 'decline';
  at: Instant;
  by?: string;
  code?: string;
  text?: string;
  /** Fingerprint of Idempotency-Key and body, so that the same answer sent twice is one answer. */
  request?: string;
}

/** The warehouse wanted to hand over what was cancelled. */
export interface LostClaim {
  /** Of the shipment, in the shop's words. */
  ref: string;
  actor: string;
  at: Instant;
}

export interface CancellationFacts {
  id: string;
  tenant: string;
  merchantId: string;
  orderId: string;
  orderReference: string;
  customerId: string;
  currency: string;
  initiator: Role;
  reason: Reason;
  note?: string;
  /** Fingerprint of the request's payload: the same key with another payload is refused. */
  request: string;
  requestedAt: Instant;
  /** Which units it takes. */
  units: UnitSelection;
  /** What those units come to, per component, in minor units. */
  money: UnitMoney;
  /** What the shop keeps of it, by its terms. */
  deductions?: readonly Deduction[];
  /** Minor units given back in all; equals the sum of the legs, or 0 for an order that nobody paid. */
  refund: number;
  legs: readonly RefundLeg[];
  /** What did not fit when stock was released: `sku@location: quantity`, for a person to look at. */
  discrepancies?: readonly string[];
  /** When the grace window that it went through ended. */
  graceEnded?: Instant;
  /** Undoing it was begun, for the how manieth time and by which run. */
  undo?: { round: number; generation: number };
  /** Its units are counted on the order; closing it again, after a bounced refund, must not count them twice. */
  counted?: true;
  /** Shipments with a live label that must be stopped first. */
  recalls: readonly string[];
  policy: { id: string; version: number };
  /** Why it was allowed: the rule that decided. */
  rule: string;
  answer?: MerchantAnswer;
  /** For how long the buyer is asked where money shall go that cannot go back the way it came, by the contract. */
  askBuyerHours?: number;
  /** He is being asked, or was. */
  choice?: { deadline: Instant };
  /** Lines whose work had begun when it was decided: their capacity is used, and nobody else can have it. */
  usedLines?: readonly string[];
  /** What the warehouse was asked for, where the terms want its word. */
  warehouse?: WarehouseStop;
  /** It waits for parcels that were called back, or for the warehouse; they are asked after at the latest then. */
  goodsUntil?: Instant;
  /** Cancellations that its units became which need not wait for the others, oldest first. */
  parts?: readonly string[];
  /** It is a part of the cancellation that was asked for, and was begun then. */
  part?: { of: string; since: Instant };
  /** Parcels that somebody wanted to hand over with units of it, and came too late: each once, when he first came. */
  lostClaims?: readonly LostClaim[];
  /** What is owed for late refunds, by the contract. */
  lateInterest?: LateInterest;
  /** Minor units of interest that were owed when it closed; on top of the refund, for the shop to pay. */
  interest?: number;
  /** Fingerprint of the last work on its case, so that the same request twice is one. */
  caseWork?: string;
  /** When that was: what is pending since then has all its time again. */
  resumedAt?: Instant;
  /** Which run may write now; older ones are refused by every condition. */
  run: { generation: number; leaseUntil: Instant };
  /** Rises by one with every write; numbers the timeline. */
  revision: number;
}

/** What it is now; a state carries what only that state has. */
export type CancellationState =
  | { status: 'in_grace'; graceUntil: Instant; approval?: PendingApproval }
  | ({ status: 'awaiting_answer' } & PendingApproval)
  | { status: 'executing' }
  | { status: 'refund_pending' }
  | { status: 'closed'; closedAt: Instant }
  | { status: 'declined'; closedAt: Instant }
  | { status: 'withdrawn'; closedAt: Instant }
  | { status: 'undone'; closedAt: Instant; failure: string }
  | { status: 'in_case'; caseId: string; failure: string };

export interface PendingApproval {
  deadline: Instant;
  onSilence: 'approve' | 'decline';
}

export type Cancellation = CancellationFacts & CancellationState;
export type CancellationStatus = Cancellation['status'];

export const transitions: Readonly<Record<CancellationStatus, readonly CancellationStatus[]>> = {
  in_grace: ['awaiting_answer', 'executing', 'withdrawn'],
  awaiting_answer: ['executing', 'declined', 'withdrawn'],
  executing: ['refund_pending', 'closed', 'undone', 'in_case'],
  refund_pending: ['closed', 'in_case', 'executing'],
  // A refund that bounced after success re-opens a closed cancellation for a person.
  closed: ['in_case'],
  in_case: ['executing', 'closed'],
  declined: [],
  withdrawn: [],
  undone: [],
};

export const initialStatuses: readonly CancellationStatus[] = ['in_grace', 'awaiting_answer', 'executing'];
/** Its units are free again. */
export const releasesUnits = (status: CancellationStatus): boolean =>
  ['declined', 'withdrawn', 'undone'].includes(status);
/** Somebody or something still has to act. */
export const isOpen = (status: CancellationStatus): boolean => transitions[status].some((next) => next !== 'in_case');
export const mayBecome = (from: CancellationStatus, to: CancellationStatus): boolean => transitions[from].includes(to);
