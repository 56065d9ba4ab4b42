/** What must be true of goods. */
import { releasesUnits, type Cancellation } from '../../../shared/domain/cancellation';
import { balanceOf } from '../../../shared/domain/stock';
import { accountOf } from '../../../shared/domain/stock-account';
import { countOf, overlapOf } from '../../../shared/domain/intervals';
import type { OrderLine, Recall, Shipment } from '../../../shared/domain/order';
import type { Policy } from '../../../shared/domain/policy';
import { isInterception } from '../../../shared/domain/recall';
import type { Return } from '../../../shared/domain/return';
import { sum, type Aftermath, type OrderEnd } from './aftermath';
import type { Check } from './invariants';

/** Each unit is restored at most once, and exactly once when the cancellation closed; an undone one has it back. */
export const unitsAreRestoredOnce: Check = (end) =>
  end.cancellations.flatMap((cancellation) => {
    const { id, status, units } = cancellation;
    return Object.entries(units).flatMap(([lineId, ranges]) => {
      return partsOf(end, cancellation, lineId).flatMap(({ sku, quantity, known }) => {
        // What comes back with its parcel goes on the shelf by its receipt, which is another promise.
        const wanted = (countOf(ranges) - inParcelsCalledBack(end, cancellation, lineId)) * quantity;
        const net = netReleased(end, cancellation, lineId, sku);
        // What has left, and what was never reserved, is not there to be restored.
        const least = Math.min(
          wanted,
          known
            ? stillHeld(end, cancellation, lineId, sku, net)
            : wanted - leftOfCancelled(end, cancellation, { lineId, sku, quantity }),
        );
        const where = `${id} line ${lineId} ${sku}`;
        if (net > wanted) return [`${where}: ${net} of ${wanted} units restored`];
        if (status === 'closed' && net !== least) return [`${where} is closed with ${net} of ${least} units restored`];
        if (releasesUnits(status) && net !== 0) return [`${where} is ${status} with ${net} units restored`];
        return [];
      });
    });
  });

function inParcelsCalledBack({ orders }: Aftermath, { orderId, units }: Cancellation, lineId: string): number {
  const parcels = orders.find(({ placed }) => placed.id === orderId)?.shipments.filter(isInterception) ?? [];
  return sum(parcels.map((parcel) => unitsIn(parcel, units, lineId)));
}

const unitsIn = (parcel: Shipment, units: Cancellation['units'], lineId: string): number =>
  countOf(overlapOf(parcel.units[lineId] ?? [], units[lineId] ?? []));

/** What one unit of a line takes from stock; what is kept nowhere has none. `known`: its movements say what was reserved. */
function partsOf({ orders }: Aftermath, { orderId }: Cancellation, lineId: string) {
  return partsOfLine(
    orders.find(({ placed }) => placed.id === orderId),
    lineId,
  );
}

function partsOfLine(order: OrderEnd | undefined, lineId: string) {
  const lines = (order?.placed.body['lines'] ?? []) as readonly (Pick<
    OrderLine,
    'id' | 'sku' | 'location' | 'reservedBy'
  > & {
    components?: readonly { sku: string; quantity: number }[];
  })[];
  const line = lines.find(({ id }) => id === lineId);
  if (line === undefined || (line.location ?? line.components) === undefined) return [];
  const known = line.reservedBy === 'movements';
  return (line.components ?? [{ sku: line.sku, quantity: 1 }]).map((part) => ({ ...part, known }));
}

const givesBack = new Set(['release', 'discard', 'drop']);
const takesAgain = new Set(['reserve', 'reinstate', 'back_order']);

function netReleased({ movements }: Aftermath, { id }: Cancellation, lineId: string, sku: string): number {
  const ours = movements.filter((one) => one.cancellationId === id && one.lineId === lineId && one.sku === sku);
  return sum(ours.map(givenBack));
}

/** What the order had reserved or waited for, before so much of it was given back. */
function stillHeld(
  { movements }: Aftermath,
  { orderId }: Cancellation,
  lineId: string,
  sku: string,
  net: number,
): number {
  const ours = movements.filter((one) => one.orderId === orderId && one.lineId === lineId && one.sku === sku);
  return (
    net +
    sum(
      ours.map(({ type, quantity }) =>
        takesAgain.has(type) ? quantity : givesBack.has(type) || type === 'ship' ? -quantity : 0,
      ),
    )
  );
}

