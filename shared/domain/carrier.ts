import easypost from './carriers/easypost.json';
import sfExpress from './carriers/sf_express.json';
import shipengine from './carriers/shipengine.json';
import ups from './carriers/ups.json';
import type { Fact } from './channel';

/**
 * What is known of one carrier or label platform, with where it is written and when it was read there. Data, so that it can
 * be corrected without touching code; a value that was not verified is `null` with grade `unknown`, and nothing relies on it.
 */
export interface CarrierRecord {
  title: string;
  /** `carrier` moves parcels itself; `platform` sells labels of carriers, whose rules hold. */
  kind: string;
  facts: CarrierFacts;
}

export interface CarrierFacts {
  /** Days from its purchase in which a label can be voided. */
  voidWindowDays: Fact<number>;
  /** Whether a parcel that was scanned can still be voided: `yes` or `no`. */
  voidAfterScan: Fact<string>;
  /** Whether the answer to a void is its outcome: `now`, `now_or_later`. */
  voidTold: Fact<string>;
  /** Days until the postage of a void label is back. */
  postageRefundDays: Fact<{ from: number; to: number; days: string }>;
  /** How it is told what became of that postage: `now`, with the answer to a void, `webhook`, `poll`, with blanks between. */
  postageTold: Fact<string>;
  /** What can be asked of a parcel on its way, with blanks between: `return`, `address`, `hold`; `nothing`. */
  interception: Fact<string>;
  /** The first and the last of our positions in which that can be asked. */
  interceptionFrom: Fact<string>;
  interceptionUntil: Fact<string>;
  /** How often for one parcel. */
  interceptionsPerParcel: Fact<number>;
  /** Who may ask, with blanks between: `sender`, `recipient`, `third_party`. */
  whoMayAsk: Fact<string>;
  /** `none`, `quoted` before it is asked for, or `surcharge`. */
  interceptionFee: Fact<string>;
  /** How it is told what became of it: `now`, `webhook`, `poll`, with blanks between. */
  interceptionTold: Fact<string>;
  /** For how many days the carrier tells of a parcel without being asked. */
  trackingToldDays: Fact<number>;
}

/** The names of the record, apart from it: who only names carriers has not what is known of them in his bundle. */
export const carrierNames = ['easypost', 'shipengine', 'ups', 'sf_express'] as const;
export type CarrierName = (typeof carrierNames)[number];
/** Of those the ones that say what became of a postage when they are asked (`postageTold`), apart from the record likewise. */
export const tellPostageWhenAsked: readonly CarrierName[] = ['easypost', 'shipengine'];

/** The record of carriers: one line each. */
export const carriers = {
  easypost,
  shipengine,
  ups,
  sf_express: sfExpress,
} satisfies Readonly<Record<CarrierName, CarrierRecord>>;

export const recordOfCarrier = (carrier: CarrierName): CarrierRecord => carriers[carrier];
