import { PermanentFault, TransientFault } from '../../domain/faults';
import { member, text } from '../json-members';
import { idOf } from './paypal-answer';
import { lost } from './provider-call';

/** What has happened to the money of one order: https://developer.paypal.com/api/orders/v2/orders-get */
export interface OrderPayments {
  authorizations: readonly unknown[];
  /** Without those that were declined. */
  captures: readonly unknown[];
  refunds: readonly unknown[];
}

/**
 * @throws {TransientFault} for an answer that is not this order
 */
export function paymentsOf(order: unknown, paymentRef: string): OrderPayments {
  const units = member(order, 'purchase_units');
  if (text(order, 'id') !== paymentRef || !Array.isArray(units)) {
    throw lost(`paypal: answer not believed: not order ${paymentRef}`, 'read');
  }
  const all = (kind: string): unknown[] =>
    units.flatMap((unit: unknown) => {
      const found = member(member(unit, 'payments'), kind);
      return Array.isArray(found) ? (found as unknown[]) : [];
    });
  const captures = all('captures').filter((capture) => !NEVER_TAKEN.has(text(capture, 'status') ?? ''));
  return { authorizations: all('authorizations'), captures, refunds: all('refunds') };
}

const NEVER_TAKEN: ReadonlySet<string> = new Set(['DECLINED', 'FAILED']);
const OPEN: ReadonlySet<string> = new Set(['CREATED', 'PENDING', 'PARTIALLY_CAPTURED']);

/** What gives all of an order's money back. */
export type Reversal =
  | { way: 'void'; authorizationId: string }
  | { way: 'voided'; authorization: unknown }
  | { way: 'refund'; captureId: string };

/**
 * One answer can state one reversal only, so an order with several captures, or one that is captured in part and still
 * open, is left to its single legs or to a person.
 *
 * @throws {PermanentFault} `nothing_authorized`, `partly_captured`, `several_captures`, `several_authorizations`
 * @throws {TransientFault} while the capture is pending
 */
export function reversalOf({ authorizations, captures }: OrderPayments, paymentRef: string): Reversal {
  const open = authorizations.filter((one) => OPEN.has(text(one, 'status') ?? ''));
  const voided = authorizations.filter((one) => text(one, 'status') === 'VOIDED');
  const [capture, second] = captures;
  if (capture !== undefined) {
    if (open.length > 0) throw new PermanentFault(`paypal: partly_captured: ${paymentRef} is captured and still open`);
    if (second !== undefined) throw new PermanentFault(`paypal: several_captures: ${paymentRef} has more than one`);
    if (text(capture, 'status') === 'PENDING')
      throw new TransientFault(`paypal: the capture of ${paymentRef} is pending`);
    return { way: 'refund', captureId: known(capture, paymentRef) };
  }
  const [one, another] = open.length > 0 ? open : voided;
  if (one === undefined) throw new PermanentFault(`paypal: nothing_authorized: ${paymentRef} holds no money`);
  if (another !== undefined)
    throw new PermanentFault(`paypal: several_authorizations: ${paymentRef} has more than one`);
  return open.length > 0
    ? { way: 'void', authorizationId: known(one, paymentRef) }
    : { way: 'voided', authorization: one };
}

function known(thing: unknown, paymentRef: string): string {
  const id = idOf(thing);
  if (id === undefined) throw lost(`paypal: answer not believed: ${paymentRef} without ids`, 'read');
  return id;
}