/**
 * Components of a bundle that left by themselves count for the bundles that are kept; of more than these need, the rest was
 * not there any more for the cancellation that came last.
 */
function leftOfCancelled(
  end: Aftermath,
  { orderId, id }: Cancellation,
  { lineId, sku, quantity }: { lineId: string; sku: string; quantity: number },
): number {
  const ours = end.movements.filter((one) => one.orderId === orderId && one.lineId === lineId && one.sku === sku);
  const shipped = sum(ours.map((one) => (one.type === 'ship' ? one.quantity : 0)));
  const others = sum(ours.map((one) => (one.cancellationId === id ? 0 : givenBack(one))));
  const line = end.orders.find(({ placed }) => placed.id === orderId)?.placed.body['lines'] as
    readonly OrderLine[] | undefined;
  const sold = (line?.find((one) => one.id === lineId)?.quantity ?? 0) * quantity;
  const wanted = sum(
    end.cancellations
      .filter((one) => one.orderId === orderId && !releasesUnits(one.status))
      .map(({ units }) => countOf(units[lineId] ?? []) * quantity),
  );
  // Of all that is cancelled so much had left; what the others did not get is what this one did not get either.
  const missing = Math.max(0, shipped - (sold - wanted));
  const missedByOthers = wanted - countOf(mine(end, id, lineId)) * quantity - others;
  return Math.max(0, missing - Math.max(0, missedByOthers));
}

const mine = ({ cancellations }: Aftermath, id: string, lineId: string) =>
  cancellations.find((one) => one.id === id)?.units[lineId] ?? [];

const givenBack = ({ type, quantity }: { type: string; quantity: number }): number =>
  givesBack.has(type) ? quantity : takesAgain.has(type) ? -quantity : 0;

/** An order that is cancelled as a whole holds nothing of what its movements reserved, and waits for nothing. */
export const cancelledHoldsNothing: Check = ({ orders, movements }) =>
  orders
    .filter(({ header }) => header.status === 'cancelled')
    .flatMap(({ placed }) =>
      (placed.body['lines'] as readonly OrderLine[])
        .filter(({ reservedBy }) => reservedBy === 'movements')
        .flatMap(({ id }) => {
          const account = accountOf(
            movements.flatMap((one) =>
              one.orderId === placed.id && one.lineId === id && one.type !== 'opening'
                ? [{ ...one, type: one.type }]
                : [],
            ),
          );
          const held = account.allocated - account.shipped;
          return held === 0 && account.waiting === 0
            ? []
            : [`${placed.id} line ${id} is cancelled, holds ${held} and waits for ${account.waiting}`];
        }),
    );

/** Who waits is served in the order in which he came: nobody waits while one behind him has been given all. */
export const servedInOrder: Check = ({ movements }) => {
  const places = new Map<string, { balance: string; left: number; promoted: number }>();
  for (const { partition, type, quantity, since } of movements) {
    if (since === undefined) continue;
    const place = places.get(`${partition} ${since}`) ?? { balance: partition, left: 0, promoted: 0 };
    place.left += type === 'back_order' ? quantity : -quantity;
    if (type === 'promote') place.promoted += quantity;
    places.set(`${partition} ${since}`, place);
  }
  const sorted = [...places].sort(([one], [other]) => (one < other ? -1 : 1));
  return sorted.flatMap(([name, { balance, left }], at) => {
    const behind = sorted.slice(at + 1).find(([, other]) => other.balance === balance && other.promoted > 0);
    return left > 0 && behind !== undefined ? [`${name} waits for ${left} while ${behind[0]} was served`] : [];
  });
};

const left = ({ position }: Shipment): boolean => position !== 'label_created' && position !== 'voided';

/** Which recalls have a parcel on its way back, or promised to be. */
const comesBack: Readonly<Record<Recall, boolean>> = {
  none: false,
  requested: false,
  refused: false,
  accepted: true,
  returning: true,
  received: true,
};

/** What was delivered before it turned round is with the customer, whatever its carrier has promised. */
const isOnItsWayBack = (shipment: Shipment): boolean =>
  isInterception(shipment) &&
  comesBack[shipment.recall] &&
  !(shipment.recall === 'accepted' && shipment.position === 'delivered');

/**
 * No unit is both on its way to the customer and back on the shelf as one that never left, or paid back: what has left is
 * cancelled only with a parcel that comes back, was sent back and looked at, or is a person's case.
 */
