import { eventOf, type DomainEvent, type EventMark } from '../domain/events';
import type { Cancellation } from '../domain/cancellation';
import type { Shipment } from '../domain/order';
import { countOf } from '../domain/intervals';

/** The events of one change of the order table. The changed item itself is their data; personal data is not in it. */
export function eventsOf(change: { before?: Record<string, unknown>; after?: Record<string, unknown> }): DomainEvent[] {
  const { before, after } = change;
  const marks = (after?.['events'] ?? []) as readonly EventMark[];
  const told = ((before?.['events'] ?? []) as readonly EventMark[]).map(({ sequence }) => sequence);
  if (after === undefined) return [];
  const about = {
    tenant: after['tenant'] as string,
    merchantId: after['merchantId'] as string,
    orderId: after['orderId'] as string,
    data: dataOf(after),
  };
  return marks.filter(({ sequence }) => !told.includes(sequence)).map((mark) => eventOf(mark, about));
}

function dataOf(item: Record<string, unknown>): Readonly<Record<string, unknown>> {
  if (typeof item['body'] === 'string') return { cancellation: cancellationData(item) };
  if (typeof item['shipment'] === 'string') return { shipment: shipmentData(JSON.parse(item['shipment']) as Shipment) };
  const { reference, customerId, status, currency, total, placedAt, version, units, cancelledUnits } = item;
  return { order: { reference, customerId, status, currency, total, placedAt, version, units, cancelledUnits } };
}

function cancellationData(item: Record<string, unknown>) {
  const body = JSON.parse(item['body'] as string) as Cancellation;
  return {
    id: item['id'],
    status: item['status'],
    orderReference: body.orderReference,
    initiator: body.initiator,
    reason: body.reason,
    refund: { amount: body.refund, currency: body.currency },
    components: body.money,
    lines: Object.entries(body.units).map(([lineId, ranges]) => ({ lineId, quantity: countOf(ranges) })),
    legs: body.legs.map(({ id, channel, operation, amount, status }) => ({ id, channel, operation, amount, status })),
    ...(body.answer === undefined ? {} : { verdict: body.answer.verdict }),
  };
}

function shipmentData({ id, ref, position, recall }: Shipment) {
  return { id, ref, position, recall };
}
