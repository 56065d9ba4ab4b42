/** What must be true of goods. */
import { releasesUnits, type Cancellation } from '../../../shared/domain/cancellation';
import { countOf, overlapOf } from '../../../shared/domain/intervals';
import type { Shipment } from '../../../shared/domain/order';
import { sum, type Aftermath } from './aftermath';
import type { Check } from './invariants';

/** Each unit is restored at most once, and exactly once when the cancellation closed; an undone one has it back. */
export const unitsAreRestoredOnce: Check = (end) =>
  end.cancellations.flatMap((cancellation) => {
    const { id, status, units } = cancellation;
    return Object.entries(units).flatMap(([lineId, ranges]) => {
      // What is no goods has no stock.
      const wanted = isGoods(end, cancellation, lineId) ? countOf(ranges) : 0;
      const net = netReleased(end, cancellation, lineId);
      const where = `${id} line ${lineId}`;
      if (net > wanted) return [`${where}: ${net} of ${wanted} units restored`];
      if (status === 'closed' && net !== wanted) return [`${where} is closed with ${net} of ${wanted} units restored`];
      if (releasesUnits(status) && net !== 0) return [`${where} is ${status} with ${net} units restored`];
      return [];
    });
  });

function isGoods({ orders }: Aftermath, { orderId }: Cancellation, lineId: string): boolean {
  const order = orders.find(({ placed }) => placed.id === orderId);
  const lines = (order?.placed.body['lines'] ?? []) as readonly { id: string; kind: string }[];
  return lines.some(({ id, kind }) => id === lineId && kind === 'goods');
}

function netReleased({ movements }: Aftermath, { id }: Cancellation, lineId: string): number {
  const ours = movements.filter((one) => one.cancellationId === id && one.lineId === lineId);
  return sum(ours.map(({ type, quantity }) => (type === 'release' ? quantity : -quantity)));
}

const left = ({ position }: Shipment): boolean => position !== 'label_created' && position !== 'voided';

/** No unit is both on its way to the customer and back on the shelf as one that never left. */
export const neverShippedAndRestocked: Check = ({ orders }) =>
  orders.flatMap(({ cancellations, shipments, placed }) =>
    shipments.filter(left).flatMap((shipment) =>
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

/** A carrier accepts our wish to stop a parcel at most once, and never for a cancellation that was undone before. */
export const interceptedOnce: Check = ({ cloud }) =>
  [...cloud.parties.labelsTaken]
    .filter(([, times]) => times > 1)
    .map(([path, times]) => `${path} was accepted ${times} times`);

/** On hand is available and reserved; both follow from the movements. */
export const stockBalances: Check = ({ balances, movements }) =>
  balances.flatMap(({ partition, onHand, reserved, available }) => {
    const ours = movements.filter((one) => one.partition === partition);
    const openings = ours.filter(({ type }) => type === 'opening');
    const given = sum(
      ours.map(({ type, quantity }) => (type === 'release' ? quantity : type === 'reserve' ? -quantity : 0)),
    );
    const expected = {
      onHand: sum(openings.map((one) => one.onHand)),
      reserved: sum(openings.map((one) => one.reserved)) - given,
    };
    return onHand === expected.onHand && reserved === expected.reserved && available === onHand - reserved
      ? []
      : [
          `${partition}: ${onHand} = ${available} + ${reserved}, its movements say ${expected.onHand} and ${expected.reserved}`,
        ];
  });
