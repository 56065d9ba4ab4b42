import type { Cancellation } from '../../domain/cancellation';
import { eventOf, type DomainEvent, type EventType, type TimelineEntry } from '../../domain/events';
import { countOf } from '../../domain/intervals';
import type { Shipment } from '../../domain/order';
import { fromItem } from './cancellation-item';

/** The events of one change of the order table. The changed item itself is their data; personal data is not in it. */
export function eventsOf(change: { before?: Record<string, unknown>; after?: Record<string, unknown> }): DomainEvent[] {
  const { before, after } = change;
  if (after === undefined) return [];
  const told = marksOn(before);
  const fresh = marksOn(after).filter((mark) => !told.includes(mark));
  if (fresh.length === 0) return [];
  const about = {
    tenant: after['tenant'] as string,
    merchantId: after['merchantId'] as string,
    orderId: after['orderId'] as string,
    data: dataOf(after),
  };
  const { at } = after['entry'] as TimelineEntry;
  return fresh.map((mark) => {
    const [sequence = '', type = ''] = mark.split(' ');
    return eventOf({ sequence: Number(sequence), type: type as EventType, at }, about);
  });
}

const marksOn = (item: Record<string, unknown> | undefined): readonly string[] =>
  (item?.['events'] ?? []) as readonly string[];

function dataOf(item: Record<string, unknown>): Readonly<Record<string, unknown>> {
  if (typeof item['body'] === 'string') return { cancellation: cancellationData(fromItem(item)) };
  if (typeof item['shipment'] === 'string') return { shipment: shipmentData(JSON.parse(item['shipment']) as Shipment) };
  const { reference, customerId, status, currency, total, placedAt, version, units, cancelledUnits } = item;
  return { order: { reference, customerId, status, currency, total, placedAt, version, units, cancelledUnits } };
}

function cancellationData(cancellation: Cancellation) {
  const { id, status, orderReference, initiator, reason, refund, currency, money, units, legs, answer } = cancellation;
  return {
    id,
    status,
    orderReference,
    initiator,
    reason,
    refund: { amount: refund, currency },
    components: money,
    lines: Object.entries(units).map(([lineId, ranges]) => ({ lineId, quantity: countOf(ranges) })),
    legs: legs.map(({ id: leg, channel, operation, amount, status: state }) => ({
      id: leg,
      channel,
      operation,
      amount,
      status: state,
    })),
    ...(answer === undefined ? {} : { verdict: answer.verdict }),
  };
}

function shipmentData({ id, ref, position, recall }: Shipment) {
  return { id, ref, position, recall };
}
