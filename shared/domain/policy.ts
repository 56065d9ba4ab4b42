import type { FeeRule } from './deduction';
import type { LateInterest } from './late-interest';
import type { LineKind, Stage } from './order';
import type { SplitStrategy } from './split';

/**
 * Who may cancel what, until when, and who decides: data, versioned, and stored with the order when it enters, so
 * that a cancellation is judged by the terms of its contract and not by today's settings.
 */
export interface Policy {
  id: string;
  version: number;
  /** How long after the order was placed a customer may ask; null: no limit. */
  window: Span | null;
  /** Refuse a customer whose account is not in good standing. */
  requireGoodStanding: boolean;
  /** Minutes in which the request may be withdrawn before anything irreversible happens; 0: none. */
  graceMinutes: number;
  approval: ApprovalRule | null;
  /** Which captures give money back first where the order does not say who paid for what; absent: the oldest. */
  refundFrom?: SplitStrategy;
  /** What a buyer who changes his mind pays for it; absent: nothing. */
  fees?: readonly FeeRule[];
  /** What store credit is worth more than money, where a buyer chooses it; absent: as much. 1 % = 100. */
  storeCreditBonus?: number;
  /** How long a buyer is asked where money shall go that cannot go back the way it came; absent: a person decides. */
  askBuyerHours?: number;
  /** What is owed for refunds that come late; absent: nothing. */
  lateInterest?: LateInterest;
  kinds: Readonly<Record<LineKind, KindRule>>;
  /** Whether parcels that have left are called back; absent: what has left is not cancelled. */
  parcels?: ParcelRule;
  /** Whether the warehouse is asked to stop units that lie in no parcel yet; absent: they are simply held. */
  warehouse?: WarehouseRule;
}

/** A warehouse that picks and packs by itself has to say that it has stopped. */
export interface WarehouseRule {
  /** How long it may take to say so, from when the cancellation is carried out. */
  answerMinutes: number;
  /** What its silence means; recorded as silence, never as its answer. */
  onSilence: 'stopped' | 'shipped';
}

export const returnRefunds = ['proof_of_sending', 'receipt', 'inspection'] as const;
export type ReturnRefundOn = (typeof returnRefunds)[number];

/** Parcels that have left, where their carrier brings them back. */
export interface ParcelRule {
  /** Who lets them be called back: nobody has to agree, or the merchant has. */
  callBack: 'freely' | 'ask_merchant';
  /**
   * When their money goes back: as soon as the carrier was asked, when it has taken the wish on, when the parcel has turned
   * round, or when it is here again.
   */
  refundOn: 'request' | 'acceptance' | 'turned_round' | 'receipt';
  /** How long the carrier may take to say whether it tries; after that it does not. */
  answerHours: number;
  /** How long the parcel may take to come back; after that a person looks. */
  returnDays: number;
  /**
   * What becomes of a parcel that could not be stopped: the order stands, or the buyer has it and sends it back. Absent: the
   * order stands.
   */
  afterRefusal?: 'order_stands' | 'return';
  /**
   * When the money of what the buyer sends back goes: when he has proved that he sent it (as far as a consumer in the EU may
   * ask, Directive 2011/83/EU, Article 13(3)), when it is here, or when it was looked at. Absent: when it was looked at.
   */
  returnRefundOn?: ReturnRefundOn;
  /** How long the buyer has to send it back; absent: fourteen days. */
  sendBackDays?: number;
  /** How long the shop may take to look at what came back; after that a person does. Absent: fourteen days. */
  inspectDays?: number;
}

export interface Span {
  length: number;
  unit: 'seconds' | 'minutes' | 'hours' | 'days';
}

export interface ApprovalRule {
  /**
   * Refunds above this many minor units of the order's currency need the merchant's answer. A currency that is not
   * listed always needs it: missing data never opens a door.
   */
  above: Readonly<Record<string, number>>;
  deadlineMinutes: number;
  /** What happens when nobody decides; recorded as such, never as a decision. */
  onSilence: 'approve' | 'decline';
}

export interface KindRule {
  /** Free until the line reaches this stage (food until `accepted`, a service until `started`); absent: no such limit. */
  freeUntilStage?: Stage;
  /** Free until this long before `startsAt`. */
  beforeStart?: Span;
  /** What a request after that limit meets. */
  afterwards: 'refuse' | 'ask_merchant';
}

/** Used where a merchant has none of its own: fourteen days after purchase, no grace, the merchant decides above a large sum. */
export const platformDefaultPolicy: Policy = {
  id: 'platform-default',
  version: 1,
  window: { length: 14, unit: 'days' },
  requireGoodStanding: true,
  graceMinutes: 0,
  approval: {
    above: { EUR: 50_000, GBP: 50_000, USD: 50_000, CNY: 300_000, JPY: 80_000, KWD: 150_000 },
    deadlineMinutes: 48 * 60,
    onSilence: 'approve',
  },
  kinds: {
    goods: { afterwards: 'refuse' },
    prepared: { freeUntilStage: 'accepted', afterwards: 'refuse' },
    service: { freeUntilStage: 'started', beforeStart: { length: 2, unit: 'days' }, afterwards: 'refuse' },
    digital: { freeUntilStage: 'served', afterwards: 'refuse' },
  },
};
