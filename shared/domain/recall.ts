import { shipmentPositions, type Recall, type Shipment, type ShipmentPosition } from './order';
import type { ParcelRule } from './policy';
import { isPast, later, secondsUntil, type Instant } from './time';

/**
 * The only ways a recall may go. A label that is not taken back any more may still lead to an interception (`refused ->
 * requested`); a parcel that was to come back may be delivered all the same, until it has turned round.
 */
export const recallTransitions: Readonly<Record<Recall, readonly Recall[]>> = {
  none: ['requested'],
  requested: ['accepted', 'refused', 'returning', 'received'],
  accepted: ['refused', 'returning', 'received'],
  refused: ['requested'],
  returning: ['refused', 'received'],
  received: [],
};

/**
 * No wish is on its way for this long: the function that stored it lives 25 seconds (`infra/functions.ts`), its call of
 * the carrier 8, and clocks differ. What the carrier does not know of by then never reached it.
 */
const surelyHeard = { length: 60, unit: 'seconds' } as const;

/** How long a carrier that knows nothing of a wish may still hear of it, in whole seconds; 0 when it may be asked again. */
export function secondsHeld({ recalledAt }: Pick<Shipment, 'recalledAt'>, now: Instant): number {
  return recalledAt === undefined ? 0 : secondsUntil(later(recalledAt, surelyHeard), now);
}

type Recalled = Pick<Shipment, 'recall' | 'recallKind' | 'recalledAt' | 'position'>;

export const isInterception = ({ recallKind }: Pick<Shipment, 'recallKind'>): boolean => recallKind === 'interception';

/** What a parcel's whereabouts say of its interception, whatever its carrier has promised. @returns undefined: nothing new */
export function recallSeenAt(shipment: Recalled, position: ShipmentPosition): Recall | undefined {
  if (!isInterception(shipment)) return undefined;
  const seen = position === 'delivered' && shipment.recall === 'returning' ? undefined : seenBy[position];
  return seen !== undefined && recallTransitions[shipment.recall].includes(seen) ? seen : undefined;
}

/**
 * A parcel that is lost never comes back: its recall has failed as one that was delivered. Of one that had turned round a
 * delivery says nothing: carriers call it that as well when its sender has it. He says so himself (`receive-shipment`).
 */
const seenBy: Readonly<Partial<Record<ShipmentPosition, Recall>>> = {
  delivered: 'refused',
  lost: 'refused',
  returning: 'returning',
  returned: 'received',
};

/** What a carrier says of a parcel that was called back, in our words. */
export interface ParcelNews {
  position?: ShipmentPosition | undefined;
  interception?: 'none' | 'requested' | 'accepted' | 'refused' | 'succeeded' | undefined;
}

/**
 * A parcel after news of it: its way only goes on, and so does its recall. Where it is seen outweighs what its carrier has
 * promised. @returns undefined where it is no news
 */
export function afterNews<Some extends Recalled>(
  shipment: Some,
  { position, interception }: ParcelNews,
): Some | undefined {
  const further = position !== undefined && isFurther(shipment.position, position) ? position : undefined;
  const place = further ?? shipment.position;
  const recall = recallSeenAt(shipment, place) ?? recallSaid(shipment, interception);
  if (further === undefined && recall === undefined) return undefined;
  return { ...shipment, position: place, ...(recall === undefined ? {} : { recall }) };
}

/**
 * What is behind what we know came late. A void label is told of by itself. Nothing that has arrived is lost, whoever says so
 * afterwards; what was thought lost and has arrived, or is on its way home, is not.
 */
export function isFurther(known: ShipmentPosition, position: ShipmentPosition): boolean {
  if (known === 'voided' || position === 'voided') return false;
  if (position === 'lost') return known !== 'lost' && !hasArrived(known);
  if (known === 'lost') return hasArrived(position) || position === 'returning';
  return shipmentPositions.indexOf(position) > shipmentPositions.indexOf(known);
}

const hasArrived = (position: ShipmentPosition): boolean => position === 'delivered' || position === 'returned';

function recallSaid(shipment: Recalled, said: ParcelNews['interception']): Recall | undefined {
  if (!isInterception(shipment) || said === undefined || said === 'none') return undefined;
  const recall = said === 'succeeded' ? 'returning' : said;
  return recallTransitions[shipment.recall].includes(recall) ? recall : undefined;
}

/**
 * Whether the money of an intercepted parcel may go back: `yes`, `no` for good, `wait` until `until`, or `overdue`: it should
 * have been here, and a person has to find out where it is.
 */
export type MoneyOfParcel = { answer: 'yes' | 'no' | 'overdue' } | { answer: 'wait'; until: Instant };

export function moneyOfParcel(shipment: Recalled, rule: ParcelRule, now: Instant): MoneyOfParcel {
  const { recall, recalledAt = now } = shipment;
  if (recall === 'none' || recall === 'refused') return { answer: 'no' };
  if (rank[recall] >= enough[rule.refundOn]) return { answer: 'yes' };
  const asked = recall === 'requested';
  const until = later(
    recalledAt,
    asked ? { length: rule.answerHours, unit: 'hours' } : { length: rule.returnDays, unit: 'days' },
  );
  if (!isPast(until, now)) return { answer: 'wait', until };
  return { answer: asked ? 'no' : 'overdue' };
}

const rank: Readonly<Record<Exclude<Recall, 'none' | 'refused'>, number>> = {
  requested: 1,
  accepted: 2,
  returning: 3,
  received: 4,
};
const enough: Readonly<Record<ParcelRule['refundOn'], number>> = {
  request: rank.requested,
  acceptance: rank.accepted,
  turned_round: rank.returning,
  receipt: rank.received,
};
