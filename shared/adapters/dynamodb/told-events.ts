import { adviceOn } from '../../domain/advice';
import type { Cancellation } from '../../domain/cancellation';
import { creditReference } from '../../domain/credit-note';
import { eventOf, type Change, type DomainEvent, type EventType, type TimelineEntry } from '../../domain/events';
import { countOf } from '../../domain/intervals';
import type { Shipment, UnitSelection } from '../../domain/order';
import type { Return } from '../../domain/return';
import type { ToldMarks } from '../../ports/views';
import { fromItem } from './cancellation-item';
import { noteInHead } from './credit-notes';
import * as keys from './keys';
import { toReturn } from './return-item';

/** The events of one change of the order table. The changed item itself is their data; personal data is not in it. */
export function eventsOf(change: Change): DomainEvent[] {
  const { after } = change;
  const fresh = freshMarks(change);
  if (after === undefined || fresh.length === 0) return [];
  const about = {
    tenant: after['tenant'] as string,
    merchantId: after['merchantId'] as string,
    orderId: after['orderId'] as string,
    data: dataOf(after),
  };
  const { at } = after['entry'] as TimelineEntry;
  return fresh.map((mark) => eventOf({ sequence: numberOf(mark), type: typeOf(mark), at }, about));
}

/**
 * Which order's events a change tells, and their numbers, from key and marks alone.
 * @throws Error when even these cannot be read: then it is no change of ours
 */
export function marksOf(change: Change): ToldMarks {
  const { tenant, orderId } = keys.orderOfPartition(String(change.after?.['pk']));
  const sequences = freshMarks(change).map(numberOf);
  if (sequences.length === 0 || !sequences.every(Number.isSafeInteger)) throw new Error('its events have no numbers');
  return { tenant, orderId, sequences };
}

function freshMarks({ before, after }: Change): readonly string[] {
  const told = marksOn(before);
  return marksOn(after).filter((mark) => !told.includes(mark));
}

const numberOf = (mark: string): number => Number(mark.split(' ')[0]);
const typeOf = (mark: string): EventType => mark.split(' ')[1] as EventType;

const marksOn = (item: Record<string, unknown> | undefined): readonly string[] =>
  (item?.['events'] ?? []) as readonly string[];

function dataOf(item: Record<string, unknown>): Readonly<Record<string, unknown>> {
  if (typeof item['body'] === 'string') return { cancellation: cancellationData(fromItem(item)) };
  if (typeof item['shipment'] === 'string') return { shipment: shipmentData(JSON.parse(item['shipment']) as Shipment) };
  if (typeof item['goodsReturn'] === 'string') return { return: returnData(toReturn(item)) };
  if (typeof item['creditNote'] === 'string') return { creditNote: creditNoteData(item) };
  const { reference, customerId, status, currency, total, placedAt, version, units, cancelledUnits } = item;
  return { order: { reference, customerId, status, currency, total, placedAt, version, units, cancelledUnits } };
}

function cancellationData(cancellation: Cancellation) {
  const { id, status, orderReference, initiator, reason, refund, currency, money, units, legs, answer } = cancellation;
  const { deductions = [], part, parts } = cancellation;
  return {
    id,
    status,
    orderReference,
    initiator,
    reason,
    refund: { amount: refund, currency },
    components: money,
    deductions,
    lines: linesOf(units),
    legs: legs.map(({ id: leg, channel, operation, amount, status: state }) => ({
      id: leg,
      channel,
      operation,
      amount,
      status: state,
    })),
    ...(answer === undefined ? {} : { verdict: answer.verdict }),
    ...(part === undefined ? {} : { partOf: part.of }),
    ...(parts === undefined ? {} : { parts }),
  };
}

function creditNoteData(item: Record<string, unknown>) {
  const note = noteInHead(item);
  return { reference: creditReference(note), ...note };
}

function returnData({ id, cancellationId, status, units, sendBackBy }: Return) {
  return { id, cancellationId, status, lines: linesOf(units), sendBackBy };
}

/**
 * Of a parcel that could not be stopped also what its buyer is told, and which parcel that is for him. Its tracking code leads to
 * where he lives, and is not said.
 */
function shipmentData(shipment: Shipment) {
  const { id, ref, position, recall, carrier, units } = shipment;
  const advice = adviceOn(shipment);
  return {
    ...{ id, ref, position, recall },
    ...(advice === undefined ? {} : { advice, carrier, lines: linesOf(units) }),
  };
}

const linesOf = (units: UnitSelection) =>
  Object.entries(units).map(([lineId, ranges]) => ({ lineId, quantity: countOf(ranges) }));
