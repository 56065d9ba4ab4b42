import { member, text } from '../json-members';
import { lost } from './provider-call';
import { fromUnits } from './units';

export type OrderStatus = 'AUTHORIZED' | 'PART_CAPTURED' | 'CAPTURED' | 'CANCELLED' | 'EXPIRED' | 'CLOSED';

const STATUSES: ReadonlySet<string> = new Set([
  'AUTHORIZED',
  'PART_CAPTURED',
  'CAPTURED',
  'CANCELLED',
  'EXPIRED',
  'CLOSED',
]);

/** What of an order matters here; amounts are our minor units. https://docs.klarna.com/api/ordermanagement/ */
export interface KlarnaOrder {
  status: OrderStatus;
  amount: number;
  captured: number;
  refunded: number;
  refunds: readonly KlarnaRefund[];
}

export interface KlarnaRefund {
  id: string;
  amount: number;
  reference: string | undefined;
}

/** @throws {TransientFault} for an answer that is not this order, or not in this currency */
export function orderIn(answer: unknown, orderId: string, currency: string): KlarnaOrder {
  if (text(answer, 'order_id') !== orderId) throw notBelieved(`not order ${orderId}`);
  if (text(answer, 'purchase_currency')?.toUpperCase() !== currency)
    throw notBelieved(`${orderId} is in another currency`);
  const status = text(answer, 'status') ?? 'none';
  if (!isStatus(status)) throw notBelieved(`${orderId} has status ${status}`);
  const refunds = member(answer, 'refunds') ?? [];
  if (!Array.isArray(refunds)) throw notBelieved(`${orderId} without its refunds`);
  return {
    status,
    amount: amountIn(answer, 'order_amount', currency),
    captured: amountIn(answer, 'captured_amount', currency),
    refunded: amountIn(answer, 'refunded_amount', currency),
    refunds: refunds.map((refund) => refundIn(refund, currency)),
  };
}

/** @throws {TransientFault} for an answer that is no refund */
export function refundIn(answer: unknown, currency: string): KlarnaRefund {
  const id = text(answer, 'refund_id');
  if (id === undefined || !isId(id)) throw notBelieved('not a refund');
  return { id, amount: amountIn(answer, 'refunded_amount', currency), reference: text(answer, 'reference') };
}

export function isId(id: string): boolean {
  return /^[\w-]{1,255}$/.test(id);
}

function isStatus(status: string): status is OrderStatus {
  return STATUSES.has(status);
}

function amountIn(from: unknown, name: string, currency: string): number {
  const value = member(from, name);
  const amount = typeof value === 'number' ? fromUnits('klarna', value, currency) : undefined;
  if (amount === undefined || amount < 0) throw notBelieved(`${name} is ${String(value)}`);
  return amount;
}

function notBelieved(what: string): Error {
  return lost(`klarna: answer not believed: ${what}`, 'read');
}
