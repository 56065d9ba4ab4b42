import type { OrderAggregate } from './aggregate';
import type { Cancellation } from './cancellation';
import type { EventType } from './events';
import { countOf, freeOf, overlapOf, type Range } from './intervals';
import { unitsOfLine, type UnitSelection } from './order';
import type { WarehouseRule } from './policy';
import { isPast, later, type Instant } from './time';

/**
 * What is asked of the warehouse for units that lie in no parcel yet: they are held from the request on, because they may be
 * picked at this moment. It says whether it has stopped them; `silent` is what it has not said in time, and stays a third
 * outcome for ever.
 */
export interface WarehouseStop {
  askedAt: Instant;
  /** Until when it may answer; set when the cancellation is carried out. Before, it may answer as well. */
  deadline?: Instant;
  answer?: 'stopped' | 'shipped' | 'silent';
  answeredAt?: Instant;
  /** The part of the cancellation whose units these are by now. */
  heldBy?: string;
}

/**
 * The units of goods of a selection that lie in no parcel.
 * @param recalls parcels that count although their label is void by now
 */
export function looseUnits(
  { order, shipments }: OrderAggregate,
  units: UnitSelection,
  recalls: readonly string[] = [],
): UnitSelection {
  const parcels = shipments.filter(({ id, position }) => position !== 'voided' || recalls.includes(id));
  return Object.fromEntries(
    order.lines.flatMap((line): [string, Range[]][] => {
      if (line.kind !== 'goods') return [];
      const outside = freeOf(
        line.quantity,
        parcels.flatMap((parcel) => unitsOfLine(parcel.units, line.id)),
      );
      const loose = overlapOf(unitsOfLine(units, line.id), outside);
      return countOf(loose) === 0 ? [] : [[line.id, loose]];
    }),
  );
}

/** Whether the warehouse has to be asked before these units are given back. */
export const asksWarehouse = (
  aggregate: OrderAggregate,
  units: UnitSelection,
  rule: WarehouseRule | undefined,
): boolean => rule !== undefined && Object.keys(looseUnits(aggregate, units)).length > 0;

/** What is known of it now: its time begins when the cancellation is carried out, and what it does not say the terms say. */
export function afterAsking(stop: WarehouseStop, rule: WarehouseRule, now: Instant): WarehouseStop {
  if (stop.answer !== undefined) return stop;
  const { deadline = later(now, { length: rule.answerMinutes, unit: 'minutes' }) } = stop;
  return isPast(deadline, now) ? { ...stop, deadline, answer: 'silent', answeredAt: now } : { ...stop, deadline };
}

/** Whether its units stay here. @returns undefined while it may still answer */
export function isStopped({ answer }: WarehouseStop, rule: WarehouseRule): boolean | undefined {
  if (answer === undefined) return undefined;
  return answer === 'stopped' || (answer === 'silent' && rule.onSilence === 'stopped');
}

/** What the warehouse hears when a cancellation comes to nothing: what it holds may go on. */
export const holdReleased = ({ warehouse }: Pick<Cancellation, 'warehouse'>): EventType[] =>
  warehouse === undefined || warehouse.heldBy !== undefined ? [] : ['fulfilment.hold_released'];
