import { cancelledUnits, holdingCancellations, type OrderAggregate } from './aggregate';
import type { Cancellation } from './cancellation';
import { countOf, overlapOf } from './intervals';
import { postageOverdueSince } from './open-postage';
import { unitsOfLine, type Shipment } from './order';
import type { ParcelRule } from './policy';
import { isInterception } from './recall';
import { returnDue, type Return } from './return';
import { isPast, later, type Instant } from './time';

/**
 * What a person has to look after because goods are not where they should be.
 * - `interception_overdue`: a carrier that was asked to bring a parcel back has not answered, or the parcel has not come
 * - `label_live`: a cancellation went on because a label was void, and it is not, or its carrier could not be asked
 * - `label_in_doubt`: a cancellation was undone while its carrier was asked for the label: the order stands, and its label may
 *   be void
 * - `return_overdue`: units that a buyer was to send back have not been sent, have not come, or nobody has looked at them
 * - `postage_overdue`: the carrier of a void label was to give its postage back, and has not: the merchant claims it
 * - `came_back_sold`: a parcel is here again with units that nobody has cancelled: they are sent again, or the sale is undone
 * - `delivered_although_called_back`, `lost_although_called_back`: a cancellation went on because a parcel was to come back
 */
export const goodsExceptionKinds = [
  'interception_overdue',
  'return_overdue',
  'label_live',
  'label_in_doubt',
  'postage_overdue',
  'came_back_sold',
  'delivered_although_called_back',
  'lost_although_called_back',
] as const;
export type GoodsExceptionKind = (typeof goodsExceptionKinds)[number];

export interface GoodsException {
  kind: GoodsExceptionKind;
  orderId: string;
  merchantId: string;
  /** When it became one. */
  since: Instant;
  /** Absent: none of those that are known had it stopped. */
  cancellationId?: string;
  /** Of the shipment, or of the cancellation whose return it is: as it stands in the index. */
  id: string;
  shipment?: Shipment;
  return?: Return;
}

/**
 * When a shipment becomes an exception if nothing is heard of it. It tells who may become one apart from all others by the
 * shipment alone, so that only those stand in an index; whether one is, its order's cancellations say (`exceptionsOf`).
 * @param rule the terms of its order; without them nothing is called back
 */
export function exceptionDue(shipment: Shipment, rule: ParcelRule | undefined): Instant | undefined {
  const { recall, recalledAt = shipment.claimedAt, failed, settled } = shipment;
  if (settled?.kind === kindOf(shipment)) return undefined;
  if (isUnasked(shipment) || isBackUnasked(shipment)) return recalledAt;
  const unpaid = postageOverdueSince(shipment);
  if (unpaid !== undefined) return unpaid;
  if (recall === 'refused' || isInDoubt(shipment)) return failed?.at;
  if (!isInterception(shipment) || rule === undefined) return undefined;
  switch (recall) {
    case 'requested':
      return later(recalledAt, { length: rule.answerHours, unit: 'hours' });
    case 'accepted':
    case 'returning':
      return later(recalledAt, { length: rule.returnDays, unit: 'days' });
    default:
      return undefined;
  }
}

/** A shipment whose recall is another one than before: what was said of the old one, and who has seen to it, is over. */
export function withoutOldTrouble(before: Shipment, after: Shipment): Shipment {
  if (before.recall === after.recall && before.recalledAt === after.recalledAt) return after;
  const { settled: _settled, failed: _failed, ...fresh } = after;
  return fresh;
}

/** What of an order is an exception now. */
export const exceptionsOf = (aggregate: OrderAggregate, now: Instant): GoodsException[] => [
  ...parcelsAmiss(aggregate, now),
  ...returnsOverdue(aggregate, now),
];

