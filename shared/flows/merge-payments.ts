import { sum } from '../domain/money';
import type { Payment } from '../domain/order';
import type { NewOrder } from '../ports/order-store';
import type { IntakePayment } from './order-intake';

export const capturedOf = (payment: IntakePayment): number => sum(payment.captures.map((capture) => capture.amount));

export function toPayment(payment: IntakePayment): Payment {
  return {
    ref: payment.ref,
    channel: payment.channel,
    authorized: payment.authorized ?? capturedOf(payment),
    captures: payment.captures,
    ...(payment.connectionId === undefined ? {} : { connectionId: payment.connectionId }),
    ...(payment.label === undefined ? {} : { label: payment.label }),
    ...(payment.account === undefined ? {} : { account: payment.account }),
    ...(payment.points === undefined ? {} : { points: payment.points }),
    ...(payment.disputed === undefined ? {} : { disputed: payment.disputed }),
  };
}

/** Two views of a payment, in whatever order they came: captures add up, and the larger authorization holds. */
export function mergePayment(known: Payment, news: Payment): Payment {
  const captures = [
    ...known.captures,
    ...news.captures.filter((capture) => known.captures.every(({ ref }) => ref !== capture.ref)),
  ];
  return {
    ...known,
    ...news,
    authorized: Math.max(known.authorized, news.authorized, sum(captures.map(({ amount }) => amount))),
    captures,
  };
}

export function mergeAll(known: readonly Payment[], news: readonly Payment[]): Payment[] {
  const refs = [...new Set([...known, ...news].map((payment) => payment.ref))];
  return refs.flatMap((ref) => {
    const [old, fresh] = [known.find((payment) => payment.ref === ref), news.find((payment) => payment.ref === ref)];
    if (old !== undefined && fresh !== undefined) return [mergePayment(old, fresh)];
    return [old, fresh].filter((payment) => payment !== undefined);
  });
}

export function withEarly(order: NewOrder, early: readonly Payment[]): NewOrder {
  return early.length === 0 ? order : { ...order, payments: mergeAll(early, order.payments) };
}