export const neverShippedAndRestocked: Check = ({ orders }) =>
  orders.flatMap(({ cancellations, shipments, returns, placed }) =>
    shipments
      .filter((one) => left(one) && !isOnItsWayBack(one))
      .filter(({ id }) => !returns.some((one) => sentBackAsAgreed(one, placed) && one.shipments.includes(id)))
      .flatMap((shipment) =>
        cancellations
          .filter(({ status }) => !releasesUnits(status) && status !== 'in_case')
          .flatMap((cancellation) =>
            Object.entries(shipment.units).flatMap(([lineId, ranges]) => {
              const both = overlapOf(ranges, cancellation.units[lineId] ?? []);
              return countOf(both) === 0
                ? []
                : [
                    `${placed.id} line ${lineId}: ${countOf(both)} units left in ${shipment.ref} and are in ${cancellation.id}`,
                  ];
            }),
          ),
      ),
  );

/** By its buyer, as far as the terms want it before money goes. */
function sentBackAsAgreed({ inspected, received, sentBackAt }: Return, { body }: OrderEnd['placed']): boolean {
  const { policy } = body['contract'] as { policy: Policy };
  switch (policy.parcels?.returnRefundOn) {
    case 'proof_of_sending':
      return sentBackAt !== undefined;
    case 'receipt':
      return received !== undefined;
    default:
      return inspected !== undefined;
  }
}

const unitsLookedAt = (returns: readonly Return[], lineId: string): number =>
  sum(
    returns.flatMap(({ inspected }) =>
      (inspected?.parts ?? []).filter((part) => part.lineId === lineId).map(({ ranges }) => countOf(ranges)),
    ),
  );

/** What came back goes on the shelf once, not before the warehouse has its parcel or has looked at it, and then at once. */
export const restockedOnReceipt: Check = (end) =>
  end.orders.flatMap((order) => {
    const { placed, shipments, cancellations } = order;
    const parcels = shipments.filter(isInterception);
    if (parcels.length === 0) return [];
    const holding = cancellations.filter(({ status }) => !releasesUnits(status));
    const lines = [...new Set(parcels.flatMap(({ units }) => Object.keys(units)))];
    return lines.flatMap((lineId) =>
      partsOfLine(order, lineId).flatMap(({ sku, quantity }) => {
        const back = sum(
          end.movements
            .filter((one) => one.orderId === placed.id && one.lineId === lineId && one.sku === sku)
            .filter((one) => one.cancellationId === undefined && backOnShelf.has(one.type))
            .map((one) => one.quantity),
        );
        const of = (some: readonly Shipment[]): number =>
          sum(some.flatMap((parcel) => holding.map(({ units }) => unitsIn(parcel, units, lineId) * quantity)));
        const said = parcels.filter((parcel) => saidReceived(end, placed.id, parcel.ref).length > 0);
        const heard = parcels.filter((parcel) => saidReceived(end, placed.id, parcel.ref).includes(200));
        const looked = order.returns.filter(({ inspected }) => inspected !== undefined);
        const most = of(said) + unitsLookedAt(looked, lineId) * quantity;
        const least =
          of(heard) +
          unitsLookedAt(
            looked.filter(({ endedAt }) => endedAt !== undefined),
            lineId,
          ) *
            quantity;
        const where = `${placed.id} line ${lineId} ${sku}`;
        if (back > most) return [`${where}: ${back} back on the shelf, ${most} received and cancelled`];
        return back < least ? [`${where}: ${back} of ${least} received units are back on the shelf`] : [];
      }),
    );
  });

const backOnShelf: ReadonlySet<string> = new Set(['restock', 'no_restock', 'release', 'discard']);

/** What the warehouse was answered when it said that it has a parcel. */
const saidReceived = ({ told }: Aftermath, orderId: string, ref: string): number[] =>
  told
    .filter(({ request }) => request.path === `/v1/orders/${orderId}/shipments/${ref}/received`)
    .map(({ answer }) => answer.status);

/** Nobody gets back more than his units have cost: what stays sold is not paid back. */
export const soldIsNotPaidBack: Check = ({ orders }) =>
  orders.flatMap(({ placed, cancellations }) =>
    cancellations
      .filter(({ units }) => Object.keys(units).length > 0)
      .flatMap(({ id, units, legs }) => {
        const worth = worthOf(placed, units);
        const sent = sum(legs.filter(({ status }) => status === 'succeeded').map(({ amount }) => amount));
        return sent > worth ? [`${id} gave back ${sent} for units worth ${worth}`] : [];
      }),
  );

