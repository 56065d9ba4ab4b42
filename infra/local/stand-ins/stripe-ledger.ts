/** The money side of the Stripe stand-in: payments, refunds, what may be done with them, and what is on disk. */
import { randomBytes } from 'node:crypto';
import type { StandInHost } from '../stand-in';
import { emptyStore } from './party-settings';
import {
  hasTakenBack,
  Refusal,
  refundedOf,
  type DisputeStatus,
  type LedgerRefund,
  type Payment,
  type RefundStatus,
} from './stripe-objects';

const PREFIX = 'payment/';

/** Stripe takes these only in multiples; https://docs.stripe.com/currencies#special-cases */
const STEPS: ReadonlyMap<string, number> = new Map([
  ...['isk', 'ugx'].map((currency): [string, number] => [currency, 100]),
  ...['bhd', 'jod', 'kwd', 'omr', 'tnd'].map((currency): [string, number] => [currency, 10]),
]);

export interface NewPayment {
  readonly id: string;
  readonly charge: string;
  readonly account: string;
  readonly amount: number;
  readonly captured: number;
  readonly currency: string;
  readonly metadata: Record<string, string>;
  readonly status?: Payment['status'];
}

export interface NewRefund {
  readonly amount: number | undefined;
  readonly reason: string | null;
  readonly metadata: Record<string, string>;
}

/** How the next refunds turn out; the first that fits is used. */
export interface Behaviour {
  left: number;
  /** Absent: of any payment. */
  readonly payments?: readonly string[];
  readonly status: RefundStatus;
  readonly failureReason?: string;
  readonly then?: RefundStatus;
  /** Host's clock; absent: only a control call settles it. */
  readonly afterMs?: number;
}

/** What may become of a refund; a succeeded one can still bounce. https://docs.stripe.com/refunds#failed-refunds */
const MAY_BECOME: Readonly<Record<RefundStatus, readonly RefundStatus[]>> = {
  pending: ['succeeded', 'failed', 'canceled', 'requires_action'],
  requires_action: ['pending', 'succeeded', 'failed', 'canceled'],
  succeeded: ['failed'],
  failed: [],
  canceled: [],
};

export class StripeLedger {
  private readonly payments = new Map<string, Payment>();
  private readonly byCharge = new Map<string, Payment>();
  private readonly byRefund = new Map<string, Payment>();

  constructor(private readonly host: StandInHost) {}

  async load(): Promise<void> {
    // A payment from before there were events has none.
    for (const { value } of await this.host.store.all<Payment>(PREFIX))
      this.remember({ ...value, events: value.events ?? [] });
  }

  all(): IterableIterator<Payment> {
    return this.payments.values();
  }

  /** By the id of a payment intent or of a charge; another account's objects are unknown. */
  find(account: string, ref: string): Payment | undefined {
    const payment = this.payments.get(ref) ?? this.byCharge.get(ref);
    return payment?.account === account ? payment : undefined;
  }

  findRefund(id: string): { payment: Payment; refund: LedgerRefund } | undefined {
    const payment = this.byRefund.get(id);
    const refund = payment?.refunds.find((one) => one.id === id);
    return payment && refund ? { payment, refund } : undefined;
  }

  create(wish: NewPayment): Payment {
    if (this.payments.has(wish.id) || this.byCharge.has(wish.charge)) throw new Error(`${wish.id} exists`);
    const payment: Payment = {
      ...wish,
      status: wish.status ?? (wish.captured > 0 ? 'succeeded' : 'requires_capture'),
      created: this.seconds(),
      refunds: [],
      answers: [],
      outbox: [],
      events: [],
    };
    this.remember(payment);
    return payment;
  }

