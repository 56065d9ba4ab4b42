import type { OrderAggregate } from '../../domain/aggregate';
import type { EventMark, TimelineEntry } from '../../domain/events';
import { epochSeconds, later } from '../../domain/time';
import type { Contract, Order, OrderLine, Payment, Shipment, UnitRun } from '../../domain/order';
import { exceptionDue } from '../../domain/goods-exception';
import type { Policy } from '../../domain/policy';
import type { NewOrder, OrderHeader } from '../../ports/order-store';
import { fromItem, marksOf } from './cancellation-item';
import { dueKeys } from './goods-exceptions';
import * as keys from './keys';
import { postageKeys } from './open-postage';
import { toReturn } from './return-item';

/** Lines per chunk item; real orders reach 1,114 lines and must stay far below the 400 KB limit of an item. */
const linesPerChunk = 250;

export interface HeadItem extends OrderHeader {
  pk: string;
  sk: string;
  orderId: string;
  entry: TimelineEntry;
  events?: readonly string[];
  tells?: number;
  activePk?: string;
  activeSk?: string;
}

/**
 * The header and nothing that an aggregate has beside it, because whoever read an order whole hands it over whole. A
 * cancelled order leaves its customer's active list by losing the index attributes.
 */
export function toHeadItem(header: OrderHeader, entry: TimelineEntry, events: readonly EventMark[]): HeadItem {
  const active =
    header.status === 'cancelled'
      ? {}
      : {
          activePk: keys.activePartition(header.tenant, header.customerId),
          activeSk: `${header.placedAt}#${header.id}`,
        };
  return {
    pk: keys.orderPartition(header.tenant, header.id),
    sk: keys.head,
    orderId: header.id,
    ...toHeader({ ...header }),
    entry,
    ...marksOf(events),
    ...active,
  };
}

export function toHeader(item: Record<string, unknown>): OrderHeader {
  const head = item as unknown as HeadItem;
  return {
    id: head.id,
    tenant: head.tenant,
    merchantId: head.merchantId,
    reference: head.reference,
    ...(head.groupId === undefined ? {} : { groupId: head.groupId }),
    customerId: head.customerId,
    currency: head.currency,
    placedAt: head.placedAt,
    status: head.status,
    intakeVersion: head.intakeVersion,
    version: head.version,
    sequence: head.sequence,
    units: head.units,
    cancelledUnits: head.cancelledUnits,
    total: head.total,
    ...(head.latePayment === true ? { latePayment: true } : {}),
  };
}

export function toChunkItems(order: NewOrder): Record<string, unknown>[] {
  const { tenant, id, intakeVersion } = order.header;
  const chunks: Record<string, unknown>[] = [];
  for (let start = 0; start === 0 || start < order.lines.length; start += linesPerChunk) {
    chunks.push({
      pk: keys.orderPartition(tenant, id),
      sk: keys.linesChunk(intakeVersion, chunks.length),
      ...(start === 0 ? { contract: JSON.stringify(order.contract) } : {}),
      lines: JSON.stringify(order.lines.slice(start, start + linesPerChunk).map(packLine)),
    });
  }
  return chunks;
}

export function chunkKeys(header: OrderHeader, lineCount: number): { pk: string; sk: string }[] {
  const count = Math.max(1, Math.ceil(lineCount / linesPerChunk));
  return Array.from({ length: count }, (_, chunk) => ({
    pk: keys.orderPartition(header.tenant, header.id),
    sk: keys.linesChunk(header.intakeVersion, chunk),
  }));
}

/** `place` keeps the order in which the shop listed its tenders, which is the order in which they are given back. */
export function toPaymentItem(
  tenant: string,
  orderId: string,
  payment: Payment,
  place: number,
): Record<string, unknown> {
  return {
    pk: keys.orderPartition(tenant, orderId),
    sk: keys.paymentSort(payment.ref),
    place,
    payment: JSON.stringify(payment),
  };
}

/** The payments among an order's items, as the shop listed them. */
export function toPayments(items: readonly Record<string, unknown>[]): Payment[] {
  return items
    .filter((item) => (item['sk'] as string).startsWith('PAY#'))
    .sort((a, b) => (a['place'] as number) - (b['place'] as number))
    .map((item) => JSON.parse(item['payment'] as string) as Payment);
}