function parcelsAmiss(aggregate: OrderAggregate, now: Instant): GoodsException[] {
  const { order, shipments, returns = [] } = aggregate;
  return shipments.flatMap((shipment) => {
    const since = exceptionDue(shipment, order.contract.policy.parcels);
    if (since === undefined || !isPast(since, now)) return [];
    const kind = kindOf(shipment);
    const { id: orderId, merchantId } = order;
    const found = { kind, orderId, merchantId, since, id: shipment.id, shipment };
    if (kind === 'came_back_sold' && !isPartlySold(aggregate, shipment)) return [];
    if (kind === 'postage_overdue' || kind === 'came_back_sold') {
      const stopped = aggregate.cancellations.findLast(({ recalls }) => recalls.includes(shipment.id));
      return [{ ...found, ...(stopped === undefined ? {} : { cancellationId: stopped.id }) }];
    }
    // Its units are asked back from the buyer: that return is looked after instead.
    if (shipment.recall === 'refused' && returns.some((given) => given.shipments.includes(shipment.id))) return [];
    const holder = holdersOf(aggregate, shipment).find((cancellation) => isUnsettled(cancellation, shipment));
    const cancellationId = isInDoubt(shipment) ? shipment.failed?.cancellationId : holder?.id;
    return cancellationId === undefined ? [] : [{ ...found, cancellationId }];
  });
}

function returnsOverdue({ returns = [] }: OrderAggregate, now: Instant): GoodsException[] {
  return returns.flatMap((given) => {
    const since = returnDue(given);
    if (since === undefined || !isPast(since, now)) return [];
    const { orderId, merchantId, cancellationId } = given;
    const whose = { orderId, merchantId, cancellationId, id: cancellationId };
    return [{ kind: 'return_overdue' as const, ...whose, since, return: given }];
  });
}

/** Its cancellation came to nothing before its carrier had said whether the label is void. */
export const isInDoubt = (shipment: Shipment): boolean =>
  shipment.recall === 'requested' && !isInterception(shipment) && shipment.failed !== undefined;

/** It stays here, but its label was bought where we cannot ask for it: somebody takes it back there. */
const isUnasked = ({ position, recall, carrier, trackingCode, providerShipmentRef }: Shipment): boolean =>
  position === 'voided' &&
  recall === 'accepted' &&
  providerShipmentRef === undefined &&
  (carrier !== undefined || trackingCode !== undefined);

/** It is here, although nobody had called it back: its buyer did not take it, or its carrier brought it back. */
const isBackUnasked = ({ position, recall }: Shipment): boolean => position === 'returned' && recall !== 'received';

/** A return that was opened for it is worked by the returns desk. */
function isPartlySold(aggregate: OrderAggregate, { id, units }: Shipment): boolean {
  if (aggregate.returns?.some(({ shipments }) => shipments.includes(id)) === true) return false;
  return Object.entries(units).some(
    ([lineId, held]) => countOf(overlapOf(held, cancelledUnits(aggregate, lineId))) < countOf(held),
  );
}

function kindOf(shipment: Shipment): GoodsExceptionKind {
  if (isUnasked(shipment)) return 'label_live';
  if (isInDoubt(shipment)) return 'label_in_doubt';
  if (postageOverdueSince(shipment) !== undefined) return 'postage_overdue';
  if (isBackUnasked(shipment)) return 'came_back_sold';
  if (shipment.recall !== 'refused') return 'interception_overdue';
  if (!isInterception(shipment)) return 'label_live';
  return shipment.position === 'lost' ? 'lost_although_called_back' : 'delivered_although_called_back';
}

const holdersOf = (aggregate: OrderAggregate, { units }: Shipment): Cancellation[] =>
  holdingCancellations(aggregate).filter((cancellation) =>
    Object.entries(units).some(
      ([lineId, ranges]) => overlapOf(ranges, unitsOfLine(cancellation.units, lineId)).length > 0,
    ),
  );

/**
 * A person who has closed the case of a cancellation has seen to its parcels. What has closed by itself has not been looked at,
 * unless the parcel was refused before: then nobody relied on it.
 */
function isUnsettled({ status, caseWork }: Cancellation, { recall }: Shipment): boolean {
  if (status !== 'closed') return true;
  return recall !== 'refused' && caseWork === undefined;
}
