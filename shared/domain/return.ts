import type { Cancellation } from './cancellation';
import { overlapOf, type Range } from './intervals';
import { unitsOfLine, type Shipment, type UnitSelection } from './order';
import type { ParcelRule } from './policy';
import { isRefusal, refuse, type Refusal } from './refusal';
import { taken } from './return-units';
import type { NoRestockReason } from './stock';
import { isPast, later, type Instant } from './time';

/**
 * A return of units that were cancelled and delivered all the same. It is a machine of its own beside cancellation and parcel:
 * where the units are on their way back, and what they are worth when they are here.
 */
export const returnStatuses = [
  'authorised',
  'label_sent',
  'in_transit',
  'received',
  'inspected',
  'restocked',
  'written_off',
  'expired',
] as const;
export type ReturnStatus = (typeof returnStatuses)[number];

/** The only ways a return may go. `expired`: sent back too late or never; what is on its way by then is in time. */
export const returnTransitions: Readonly<Record<ReturnStatus, readonly ReturnStatus[]>> = {
  authorised: ['label_sent', 'in_transit', 'received', 'expired'],
  label_sent: ['in_transit', 'received', 'expired'],
  in_transit: ['received'],
  received: ['inspected'],
  inspected: ['restocked', 'written_off'],
  restocked: [],
  written_off: [],
  expired: [],
};

/** What an inspection lets go of the money of units: all of it, part of it, nothing. */
export const inspectionResults = ['full', 'reduced', 'none'] as const;
export type InspectionResult = (typeof inspectionResults)[number];
/** Why less than all of it. */
export const inspectionReasons = ['damaged', 'worn', 'incomplete', 'another_article', 'other'] as const;
export type InspectionReason = (typeof inspectionReasons)[number];

/** What the shop keeps of the units of one part: a share of what they cost (1 % = 100), or minor units. */
export type Reduction = { basisPoints: number } | { amount: number };

/** Units of a line that were found alike. */
export interface InspectedPart {
  lineId: string;
  ranges: readonly Range[];
  result: InspectionResult;
  /** Of a result that is not full. */
  reason?: InspectionReason;
  /** Of a reduced result. */
  keep?: Reduction;
  /** That they do not go back on the shelf, and why. */
  noRestock?: NoRestockReason;
}

export interface Return {
  id: string;
  tenant: string;
  merchantId: string;
  customerId: string;
  orderId: string;
  orderReference: string;
  /** There is at most one return of a cancellation. */
  cancellationId: string;
  /** The parcels that could not be stopped. */
  shipments: readonly string[];
  /** The cancelled units that were in them. */
  units: UnitSelection;
  status: ReturnStatus;
  /** As they were agreed. */
  terms: { sendBackDays: number; returnDays: number; inspectDays: number };
  authorisedAt: Instant;
  /** Until when they have to be sent back; sent is enough, they may arrive later. */
  sendBackBy: Instant;
  label?: ReturnLabel & { sentAt: Instant };
  sentBackAt?: Instant;
  /** By what its buyer has shown that it is sent. */
  proof?: SendingProof;
  received?: Step & { units: UnitSelection };
  inspected?: Step & { parts: readonly InspectedPart[]; note?: string };
  endedAt?: Instant;
  /** Rises by one with every write. */
  revision: number;
}

/** What the buyer sends it back with: where he finds it, or what it is called. */
export interface ReturnLabel {
  carrier?: string;
  trackingCode?: string;
  url?: string;
}

export interface SendingProof {
  carrier?: string;
  trackingCode: string;
}

export interface Step {
  at: Instant;
  by: string;
  /** Fingerprint of the request, so that the same one twice is one. */
  request: string;
}

/** Where the terms do not say: a consumer has fourteen days to send goods back (Directive 2011/83/EU, Article 14). */
const usualSendBackDays = 14;
const usualInspectDays = 14;

export const returnIdOf = (cancellationId: string): string => cancellationId.replace(/^can_/, 'ret_');
export const cancellationOfReturn = (id: string): string => id.replace(/^ret_/, 'can_');

/**
 * Opens the return of what a cancellation has in parcels that could not be stopped. All of them belong into one: there is at
 * most one return of a cancellation, so that it is called when none of its recalls is open any more. Storing it is
 * `Returns.open`; from then on the cancellation waits for `outcomeOf`, or goes on without the units, as the terms say.
 *
 * @param rule the terms of the order, `contract.policy.parcels`
 * @returns undefined where the terms let the order stand, or the parcels hold nothing of the cancellation
 */
export function authorise(
  cancellation: Cancellation,
  parcels: readonly Shipment[],
  rule: ParcelRule,
  now: Instant,
): Return | undefined {
  if (rule.afterRefusal !== 'return') return undefined;
  const units = unitsIn(cancellation.units, parcels);
  if (Object.keys(units).length === 0) return undefined;
  const { id, tenant, merchantId, customerId, orderId, orderReference } = cancellation;
  const { sendBackDays = usualSendBackDays, returnDays, inspectDays = usualInspectDays } = rule;
  return {
    id: returnIdOf(id),
    ...{ tenant, merchantId, customerId, orderId, orderReference, cancellationId: id },
    shipments: parcels.map((parcel) => parcel.id),
    units,
    status: 'authorised',
    terms: { sendBackDays, returnDays, inspectDays },
    authorisedAt: now,
    sendBackBy: later(now, { length: sendBackDays, unit: 'days' }),
    revision: 1,
  };
}