export function toShipmentItem(
  header: OrderHeader,
  shipment: Shipment,
  entry: TimelineEntry,
  events: readonly EventMark[],
  { parcels }: Pick<Policy, 'parcels'>,
): Record<string, unknown> {
  return {
    pk: keys.orderPartition(header.tenant, header.id),
    sk: keys.shipmentSort(shipment.id),
    id: shipment.id,
    orderId: header.id,
    tenant: header.tenant,
    merchantId: header.merchantId,
    position: shipment.position,
    recall: shipment.recall,
    entry,
    ...marksOf(events),
    ...dueKeys(header, shipment.id, exceptionDue(shipment, parcels)),
    ...postageKeys(shipment),
    shipment: JSON.stringify(shipment),
  };
}

/** Carriers give a tracking code again after half a year at the earliest. */
const trackingCodeLives = { length: 180, unit: 'days' } as const;

/**
 * The way back from the carrier's id, for its webhooks, and whose a tracking code is; only where a carrier has them. A label
 * is of one shipment for ever. A tracking code is of one order, which may have several shipments under it, for its time.
 */
export function toParcelItems(
  { tenant, id: orderId }: Pick<OrderHeader, 'tenant' | 'id'>,
  shipments: readonly Shipment[],
): Claim[] {
  const labels = shipments.flatMap(({ id: shipmentId, connectionId, providerShipmentRef: ref }): Claim[] => {
    if (connectionId === undefined || ref === undefined) return [];
    const pk = keys.parcelPartition(tenant, connectionId, ref);
    return [{ item: { pk, sk: keys.pointerSort, orderId, shipmentId }, of: 'shipmentId' }];
  });
  const codes = shipments.flatMap(({ carrier, trackingCode, claimedAt }): [string, Claim][] => {
    if (carrier === undefined || trackingCode === undefined) return [];
    const pk = keys.trackingPartition(tenant, carrier, trackingCode);
    const expires = epochSeconds(later(claimedAt, trackingCodeLives));
    return [[pk, { item: { pk, sk: keys.pointerSort, orderId, expires }, of: 'orderId' }]];
  });
  return [...labels, ...new Map(codes).values()];
}

/** An item that is written where nobody else has it: who has it says its attribute `of`. */
export interface Claim {
  item: Record<string, unknown>;
  of: 'shipmentId' | 'orderId';
}

export const toShipment = (item: Record<string, unknown>): Shipment =>
  JSON.parse(item['shipment'] as string) as Shipment;

/** Puts together what one consistent query of the order's partition has read. */
export function toAggregate(items: readonly Record<string, unknown>[]): OrderAggregate | undefined {
  const startingWith = (prefix: string) => items.filter((item) => (item['sk'] as string).startsWith(prefix));
  const headItem = items.find((item) => item['sk'] === keys.head);
  if (headItem === undefined) return undefined;
  const header = toHeader(headItem);
  // Chunks of an older intake version can only be seen while a replacement is under way elsewhere; they are not ours.
  const prefix = keys.linesChunk(header.intakeVersion, 0).slice(0, -4);
  const chunks = startingWith(prefix);
  const contract = JSON.parse((chunks[0]?.['contract'] as string | undefined) ?? 'null') as Contract;
  const lines = chunks.flatMap((chunk) => (JSON.parse(chunk['lines'] as string) as PackedLine[]).map(unpackLine));
  const order: Order = { ...header, contract, lines };
  const returns = startingWith('RET#').map(toReturn);
  return {
    order,
    payments: toPayments(items),
    shipments: startingWith('SHP#').map(toShipment),
    cancellations: startingWith('CAN#').map(fromItem),
    ...(returns.length === 0 ? {} : { returns }),
  };
}

type PackedLine = Omit<OrderLine, 'units'> & { units: number[][] };

function packLine(line: OrderLine): PackedLine {
  return {
    ...line,
    units: line.units.map((run) => [
      run.count,
      run.net,
      run.discount,
      run.tax,
      run.duty,
      run.shipping,
      run.shippingTax,
    ]),
  };
}

function unpackLine(line: PackedLine): OrderLine {
  return {
    ...line,
    units: line.units.map(
      ([count = 0, net = 0, discount = 0, tax = 0, duty = 0, shipping = 0, shippingTax = 0]): UnitRun => ({
        count,
        net,
        discount,
        tax,
        duty,
        shipping,
        shippingTax,
      }),
    ),
  };
}
