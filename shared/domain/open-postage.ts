import { tellPostageWhenAsked } from './carrier';
import { shardOf } from './ids';
import type { Shipment } from './order';
import { isInterception } from './recall';
import { isPast, later, type Instant } from './time';

/**
 * When a person claims it: a platform that names a time says that no carrier takes longer than 30 days from the request
 * (`postageRefundDays` of the record), and half as long again is left for one that is late.
 */
const givenBackWithin = { length: 45, unit: 'days' } as const;
/** A carrier that has no request for a label by then has none: of one that it will not ask for it shows nothing from the beginning. */
const mentionedWithin = { length: 7, unit: 'days' } as const;

type OfLabel = Pick<
  Shipment,
  | 'carrier'
  | 'connectionId'
  | 'providerShipmentRef'
  | 'position'
  | 'recall'
  | 'recallKind'
  | 'recalledAt'
  | 'claimedAt'
  | 'postage'
>;

/** Whether the carrier of a void label is still asked what became of its postage. */
export function isPostageOpen(shipment: OfLabel): boolean {
  const { carrier, connectionId, providerShipmentRef, postage } = shipment;
  if (!isVoid(shipment) || connectionId === undefined || providerShipmentRef === undefined) return false;
  return tellPostageWhenAsked.some((name) => name === carrier) && (postage === undefined || postage === 'submitted');
}

/** What it is when it has been asked after for long enough; undefined while it is asked after, and where it is not. */
export function postageGivenUp(shipment: OfLabel, now: Instant): 'overdue' | 'untold' | undefined {
  if (!isPostageOpen(shipment)) return undefined;
  const promised = shipment.postage === 'submitted';
  const until = later(voidedAt(shipment), promised ? givenBackWithin : mentionedWithin);
  if (!isPast(until, now)) return undefined;
  return promised ? 'overdue' : 'untold';
}

/** Since when a person should claim it; undefined where there is nothing to claim. */
export const postageOverdueSince = (shipment: OfLabel): Instant | undefined =>
  shipment.postage === 'overdue' && isVoid(shipment) ? later(voidedAt(shipment), givenBackWithin) : undefined;

/** Each label is asked after at one time of the day, which follows from its id: so nothing has to be written to ask it once daily. */
export const slotMinutes = 15;
const slotsOfADay = (24 * 60) / slotMinutes;
export const slotOf = (shipmentId: string): number => shardOf(shipmentId, slotsOfADay);
export const slotAt = (now: Instant): number => Math.floor((Date.parse(now) / 60_000 / slotMinutes) % slotsOfADay);

const isVoid = (shipment: OfLabel): boolean =>
  shipment.position === 'voided' && shipment.recall === 'accepted' && !isInterception(shipment);

const voidedAt = ({ recalledAt, claimedAt }: OfLabel): Instant => recalledAt ?? claimedAt;
