import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { OrderAggregate } from '../../domain/aggregate';
import { numberEvents, type EventType, type TimelineEntry } from '../../domain/events';
import type { Order, Payment, Shipment } from '../../domain/order';
import type { Refusal } from '../../domain/refusal';
import { epochSeconds } from '../../domain/time';
import type {
  NewOrder,
  OrderHeader,
  OrderStore,
  OrderSummary,
  Page,
  PageRequest,
  Written,
} from '../../ports/order-store';
import * as keys from './keys';
import {
  chunkKeys,
  toAggregate,
  toChunkItems,
  toHeadItem,
  toParcelItems,
  toPaymentItem,
  toPayments,
  toShipmentItem,
  type Claim,
} from './order-items';
import { failedConditions, wasLost } from './outcome';
import { summaryOf } from './order-summary';
import { readPage } from './pages';
import { isTooLarge, type Writes } from './transaction-size';

/** The order's own version is the only lock: whoever decided on an older one loses and reads again. */
const versionUnchanged = '#version = :version';

export class DynamoOrderStore implements OrderStore {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  async find(tenant: string, orderId: string): Promise<OrderAggregate | undefined> {
    return toAggregate(await this.partition(tenant, orderId));
  }

  async earlyPayments(tenant: string, orderId: string): Promise<Payment[]> {
    return toPayments(await this.partition(tenant, orderId));
  }

  async insert(order: NewOrder, early: readonly Payment[], entry: TimelineEntry): Promise<Written> {
    const events = numberEvents(0, entry.at, ['order.received']);
    const header: OrderHeader = {
      ...order.header,
      status: 'open',
      version: 1,
      sequence: events.length,
      cancelledUnits: 0,
    };
    const put = (Item: Record<string, unknown>) => ({ Put: { TableName: this.table, Item } });
    return this.write([
      {
        Put: {
          TableName: this.table,
          Item: toHeadItem(header, entry, events),
          ConditionExpression: 'attribute_not_exists(pk)',
        },
      },
      ...toChunkItems(order).map(put),
      ...order.payments.map((payment, place) => this.putPaymentAsRead(header, early, payment, place)),
      ...order.shipments.map((shipment) => put(toShipmentItem(header, shipment, entry, [], order.contract.policy))),
      ...this.claiming(toParcelItems(header, order.shipments), entry),
    ]);
  }

  async replace(aggregate: OrderAggregate, order: NewOrder, entry: TimelineEntry): Promise<Written> {
    const { order: before, payments: paid } = aggregate;
    const events = numberEvents(before.sequence, entry.at, ['order.updated']);
    const { status, cancelledUnits } = before;
    const morePaid = JSON.stringify(order.payments) !== JSON.stringify(paid);
    const header: OrderHeader = {
      ...order.header,
      status,
      cancelledUnits,
      ...(morePaid ? lateMoney(aggregate) : flagOf(before)),
      version: before.version + 1,
      sequence: before.sequence + 1,
    };
    const put = (Item: Record<string, unknown>) => ({ Put: { TableName: this.table, Item } });
    return this.write([
      this.putHead(before, header, entry, events),
      ...toChunkItems(order).map(put),
      ...(morePaid ? order.payments : []).map((payment, place) =>
        put(toPaymentItem(before.tenant, before.id, payment, place)),
      ),
      ...order.shipments.map((shipment) => put(toShipmentItem(header, shipment, entry, [], order.contract.policy))),
      ...this.claiming(toParcelItems(header, order.shipments), entry),
      ...chunkKeys(before, before.lines.length).map((Key) => ({ Delete: { TableName: this.table, Key } })),
    ]);
  }

  async savePayment(aggregate: OrderAggregate, payment: Payment, entry: TimelineEntry): Promise<Written> {
    const { order: before, payments } = aggregate;
    const events = numberEvents(before.sequence, entry.at, ['payment.received']);
    const header = {
      ...before,
      ...lateMoney(aggregate),
      version: before.version + 1,
      sequence: before.sequence + events.length,
    };
    const Item = toPaymentItem(before.tenant, before.id, payment, placeOf(payments, payment));
    return this.write([this.putHead(before, header, entry, events), { Put: { TableName: this.table, Item } }]);
  }

  async keepEarlyPayment(
    tenant: string,
    orderId: string,
    early: readonly Payment[],
    payment: Payment,
  ): Promise<Written> {
    const Key = { pk: keys.orderPartition(tenant, orderId), sk: keys.head };
    return this.write([
      { ConditionCheck: { TableName: this.table, Key, ConditionExpression: 'attribute_not_exists(pk)' } },
      this.putPaymentAsRead({ tenant, id: orderId }, early, payment, placeOf(early, payment)),
    ]);
  }