  refund(payment: Payment, wish: NewRefund, behaviour: Behaviour | undefined): LedgerRefund {
    if (payment.captured === 0) {
      throw new Refusal(400, {
        type: 'invalid_request_error',
        code: 'payment_intent_unexpected_state',
        message: `This PaymentIntent could not be refunded because it has a status of ${payment.status}.`,
      });
    }
    if (hasTakenBack(payment)) {
      const message = `Charge ${payment.charge} has been charged back; cannot issue a refund.`;
      throw new Refusal(400, { type: 'invalid_request_error', code: 'charge_disputed', message });
    }
    const rest = payment.captured - refundedOf(payment);
    if (rest === 0) {
      const message = `Charge ${payment.charge} has already been refunded.`;
      throw new Refusal(400, { type: 'invalid_request_error', code: 'charge_already_refunded', message }, true);
    }
    const amount = wish.amount ?? rest;
    if (amount % (STEPS.get(payment.currency) ?? 1) !== 0) {
      const message = `Invalid amount in ${payment.currency}.`;
      const code = 'invalid_charge_amount_no_decimal_compatible';
      throw new Refusal(400, { type: 'invalid_request_error', code, param: 'amount', message });
    }
    if (amount > rest) {
      const message = `Refund amount (${amount}) is greater than unrefunded amount on charge (${rest})`;
      throw new Refusal(400, { type: 'invalid_request_error', param: 'amount', message }, true);
    }
    const refund: LedgerRefund = {
      id: newId('re'),
      amount,
      status: behaviour?.status ?? 'succeeded',
      created: this.seconds(),
      reason: wish.reason,
      metadata: wish.metadata,
    };
    if (refund.status === 'failed') refund.failureReason = behaviour?.failureReason ?? 'unknown';
    if (behaviour?.then !== undefined && behaviour.afterMs !== undefined) {
      refund.due = {
        at: this.host.clock.now() + behaviour.afterMs,
        status: behaviour.then,
        ...(behaviour.failureReason !== undefined && { failureReason: behaviour.failureReason }),
      };
    }
    payment.refunds.push(refund);
    this.byRefund.set(refund.id, payment);
    return refund;
  }

  cancel(payment: Payment, reason: string | undefined): void {
    if (payment.status !== 'requires_capture') {
      const message = `You cannot cancel this PaymentIntent because it has a status of ${payment.status}.`;
      const code = 'payment_intent_unexpected_state';
      throw new Refusal(400, { type: 'invalid_request_error', code, message }, true);
    }
    payment.status = payment.captured > 0 ? 'succeeded' : 'canceled';
    payment.canceledAt = this.seconds();
    if (reason !== undefined) payment.cancellationReason = reason;
  }

  capture(payment: Payment, amount: number | undefined): void {
    const open = payment.amount - payment.captured;
    if (payment.status !== 'requires_capture' || (amount ?? open) > open) {
      const message = `This PaymentIntent could not be captured because it has a status of ${payment.status}.`;
      const code = 'payment_intent_unexpected_state';
      throw new Refusal(400, { type: 'invalid_request_error', code, message }, true);
    }
    payment.captured += amount ?? open;
    payment.status = 'succeeded';
  }

  /** @returns whether anything changed; the same state twice is no change */
  settle(refund: LedgerRefund, status: RefundStatus, failureReason: string | undefined): boolean {
    if (refund.status === status) return false;
    if (!MAY_BECOME[refund.status].includes(status)) {
      throw new Error(`${refund.id} is ${refund.status} and cannot become ${status}`);
    }
    refund.status = status;
    delete refund.due;
    if (status === 'failed') refund.failureReason = failureReason ?? 'unknown';
    return true;
  }

  /** @returns the event by which Stripe tells of it */
  dispute(payment: Payment, status: DisputeStatus): string {
    const known = payment.dispute;
    payment.dispute = { id: known?.id ?? newId('du'), created: known?.created ?? this.seconds(), status };
    if (known === undefined) return 'charge.dispute.created';
    return ['won', 'lost', 'warning_closed'].includes(status) ? 'charge.dispute.closed' : 'charge.dispute.updated';
  }

  /** Settles when the payment as it is now is on disk. */
  save(payment: Payment): Promise<void> {
    return this.host.store.put(`${PREFIX}${payment.id}`, payment);
  }

  async forget(): Promise<void> {
    this.payments.clear();
    this.byCharge.clear();
    this.byRefund.clear();
    await emptyStore(this.host.store, PREFIX);
  }

  private remember(payment: Payment): void {
    this.payments.set(payment.id, payment);
    this.byCharge.set(payment.charge, payment);
    for (const refund of payment.refunds) this.byRefund.set(refund.id, payment);
  }

  private seconds(): number {
    return Math.floor(this.host.clock.now() / 1000);
  }
}

export function newId(prefix: string): string {
  return `${prefix}_${randomBytes(12).toString('hex')}`;
}