function unitsIn(units: UnitSelection, parcels: readonly Shipment[]): UnitSelection {
  return Object.fromEntries(
    Object.entries(units).flatMap(([lineId, ranges]): [string, Range[]][] => {
      const held = parcels.flatMap((parcel) => overlapOf(ranges, unitsOfLine(parcel.units, lineId)));
      return held.length === 0 ? [] : [[lineId, held.sort((a, b) => a.from - b.from)]];
    }),
  );
}

/** Nobody can send back what he has not got: the time begins with the delivery, where that is later. */
export function afterDelivery(before: Return, deliveredAt: Instant): Return {
  const sendBackBy = later(deliveredAt, { length: before.terms.sendBackDays, unit: 'days' });
  const waits = before.status === 'authorised' || before.status === 'label_sent';
  return waits && sendBackBy > before.sendBackBy ? { ...before, sendBackBy } : before;
}

/** The shop has given the buyer a label. The same one again is the same step. */
export function sendLabel(before: Return, label: ReturnLabel, at: Instant): Return | Refusal {
  const known = before.label;
  const same =
    known?.url === label.url && known?.trackingCode === label.trackingCode && known?.carrier === label.carrier;
  if (known !== undefined && same) return before;
  return stepTo(before, 'label_sent', () => ({ label: { ...label, sentAt: at } }));
}

/**
 * The buyer has handed it to a carrier. The same proof again is the same step.
 * @param sentBackAt by its postmark
 */
export function sendBack(before: Return, proof: SendingProof, sentBackAt: Instant, now: Instant): Return | Refusal {
  if (before.proof?.trackingCode === proof.trackingCode && before.proof.carrier === proof.carrier) return before;
  return stepTo(before, 'in_transit', () => {
    if (sentBackAt > now) return refuse('invalid_field', 'It cannot have been sent later.', { param: '/sentBackAt' });
    return tooLate(before, sentBackAt) ?? { sentBackAt, proof };
  });
}

/** What a returns desk has counted. */
export interface Arrival extends Step {
  lines: readonly { lineId: string; quantity: number }[];
  /** When it was sent, by its postmark; absent: as far as is known, today. */
  sentBackAt?: Instant;
}

/**
 * Takes in what has arrived; less than was sent is possible, more is not. The same request again is the same step.
 * @returns `return_expired` where it was sent too late, `units_not_in_return` for what was never sent
 */
export function receive(before: Return, arrival: Arrival): Return | Refusal {
  const { lines, at, by, request } = arrival;
  if (before.received?.request === request) return before;
  return stepTo(before, 'received', () => {
    const sentBackAt = before.sentBackAt ?? arrival.sentBackAt ?? at;
    if (sentBackAt > at) return refuse('invalid_field', 'It cannot have been sent later.', { param: '/sentBackAt' });
    const late = before.sentBackAt === undefined ? tooLate(before, sentBackAt) : undefined;
    if (late !== undefined) return late;
    const units = taken(before.units, lines);
    return isRefusal(units) ? units : { sentBackAt, received: { at, by, request, units } };
  });
}

/** The units are back in stock, or written off there: the last step of those that were inspected. */
export function settle(before: Return, at: Instant): Return | Refusal {
  const sellable = before.inspected?.parts.some(({ noRestock }) => noRestock === undefined) === true;
  return stepTo(before, sellable ? 'restocked' : 'written_off', () => ({ endedAt: at }));
}

/** Nobody has sent it back in time. */
export function expire(before: Return, at: Instant): Return | Refusal {
  return stepTo(before, 'expired', () =>
    isPast(before.sendBackBy, at)
      ? { endedAt: at }
      : refuse('return_step_not_allowed', `It may be sent back until ${before.sendBackBy}.`, {
          facts: { status: before.status, sendBackBy: before.sendBackBy },
        }),
  );
}

/** Until when the money waits for what has not been heard of: what was sent in time may be on its way for as long as the terms say. */
export const expiresAt = ({ sendBackBy, terms }: Return): Instant =>
  later(sendBackBy, { length: terms.returnDays, unit: 'days' });

/** When a person has to look after it if nothing happens; undefined when nobody is waited for. */
export function returnDue({ status, sendBackBy, sentBackAt, received, terms }: Return): Instant | undefined {
  switch (status) {
    case 'authorised':
    case 'label_sent':
      return sendBackBy;
    case 'in_transit':
      return sentBackAt && later(sentBackAt, { length: terms.returnDays, unit: 'days' });
    case 'received':
      return received && later(received.at, { length: terms.inspectDays, unit: 'days' });
    default:
      return undefined;
  }
}

function tooLate({ sendBackBy }: Return, sentAt: Instant): Refusal | undefined {
  if (!isPast(sendBackBy, sentAt)) return undefined;
  return refuse('return_expired', `It could be sent back until ${sendBackBy}.`, { facts: { sendBackBy } });
}

/** Takes a step where it is allowed, and what it brings is no refusal. */
export function stepTo(before: Return, status: ReturnStatus, bring: () => Partial<Return> | Refusal): Return | Refusal {
  const allowed = returnTransitions[before.status];
  if (!allowed.includes(status))
    return refuse('return_step_not_allowed', `The return is ${before.status}.`, {
      facts: { status: before.status, allowed },
    });
  const brought = bring();
  return isRefusal(brought) ? brought : { ...before, ...brought, status };
}
