/** The Stripe stand-in's own books, for whoever wants to compare them with the application's. Stripe's units. */
import type { StripeLedger } from './stripe-ledger';
import { refundedOf } from './stripe-objects';

export function refundLines(ledger: StripeLedger): unknown[] {
  return [...ledger.all()].flatMap((payment) =>
    payment.refunds.map((refund) => ({
      id: refund.id,
      payment_intent: payment.id,
      charge: payment.charge,
      account: payment.account,
      amount: refund.amount,
      currency: payment.currency,
      status: refund.status,
      ...(refund.failureReason !== undefined && { failure_reason: refund.failureReason }),
      metadata: refund.metadata,
      created: refund.created,
    })),
  );
}

export function paymentLines(ledger: StripeLedger): unknown[] {
  return [...ledger.all()].map((payment) => ({
    payment_intent: payment.id,
    charge: payment.charge,
    account: payment.account,
    merchant: payment.metadata['merchant'],
    currency: payment.currency,
    amount: payment.amount,
    captured: payment.captured,
    refunded: refundedOf(payment),
    refunds: payment.refunds.length,
    status: payment.status,
    webhooks_waiting: payment.outbox.length,
  }));
}

export interface Sums {
  payments: number;
  captured: number;
  /** Authorized amounts that were cancelled. */
  voided: number;
  /** Refunds of any state. */
  refunds: number;
  /** Without those that failed or were cancelled. */
  refunded: number;
}

/** By currency. */
export function totals(ledger: StripeLedger): Record<string, Sums> {
  const byCurrency: Record<string, Sums> = {};
  for (const payment of ledger.all()) {
    const sums = (byCurrency[payment.currency] ??= { payments: 0, captured: 0, voided: 0, refunds: 0, refunded: 0 });
    sums.payments += 1;
    sums.captured += payment.captured;
    sums.refunded += refundedOf(payment);
    sums.refunds += payment.refunds.length;
    if (payment.status === 'canceled') sums.voided += payment.amount;
  }
  return byCurrency;
}