interface PricedLine {
  readonly id: string;
  readonly quantity: number;
  readonly net: number;
  readonly tax?: number;
  readonly duty?: number;
}

/** At the most: the dearest units of each line, with all of the delivery, and without what was taken off. */
function worthOf({ body }: OrderEnd['placed'], units: Cancellation['units']): number {
  const lines = body['lines'] as readonly PricedLine[];
  const { amount = 0, tax: onDelivery = 0 } = (body['shipping'] ?? {}) as { amount?: number; tax?: number };
  const ofLines = lines.flatMap(({ id, quantity, net, tax = 0, duty = 0 }) => {
    const count = countOf(units[id] ?? []);
    return [net, tax, duty].map((part) => count * Math.floor(part / quantity) + Math.min(count, part % quantity));
  });
  return sum(ofLines) + amount + onDelivery;
}

/** Nothing is left that could go out for units that are cancelled for good: its label is void, or a person has it. */
export const noLiveLabels: Check = ({ orders }) =>
  orders.flatMap(({ placed, cancellations, shipments }) =>
    shipments
      .filter(({ position, recall, carrier }) => position === 'label_created' && recall !== 'accepted' && carrier)
      .flatMap((parcel) =>
        cancellations
          .filter(({ status }) => status === 'closed')
          .filter(({ units }) => sum(Object.keys(parcel.units).map((line) => unitsIn(parcel, units, line))) > 0)
          .map(({ id }) => `${placed.id}: the label of ${parcel.ref} is live (${parcel.recall}), and ${id} is closed`),
      ),
  );

/** What we say of a recall is what the carrier has in its books, but for a parcel that the warehouse itself says is here. */
export const recallsAreWhatCarriersShow: Check = (end) =>
  end.orders.flatMap(({ placed, shipments }) =>
    shipments.flatMap((parcel) => {
      if (parcel.recall === 'received' && saidReceived(end, placed.id, parcel.ref).length > 0) return [];
      const shown = end.parcelsAtCarriers.find(({ shipment }) => shipment === parcel.providerShipmentRef);
      if (shown === undefined) return [];
      const { recall, ref } = parcel;
      const isTaken = isInterception(parcel) ? shown.interception === 'accepted' : shown.voided;
      return comesBack[recall] && !isTaken ? [`${ref}: its recall is ${recall}, its carrier shows none`] : [];
    }),
  );

/** No unit is in two cancellations that count. */
export const unitsAreCancelledOnce: Check = ({ orders }) =>
  orders.flatMap(({ cancellations, placed }) => {
    const counting = cancellations.filter(({ status }) => !releasesUnits(status));
    return counting.flatMap((one, at) =>
      counting.slice(at + 1).flatMap((other) =>
        Object.entries(one.units)
          .filter(([lineId, ranges]) => countOf(overlapOf(ranges, other.units[lineId] ?? [])) > 0)
          .map(([lineId]) => `${placed.id} line ${lineId}: units in ${one.id} and in ${other.id}`),
      ),
    );
  });

/** A carrier accepts our wish to stop a parcel at most once, and hears of one to bring it back under one key. */
export const interceptedOnce: Check = ({ cloud: { parties } }) => [
  ...[...parties.labelsTaken]
    .filter(([, times]) => times > 1)
    .map(([path, times]) => `${path} was accepted ${times} times`),
  ...[...parties.calledBack]
    .filter(([, { keys, taken }]) => keys.size > 1 || taken > 1)
    .map(
      ([parcel, { keys, taken }]) => `${parcel} was called back under ${keys.size} keys, and accepted ${taken} times`,
    ),
];

/** On hand is available and reserved; both follow from the movements. */
export const stockBalances: Check = ({ balances, movements }) =>
  balances.flatMap(({ partition, onHand, reserved, available, waiting }) => {
    const expected = balanceOf(movements.filter((one) => one.partition === partition));
    const adds = available === onHand - reserved && available >= 0 && waiting === expected.waiting;
    return onHand === expected.onHand && reserved === expected.reserved && adds
      ? []
      : [
          `${partition}: ${onHand} = ${available} + ${reserved}, its movements say ${expected.onHand} and ${expected.reserved}`,
        ];
  });
