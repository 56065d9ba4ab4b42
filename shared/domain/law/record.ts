import { flag, oneOf, someOf, textsByLanguage, wholeNumber, type ValueOf } from './form';

/**
 * What one statute says of one right, for contracts of one span of time, with where it is written and when it was read
 * there. Data, so that a lawyer can read and correct it without touching code.
 */
export interface StatutoryRecord extends Parts {
  id: string;
  /** 1, 2, 3, ...; a version that was published is never changed, the next one is. */
  version: number;
  /** The version that this one corrects for the same contracts: that is kept for replay and chosen no more. */
  replaces: number | null;
  title: string;
  jurisdiction: string;
  right: ValueOf<typeof rights>;
  /** The zone in which its days run; `market`: that of the buyer's market. */
  zone: string;
  /** Whose public holidays count: a name of `calendars`. */
  calendar: string;
  /** First and last day on which a contract was made for it to hold; `open`: until a next version begins. */
  effectiveFrom: string;
  effectiveTo: string;
  /** Goods and services outside the right. */
  exceptions: Field<readonly LegalException[]>;
  /** What a merchant may charge for a cancellation. `symmetric_only`: what he bears himself when he cancels. */
  fee: Field<ValueOf<typeof fees>>;
  /** JSON pointer to a field -> where it is written. Of a field that is `null`: where to look (grade U). */
  cite: Readonly<Record<string, Citation>>;
}

/**
 * `null`: not verified, so whatever relies on it needs review. `none`: read, and the law sets nothing here. They are
 * never the same.
 */
export type Field<Value> = Value | 'none' | null;

export interface LegalException {
  category: ValueOf<typeof categories>;
  /** What has to be so as well for the exception to hold; `none`: it always holds. */
  condition: Field<ValueOf<typeof conditions>>;
}

export interface Citation {
  instrument: string;
  article: string;
  /** Public name or address of what was read. */
  source: string;
  /** P: primary text; O: a regulator's or official page; S: somebody quoting it; U: not verified. */
  grade: ValueOf<typeof grades>;
  checked: string;
  note?: string;
}

export const grades = oneOf('P', 'O', 'S', 'U');
export const rights = oneOf('withdrawal', 'return', 'delay_cancel', 'fee_rule', 'display_rule');
export const fees = oneOf('forbidden', 'symmetric_only', 'policy');

export const categories = oneOf(
  'custom_made',
  'perishable',
  'sealed_hygiene',
  'sealed_media_software',
  'digital_download',
  'newspaper_issue',
  'market_price',
  'deferred_alcohol',
  'mixed',
  'public_auction',
  'dated_leisure',
  'service_performed',
  'urgent_repair',
  'activated_high_loss',
  'near_expiry_declared',
  'flawed_declared',
  'used_or_damaged',
  'seeds_plants',
  'cod',
  'prenotification_plan',
  'service',
);

export const conditions = oneOf(
  'unsealed',
  'opened',
  'begun',
  'begun_with_consent_and_acknowledgement',
  'prior_consent',
  'value_lost_by_time',
  'used',
  'confirmed_at_purchase',
  'confirmed_at_purchase_and_unsealed',
  'not_intact',
  'not_a_subscription',
  'after_first_issue',
);

const dayUnit = oneOf('calendar', 'business', 'working');
/** Whether the day of the event is the first day, or the day after it. */
const firstDay = oneOf('event', 'day_after');

/** Parts of a record, field by field. */
export const parts = {
  applies: {
    buyer: oneOf('consumer', 'any'),
    channel: oneOf('distance', 'online'),
    /** What ties a sale to this law: where it is shipped, or whom the shop targets. */
    connector: oneOf('ship_to', 'targets'),
    goods: someOf('goods', 'service', 'digital'),
  },
  window: {
    days: wholeNumber(0, 3_650),
    unit: dayUnit,
    firstDay,
    /**
     * `possession_last`: of the last good of several; `document_or_receipt`, `signature_or_receipt`: the later event
     * of the two.
     */
    startsAt: oneOf(
      'possession_last',
      'signed_receipt',
      'delivery',
      'document_or_receipt',
      'signature_or_receipt',
      'promised_ship_by',
    ),
    endsWith: oneOf('last_day', 'shipment'),
    /** Whether it can be used before it starts, such as on an order that has not arrived. */
    usableBeforeStart: flag,
    /** Whether a last day that is no working day moves on to the next one. */
    lastDayRolls: oneOf('no', 'to_working_day'),
    /** What follows where the buyer was not told, or was hindered. */
    ifNotInformed: oneOf('extended', 'deemed_cancelled', 'no_refusal', 'clause_void', 'after_obstruction'),
    monthsIfNotInformed: wholeNumber(1, 120),
    /** Days from when he was told after all, or hindered no more. */
    daysOnceInformed: wholeNumber(1, 3_650),
  },
  refund: {
    days: wholeNumber(0, 3_650),
    unit: dayUnit,
    firstDay,
    clock: oneOf('notice', 'goods_back', 'goods_back_or_proof'),
    /** From here on an authority may fine; the time limit itself is `days`. */
    sanctionAfterDays: wholeNumber(1, 3_650),
    sameMeans: oneOf('required', 'unless_agreed'),
    voucher: oneOf('never', 'if_paid_or_agreed', 'if_paid'),
    outboundDelivery: oneOf('standard', 'all', 'threshold_clawback'),
    withhold: oneOf('never', 'goods_back', 'goods_back_or_proof'),
    returnCost: oneOf('buyer', 'seller', 'buyer_if_informed'),
    /** What handling beyond a look in a shop costs the buyer. */
    diminishedValue: oneOf('deducted'),
    /** 1 % = 100, per year. */
    lateInterestBasisPoints: wholeNumber(1, 100_000),
    /** Whether it is corrected for inflation. */
    indexed: flag,
  },
  merchant: {
    mayRefuse: flag,
    /** What his silence means. */
    onSilence: oneOf('refund', 'policy'),
  },
  ux: {
    functionRequired: flag,
    label: textsByLanguage,
    confirmLabel: textsByLanguage,
    loginMayBeRequired: flag,
    sameToolAsPurchase: flag,
    acknowledgement: oneOf('durable', 'durable_if_by_form', 'immediate'),
    acknowledgementContents: someOf('content', 'date', 'time'),
  },
  /** Of a `delay_cancel` only. */
  delay: {
    shipWithinDays: wholeNumber(1, 365),
    shipWithinDaysOnCredit: wholeNumber(1, 365),
    silenceConsentsUpToDays: wholeNumber(1, 365),
    silenceCancelsAfterDays: wholeNumber(1, 365),
  },
} as const;

export type PartName = keyof typeof parts;
export const partNames = Object.keys(parts) as readonly PartName[];

type PartOf<Forms> = { readonly [Name in keyof Forms]: Field<ValueOf<Forms[Name]>> };
type Parts = { readonly [Name in Exclude<PartName, 'delay'>]: Field<PartOf<(typeof parts)[Name]>> } & {
  readonly delay?: Field<PartOf<(typeof parts)['delay']>>;
};

export type LegalWindow = PartOf<(typeof parts)['window']>;