  async saveShipment(
    before: Order,
    shipment: Shipment,
    types: readonly EventType[],
    entry: TimelineEntry,
  ): Promise<Written> {
    const events = numberEvents(before.sequence, entry.at, types);
    const header = { ...before, version: before.version + 1, sequence: before.sequence + events.length };
    return this.write([
      this.putHead(before, header, { ...entry, detail: shipment.id }, []),
      { Put: { TableName: this.table, Item: toShipmentItem(before, shipment, entry, events, before.contract.policy) } },
      // Where the carrier's webhooks lead is written with the claim; a shipment that moves on has it already.
      ...(isClaim(shipment) ? this.claiming(toParcelItems(before, [shipment]), entry) : []),
    ]);
  }

  async listActive(tenant: string, customerId: string, page: PageRequest): Promise<Page<OrderSummary> | Refusal> {
    return readPage(this.client, {
      table: this.table,
      index: { name: keys.activeIndex, pkStart: keys.orderPartition(tenant, '') },
      partition: { name: 'activePk', value: keys.activePartition(tenant, customerId) },
      sort: 'activeSk',
      newestFirst: true,
      page,
      toEntry: (item) => summaryOf(item['orderId'] as string, item),
    });
  }

  /** A payment that came early must not be overwritten by an older view of it: it is still what was read, or not there. */
  private putPaymentAsRead(
    { tenant, id }: Pick<OrderHeader, 'tenant' | 'id'>,
    early: readonly Payment[],
    payment: Payment,
    place: number,
  ) {
    const read = early.find(({ ref }) => ref === payment.ref);
    const condition =
      read === undefined
        ? { ConditionExpression: 'attribute_not_exists(pk)' }
        : {
            ConditionExpression: 'payment = :read',
            ExpressionAttributeValues: { ':read': toPaymentItem(tenant, id, read, 0)['payment'] },
          };
    return { Put: { TableName: this.table, Item: toPaymentItem(tenant, id, payment, place), ...condition } };
  }

  private putHead(
    before: OrderHeader,
    header: OrderHeader,
    entry: TimelineEntry,
    events: Parameters<typeof toHeadItem>[2],
  ) {
    return {
      Put: {
        TableName: this.table,
        Item: toHeadItem(header, entry, events),
        ConditionExpression: versionUnchanged,
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':version': before.version },
      },
    };
  }

  /** A label, or a tracking code, that nobody else has, or whose time is over. */
  private claiming(claims: readonly Claim[], { at }: TimelineEntry): Writes {
    return claims.map(({ item, of }) => ({
      Put: {
        TableName: this.table,
        Item: item,
        ConditionExpression: 'attribute_not_exists(pk) OR #of = :mine OR #expires < :now',
        ExpressionAttributeNames: { '#of': of, '#expires': 'expires' },
        ExpressionAttributeValues: { ':mine': item[of], ':now': epochSeconds(at) },
      },
    }));
  }

  private async write(TransactItems: Writes): Promise<Written> {
    if (isTooLarge(TransactItems)) return 'too_large';
    try {
      await this.client.send(new TransactWriteCommand({ TransactItems }));
      return 'stored';
    } catch (error) {
      if (!wasLost(error)) throw error;
      // What else has failed was decided on old news: it is decided again first.
      const failed = TransactItems.filter((_write, part) => failedConditions(error)[part] === true);
      return failed.length > 0 && failed.every(isOfParcel) ? 'label_taken' : 'lost';
    }
  }

  private async partition(tenant: string, orderId: string): Promise<Record<string, unknown>[]> {
    const items: Record<string, unknown>[] = [];
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const answer = await this.client.send(
        new QueryCommand({
          TableName: this.table,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': keys.orderPartition(tenant, orderId) },
          ConsistentRead: true,
          ...(ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey }),
        }),
      );
      items.push(...(answer.Items ?? []));
      ExclusiveStartKey = answer.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return items;
  }
}

const isClaim = ({ position, recall }: Shipment): boolean =>
  recall === 'none' && (position === 'label_created' || position === 'handed_over');

const isOfParcel = ({ Put }: Writes[number]): boolean => keys.isOfParcel(Put?.Item?.['pk'] as string | undefined);

const flagOf = ({ latePayment }: OrderHeader): Pick<OrderHeader, 'latePayment'> =>
  latePayment === true ? { latePayment } : {};

/** Money that comes after a cancellation was asked for is looked at again when that closes. */
const lateMoney = ({ order, cancellations }: OrderAggregate): Pick<OrderHeader, 'latePayment'> =>
  cancellations.length > 0 ? { latePayment: true } : flagOf(order);

/** Where a payment stands among those that are known: its own place, or behind them. */
function placeOf(known: readonly Payment[], payment: Payment): number {
  const place = known.findIndex(({ ref }) => ref === payment.ref);
  return place < 0 ? known.length : place;
}
