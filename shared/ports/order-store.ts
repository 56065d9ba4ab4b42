import type { OrderAggregate } from '../domain/aggregate';
import type { EventType, TimelineEntry } from '../domain/events';
import type { Contract, Order, OrderLine, Payment, Shipment } from '../domain/order';
import type { Refusal } from '../domain/refusal';

/** Orders as they come in and as they stand. Every write is conditional on the version it was decided on. */
export interface OrderStore {
  /** The whole order by one consistent read, or undefined. */
  find(tenant: string, orderId: string): Promise<OrderAggregate | undefined>;
  /**
   * Stores a new order whole. @returns `lost` when it exists by now, or when the payments that were here before it are
   * not those that `early` says were read (the order's own payments already contain what they tell)
   */
  insert(order: NewOrder, early: readonly Payment[], entry: TimelineEntry): Promise<Written>;
  /** Payments that came before their order. */
  earlyPayments(tenant: string, orderId: string): Promise<readonly Payment[]>;
  /** Replaces lines and terms of an order as it was read. @returns `lost` when it has changed since */
  replace(before: OrderAggregate, order: NewOrder, entry: TimelineEntry): Promise<Written>;
  /** Adds or extends a payment. @returns `lost` when the order has changed since it was read */
  savePayment(before: OrderAggregate, payment: Payment, entry: TimelineEntry): Promise<Written>;
  /**
   * A payment that is here before its order waits for it, behind those of the order that came earlier still.
   * @returns `lost` when the order has come, or the payment is no longer what `early` says was read
   */
  keepEarlyPayment(tenant: string, orderId: string, early: readonly Payment[], payment: Payment): Promise<Written>;
  /** Writes a shipment and moves the order's version: this is where ship-versus-cancel is settled. @returns `lost` likewise */
  saveShipment(before: Order, shipment: Shipment, events: readonly EventType[], entry: TimelineEntry): Promise<Written>;
  /** A customer's orders that are not cancelled, newest first. Lags a little; nothing decides on it. */
  listActive(tenant: string, customerId: string, page: PageRequest): Promise<Page<OrderSummary> | Refusal>;
}

/**
 * `too_large`: it can never be stored in one piece, so nothing was written. `label_taken`: neither, because a shipment's label is
 * of another shipment, or its tracking code of another order's.
 */
export type Written = 'stored' | 'lost' | 'too_large' | 'label_taken';

/** An order without its lines and terms. */
export type OrderHeader = Omit<Order, 'contract' | 'lines'>;

export interface NewOrder {
  header: Omit<OrderHeader, 'version' | 'sequence' | 'status' | 'cancelledUnits'>;
  contract: Contract;
  lines: readonly OrderLine[];
  payments: readonly Payment[];
  shipments: readonly Shipment[];
}

export interface OrderSummary {
  id: string;
  reference: string;
  merchantId: string;
  status: Order['status'];
  placedAt: string;
  currency: string;
  total: number;
}

export interface PageRequest {
  limit: number;
  /** Opaque, from the page before of the same list; any other is refused. */
  startingAfter?: string;
}

export interface Page<Item> {
  items: readonly Item[];
  next?: string;
}
